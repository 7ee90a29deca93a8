//! Matching: which subscriptions want which events. Reads the events behind the mark, writes one
//! row for each wish and moves the mark, all in one transaction; whoever moves the mark first has
//! dispatched, so several nodes may try.

use std::collections::HashMap;
use std::sync::Arc;

use muster_event::catalog::{self, Kind, feature::Flags};
use muster_event::{Outbox, Value};
use muster_model::{Document, Timestamp};
use muster_store::{EventKind, EventRow, Org, Result, Tx};
use parking_lot::Mutex;

use crate::delivery::Message;
use crate::filter::Filter;
use crate::limits::DISPATCH_EVENTS_MAX;
use crate::subscription::Subscription;

/// What one step of dispatching did.
pub(crate) enum Step {
    /// There was nothing to do.
    Idle,
    /// Another node was quicker, or a subscription changed meanwhile.
    Beaten,
    /// The mark was moved.
    Moved(Moved),
}

/// A move of the mark.
pub(crate) struct Moved {
    pub(crate) from: i64,
    pub(crate) to: i64,
    /// What each subscription is told, in order.
    pub(crate) offers: Vec<(i64, Vec<Arc<Message>>)>,
    /// How many events each subscription's filter kept away.
    pub(crate) filtered_out: HashMap<i64, u64>,
}

/// Matches events of one org with its subscriptions.
pub(crate) struct Dispatcher {
    org: Org,
    outbox: Outbox,
    wishes: Mutex<Option<Arc<Wishes>>>,
}

/// Subscriptions by trigger, filters compiled, as of one revision of the org's documents.
struct Wishes {
    revision: i64,
    by_trigger: HashMap<String, Vec<Wish>>,
}

struct Wish {
    number: i64,
    since: i64,
    enabled: bool,
    filter: Option<Filter>,
}

struct Read {
    from: i64,
    to: i64,
    wishes: Arc<Wishes>,
    rows: Vec<EventRow>,
    /// Who is told of each test among the rows: (event, subscription).
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

    /// Dispatches the next events. Blocks the calling thread.
    pub(crate) fn step(&self, now: Timestamp) -> Result<Step> {
        let Some(read) = self.org.read(|tx| self.read(tx))? else {
            return Ok(Step::Idle);
        };
        let Read {
            from,
            to,
            wishes,
            rows,
            tests,
        } = read;
        let mut pairs = Vec::new();
        let mut filtered_out: HashMap<i64, u64> = HashMap::new();
        let mut offers: HashMap<i64, Vec<Arc<Message>>> = HashMap::new();
        for row in rows {
            let told = match row.kind {
                EventKind::Real => {
                    let wanted = self.wanted(&wishes, &row, &mut filtered_out);
                    pairs.extend(wanted.iter().map(|number| (*number, row.seq)));
                    wanted
                }
                EventKind::Test => {
                    let of_row = tests.iter().filter(|(seq, _)| *seq == row.seq);
                    of_row.map(|(_, number)| *number).collect()
                }
            };
            if told.is_empty() {
                continue;
            }
            let message = Message::of(row);
            for number in told {
                offers.entry(number).or_default().push(Arc::clone(&message));
            }
        }
        let moved = self.org.write(|tx| {
            if revision(tx)? != wishes.revision || !tx.events().set_dispatched(from, to)? {
                return Ok(false);
            }
            if !pairs.is_empty() {
                tx.deliveries().add(pairs, now)?;
            }
            Ok::<_, muster_store::Error>(true)
        })?;
        if !moved {
            return Ok(Step::Beaten);
        }
        Ok(Step::Moved(Moved {
            from,
            to,
            offers: offers.into_iter().collect(),
            filtered_out,
        }))
    }

    /// Whether every event has been dispatched.
    pub(crate) fn is_at_rest(&self) -> Result<bool> {
        self.org
            .read(|tx| Ok(tx.events().dispatched()? >= tx.events().last()?))
    }

    fn read(&self, tx: &mut Tx<'_>) -> Result<Option<Read>> {
        let from = tx.events().dispatched()?;
        let last = tx.events().last()?;
        if from >= last {
            return Ok(None);
        }
        let wishes = self.wishes(tx)?;
        // With nobody to tell, no event is looked at.
        if wishes.by_trigger.is_empty() {
            return Ok(Some(Read {
                from,
                to: last,
                wishes,
                rows: Vec::new(),
                tests: Vec::new(),
            }));
        }
        let to = last.min(from + DISPATCH_EVENTS_MAX);
        let enabled = |wishes: &&Vec<Wish>| wishes.iter().any(|wish| wish.enabled);
        let triggers: Vec<&str> = wishes
            .by_trigger
            .iter()
            .filter(|(_, wishes)| enabled(wishes))
            .map(|(trigger, _)| trigger.as_str())
            .collect();
        let rows = tx.events().range_of(from + 1, to, &triggers)?;
        let mut tests = Vec::new();
        for row in rows.iter().filter(|row| row.kind == EventKind::Test) {
            for wish in wishes.of(&row.trigger_id) {
                if tx.deliveries().get(wish.number, row.seq)?.is_some() {
                    tests.push((row.seq, wish.number));
                }
            }
        }
        Ok(Some(Read {
            from,
            to,
            wishes,
            rows,
            tests,
        }))
    }

    /// The subscriptions that want a real event.
    fn wanted(
        &self,
        wishes: &Wishes,
        row: &EventRow,
        filtered_out: &mut HashMap<i64, u64>,
    ) -> Vec<i64> {
        let mut seen: Option<Seen> = None;
        let mut wanted = Vec::new();
        for wish in wishes.of(&row.trigger_id) {
            if !wish.enabled || wish.since >= row.seq {
                continue;
            }
            let fires = wish.filter.as_ref().is_none_or(|filter| {
                let seen = seen.get_or_insert_with(|| self.see(row));
                seen.passes(filter)
            });
            if fires {
                wanted.push(wish.number);
            } else {
                *filtered_out.entry(wish.number).or_default() += 1;
            }
        }
        wanted
    }

    /// The event as a value: as it was built where it is recent, from its row otherwise.
    fn see(&self, row: &EventRow) -> Seen {
        if let Some(built) = self.outbox.recent().get(row.seq) {
            return Seen::Built(built);
        }
        match serde_json::from_str(&row.body) {
            Ok(value) => Seen::Parsed(value),
            Err(error) => {
                tracing::error!(%error, event.id = %row.id, "an event's row is damaged");
                Seen::Damaged
            }
        }
    }

    fn wishes(&self, tx: &mut Tx<'_>) -> Result<Arc<Wishes>> {
        let revision = revision(tx)?;
        let mut known = self.wishes.lock();
        if let Some(wishes) = known.as_ref().filter(|known| known.revision == revision) {
            return Ok(Arc::clone(wishes));
        }
        let wishes = Arc::new(Wishes::load(tx, revision)?);
        *known = Some(Arc::clone(&wishes));
        Ok(wishes)
    }
}

fn revision(tx: &mut Tx<'_>) -> Result<i64> {
    tx.documents(Subscription::KIND).revision()
}

enum Seen {
    Built(Arc<Value>),
    Parsed(serde_json::Value),
    Damaged,
}

impl Seen {
    fn passes(&self, filter: &Filter) -> bool {
        match self {
            Self::Built(value) => filter.fires(value.as_ref()),
            Self::Parsed(value) => filter.fires(value),
            Self::Damaged => false,
        }
    }
}

impl Wishes {
    fn load(tx: &mut Tx<'_>, revision: i64) -> Result<Self> {
        let flags = Flags::load(tx)?;
        let mut by_trigger: HashMap<String, Vec<Wish>> = HashMap::new();
        for subscription in tx.typed::<Subscription>().list()? {
            let trigger = catalog::find(&subscription.trigger_id);
            // Questions are not asked here; a trigger whose flag was switched off is silent.
            let is_told = trigger
                .is_some_and(|trigger| trigger.kind == Kind::FireAndForget && flags.allow(trigger));
            if !is_told || !subscription.destination.is_served() {
                continue;
            }
            let Ok(filter) = compile(&subscription) else {
                tracing::error!(
                    subscription.id = %subscription.id,
                    "the filter of a stored subscription does not compile; it hears nothing"
                );
                continue;
            };
            by_trigger
                .entry(subscription.trigger_id)
                .or_default()
                .push(Wish {
                    number: subscription.number,
                    since: subscription.since,
                    enabled: subscription.enabled,
                    filter,
                });
        }
        Ok(Self {
            revision,
            by_trigger,
        })
    }

    fn of(&self, trigger_id: &str) -> &[Wish] {
        self.by_trigger.get(trigger_id).map_or(&[], Vec::as_slice)
    }
}

fn compile(subscription: &Subscription) -> Result<Option<Filter>, crate::filter::Fault> {
    let text = subscription.filter.as_deref();
    text.map(|text| Filter::compile(text, subscription.settings.dialect))
        .transpose()
}
