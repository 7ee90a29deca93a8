//! Deliveries: one row for each event that one subscription is told of. The rows are the queue.
//!
//! They are keyed by (subscription, event), so the next page of an endpoint's work is a walk along
//! the key; an index on "pending" bought nothing (speed-spikes.md §1).

use std::collections::HashSet;

use muster_model::Timestamp;

use crate::args;
use crate::driver::Row;
use crate::error::{Error, Result};
use crate::tx::Tx;

/// How a delivery stands. Numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// To be sent, or to be sent again at its due time.
    Pending = 0,
    /// Answered with 2xx.
    Delivered = 1,
    /// Given up; kept, and sent again when someone asks for it.
    Dead = 2,
}

impl DeliveryState {
    fn from_number(number: i64) -> Result<Self> {
        [Self::Pending, Self::Delivered, Self::Dead]
            .into_iter()
            .find(|state| *state as i64 == number)
            .ok_or_else(|| Error::Corrupt(format!("a delivery is in state {number}")))
    }
}

/// A delivery that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The event's number.
    pub event_seq: i64,
    /// How often it was tried.
    pub attempts: i64,
    /// How often it had been tried before it was sent again on demand.
    pub tried: i64,
    /// Not before this moment.
    pub due: Timestamp,
}

/// A delivery as people look at it.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The subscription's number.
    pub subscription: i64,
    /// The event's number.
    pub event_seq: i64,
    /// How it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: i64,
    /// How often it had been tried before it was sent again on demand.
    pub tried: i64,
    /// When it is tried next, while pending.
    pub due: Timestamp,
    /// The last answer's status, if one came.
    pub status: Option<i64>,
    /// How long the last try took, in microseconds.
    pub latency: Option<i64>,
    /// When the last try ended.
    pub finished: Option<Timestamp>,
    /// Why the last try failed, if it did.
    pub error: Option<String>,
}

/// How one try went.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The subscription's number.
    pub subscription: i64,
    /// The event's number.
    pub event_seq: i64,
    /// How the delivery stands now.
    pub state: DeliveryState,
    /// The number of the try, from 1.
    pub attempt: i64,
    /// How often it had been tried before it was sent again on demand.
    pub tried: i64,
    /// The next try, while pending.
    pub due: Timestamp,
    /// When the try began.
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

/// Which deliveries or questions are looked for, by how they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// All of them.
    Any,
    /// Those that wait to be sent, or for an answer.
    Pending,
    /// Those that wait and have been tried; no question has.
    Retried,
    /// Those that arrived or were answered.
    Delivered,
    /// Those that were given up.
    Dead,
}

impl Pick {
    const fn deliveries(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Pending => "AND state = 0",
            Self::Retried => "AND state = 0 AND attempts > 0",
            Self::Delivered => "AND state = 1",
            Self::Dead => "AND state = 2",
        }
    }

    pub(crate) const fn questions(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Pending => "AND state < 3",
            Self::Retried => "AND 1 = 0",
            Self::Delivered => "AND state = 3",
            Self::Dead => "AND state > 3",
        }
    }
}

/// Which ended deliveries are looked for, and how many.
#[derive(Clone, Copy, Debug)]
pub struct Ends {
    /// Only those that stand so.
    pub pick: Pick,
    /// Those that arrived since.
    pub delivered: Timestamp,
    /// Those that failed since.
    pub failed: Timestamp,
    /// At most so many.
    pub limit: u32,
}

const COLUMNS: &str =
    "subscription, event_seq, state, attempts, tried, due, status, latency, finished, error";

/// Deliveries.
pub struct Deliveries<'t, 'c>(pub(crate) &'t mut Tx<'c>);

impl Deliveries<'_, '_> {
    /// Adds deliveries to be sent at once: (subscription, event). Who serves them has to be told
    /// ([`Topic::Deliveries`]).
    pub fn add(
        &mut self,
        pairs: impl IntoIterator<Item = (i64, i64)>,
        now: Timestamp,
    ) -> Result<()> {
        const ADD: &str = "
            INSERT INTO delivery (subscription, event_seq, state, attempts, tried, due)
            VALUES ($1, $2, 0, 0, 0, $3) ON CONFLICT DO NOTHING";
        self.0.run(
            ADD,
            pairs
                .into_iter()
                .map(|(subscription, seq)| args![subscription, seq, now]),
        )?;
        Ok(())
    }

    /// The next deliveries of a subscription that wait, after the event `after`, in order.
    pub fn waiting(&mut self, subscription: i64, after: i64, limit: u32) -> Result<Vec<Waiting>> {
        const WAITING: &str = "
            SELECT event_seq, attempts, tried, due FROM delivery
             WHERE subscription = $1 AND event_seq > $2 AND state = 0
             ORDER BY event_seq LIMIT $3";
        self.0
            .fetch(WAITING, &args![subscription, after, limit], |row| {
                Ok(Waiting {
                    event_seq: row.get(0)?,
                    attempts: row.get(1)?,
                    tried: row.get(2)?,
                    due: row.get(3)?,
                })
            })
    }

    /// The events numbered from `first` to `last` of which a subscription has a delivery.
    pub fn recorded(&mut self, subscription: i64, first: i64, last: i64) -> Result<Vec<i64>> {
        const RECORDED: &str = "
            SELECT event_seq FROM delivery
             WHERE subscription = $1 AND event_seq BETWEEN $2 AND $3";
        let args = args![subscription, first, last];
        self.0.fetch(RECORDED, &args, |row| row.get(0))
    }

    /// The newest event of which a subscription has a delivery; 0 where it has none.
    pub fn newest_event(&mut self, subscription: i64) -> Result<i64> {
        const NEWEST: &str = "
            SELECT event_seq FROM delivery WHERE subscription = $1
             ORDER BY event_seq DESC LIMIT 1";
        let found = self
            .0
            .fetch_one(NEWEST, &args![subscription], |row| row.get(0))?;
        Ok(found.unwrap_or(0))
    }

    /// Records how tries went. A delivery may be told of before its row was written, which is then
    /// written whole: a quick endpoint costs one row, once.
    pub fn record(&mut self, outcomes: &[Outcome]) -> Result<()> {
        // Naming the row by its key leaves PostgreSQL no other plan than to look it up.
        const RECORD: &str = "
            INSERT INTO delivery (subscription, event_seq, state, attempts, tried, due, status,
                                  latency, finished, error)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (subscription, event_seq) DO UPDATE
               SET state = excluded.state, attempts = excluded.attempts, due = excluded.due,
                   status = excluded.status, latency = excluded.latency,
                   finished = excluded.finished, error = excluded.error";
        self.0.run_once_each(
            RECORD,
            last_of_each(outcomes).map(|one| {
                let finished = Timestamp::from_micros(one.started.as_micros() + one.latency);
                args![
                    one.subscription,
                    one.event_seq,
                    one.state as i64,
                    one.attempt,
                    one.tried,
                    one.due,
                    one.status,
                    one.latency,
                    finished,
                    one.error.as_deref()
                ]
            }),
        )?;
        self.keep_attempts(outcomes)
    }

    /// One delivery.
    pub fn get(&mut self, subscription: i64, seq: i64) -> Result<Option<Delivery>> {
        let sql =
            format!("SELECT {COLUMNS} FROM delivery WHERE subscription = $1 AND event_seq = $2");
        self.0.fetch_one(&sql, &args![subscription, seq], delivery)
    }

    /// The newest deliveries of a subscription, newest first.
    pub fn newest(&mut self, subscription: i64, limit: u32) -> Result<Vec<Delivery>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM delivery WHERE subscription = $1
              ORDER BY event_seq DESC LIMIT $2"
        );
        self.0.fetch(&sql, &args![subscription, limit], delivery)
    }

    /// The deliveries of a subscription of events after `after`, newest first: those that wait, and
    /// those that ended after the moments given for good and for bad ends.
    pub fn recent(&mut self, subscription: i64, after: i64, ends: Ends) -> Result<Vec<Delivery>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM delivery WHERE subscription = $1 AND event_seq > $2
                AND (state = 0 OR finished IS NULL OR (state = 1 AND finished >= $3)
                     OR (state = 2 AND finished >= $4)) {}
              ORDER BY event_seq DESC LIMIT $5",
            ends.pick.deliveries()
        );
        let args = args![subscription, after, ends.delivered, ends.failed, ends.limit];
        self.0.fetch(&sql, &args, delivery)
    }

    /// How many deliveries wait, were made, and were given up.
    pub fn counts(&mut self) -> Result<[i64; 3]> {
        let mut counts = [0; 3];
        self.0.for_each(
            "SELECT state, COUNT(*) FROM delivery GROUP BY state",
            &[],
            |row| {
                counts[DeliveryState::from_number(row.get(0)?)? as usize] = row.get(1)?;
                Ok(())
            },
        )?;
        Ok(counts)
    }

    /// The numbers of the subscriptions that have deliveries, deleted ones included.
    pub fn subscriptions(&mut self) -> Result<Vec<i64>> {
        // Steps from one to the next along the key, however many deliveries each has.
        let next = "SELECT MIN(subscription) FROM delivery WHERE subscription > $1";
        let (mut numbers, mut after) = (Vec::new(), 0);
        loop {
            let found = self.0.fetch_one(next, &args![after], |row| row.get(0))?;
            let Some(number) = found.flatten() else {
                return Ok(numbers);
            };
            numbers.push(number);
            after = number;
        }
    }

    /// The first event up to `last` that waits to be sent to a subscription.
    pub fn first_waiting(&mut self, subscription: i64, last: i64) -> Result<Option<i64>> {
        const FIRST: &str = "
            SELECT event_seq FROM delivery
             WHERE subscription = $1 AND event_seq <= $2 AND state = 0
             ORDER BY event_seq LIMIT 1";
        self.0
            .fetch_one(FIRST, &args![subscription, last], |row| row.get(0))
    }

    /// Removes the deliveries of a subscription of the events numbered from `first` to `last`.
    pub fn remove(&mut self, subscription: i64, first: i64, last: i64) -> Result<()> {
        for table in ["delivery", "attempt"] {
            let sql = format!(
                "DELETE FROM {table} WHERE subscription = $1 AND event_seq BETWEEN $2 AND $3"
            );
            self.0.execute(&sql, &args![subscription, first, last])?;
        }
        Ok(())
    }

    /// Removes what waits for a subscription that is gone.
    pub fn forget(&mut self, subscription: i64) -> Result<u64> {
        let sql = "DELETE FROM delivery WHERE subscription = $1 AND state = 0";
        self.0.execute(sql, &args![subscription])
    }
}

fn delivery(row: &Row<'_>) -> Result<Delivery> {
    Ok(Delivery {
        subscription: row.get(0)?,
        event_seq: row.get(1)?,
        state: DeliveryState::from_number(row.get(2)?)?,
        attempts: row.get(3)?,
        tried: row.get(4)?,
        due: row.get(5)?,
        status: row.get(6)?,
        latency: row.get(7)?,
        finished: row.get(8)?,
        error: row.get(9)?,
    })
}

/// The last outcome of each delivery: one that failed and was tried again at once is told of twice.
fn last_of_each(outcomes: &[Outcome]) -> impl Iterator<Item = &Outcome> {
    let mut seen = HashSet::with_capacity(outcomes.len());
    let mut last: Vec<&Outcome> = outcomes
        .iter()
        .rev()
        .filter(|one| seen.insert((one.subscription, one.event_seq)))
        .collect();
    last.reverse();
    last.into_iter()
}
