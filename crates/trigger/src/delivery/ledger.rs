//! The one writer of deliveries, on a thread of its own: matches new events, tells the lanes of them
//! at once, and writes down in one transaction who is told of what and how earlier tries went.
//!
//! Events are rows already when they get here, so lanes need not wait for the rows of deliveries: a
//! crash in between only means that events are matched again, and some of them told twice under the
//! same id. Losing the last outcomes means no more than that either.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use metrics::counter;
use muster_model::{Clock, Document};
use muster_store::{DeliveryState, Org, Outcome, Result, Tx};
use tokio::sync::watch;

use super::failing::{Effect, heed};
use super::inbox::{Inbox, Phase, Report};
use super::lane::Lane;
use super::lanes::Lanes;
use crate::dispatch::{Dispatcher, Found};
use crate::limits::STORE_RETRY;
use crate::subscription::Subscription;

/// Writes deliveries down.
pub(crate) struct Ledger {
    pub(crate) org: Org,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) lanes: Arc<Lanes>,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) moved: watch::Sender<u64>,
}

/// Outcomes on their way into the store, with what follows from them.
#[derive(Default)]
struct Batch {
    outcomes: Vec<Outcome>,
    effects: HashMap<i64, Effect>,
    /// Deliveries that came to their end, by subscription.
    ended: HashMap<i64, (Option<Arc<Lane>>, Vec<i64>)>,
}

impl Batch {
    fn add(&mut self, reports: Vec<Report>) {
        for report in reports {
            let number = report.outcome.subscription;
            self.effects.entry(number).or_default().see(report.next);
            if report.outcome.state != DeliveryState::Pending {
                let (lane, seqs) = self.ended.entry(number).or_default();
                *lane = Some(report.lane);
                seqs.push(report.outcome.event_seq);
            }
            self.outcomes.push(report.outcome);
        }
    }

    fn settle(self) {
        for (lane, seqs) in self.ended.into_values() {
            if let Some(lane) = lane {
                lane.settled(&seqs);
            }
        }
    }
}

impl Ledger {
    /// Works until the inbox says that it is over. Blocks the calling thread.
    pub(crate) fn run(self) {
        let mut batch = Batch::default();
        loop {
            let turn = self.inbox.next_turn();
            if turn.phase == Phase::Killed {
                return;
            }
            batch.add(turn.reports);
            let done = self.step(batch, turn.look && self.lanes.may_dispatch());
            batch = match done {
                Ok(more) => {
                    if more {
                        self.inbox.ring();
                    }
                    Batch::default()
                }
                Err(unwritten) => {
                    let (unwritten, error) = *unwritten;
                    tracing::warn!(%error, "deliveries could not be written; trying again");
                    self.inbox.pause(STORE_RETRY);
                    self.inbox.ring();
                    unwritten
                }
            };
            self.moved.send_modify(|count| *count += 1);
            if turn.phase == Phase::Ending && batch.outcomes.is_empty() {
                return;
            }
        }
    }

    /// Matches, tells and writes; says whether there may be more events. What could not be written
    /// comes back.
    fn step(
        &self,
        mut batch: Batch,
        look: bool,
    ) -> Result<bool, Box<(Batch, muster_store::Error)>> {
        let found = if look {
            match self.dispatcher.look() {
                Ok(found) => found,
                Err(error) => return Err(Box::new((batch, error))),
            }
        } else {
            None
        };
        let taken = found.as_ref().map(|found| self.lanes.tell(found));
        let taken = taken.unwrap_or_default();
        if taken.count > 0 && batch.outcomes.is_empty() {
            batch.add(self.inbox.await_outcomes(taken.count));
        }
        if self.inbox.is_killed() || (found.is_none() && batch.outcomes.is_empty()) {
            return Ok(false);
        }
        let moved = match self.write(&batch, found.as_ref()) {
            Ok(moved) => moved,
            Err(error) => return Err(Box::new((batch, error))),
        };
        batch.settle();
        let Some(found) = found else {
            return Ok(false);
        };
        if moved {
            note(&found);
        }
        self.lanes.written(&found, &taken, moved);
        Ok(true)
    }

    fn write(&self, batch: &Batch, found: Option<&Found>) -> Result<bool> {
        let now = self.clock.now();
        let told: HashSet<(i64, i64)> = match found {
            Some(_) => {
                let pair = |one: &Outcome| (one.subscription, one.event_seq);
                batch.outcomes.iter().map(pair).collect()
            }
            None => HashSet::new(),
        };
        self.org.write(|tx| {
            let moved = match found {
                Some(found) => Dispatcher::write(tx, found, |pair| told.contains(pair), now)?,
                None => false,
            };
            if batch.outcomes.is_empty() {
                return Ok(moved);
            }
            if batch.effects.values().any(|effect| effect.failed) {
                let lasting = lasting(tx, &batch.outcomes)?;
                tx.deliveries().record(&lasting)?;
            } else {
                tx.deliveries().record(&batch.outcomes)?;
            }
            heed(tx, &batch.effects, now)?;
            Ok(moved)
        })
    }
}

/// The outcomes without those that would wait for a subscription which is gone.
fn lasting(tx: &mut Tx<'_>, outcomes: &[Outcome]) -> Result<Vec<Outcome>> {
    let documents = tx.documents(Subscription::KIND).list()?;
    let here: HashSet<i64> = documents
        .iter()
        .filter_map(|one| one.body["number"].as_i64())
        .collect();
    let lasts =
        |one: &&Outcome| one.state != DeliveryState::Pending || here.contains(&one.subscription);
    Ok(outcomes.iter().filter(lasts).cloned().collect())
}

fn note(found: &Found) {
    let told: usize = found.offers.values().map(Vec::len).sum();
    counter!("muster_events_dispatched_total").increment((found.to - found.from) as u64);
    tracing::debug!(
        events = found.to - found.from,
        deliveries = told,
        "dispatched events up to {}",
        found.to
    );
}
