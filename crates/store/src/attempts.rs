//! Tries of deliveries, one row each. A first try that succeeds has no row, since its delivery says
//! everything; it gets one when it is overwritten because the event is sent again.

use muster_model::Timestamp;

use crate::args;
use crate::deliveries::{Deliveries, DeliveryState, Outcome};
use crate::error::Result;

/// One try, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its number, from 1, over all times that the event was sent again on demand.
    pub number: i64,
    /// When it began.
    pub started: Timestamp,
    /// How long it took, in microseconds.
    pub latency: i64,
    /// The answer's status, if one came.
    pub status: Option<i64>,
    /// Why it failed, if it did.
    pub error: Option<String>,
    /// The beginning of the answer's body, where it failed.
    pub answer: Option<String>,
}

impl Deliveries<'_, '_> {
    /// Keeps the tries among `outcomes` that their deliveries do not tell of.
    pub(crate) fn keep_attempts(&mut self, outcomes: &[Outcome]) -> Result<()> {
        const ATTEMPT: &str = "
            INSERT INTO attempt (subscription, event_seq, number, started, latency, status, error,
                                 answer)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
        let telling = outcomes
            .iter()
            .filter(|one| one.attempt > 1 || one.state != DeliveryState::Delivered);
        self.0.run(
            ATTEMPT,
            telling.map(|one| {
                args![
                    one.subscription,
                    one.event_seq,
                    one.tried + one.attempt,
                    one.started,
                    one.latency,
                    one.status,
                    one.error.as_deref(),
                    one.answer.as_deref()
                ]
            }),
        )
    }

    /// Gives first tries that succeeded a row of their own, before their deliveries are put back.
    pub(crate) fn keep_first_successes(&mut self, subscription: i64, seqs: &[i64]) -> Result<()> {
        const KEEP: &str = "
            INSERT INTO attempt (subscription, event_seq, number, started, latency, status, error,
                                 answer)
            SELECT subscription, event_seq, tried + attempts, finished - latency, latency, status,
                   error, NULL
              FROM delivery
             WHERE subscription = $1 AND event_seq = $2 AND attempts = 1 AND finished IS NOT NULL
            ON CONFLICT DO NOTHING";
        self.0
            .run(KEEP, seqs.iter().map(|seq| args![subscription, *seq]))
    }

    /// All tries of a delivery, in order.
    pub fn attempts(&mut self, subscription: i64, seq: i64) -> Result<Vec<Attempt>> {
        const ATTEMPTS: &str = "
            SELECT number, started, latency, status, error, answer FROM attempt
             WHERE subscription = $1 AND event_seq = $2 ORDER BY number";
        let Some(delivery) = self.get(subscription, seq)? else {
            return Ok(Vec::new());
        };
        let mut attempts = self.0.fetch(ATTEMPTS, &args![subscription, seq], |row| {
            Ok(Attempt {
                number: row.get(0)?,
                started: row.get(1)?,
                latency: row.get(2)?,
                status: row.get(3)?,
                error: row.get(4)?,
                answer: row.get(5)?,
            })
        })?;
        let last = delivery.tried + delivery.attempts;
        let is_told = attempts.last().is_some_and(|one| one.number >= last);
        if delivery.attempts > 0
            && !is_told
            && let (Some(finished), Some(latency)) = (delivery.finished, delivery.latency)
        {
            attempts.push(Attempt {
                number: last,
                started: Timestamp::from_micros(finished.as_micros() - latency),
                latency,
                status: delivery.status,
                error: delivery.error,
                answer: None,
            });
        }
        Ok(attempts)
    }
}
