//! How often signing in failed, by address and by client id, so that nobody guesses at length.

use std::collections::HashMap;

use crate::limits::{FAILURE_KEYS_MAX, FAILURES_MAX, FAILURES_SECONDS};

#[derive(Default)]
pub(crate) struct Failures(HashMap<String, Window>);

struct Window {
    count: u32,
    began: i64,
}

impl Failures {
    /// How many seconds until one of these keys may try again; `None` where all may now.
    pub(crate) fn wait(&self, keys: &[String], now: i64) -> Option<i64> {
        keys.iter()
            .filter_map(|key| self.0.get(key))
            .filter(|window| window.count >= FAILURES_MAX)
            .map(|window| window.began + FAILURES_SECONDS - now)
            .filter(|seconds| *seconds > 0)
            .max()
    }

    /// Counts a failure.
    pub(crate) fn count(&mut self, keys: Vec<String>, now: i64) {
        for key in keys {
            if self.0.len() >= FAILURE_KEYS_MAX && !self.0.contains_key(&key) {
                self.make_room(now);
            }
            let window = self.0.entry(key).or_insert(Window {
                count: 0,
                began: now,
            });
            if window.began + FAILURES_SECONDS <= now {
                *window = Window {
                    count: 0,
                    began: now,
                };
            }
            window.count += 1;
        }
    }

    /// Forgets these keys after they succeeded.
    pub(crate) fn clear(&mut self, keys: &[String]) {
        for key in keys {
            self.0.remove(key);
        }
    }

    fn make_room(&mut self, now: i64) {
        self.0
            .retain(|_, window| window.began + FAILURES_SECONDS > now);
        if self.0.len() >= FAILURE_KEYS_MAX
            && let Some(oldest) = self.0.iter().min_by_key(|(_, window)| window.began)
        {
            let oldest = oldest.0.clone();
            self.0.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_fails_too_often_waits_out_the_window() {
        let mut failures = Failures::default();
        let keys = || vec!["address".to_owned()];
        for _ in 0..FAILURES_MAX {
            assert_eq!(failures.wait(&keys(), 100), None);
            failures.count(keys(), 100);
        }
        assert_eq!(failures.wait(&keys(), 110), Some(FAILURES_SECONDS - 10));
        assert_eq!(failures.wait(&keys(), 100 + FAILURES_SECONDS), None);
        failures.clear(&keys());
        assert_eq!(failures.wait(&keys(), 110), None);
    }

    #[test]
    fn no_number_of_addresses_fills_the_memory() {
        let mut failures = Failures::default();
        for number in 0..FAILURE_KEYS_MAX + 10 {
            failures.count(vec![number.to_string()], number as i64 / 1_000);
        }
        assert_eq!(failures.0.len(), FAILURE_KEYS_MAX);
    }
}
