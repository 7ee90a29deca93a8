//! Subscriptions by trigger with their filters put together, as of one state of the org's documents.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use muster_event::catalog::{self, Kind, feature::Flags};
use muster_model::{Document, OrgSettings};
use muster_store::{Result, Tx};

use crate::filter::{Filter, Filters};
use crate::subscription::Subscription;

/// All subscriptions that hear of events.
#[derive(Default)]
pub(crate) struct Wishes {
    /// The newest revision of the org's documents that they are known to hold at.
    revision: AtomicI64,
    /// The documents that they were made of, each with its version.
    made_of: Vec<(String, i64)>,
    by_trigger: HashMap<String, Audience>,
}

/// Those who hear of one trigger.
pub(super) struct Audience {
    /// All of them.
    pub(super) wishes: Vec<Wish>,
    /// The filters of those that have one, each under its place in the list.
    pub(super) filters: Filters,
    /// All subscriptions of the trigger; the disabled ones hear tests.
    all: Vec<i64>,
}

/// An enabled subscription.
pub(super) struct Wish {
    pub(super) number: i64,
    /// Older events are not for it.
    pub(super) since: i64,
    pub(super) has_filter: bool,
}

impl Wishes {
    pub(super) fn load(tx: &mut Tx<'_>, revision: i64) -> Result<Self> {
        let flags = Flags::load(tx)?;
        let mut parts: HashMap<String, Parts> = HashMap::new();
        for subscription in tx.typed::<Subscription>().list()? {
            let trigger = catalog::find(&subscription.trigger_id);
            // Questions are not asked here; a trigger whose flag was switched off is silent.
            let is_told = trigger
                .is_some_and(|trigger| trigger.kind == Kind::FireAndForget && flags.allow(trigger));
            if is_told && subscription.destination.is_served() {
                let trigger = subscription.trigger_id.clone();
                parts.entry(trigger).or_default().add(&subscription);
            }
        }
        let by_trigger = parts
            .into_iter()
            .map(|(trigger, parts)| (trigger, parts.build()))
            .collect();
        Ok(Self {
            revision: AtomicI64::new(revision),
            made_of: made_of(tx)?,
            by_trigger,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_trigger.is_empty()
    }

    /// Whether they still hold at a revision: other documents may have changed.
    pub(super) fn are_of(&self, revision: i64, tx: &mut Tx<'_>) -> Result<bool> {
        if self.revision.load(Relaxed) == revision {
            return Ok(true);
        }
        let holds = self.made_of == made_of(tx)?;
        if holds {
            self.revision.store(revision, Relaxed);
        }
        Ok(holds)
    }

    /// Whether they still hold now.
    pub(super) fn hold(&self, tx: &mut Tx<'_>) -> Result<bool> {
        let revision = tx.documents(Subscription::KIND).revision()?;
        self.are_of(revision, tx)
    }

    /// The triggers that somebody wants to hear of.
    pub(super) fn triggers(&self) -> Vec<&str> {
        let heard = self
            .by_trigger
            .iter()
            .filter(|(_, audience)| !audience.wishes.is_empty());
        heard.map(|(trigger, _)| trigger.as_str()).collect()
    }

    pub(super) fn of(&self, trigger: &str) -> Option<&Audience> {
        self.by_trigger.get(trigger)
    }

    /// All subscriptions that are told of events as they happen.
    pub(super) fn numbers(&self) -> impl Iterator<Item = i64> {
        let wishes = self.by_trigger.values().flat_map(|one| &one.wishes);
        wishes.map(|wish| wish.number)
    }

    /// All subscriptions of a trigger.
    pub(super) fn numbers_of(&self, trigger: &str) -> impl Iterator<Item = i64> {
        let audience = self.by_trigger.get(trigger);
        audience
            .into_iter()
            .flat_map(|audience| &audience.all)
            .copied()
    }
}

fn made_of(tx: &mut Tx<'_>) -> Result<Vec<(String, i64)>> {
    let mut all = Vec::new();
    for kind in [Subscription::KIND, OrgSettings::KIND] {
        let documents = tx.documents(kind).list()?;
        let versions = documents.iter().map(|one| (one.id.clone(), one.version));
        all.extend(versions);
    }
    Ok(all)
}

#[derive(Default)]
struct Parts {
    wishes: Vec<Wish>,
    filters: Vec<(usize, Filter)>,
    all: Vec<i64>,
}

impl Parts {
    fn add(&mut self, subscription: &Subscription) {
        self.all.push(subscription.number);
        if !subscription.enabled {
            return;
        }
        if let Some(text) = &subscription.filter {
            match Filter::compile(text, subscription.settings.dialect) {
                Ok(filter) => self.filters.push((self.wishes.len(), filter)),
                Err(fault) => {
                    tracing::error!(
                        subscription.id = %subscription.id,
                        "the filter of a stored subscription {}; it hears nothing",
                        fault.problem()
                    );
                    return;
                }
            }
        }
        self.wishes.push(Wish {
            number: subscription.number,
            since: subscription.since,
            has_filter: subscription.filter.is_some(),
        });
    }

    fn build(self) -> Audience {
        let filters = self.filters.iter().map(|(at, filter)| (*at, filter));
        Audience {
            filters: Filters::of(filters),
            wishes: self.wishes,
            all: self.all,
        }
    }
}
