//! The listing of invocations (event-triggers.md §1.10): events that were told, read from deliveries
//! and their events, and questions that were asked, in one order.

use std::collections::HashMap;

use muster_model::Timestamp;
use muster_store::{Delivery, Ends, InvocationHead, Pick, Tx};
use serde_json::Value;

use super::id::InvocationKey;
use super::shown::{asked, delivered, with_stance, with_state};
use super::standing::{Stance, Standing, Way, stances};
use crate::delivery::retry::SCHEDULE_MS;
use crate::error::Result;
use crate::limits::{DELIVERED_LISTED_MS, FAILED_LISTED_MS, LISTED_MAX};
use crate::subscription::{Departed, Ordering as Sending, Subscription};

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Only invocations of this trigger.
    pub trigger_id: Option<String>,
    /// Only invocations of this subscription.
    pub subscription_id: Option<String>,
    /// Whether it is told how they stand, or only those that stand in one way are shown.
    pub standings: Standings,
    /// By what they are sorted; newest first, where empty. `true` means descending.
    pub order: Vec<(Order, bool)>,
    /// How many to leave out.
    pub offset: usize,
    /// How many to show.
    pub limit: usize,
}

impl Listing {
    fn is_for(&self, trigger: &str, subscription: &str) -> bool {
        let fits = |wanted: &Option<String>, has| wanted.as_deref().is_none_or(|it| it == has);
        fits(&self.trigger_id, trigger) && fits(&self.subscription_id, subscription)
    }
}

/// Whether it is told how invocations stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standings {
    /// No: the vendor's listing has no such word.
    #[default]
    Untold,
    /// Yes.
    Told,
    /// Yes, and only those that stand so are listed.
    Only(Standing),
}

impl Standings {
    const fn pick(self) -> Pick {
        match self {
            Self::Untold | Self::Told => Pick::Any,
            Self::Only(standing) => standing.pick(),
        }
    }
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

/// A subscription, deleted ones included.
pub(super) struct Told {
    pub(super) id: String,
    pub(super) name: String,
    trigger_id: String,
    way: Way,
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
    let view = View {
        key,
        subscriptions: &subscriptions,
        standings: ask.standings,
        since: since(tx, now)?,
    };
    let ends = ends(now, ask.standings.pick());
    let mut entries = view.newest(tx, ends)?;
    entries.extend(questions(tx, ask, ends)?);
    // What is told and what is asked have bounds of their own; together they have the same one.
    entries.sort_by(newest_first);
    entries.truncate(LISTED_MAX);
    if let Standings::Only(standing) = ask.standings {
        view.keep(tx, &mut entries, standing)?;
    }
    sort(&mut entries, &ask.order);
    let total = entries.len();
    let shown = entries.into_iter().skip(ask.offset).take(ask.limit);
    let shown: Vec<Of> = shown.map(|entry| entry.of).collect();
    let items = view.show(tx, &shown)?;
    Ok(Page { items, total })
}

/// One invocation and how it stands, however old it is.
pub fn one(
    tx: &mut Tx<'_>,
    key: &InvocationKey,
    id: &str,
    now: Timestamp,
) -> Result<Option<Value>> {
    let subscriptions = subscriptions(tx, &Listing::default())?;
    let view = View {
        key,
        subscriptions: &subscriptions,
        standings: Standings::Told,
        since: since(tx, now)?,
    };
    let of = match key.read(id) {
        Some((number, seq)) => tx.deliveries().get(number, seq)?.map(Of::Delivery),
        None => Some(Of::Question(id.to_owned())),
    };
    let shown: Vec<Of> = of.into_iter().collect();
    Ok(view.show(tx, &shown)?.pop())
}

/// What is looked at.
struct View<'a> {
    key: &'a InvocationKey,
    subscriptions: &'a HashMap<i64, Told>,
    standings: Standings,
    /// The number of the last event that is too old to be looked at.
    since: i64,
}

impl View<'_> {
    /// Only what is shown is read whole.
    fn show(&self, tx: &mut Tx<'_>, shown: &[Of]) -> Result<Vec<Value>> {
        let deliveries: Vec<&Delivery> = shown.iter().filter_map(Of::delivery).collect();
        let stances = match self.standings {
            Standings::Untold => HashMap::new(),
            Standings::Told | Standings::Only(_) => self.stances(tx, &deliveries)?,
        };
        let seqs: Vec<i64> = deliveries.iter().map(|one| one.event_seq).collect();
        let mut events = tx.events().get_each(&seqs)?.into_iter();
        let mut items = Vec::with_capacity(shown.len());
        for of in shown {
            match of {
                Of::Delivery(delivery) => {
                    let told = self.subscriptions.get(&delivery.subscription);
                    let Some((told, event)) = told.zip(events.next().flatten()) else {
                        continue;
                    };
                    let wire = delivered(self.key, delivery, told, &event);
                    items.push(match stances.get(&place(delivery)) {
                        Some(stance) => with_stance(wire, self.key, delivery, *stance),
                        None => wire,
                    });
                }
                Of::Question(id) => {
                    let Some(row) = tx.invocations().get(id)? else {
                        continue;
                    };
                    items.push(match self.standings {
                        Standings::Untold => asked(&row),
                        Standings::Told | Standings::Only(_) => with_state(asked(&row), &row),
                    });
                }
            }
        }
        Ok(items)
    }

    /// Keeps those that stand so. Questions were picked by their state already.
    fn keep(&self, tx: &mut Tx<'_>, entries: &mut Vec<Entry>, standing: Standing) -> Result<()> {
        let deliveries: Vec<&Delivery> = entries
            .iter()
            .filter_map(|entry| entry.of.delivery())
            .collect();
        let stances = self.stances(tx, &deliveries)?;
        entries.retain(|entry| match &entry.of {
            Of::Delivery(delivery) => stances
                .get(&place(delivery))
                .is_some_and(|stance| stance.standing == standing),
            // A question never waits behind another.
            Of::Question(_) => standing != Standing::Held,
        });
        Ok(())
    }

    /// How deliveries stand, by subscription and event.
    fn stances(
        &self,
        tx: &mut Tx<'_>,
        deliveries: &[&Delivery],
    ) -> Result<HashMap<(i64, i64), Stance>> {
        let mut by_number: HashMap<i64, Vec<&Delivery>> = HashMap::new();
        for delivery in deliveries {
            by_number
                .entry(delivery.subscription)
                .or_default()
                .push(delivery);
        }
        let mut all = HashMap::with_capacity(deliveries.len());
        for (number, deliveries) in by_number {
            let Some(told) = self.subscriptions.get(&number) else {
                continue;
            };
            let stances = stances(tx, told.way, &deliveries, self.since)?;
            all.extend(
                stances
                    .into_iter()
                    .map(|(seq, stance)| ((number, seq), stance)),
            );
        }
        Ok(all)
    }

    /// The newest deliveries of these subscriptions, within the reach of the listing.
    fn newest(&self, tx: &mut Tx<'_>, ends: Ends) -> Result<Vec<Entry>> {
        let mut after = self.since;
        let mut newest: Vec<Delivery> = Vec::new();
        for number in self.subscriptions.keys() {
            newest.extend(tx.deliveries().recent(*number, after, ends)?);
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
            let told = self.subscriptions.get(&delivery.subscription)?;
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
}

impl Of {
    const fn delivery(&self) -> Option<&Delivery> {
        match self {
            Self::Delivery(delivery) => Some(delivery),
            Self::Question(_) => None,
        }
    }
}

const fn place(delivery: &Delivery) -> (i64, i64) {
    (delivery.subscription, delivery.event_seq)
}

/// The number of the last event that no listed delivery can be about: one may end long after its
/// event, but no later than its last retry.
fn since(tx: &mut Tx<'_>, now: Timestamp) -> Result<i64> {
    let retries_ms: u64 = SCHEDULE_MS.iter().sum();
    let horizon = now.plus_millis(-FAILED_LISTED_MS - (retries_ms + retries_ms / 5) as i64);
    Ok(tx.events().first_since(horizon)? - 1)
}

/// Those asked for, deleted ones included, by number.
fn subscriptions(tx: &mut Tx<'_>, ask: &Listing) -> Result<HashMap<i64, Told>> {
    let here = tx.typed::<Subscription>().list()?.into_iter().map(|one| {
        let told = Told {
            way: Way::of(&one),
            id: one.id,
            name: one.name,
            trigger_id: one.trigger_id,
        };
        (one.number, told)
    });
    let gone = tx.typed::<Departed>().list()?.into_iter().map(|one| {
        let told = Told {
            // Nothing waits for it any more.
            way: Way {
                number: one.number,
                ordering: Sending::None,
                enabled: false,
            },
            id: one.id,
            name: one.name,
            trigger_id: one.trigger_id,
        };
        (one.number, told)
    });
    Ok(here
        .chain(gone)
        .filter(|(_, told)| ask.is_for(&told.trigger_id, &told.id))
        .collect())
}

fn ends(now: Timestamp, pick: Pick) -> Ends {
    Ends {
        pick,
        delivered: now.plus_millis(-DELIVERED_LISTED_MS),
        failed: now.plus_millis(-FAILED_LISTED_MS),
        limit: LISTED_MAX as u32,
    }
}

/// The newest questions, within the reach of the listing.
fn questions(tx: &mut Tx<'_>, ask: &Listing, ends: Ends) -> Result<Vec<Entry>> {
    let heads = tx.invocations().recent(ends)?.into_iter();
    let wanted = heads.filter(|head| ask.is_for(&head.trigger_id, &head.subscription_id));
    let entry = |head: InvocationHead| Entry {
        trigger_id: head.trigger_id,
        subscription_name: head.subscription_name,
        created: head.created,
        completed: head.completed,
        of: Of::Question(head.id),
    };
    Ok(wanted.map(entry).collect())
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
