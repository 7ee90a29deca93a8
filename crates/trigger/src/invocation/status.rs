//! The listing of invocations (event-triggers.md §1.10): events that were told, read from deliveries
//! and their events, and questions that were asked, in one order.

use std::collections::HashMap;

use muster_model::Timestamp;
use muster_store::{Delivery, Ends, EventKind, EventRow, InvocationHead, InvocationRow, Tx};
use serde_json::{Value, json};

use super::id::InvocationKey;
use crate::delivery::retry::SCHEDULE_MS;
use crate::error::Result;
use crate::limits::{DELIVERED_LISTED_MS, FAILED_LISTED_MS, LISTED_MAX};
use crate::subscription::{Departed, Subscription};

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Only invocations of this trigger.
    pub trigger_id: Option<String>,
    /// Only invocations of this subscription.
    pub subscription_id: Option<String>,
    /// By what they are sorted; newest first, where empty. `true` means descending.
    pub order: Vec<(Order, bool)>,
    /// How many to leave out.
    pub offset: usize,
    /// How many to show.
    pub limit: usize,
}

/// What invocations can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The trigger's id.
    TriggerId,
    /// The subscription's name.
    SubscriptionName,
    /// When the event was made.
    Created,
    /// When the last try ended.
    Completed,
}

/// A part of the listing.
#[derive(Clone, Debug)]
pub struct Page {
    /// Invocations as the API shows them.
    pub items: Vec<Value>,
    /// How many there are in all.
    pub total: usize,
}

struct Told {
    id: String,
    name: String,
    trigger_id: String,
}

struct Entry {
    trigger_id: String,
    subscription_name: String,
    created: Timestamp,
    completed: Option<Timestamp>,
    of: Of,
}

/// What an entry is about.
enum Of {
    Delivery(Delivery),
    Question(String),
}

/// Lists invocations.
pub fn list(tx: &mut Tx<'_>, key: &InvocationKey, ask: &Listing, now: Timestamp) -> Result<Page> {
    let subscriptions = subscriptions(tx, ask)?;
    let mut entries = newest(tx, &subscriptions, now)?;
    entries.extend(questions(tx, ask, now)?);
    // What is told and what is asked have bounds of their own; together they have the same one.
    entries.sort_by(newest_first);
    entries.truncate(LISTED_MAX);
    sort(&mut entries, &ask.order);
    let total = entries.len();
    let shown = entries.into_iter().skip(ask.offset).take(ask.limit);
    let shown: Vec<Of> = shown.map(|entry| entry.of).collect();
    let items = show(tx, key, &shown, &subscriptions)?;
    Ok(Page { items, total })
}

/// Only what is shown is read whole.
fn show(
    tx: &mut Tx<'_>,
    key: &InvocationKey,
    shown: &[Of],
    subscriptions: &HashMap<i64, Told>,
) -> Result<Vec<Value>> {
    let seqs = shown.iter().filter_map(|of| match of {
        Of::Delivery(delivery) => Some(delivery.event_seq),
        Of::Question(_) => None,
    });
    let seqs: Vec<i64> = seqs.collect();
    let mut events = tx.events().get_each(&seqs)?.into_iter();
    let mut items = Vec::with_capacity(shown.len());
    for of in shown {
        match of {
            Of::Delivery(delivery) => {
                let told = subscriptions.get(&delivery.subscription);
                let known = told.zip(events.next().flatten());
                items.extend(known.map(|(told, event)| delivered(key, delivery, told, &event)));
            }
            Of::Question(id) => items.extend(tx.invocations().get(id)?.as_ref().map(asked)),
        }
    }
    Ok(items)
}

/// Those asked for, deleted ones included, by number.
fn subscriptions(tx: &mut Tx<'_>, ask: &Listing) -> Result<HashMap<i64, Told>> {
    let here = tx.typed::<Subscription>().list()?.into_iter().map(|one| {
        let told = Told {
            id: one.id,
            name: one.name,
            trigger_id: one.trigger_id,
        };
        (one.number, told)
    });
    let gone = tx.typed::<Departed>().list()?.into_iter().map(|one| {
        let told = Told {
            id: one.id,
            name: one.name,
            trigger_id: one.trigger_id,
        };
        (one.number, told)
    });
    let is_asked_for = |told: &Told| {
        let fits = |wanted: &Option<String>, has: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == has)
        };
        fits(&ask.trigger_id, &told.trigger_id) && fits(&ask.subscription_id, &told.id)
    };
    Ok(here
        .chain(gone)
        .filter(|(_, told)| is_asked_for(told))
        .collect())
}

fn ends(now: Timestamp) -> Ends {
    Ends {
        delivered: now.plus_millis(-DELIVERED_LISTED_MS),
        failed: now.plus_millis(-FAILED_LISTED_MS),
        limit: LISTED_MAX as u32,
    }
}

/// The newest questions, within the reach of the listing.
fn questions(tx: &mut Tx<'_>, ask: &Listing, now: Timestamp) -> Result<Vec<Entry>> {
    let fits =
        |wanted: &Option<String>, has: &str| wanted.as_deref().is_none_or(|wanted| wanted == has);
    let heads = tx.invocations().recent(ends(now))?;
    let wanted = heads.into_iter().filter(|head| {
        fits(&ask.trigger_id, &head.trigger_id) && fits(&ask.subscription_id, &head.subscription_id)
    });
    let entry = |head: InvocationHead| Entry {
        trigger_id: head.trigger_id,
        subscription_name: head.subscription_name,
        created: head.created,
        completed: head.completed,
        of: Of::Question(head.id),
    };
    Ok(wanted.map(entry).collect())
}

/// The newest deliveries of these subscriptions, within the reach of the listing.
fn newest(tx: &mut Tx<'_>, told: &HashMap<i64, Told>, now: Timestamp) -> Result<Vec<Entry>> {
    // A delivery may end long after its event, but no later than its last retry.
    let retries_ms: u64 = SCHEDULE_MS.iter().sum();
    let horizon = now.plus_millis(-FAILED_LISTED_MS - (retries_ms + retries_ms / 5) as i64);
    let mut after = tx.events().first_since(horizon)? - 1;
    let mut newest: Vec<Delivery> = Vec::new();
    for number in told.keys() {
        newest.extend(tx.deliveries().recent(*number, after, ends(now))?);
        if newest.len() > LISTED_MAX {
            newest.sort_by_key(|one| std::cmp::Reverse((one.event_seq, one.subscription)));
            newest.truncate(LISTED_MAX);
            // Nothing older will be among the newest any more.
            after = newest.last().map_or(after, |oldest| oldest.event_seq - 1);
        }
    }
    let seqs: Vec<i64> = newest.iter().map(|one| one.event_seq).collect();
    let moments = tx.events().moments(&seqs)?;
    let entry = |(delivery, created): (Delivery, Option<Timestamp>)| {
        let told = told.get(&delivery.subscription)?;
        Some(Entry {
            trigger_id: told.trigger_id.clone(),
            subscription_name: told.name.clone(),
            created: created?,
            completed: delivery.finished,
            of: Of::Delivery(delivery),
        })
    };
    Ok(newest.into_iter().zip(moments).filter_map(entry).collect())
}

fn sort(entries: &mut [Entry], order: &[(Order, bool)]) {
    entries.sort_by(|one, other| {
        for (by, descending) in order {
            let ordering = match by {
                Order::TriggerId => one.trigger_id.cmp(&other.trigger_id),
                Order::SubscriptionName => one.subscription_name.cmp(&other.subscription_name),
                Order::Created => one.created.cmp(&other.created),
                Order::Completed => one.completed.cmp(&other.completed),
            };
            let ordering = if *descending {
                ordering.reverse()
            } else {
                ordering
            };
            if ordering.is_ne() {
                return ordering;
            }
        }
        newest_first(one, other)
    });
}

/// Among what happened at one moment, the order is that of the events.
fn newest_first(one: &Entry, other: &Entry) -> std::cmp::Ordering {
    let place = |entry: &Entry| match &entry.of {
        Of::Delivery(delivery) => (delivery.event_seq, delivery.subscription, String::new()),
        Of::Question(id) => (0, 0, id.clone()),
    };
    let newer = other.created.cmp(&one.created);
    newer.then_with(|| place(other).cmp(&place(one)))
}

fn delivered(key: &InvocationKey, delivery: &Delivery, told: &Told, event: &EventRow) -> Value {
    Shown {
        id: &key.id(delivery.subscription, delivery.event_seq),
        trigger_id: &event.trigger_id,
        subscription_id: &told.id,
        subscription_name: &told.name,
        kind: event.kind,
        created: event.created,
        completed: delivery.finished,
        input: &event.body,
        content_json: event.content_json.as_deref(),
        error: delivery.error.as_deref(),
        output: None,
    }
    .to_wire()
}

fn asked(row: &InvocationRow) -> Value {
    Shown {
        id: &row.head.id,
        trigger_id: &row.head.trigger_id,
        subscription_id: &row.head.subscription_id,
        subscription_name: &row.head.subscription_name,
        kind: row.kind,
        created: row.head.created,
        completed: row.head.completed,
        input: &row.input,
        content_json: row.content_json.as_deref(),
        error: row.error.as_deref(),
        output: row.output.as_deref(),
    }
    .to_wire()
}

/// What both kinds of invocation show.
struct Shown<'a> {
    id: &'a str,
    trigger_id: &'a str,
    subscription_id: &'a str,
    subscription_name: &'a str,
    kind: EventKind,
    created: Timestamp,
    completed: Option<Timestamp>,
    input: &'a str,
    content_json: Option<&'a str>,
    error: Option<&'a str>,
    output: Option<&'a str>,
}

impl Shown<'_> {
    fn to_wire(&self) -> Value {
        let json = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        let mut input = json!({ "triggerId": self.trigger_id, "input": json(self.input) });
        if let Some(content) = self.content_json {
            input["contentJson"] = json(content);
        }
        let mut wire = json!({
            "id": self.id,
            "triggerId": self.trigger_id,
            "subscriptionId": self.subscription_id,
            "subscriptionName": self.subscription_name,
            "type": match self.kind {
                EventKind::Real => "REAL_TIME",
                EventKind::Test => "TEST",
            },
            "created": self.created,
            "startInvocationInput": input,
        });
        // Absent means in flight (event-triggers.md §1.10).
        if let Some(completed) = self.completed {
            let error = |text| json!({ "locale": "en-US", "message": text });
            wire["completed"] = json!(completed);
            wire["completeInvocationInput"] = json!({
                "localizedError": self.error.map(error),
                "output": self.output.map(json),
            });
        }
        wire
    }
}
