//! The listing of invocations (event-triggers.md §1.10), read from deliveries and their events.

use std::collections::HashMap;

use muster_model::Timestamp;
use muster_store::{Delivery, Ends, EventKind, EventRow, Tx};
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
    delivery: Delivery,
    created: Timestamp,
}

/// Lists invocations.
pub fn list(tx: &mut Tx<'_>, key: &InvocationKey, ask: &Listing, now: Timestamp) -> Result<Page> {
    let subscriptions = subscriptions(tx, ask)?;
    let newest = newest(tx, &subscriptions, now)?;
    let mut entries = with_moments(tx, newest)?;
    sort(&mut entries, &ask.order, &subscriptions);
    let total = entries.len();
    let shown: Vec<Entry> = entries
        .into_iter()
        .skip(ask.offset)
        .take(ask.limit)
        .collect();
    let seqs: Vec<i64> = shown.iter().map(|entry| entry.delivery.event_seq).collect();
    let events = tx.events().get_each(&seqs)?;
    let items = shown
        .iter()
        .zip(events)
        .filter_map(|(entry, event)| {
            let told = subscriptions.get(&entry.delivery.subscription)?;
            Some(to_wire(key, &entry.delivery, told, &event?))
        })
        .collect();
    Ok(Page { items, total })
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

/// The newest deliveries of these subscriptions, within the reach of the listing.
fn newest(tx: &mut Tx<'_>, told: &HashMap<i64, Told>, now: Timestamp) -> Result<Vec<Delivery>> {
    // A delivery may end long after its event, but no later than its last retry.
    let retries_ms: u64 = SCHEDULE_MS.iter().sum();
    let horizon = now.plus_millis(-FAILED_LISTED_MS - (retries_ms + retries_ms / 5) as i64);
    let mut after = tx.events().first_since(horizon)? - 1;
    let mut newest: Vec<Delivery> = Vec::new();
    for number in told.keys() {
        let ends = Ends {
            delivered: now.plus_millis(-DELIVERED_LISTED_MS),
            failed: now.plus_millis(-FAILED_LISTED_MS),
            limit: LISTED_MAX as u32,
        };
        newest.extend(tx.deliveries().recent(*number, after, ends)?);
        if newest.len() > LISTED_MAX {
            newest.sort_by_key(|one| std::cmp::Reverse((one.event_seq, one.subscription)));
            newest.truncate(LISTED_MAX);
            // Nothing older will be among the newest any more.
            after = newest.last().map_or(after, |oldest| oldest.event_seq - 1);
        }
    }
    Ok(newest)
}

fn with_moments(tx: &mut Tx<'_>, deliveries: Vec<Delivery>) -> Result<Vec<Entry>> {
    let seqs: Vec<i64> = deliveries.iter().map(|one| one.event_seq).collect();
    let moments = tx.events().moments(&seqs)?;
    let known = deliveries.into_iter().zip(moments);
    Ok(known
        .filter_map(|(delivery, created)| {
            Some(Entry {
                delivery,
                created: created?,
            })
        })
        .collect())
}

fn sort(entries: &mut [Entry], order: &[(Order, bool)], told: &HashMap<i64, Told>) {
    let of = |entry: &Entry| told.get(&entry.delivery.subscription);
    entries.sort_by(|one, other| {
        for (by, descending) in order {
            let ordering = match by {
                Order::TriggerId => {
                    let trigger = |entry| of(entry).map(|told| told.trigger_id.as_str());
                    trigger(one).cmp(&trigger(other))
                }
                Order::SubscriptionName => {
                    let name = |entry| of(entry).map(|told| told.name.as_str());
                    name(one).cmp(&name(other))
                }
                Order::Created => one.created.cmp(&other.created),
                Order::Completed => one.delivery.finished.cmp(&other.delivery.finished),
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
        let newest = |entry: &Entry| (entry.delivery.event_seq, entry.delivery.subscription);
        newest(other).cmp(&newest(one))
    });
}

fn to_wire(key: &InvocationKey, delivery: &Delivery, told: &Told, event: &EventRow) -> Value {
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let mut input = json!({ "triggerId": event.trigger_id, "input": json(&event.body) });
    if let Some(content) = &event.content_json {
        input["contentJson"] = json(content);
    }
    let mut wire = json!({
        "id": key.id(delivery.subscription, delivery.event_seq),
        "triggerId": event.trigger_id,
        "subscriptionId": told.id,
        "subscriptionName": told.name,
        "type": match event.kind {
            EventKind::Real => "REAL_TIME",
            EventKind::Test => "TEST",
        },
        "created": event.created,
        "startInvocationInput": input,
    });
    // Absent means in flight (event-triggers.md §1.10).
    if let Some(finished) = delivery.finished {
        wire["completed"] = json!(finished);
        let error = delivery.error.as_deref();
        wire["completeInvocationInput"] = json!({
            "localizedError": error.map(|text| json!({ "locale": "en-US", "message": text })),
            "output": null,
        });
    }
    wire
}
