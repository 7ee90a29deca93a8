//! The circuit breaker of a lane: an endpoint that fails again and again is left alone for a while,
//! then asked by a single delivery whether it is back. Pure; no clock.
//!
//! What waits meanwhile is not tried, so it uses up none of its tries, and a dead endpoint costs a
//! request a minute instead of one for each event.

use muster_model::Timestamp;

use crate::limits::{BREAKER_FAILURES, BREAKER_WAIT_MS, BREAKER_WAIT_MS_MAX};

/// Whether an endpoint is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breaker {
    /// As usual; so many calls in a row have failed.
    Closed {
        /// Failures in a row.
        failures: u32,
    },
    /// Not before a moment.
    Open {
        /// The moment.
        until: Timestamp,
        /// The wait that ends then, in milliseconds.
        wait_ms: i64,
    },
    /// One call is on its way to find out.
    Probing {
        /// The wait before it, in milliseconds.
        wait_ms: i64,
    },
}

impl Default for Breaker {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

impl Breaker {
    /// How many calls may begin at `now`.
    pub(crate) fn permits(self, now: Timestamp) -> usize {
        match self {
            Self::Closed { .. } => usize::MAX,
            Self::Open { until, .. } if until <= now => 1,
            Self::Open { .. } | Self::Probing { .. } => 0,
        }
    }

    /// When the endpoint is asked again, while it is left alone.
    pub(crate) fn next(self) -> Option<Timestamp> {
        match self {
            Self::Open { until, .. } => Some(until),
            Self::Closed { .. } | Self::Probing { .. } => None,
        }
    }

    /// Whether the endpoint is called as usual.
    pub(crate) const fn is_closed(self) -> bool {
        matches!(self, Self::Closed { .. })
    }

    /// A call begins.
    pub(crate) fn begin(&mut self) {
        if let Self::Open { wait_ms, .. } = *self {
            *self = Self::Probing { wait_ms };
        }
    }

    /// The endpoint answered: it is alive, whatever it said.
    pub(crate) fn answered(&mut self) {
        *self = Self::default();
    }

    /// A call failed.
    pub(crate) fn failed(&mut self, now: Timestamp) {
        *self = match *self {
            Self::Closed { failures } if failures + 1 < BREAKER_FAILURES => Self::Closed {
                failures: failures + 1,
            },
            Self::Closed { .. } => Self::open(now, BREAKER_WAIT_MS),
            Self::Probing { wait_ms } => Self::open(now, (wait_ms * 2).min(BREAKER_WAIT_MS_MAX)),
            // Calls that were on their way when it opened say nothing new.
            open @ Self::Open { .. } => open,
        };
    }

    /// A call that was begun was not made after all.
    pub(crate) fn forgo(&mut self, now: Timestamp) {
        if let Self::Probing { wait_ms } = *self {
            *self = Self::Open {
                until: now,
                wait_ms,
            };
        }
    }

    const fn open(now: Timestamp, wait_ms: i64) -> Self {
        Self::Open {
            until: now.plus_millis(wait_ms),
            wait_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000);

    fn opened() -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..BREAKER_FAILURES {
            assert_eq!(breaker.permits(NOW), usize::MAX);
            breaker.failed(NOW);
        }
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_one_answer_starts_the_count_anew() {
        let mut breaker = Breaker::default();
        for _ in 1..BREAKER_FAILURES {
            breaker.failed(NOW);
        }
        breaker.answered();
        breaker.failed(NOW);
        assert_eq!(breaker.permits(NOW), usize::MAX);
        assert_eq!(opened().permits(NOW), 0);
    }

    #[test]
    fn one_call_finds_out_whether_the_endpoint_is_back() {
        let mut breaker = opened();
        let later = breaker.next().unwrap();
        assert_eq!(later, NOW.plus_millis(BREAKER_WAIT_MS));
        assert_eq!(breaker.permits(later), 1);
        breaker.begin();
        assert_eq!(breaker.permits(later), 0);
        breaker.answered();
        assert_eq!(breaker.permits(later), usize::MAX);
    }

    #[test]
    fn each_vain_call_doubles_the_wait_up_to_a_bound() {
        let mut breaker = opened();
        let mut waits = Vec::new();
        for _ in 0..9 {
            let until = breaker.next().unwrap();
            breaker.begin();
            breaker.failed(until);
            waits.push(breaker.next().unwrap().millis_since(until));
        }
        assert_eq!(waits[..3], [2_000, 4_000, 8_000]);
        assert_eq!(waits[8], BREAKER_WAIT_MS_MAX);
    }

    #[test]
    fn a_call_that_is_not_made_leaves_the_question_open() {
        let mut breaker = opened();
        breaker.begin();
        breaker.forgo(NOW);
        assert_eq!(breaker.permits(NOW), 1);
    }
}
