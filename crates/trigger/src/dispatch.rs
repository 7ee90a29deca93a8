//! Matching: which subscriptions want which events. Looks at the events behind the mark, says who is
//! told of what, and later writes one row for each wish and moves the mark, in one transaction;
//! whoever moves the mark first has dispatched, so several nodes may try.

mod forecast;
mod wishes;

use std::collections::HashMap;
use std::sync::Arc;

use muster_event::{Built, Outbox};
use muster_model::Timestamp;
use muster_store::{EventKind, EventRow, Org, Result, Tx};
use parking_lot::Mutex;

pub use self::forecast::{Foretold, forecast};
use self::wishes::{Audience, Wishes};
use crate::delivery::Message;
use crate::limits::{DISPATCH_EVENTS_MAX, REJECTIONS_SHOWN};

/// What was found behind the mark.
pub(crate) struct Found {
    pub(crate) from: i64,
    pub(crate) to: i64,
    /// What each subscription is told, in order.
    pub(crate) offers: HashMap<i64, Vec<Arc<Message>>>,
    /// The deliveries that have no row yet: (subscription, event).
    pub(crate) pairs: Vec<(i64, i64)>,
    /// What filters kept away, by subscription.
    rejected: HashMap<i64, Kept>,
    wishes: Arc<Wishes>,
}

/// What a filter kept away.
#[derive(Default)]
struct Kept {
    count: i64,
    last: Vec<i64>,
}

impl Kept {
    fn add(&mut self, seq: i64) {
        self.count += 1;
        self.last.push(seq);
        if self.last.len() >= 2 * REJECTIONS_SHOWN {
            self.last.drain(..REJECTIONS_SHOWN);
        }
    }
}

/// Matches events of one org with its subscriptions.
pub(crate) struct Dispatcher {
    org: Org,
    outbox: Outbox,
    wishes: Mutex<Option<Arc<Wishes>>>,
}

/// An event to be matched.
enum Happened {
    /// It was built here a moment ago.
    Built(Arc<Built>),
    /// It was read from its row.
    Stored(EventRow),
}

struct Read {
    from: i64,
    to: i64,
    wishes: Arc<Wishes>,
    events: Vec<Happened>,
    /// Who is told of each test among the events: (event, subscription).
    tests: Vec<(i64, i64)>,
}

impl Dispatcher {
    pub(crate) fn new(org: Org, outbox: Outbox) -> Self {
        Self {
            org,
            outbox,
            wishes: Mutex::default(),
        }
    }

    /// Looks for events behind the mark and says who is told of them. Blocks the calling thread.
    pub(crate) fn look(&self) -> Result<Option<Found>> {
        Ok(self.org.read(|tx| self.read(tx))?.map(matched))
    }

    /// Writes down what was found and moves the mark; false when another node was quicker or a
    /// subscription changed meanwhile. `is_told` says which deliveries are recorded anyway.
    pub(crate) fn write(
        tx: &mut Tx<'_>,
        found: &Found,
        is_told: impl Fn(&(i64, i64)) -> bool,
        now: Timestamp,
    ) -> Result<bool> {
        if !found.wishes.hold(tx)? || !tx.events().set_dispatched(found.from, found.to)? {
            return Ok(false);
        }
        let unwritten = found.pairs.iter().filter(|pair| !is_told(pair)).copied();
        tx.deliveries().add(unwritten, now)?;
        for (subscription, kept) in &found.rejected {
            let last = &kept.last[kept.last.len().saturating_sub(REJECTIONS_SHOWN)..];
            tx.rejections().add(*subscription, kept.count, last)?;
        }
        Ok(true)
    }

    /// Whether every event has been dispatched.
    pub(crate) fn is_at_rest(&self) -> Result<bool> {
        let marks = self.org.read(|tx| tx.events().marks())?;
        Ok(marks.dispatched >= marks.last)
    }

    fn read(&self, tx: &mut Tx<'_>) -> Result<Option<Read>> {
        let marks = tx.events().marks()?;
        let (from, last) = (marks.dispatched, marks.last);
        if from >= last {
            return Ok(None);
        }
        let wishes = self.wishes(tx, marks.documents)?;
        let mut read = Read {
            from,
            to: last,
            wishes,
            events: Vec::new(),
            tests: Vec::new(),
        };
        // With nobody to tell, no event is looked at.
        if read.wishes.is_empty() {
            return Ok(Some(read));
        }
        read.to = last.min(from + DISPATCH_EVENTS_MAX);
        if let Some(built) = self.outbox.recent().range(from + 1, read.to) {
            read.events = built.into_iter().map(Happened::Built).collect();
            return Ok(Some(read));
        }
        let triggers = read.wishes.triggers();
        let rows = tx.events().range_of(from + 1, read.to, &triggers)?;
        for row in rows.iter().filter(|row| row.kind == EventKind::Test) {
            for number in read.wishes.numbers_of(&row.trigger_id) {
                if tx.deliveries().get(number, row.seq)?.is_some() {
                    read.tests.push((row.seq, number));
                }
            }
        }
        read.events = rows.into_iter().map(Happened::Stored).collect();
        Ok(Some(read))
    }

    fn wishes(&self, tx: &mut Tx<'_>, revision: i64) -> Result<Arc<Wishes>> {
        let mut known = self.wishes.lock();
        if let Some(wishes) = known.as_ref()
            && wishes.are_of(revision, tx)?
        {
            return Ok(Arc::clone(wishes));
        }
        let wishes = Arc::new(Wishes::load(tx, revision)?);
        *known = Some(Arc::clone(&wishes));
        Ok(wishes)
    }
}

/// Who is told of what. Pure.
fn matched(read: Read) -> Found {
    let mut found = Found {
        from: read.from,
        to: read.to,
        offers: HashMap::new(),
        pairs: Vec::new(),
        rejected: HashMap::new(),
        wishes: Arc::clone(&read.wishes),
    };
    for event in read.events {
        let (seq, trigger) = match &event {
            Happened::Built(built) => (built.seq, built.trigger),
            Happened::Stored(row) => (row.seq, row.trigger_id.as_str()),
        };
        let told: Vec<i64> = match &event {
            Happened::Stored(row) if row.kind == EventKind::Test => {
                let of_row = read.tests.iter().filter(|(test, _)| *test == seq);
                of_row.map(|(_, number)| *number).collect()
            }
            _ => {
                let Some(audience) = read.wishes.of(trigger) else {
                    continue;
                };
                let wanted = wanted(audience, &event, seq, &mut found.rejected);
                found
                    .pairs
                    .extend(wanted.iter().map(|number| (*number, seq)));
                wanted
            }
        };
        if told.is_empty() {
            continue;
        }
        let message = match event {
            Happened::Built(built) => Message::built(&built),
            Happened::Stored(row) => Message::of(row),
        };
        for number in told {
            let offered = found.offers.entry(number).or_default();
            offered.push(Arc::clone(&message));
        }
    }
    found
}

/// The subscriptions that want a real event.
fn wanted(
    audience: &Audience,
    event: &Happened,
    seq: i64,
    rejected: &mut HashMap<i64, Kept>,
) -> Vec<i64> {
    let passed: Vec<usize> = match event {
        _ if audience.filters.is_empty() => Vec::new(),
        Happened::Built(built) => audience.filters.passed(&built.value).collect(),
        Happened::Stored(row) => match serde_json::from_str::<serde_json::Value>(&row.body) {
            Ok(value) => audience.filters.passed(&value).collect(),
            Err(error) => {
                tracing::error!(%error, event.id = %row.id, "an event's row is damaged");
                Vec::new()
            }
        },
    };
    let mut passed = passed.into_iter().peekable();
    let mut wanted = Vec::with_capacity(audience.wishes.len());
    for (at, wish) in audience.wishes.iter().enumerate() {
        let passes = !wish.has_filter || passed.next_if_eq(&at).is_some();
        if wish.since >= seq {
            continue;
        }
        if passes {
            wanted.push(wish.number);
        } else {
            rejected.entry(wish.number).or_default().add(seq);
        }
    }
    wanted
}
