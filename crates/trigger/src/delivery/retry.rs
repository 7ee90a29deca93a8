//! When to try again (decisions.md 14). Pure: the answer, the number of the try and a random number
//! go in, what to do next comes out.

use muster_model::OrgSettings;

use crate::limits::RETRY_AFTER_MS_MAX;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Waits before each try, the first try's included, in milliseconds.
pub const SCHEDULE_MS: [u64; 9] = [
    0,
    5 * SECOND,
    30 * SECOND,
    2 * MINUTE,
    10 * MINUTE,
    HOUR,
    4 * HOUR,
    12 * HOUR,
    24 * HOUR,
];

/// The waits before each try of an org's subscriptions: its own, the usual ones, or, as the vendor
/// does, one try and no more (decisions.md 2).
pub(super) fn schedule(settings: &OrgSettings) -> Vec<u64> {
    if settings.vendor_quirks {
        vec![0]
    } else if settings.retry_schedule_ms.is_empty() {
        SCHEDULE_MS.to_vec()
    } else {
        settings.retry_schedule_ms.clone()
    }
}

/// Retries of an answer that says that the request itself is wrong.
const RETRIES_OF_WRONG_REQUESTS: usize = 3;

/// How a try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// With a status, and the wait that the endpoint asked for in milliseconds.
    Status(u16, Option<u64>),
    /// Without one: no connection, no answer in time.
    None,
}

impl Answer {
    /// Whether the endpoint took what it was told.
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Status(200..=299, _))
    }

    /// Whether the endpoint is down or asks for a rest, as far as this answer tells.
    pub const fn is_down(self) -> bool {
        matches!(self, Self::None | Self::Status(429 | 500..=599, _))
    }
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it arrived.
    Done,
    /// Try again after so many milliseconds.
    Again(u64),
    /// Give up.
    GiveUp,
    /// Give up, and send nothing more to this endpoint: it says that it is gone for good.
    Disable,
    /// Give up: there is nothing that could be called. No endpoint is to blame.
    Unsendable,
}

/// What follows on try number `attempt` (from 1). `chance` is random between 0 and 1.
pub fn next(schedule_ms: &[u64], answer: Answer, attempt: i64, chance: f64) -> Next {
    let retries = schedule_ms.len().saturating_sub(1);
    let (retries, asked) = match answer {
        Answer::Status(200..=299, _) => return Next::Done,
        Answer::Status(410, _) => return Next::Disable,
        Answer::Status(408 | 409 | 425 | 429, asked) => (retries, asked),
        Answer::Status(400..=499, asked) => (retries.min(RETRIES_OF_WRONG_REQUESTS), asked),
        Answer::Status(_, asked) => (retries, asked),
        Answer::None => (retries, None),
    };
    let tried = usize::try_from(attempt).unwrap_or(usize::MAX);
    if tried > retries {
        return Next::GiveUp;
    }
    let planned = schedule_ms.get(tried).copied().unwrap_or_default();
    let jittered = (planned as f64 * (0.8 + 0.4 * chance.clamp(0.0, 1.0))) as u64;
    Next::Again(jittered.max(asked.unwrap_or_default().min(RETRY_AFTER_MS_MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(answer: Answer, attempt: i64) -> Next {
        next(&SCHEDULE_MS, answer, attempt, 0.5)
    }

    #[test]
    fn a_failing_endpoint_is_tried_nine_times_with_growing_waits() {
        let waits: Vec<Next> = (1..=9).map(|attempt| plan(Answer::None, attempt)).collect();
        let mut expected: Vec<Next> = SCHEDULE_MS[1..].iter().map(|ms| Next::Again(*ms)).collect();
        expected.push(Next::GiveUp);
        assert_eq!(waits, expected);
    }

    #[test]
    fn a_wrong_request_is_retried_three_times_only() {
        for status in [400, 401, 404, 422] {
            let answer = Answer::Status(status, None);
            assert!(matches!(plan(answer, 3), Next::Again(_)));
            assert_eq!(plan(answer, 4), Next::GiveUp);
        }
        for status in [408, 409, 425, 429, 302, 500, 503] {
            assert!(matches!(
                plan(Answer::Status(status, None), 8),
                Next::Again(_)
            ));
        }
    }

    #[test]
    fn the_wait_varies_by_a_fifth_to_both_sides() {
        let wait = |chance| next(&SCHEDULE_MS, Answer::None, 2, chance);
        assert_eq!(wait(0.0), Next::Again(24_000));
        assert_eq!(wait(1.0), Next::Again(36_000));
    }

    #[test]
    fn an_endpoint_may_ask_for_more_patience_up_to_a_day() {
        let asked = |ms| plan(Answer::Status(503, Some(ms)), 1);
        assert_eq!(asked(1), Next::Again(5_000));
        assert_eq!(asked(60_000), Next::Again(60_000));
        assert_eq!(asked(u64::MAX), Next::Again(RETRY_AFTER_MS_MAX));
    }

    #[test]
    fn gone_means_gone_and_success_means_done() {
        assert_eq!(plan(Answer::Status(410, None), 1), Next::Disable);
        assert_eq!(plan(Answer::Status(204, None), 1), Next::Done);
        assert_eq!(next(&[0], Answer::None, 1, 0.5), Next::GiveUp);
        assert_eq!(next(&[], Answer::None, 1, 0.5), Next::GiveUp);
    }
}
