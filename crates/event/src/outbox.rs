//! The outbox: an event is a row in the transaction of the change that caused it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use muster_model::Timestamp;
use muster_model::id::{EventId, derive, version_8};
use muster_store::{NewEvent, Result, Tx};
use parking_lot::Mutex;

use crate::limits::RECENT_EVENTS_MAX;
use crate::value::Value;

/// An event that a station has decided on.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The trigger's id.
    pub trigger: &'static str,
    /// What it is about: events of one subject are told in order.
    pub subject: String,
    /// What makes the event the one it is; the same parts give the same event id, so a change that
    /// is computed again after a crash is the same event.
    pub identity: Vec<Vec<u8>>,
    /// When it happened.
    pub created: Timestamp,
    /// What led to it: the id of the run or request.
    pub cause: String,
    /// What subscribers see.
    pub value: Value,
}

impl Draft {
    /// The event's id.
    pub fn id(&self) -> EventId {
        event_id(self.trigger, &self.identity)
    }
}

/// The id of the event of a trigger that these parts tell from all others.
pub(crate) fn event_id(trigger: &str, identity: &[Vec<u8>]) -> EventId {
    let parts: Vec<&[u8]> = std::iter::once(trigger.as_bytes())
        .chain(identity.iter().map(Vec::as_slice))
        .collect();
    EventId(version_8(derive(&parts)))
}

/// Where stations append events. Cloning it is cheap.
#[derive(Clone, Default)]
pub struct Outbox {
    recent: Arc<Recent>,
}

impl Outbox {
    /// Appends events. Call it last in a transaction: other writers of events wait from here on.
    pub fn append(&self, tx: &mut Tx<'_>, drafts: Vec<Draft>) -> Result<()> {
        if drafts.is_empty() {
            return Ok(());
        }
        let rows = drafts.iter().map(row).collect::<Result<Vec<_>>>()?;
        let first = tx.events().append(&rows)?;
        let recent = Arc::clone(&self.recent);
        tx.after_commit(move || recent.keep(first, rows, drafts));
        Ok(())
    }

    /// The newest events as values.
    pub fn recent(&self) -> &Recent {
        &self.recent
    }
}

/// The outboxes of all orgs. Cloning it is cheap.
#[derive(Clone, Default)]
pub struct Outboxes(Arc<Mutex<HashMap<String, Outbox>>>);

impl Outboxes {
    /// The outbox of the org of that name.
    pub fn of(&self, org: &str) -> Outbox {
        let mut all = self.0.lock();
        if let Some(known) = all.get(org) {
            return known.clone();
        }
        all.entry(org.to_owned()).or_default().clone()
    }
}

fn row(draft: &Draft) -> Result<NewEvent> {
    Ok(NewEvent {
        id: draft.id(),
        trigger_id: draft.trigger,
        subject: draft.subject.clone(),
        created: draft.created,
        cause: draft.cause.clone(),
        body: serde_json::to_string(&draft.value)?,
    })
}

/// An event that was appended here a moment ago: its row, and the value it was made of.
#[derive(Debug)]
pub struct Built {
    /// Its number.
    pub seq: i64,
    /// Its id.
    pub id: EventId,
    /// The trigger's id.
    pub trigger: &'static str,
    /// What it is about.
    pub subject: String,
    /// When it happened.
    pub created: Timestamp,
    /// What led to it.
    pub cause: String,
    /// What subscribers see, as JSON.
    pub body: Bytes,
    /// What subscribers see.
    pub value: Value,
}

/// The newest events of an org, as they were built: telling of them needs neither their rows nor a
/// parse.
#[derive(Default)]
pub struct Recent(Mutex<VecDeque<Arc<Built>>>);

impl Recent {
    /// The event with that number, if it is still here.
    pub fn get(&self, seq: i64) -> Option<Arc<Built>> {
        let events = self.0.lock();
        let at = events.binary_search_by_key(&seq, |event| event.seq).ok()?;
        Some(Arc::clone(&events[at]))
    }

    /// The events numbered from `first` to `last`, if all of them are here.
    pub fn range(&self, first: i64, last: i64) -> Option<Vec<Arc<Built>>> {
        let events = self.0.lock();
        let at = events
            .binary_search_by_key(&first, |event| event.seq)
            .ok()?;
        let count = usize::try_from(last - first + 1).ok()?;
        // Numbers only grow, so as many steps on as the numbers say there is no gap.
        (events.get(at + count - 1)?.seq == last)
            .then(|| events.range(at..at + count).cloned().collect())
    }

    /// Keeps events that have just been committed. Two commits may arrive here in the wrong order;
    /// a straggler is left out, its row has it.
    fn keep(&self, first: i64, rows: Vec<NewEvent>, drafts: Vec<Draft>) {
        let mut events = self.0.lock();
        for (seq, (row, draft)) in (first..).zip(rows.into_iter().zip(drafts)) {
            if events.back().is_some_and(|last| last.seq >= seq) {
                continue;
            }
            if events.len() == RECENT_EVENTS_MAX {
                events.pop_front();
            }
            events.push_back(Arc::new(Built {
                seq,
                id: row.id,
                trigger: row.trigger_id,
                subject: row.subject,
                created: row.created,
                cause: row.cause,
                body: row.body.into(),
                value: draft.value,
            }));
        }
    }
}
