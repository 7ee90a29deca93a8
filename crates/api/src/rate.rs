//! A rate limit like the vendor's: so many calls per client and API version in a window
//! (api-surface.md §2). Off unless the operator sets it; each node counts for itself.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use muster_model::Timestamp;

use crate::limits::RATE_WINDOWS_MAX;

/// How many calls are allowed in how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Calls per window.
    pub calls_max: u32,
    /// The length of a window.
    pub window_ms: i64,
}

impl Rate {
    /// The vendor's: 100 calls in 10 seconds.
    pub const VENDOR: Self = Self {
        calls_max: 100,
        window_ms: 10_000,
    };
}

/// Counts calls in fixed windows.
#[derive(Debug)]
pub struct Limiter {
    rate: Rate,
    windows: Mutex<HashMap<String, Window>>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    start: Timestamp,
    calls: u32,
}

impl Limiter {
    /// A limiter that has seen no call yet.
    pub fn new(rate: Rate) -> Self {
        Self {
            rate,
            windows: Mutex::default(),
        }
    }

    /// Counts one call of `key`; `Err` says after how many seconds to try again.
    pub fn take(&self, key: &str, now: Timestamp) -> Result<(), u64> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= RATE_WINDOWS_MAX && !windows.contains_key(key) {
            self.forget(&mut windows, now);
        }
        let window = windows.entry(key.to_owned()).or_insert(Window {
            start: now,
            calls: 0,
        });
        if now.millis_since(window.start) >= self.rate.window_ms {
            *window = Window {
                start: now,
                calls: 0,
            };
        }
        window.calls = window.calls.saturating_add(1);
        if window.calls <= self.rate.calls_max {
            return Ok(());
        }
        let left_ms = self.rate.window_ms - now.millis_since(window.start);
        Err((left_ms.max(1) as u64).div_ceil(1000))
    }

    /// Drops windows that are over, and the oldest one when none is.
    fn forget(&self, windows: &mut HashMap<String, Window>, now: Timestamp) {
        windows.retain(|_, window| now.millis_since(window.start) < self.rate.window_ms);
        if windows.len() < RATE_WINDOWS_MAX {
            return;
        }
        let oldest = windows
            .iter()
            .min_by_key(|(_, window)| window.start)
            .map(|(key, _)| key.clone());
        if let Some(oldest) = oldest {
            windows.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_micros(0);

    #[test]
    fn one_call_too_many_waits_for_the_rest_of_the_window() {
        let limiter = Limiter::new(Rate {
            calls_max: 2,
            window_ms: 10_000,
        });
        assert_eq!(limiter.take("a v3", START), Ok(()));
        assert_eq!(limiter.take("a v3", START.plus_millis(1)), Ok(()));
        assert_eq!(limiter.take("a v3", START.plus_millis(3_500)), Err(7));
        assert_eq!(limiter.take("a beta", START.plus_millis(3_500)), Ok(()));
        assert_eq!(limiter.take("a v3", START.plus_millis(10_000)), Ok(()));
    }

    #[test]
    fn the_memory_of_clients_is_bounded() {
        let limiter = Limiter::new(Rate::VENDOR);
        for client in 0..RATE_WINDOWS_MAX + 10 {
            limiter.take(&client.to_string(), START).unwrap();
        }
        assert!(limiter.windows.lock().unwrap().len() <= RATE_WINDOWS_MAX);
    }
}
