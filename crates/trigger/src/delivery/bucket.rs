//! The rate limit of a lane: a token bucket that holds the tokens of one second. Pure; no clock.

use muster_model::Timestamp;

/// A token bucket; without a rate it never runs dry.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Bucket {
    per_second: Option<u32>,
    tokens: f64,
    filled: Option<Timestamp>,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn of(per_second: Option<u32>) -> Self {
        Self {
            per_second,
            tokens: f64::from(per_second.unwrap_or_default()),
            filled: None,
        }
    }

    /// The same with another rate; what is in it stays.
    pub(crate) fn with_rate(self, per_second: Option<u32>) -> Self {
        if self.per_second == per_second {
            return self;
        }
        Self::of(per_second)
    }

    /// How many calls may begin at `now`.
    pub(crate) fn permits(&mut self, now: Timestamp) -> usize {
        let Some(rate) = self.per_second else {
            return usize::MAX;
        };
        let since = self.filled.map_or(0, |filled| {
            now.as_micros().saturating_sub(filled.as_micros()).max(0)
        });
        let rate = f64::from(rate);
        self.tokens = (self.tokens + rate * since as f64 / 1e6).min(rate);
        self.filled = Some(now);
        self.tokens as usize
    }

    /// A call begins.
    pub(crate) fn take(&mut self) {
        if self.per_second.is_some() {
            self.tokens -= 1.0;
        }
    }

    /// When the next call may begin, where none may now.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        let rate = f64::from(self.per_second?);
        let missing = 1.0 - self.tokens;
        let filled = self.filled?;
        (missing > 0.0)
            .then(|| Timestamp::from_micros(filled.as_micros() + (missing / rate * 1e6) as i64 + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000);

    #[test]
    fn a_second_brings_as_many_tokens_as_the_rate_and_no_more_are_kept() {
        let mut bucket = Bucket::of(Some(4));
        for left in [4, 3, 2, 1] {
            assert_eq!(bucket.permits(NOW), left);
            bucket.take();
        }
        assert_eq!(bucket.permits(NOW), 0);
        let next = bucket.next().unwrap();
        assert_eq!(bucket.permits(next), 1);
        assert!(next.millis_since(NOW) <= 251);
        assert_eq!(bucket.permits(NOW.plus_millis(60_000)), 4);
    }

    #[test]
    fn without_a_rate_nothing_waits() {
        let mut bucket = Bucket::of(None);
        bucket.take();
        assert_eq!((bucket.permits(NOW), bucket.next()), (usize::MAX, None));
    }
}
