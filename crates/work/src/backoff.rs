//! How long to wait before the next try of a job.

use crate::limits::BACKOFF_MILLIS_MAX;

/// Milliseconds to wait after try number `attempt` (from 1): doubling from a quarter of a second.
pub(crate) fn backoff_millis(attempt: i64) -> i64 {
    let doublings = attempt.clamp(1, 24) as u32 - 1;
    (250_i64 << doublings).min(BACKOFF_MILLIS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit() {
        assert_eq!([1, 2, 3].map(backoff_millis), [250, 500, 1_000]);
        assert_eq!(backoff_millis(1_000), BACKOFF_MILLIS_MAX);
    }
}
