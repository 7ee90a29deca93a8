//! Matching: which subscriptions want which events. Looks at the events behind the mark, says who is
//! told of what, and later moves the mark, in the transaction that writes the rows of what was not told
//! by then; whoever moves the mark first has dispatched, so several nodes may try.

mod forecast;
mod wishes;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use muster_event::{Built, Outbox};
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
    /// The deliveries that have no row yet: the events of each subscription, in order.
    pub(crate) rowless: HashMap<i64, Vec<i64>>,
    /// Whether deliveries have rows already, which their lanes shall read.
    pub(crate) has_rows: bool,
    /// What filters kept away, by subscription.
    rejected: HashMap<i64, Kept>,
    wishes: Arc<Wishes>,
}

impl Found {
    /// How many events were looked at.
    pub(crate) const fn events(&self) -> i64 {
        self.to - self.from
    }
}

#[cfg(test)]
impl Found {
    /// Events that all of some subscriptions want and that have no rows.
    pub(crate) fn of<const N: usize>(from: i64, to: i64, subscriptions: [i64; N]) -> Self {
        let seqs: Vec<i64> = (from + 1..=to).collect();
        let messages: Vec<Arc<Message>> = seqs.iter().map(|seq| Message::test(*seq)).collect();
        Self {
            from,
            to,
            offers: subscriptions.map(|one| (one, messages.clone())).into(),
            rowless: subscriptions.map(|one| (one, seqs.clone())).into(),
            has_rows: false,
            rejected: HashMap::new(),
            wishes: Arc::default(),
        }
    }
}

/// What a filter kept away.
#[derive(Default)]
struct Kept {
    count: i64,
    last: Vec<i64>,
}

impl Kept {
    fn join(&mut self, later: &Self) {
        self.count += later.count;
        self.last.extend_from_slice(&later.last);
    }

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
    /// Up to which event deliveries may have rows although the mark is before them: a server that was
    /// killed may have written some. As long as nobody has looked, any may.
    doubtful: AtomicI64,
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
    /// Deliveries that have a row: (event, subscription). Their lanes read it.
    recorded: HashSet<(i64, i64)>,
}

impl Dispatcher {
    pub(crate) fn new(org: Org, outbox: Outbox) -> Self {
        Self {
            org,
            outbox,
            wishes: Mutex::default(),
            doubtful: AtomicI64::new(i64::MAX),
        }
    }

    /// Looks for events behind the mark, or behind what was found before and is not written yet, and
    /// says who is told of them: of at most about `events` events. Blocks the calling thread.
    pub(crate) fn look(&self, behind: Option<i64>, events: i64) -> Result<Option<Found>> {
        let read = self.org.read(|tx| self.read(tx, behind, events))?;
        Ok(read.map(matched))
    }

    /// What was found and not written is given up: only the rows know what became of it.
    pub(crate) fn doubt(&self) {
        self.doubtful.store(i64::MAX, Relaxed);
    }

    /// Whether the subscriptions are still those that all this was found for.
    pub(crate) fn hold<'f>(
        tx: &mut Tx<'_>,
        finds: impl Iterator<Item = &'f Found>,
    ) -> Result<bool> {
        let mut held: Option<&Arc<Wishes>> = None;
        for found in finds {
            if !held.is_some_and(|held| Arc::ptr_eq(held, &found.wishes)) {
                if !found.wishes.hold(tx)? {
                    return Ok(false);
                }
                held = Some(&found.wishes);
            }
        }
        Ok(true)
    }

    /// Moves the mark over what was found, in order; false when another node was quicker. Rows for
    /// what is still to be told must be written in the same transaction, while [`Dispatcher::hold`] says so.
    pub(crate) fn pass<'f>(
        tx: &mut Tx<'_>,
        finds: impl Iterator<Item = &'f Found>,
    ) -> Result<bool> {
        let mut marks: Option<(i64, i64)> = None;
        let mut rejected: HashMap<i64, Kept> = HashMap::new();
        for found in finds {
            let from = marks.map_or(found.from, |(from, _)| from);
            marks = Some((from, found.to));
            for (subscription, kept) in &found.rejected {
                rejected.entry(*subscription).or_default().join(kept);
            }
        }
        let Some((from, to)) = marks else {
            return Ok(true);
        };
        if !tx.events().set_dispatched(from, to)? {
            return Ok(false);
        }
        for (subscription, kept) in &rejected {
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

    fn read(&self, tx: &mut Tx<'_>, behind: Option<i64>, events: i64) -> Result<Option<Read>> {
        let marks = tx.events().marks()?;
        let (from, last) = (behind.unwrap_or(marks.dispatched), marks.last);
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
            recorded: HashSet::new(),
        };
        // With nobody to tell, no event is looked at.
        if read.wishes.is_empty() {
            return Ok(Some(read));
        }
        read.to = last.min(from + events.clamp(1, DISPATCH_EVENTS_MAX));
        if self.doubtful.fetch_min(last, Relaxed).min(last) > from {
            for number in read.wishes.numbers() {
                let recorded = tx.deliveries().recorded(number, from + 1, read.to)?;
                let pair = |seq| (seq, number);
                read.recorded.extend(recorded.into_iter().map(pair));
            }
        }
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
        rowless: HashMap::new(),
        has_rows: !read.recorded.is_empty(),
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
                let mut wanted = wanted(audience, &event, seq, &mut found.rejected);
                wanted.retain(|number| !read.recorded.contains(&(seq, *number)));
                for number in &wanted {
                    found.rowless.entry(*number).or_default().push(seq);
                }
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
