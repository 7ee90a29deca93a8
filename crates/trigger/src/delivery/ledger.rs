//! The one writer of deliveries, on a thread of its own: matches new events, tells the lanes of them
//! at once, and writes down in one transaction who is told of what and how earlier tries went.
//!
//! Events are rows already when they get here, so lanes need not wait for the rows of deliveries: a
//! crash in between only means that events are matched again, and some of them told twice under the
//! same id. Losing the last outcomes means no more than that either.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use metrics::counter;
use muster_model::{Clock, Document};
use muster_store::{DeliveryState, Org, Outcome, Result, Topic, Tx};
use tokio::sync::watch;

use super::failing::{Effect, heed};
use super::inbox::{Inbox, Phase, Report, Wait};
use super::lane::Lane;
use super::lanes::Lanes;
use super::unwritten::{Plan, Unwritten};
use crate::dispatch::{Dispatcher, Found};
use crate::limits::{DISPATCH_EVENTS_MAX, LOOK_DELIVERIES, LOOK_PAUSE, STORE_RETRY};
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

    fn is_empty(&self) -> bool {
        self.outcomes.is_empty()
    }

    fn settle(self) {
        for (lane, seqs) in self.ended.into_values() {
            if let Some(lane) = lane {
                lane.settled(&seqs);
            }
        }
    }
}

/// What the ledger knows from one turn to the next.
#[derive(Default)]
struct Book {
    batch: Batch,
    unwritten: Unwritten,
    last_look: Option<Instant>,
    /// How many events the next look should look at.
    events: i64,
}

impl Ledger {
    /// Works until the inbox says that it is over. Blocks the calling thread.
    pub(crate) fn run(self) {
        let mut book = Book {
            events: DISPATCH_EVENTS_MAX,
            ..Book::default()
        };
        loop {
            let turn = self.inbox.next_turn(&self.wait(&book));
            if turn.phase == Phase::Killed {
                return;
            }
            for report in &turn.reports {
                let Outcome {
                    subscription,
                    event_seq,
                    ..
                } = report.outcome;
                book.unwritten.hear(subscription, event_seq);
            }
            book.batch.add(turn.reports);
            let is_dispatcher = self.lanes.may_dispatch();
            let looked = if turn.look && is_dispatcher {
                self.look(&mut book)
            } else {
                Ok(())
            };
            let is_over = turn.phase == Phase::Ending;
            // Without the right to look, nobody waits for what was found here.
            let at = (is_dispatcher && !is_over).then(Instant::now);
            let written = looked.and_then(|()| self.write(&mut book, at));
            if let Err(error) = written {
                tracing::warn!(%error, "deliveries could not be written; trying again");
                self.inbox.pause(STORE_RETRY);
                self.inbox.ring();
            }
            if !is_dispatcher {
                self.dispatcher.doubt();
            }
            self.moved.send_modify(|count| *count += 1);
            if is_over && book.batch.is_empty() && book.unwritten.is_empty() {
                return;
            }
        }
    }

    /// What to wait for.
    fn wait(&self, book: &Book) -> Wait {
        let resting = book.last_look.map(|look| look + LOOK_PAUSE);
        let resting = resting.filter(|until| *until > Instant::now() && self.lanes.are_fed());
        let until = [resting, book.unwritten.due()].into_iter().flatten().min();
        Wait {
            until,
            may_look: resting.is_none() && !book.unwritten.owes_rows(),
        }
    }

    /// Matches events and tells the lanes.
    fn look(&self, book: &mut Book) -> Result<()> {
        let newest = book.unwritten.newest();
        let Some(found) = self.dispatcher.look(newest, book.events)? else {
            return Ok(());
        };
        self.inbox.ring();
        let now = Instant::now();
        book.last_look = Some(now);
        let told: usize = found.offers.values().map(Vec::len).sum();
        book.events = match told as i64 {
            0 => DISPATCH_EVENTS_MAX,
            told => (found.events() * LOOK_DELIVERIES / told).clamp(1, DISPATCH_EVENTS_MAX),
        };
        note(&found, told);
        if found.has_rows {
            self.lanes.look_at_rows();
        }
        let taken = self.lanes.tell(&found);
        book.unwritten.add(found, &taken, now);
        Ok(())
    }

    /// Writes outcomes and what waits for rows at `at`; everything where there is no time.
    fn write(&self, book: &mut Book, at: Option<Instant>) -> Result<()> {
        let due = book.unwritten.due();
        let is_due = due.is_some_and(|due| at.is_none_or(|at| due <= at));
        if self.inbox.is_killed() || (!is_due && book.batch.is_empty()) {
            return Ok(());
        }
        let plan = book.unwritten.plan(at);
        let is_valid = self.record(book, &plan)?;
        std::mem::take(&mut book.batch).settle();
        if is_valid {
            self.lanes.written(&book.unwritten.done(&plan));
        } else {
            book.unwritten.clear();
            self.dispatcher.doubt();
            self.lanes.look_at_rows();
            self.inbox.ring();
        }
        Ok(())
    }

    /// One transaction for all; false where what was found no longer holds, which is not written then.
    fn record(&self, book: &Book, plan: &Plan) -> Result<bool> {
        let now = self.clock.now();
        let Book {
            batch, unwritten, ..
        } = book;
        self.org.write(|tx| {
            let is_valid = Dispatcher::hold(tx, unwritten.concerned(plan))?
                && Dispatcher::pass(tx, unwritten.passed(plan))?;
            if is_valid && !plan.rows.is_empty() {
                tx.deliveries().add(plan.rows.iter().copied(), now)?;
                if plan.elsewhere {
                    tx.hint(Topic::Deliveries);
                }
            }
            if batch.is_empty() {
                return Ok(is_valid);
            }
            if batch.effects.values().any(|effect| effect.failed) {
                let lasting = lasting(tx, &batch.outcomes)?;
                tx.deliveries().record(&lasting)?;
            } else {
                tx.deliveries().record(&batch.outcomes)?;
            }
            heed(tx, &batch.effects, now)?;
            Ok(is_valid)
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

fn note(found: &Found, told: usize) {
    counter!("muster_events_dispatched_total").increment(found.events() as u64);
    tracing::debug!(
        events = found.events(),
        deliveries = told,
        "matched events up to {}",
        found.to
    );
}
