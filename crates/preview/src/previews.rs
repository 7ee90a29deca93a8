//! From a copy of an org to what a run in it comes to.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use muster_event::Outboxes;
use muster_model::handover::INDEX_KEYS;
use muster_model::{Clock, FixedClock, Hold, Timestamp};
use muster_store::{Org, Scratch, Store, Task, Tx};
use muster_trigger::subscription::Subscription;
use muster_trigger::{Foretold, forecast};
use muster_work::{Handler, Workers};

use crate::compare::{self, Known};
use crate::error::Error;
use crate::limits::AT_ONCE_MAX;
use crate::outcome::{Counted, Held, Outcome, Told};

/// Makes the code for each kind of job, as the server has it, with these outboxes and this clock.
pub type MakeHandlers =
    dyn Fn(Outboxes, Arc<dyn Clock>) -> HashMap<&'static str, Arc<dyn Handler>> + Send + Sync;

/// Makes previews, a few at once.
pub struct Previews {
    clock: Arc<dyn Clock>,
    handlers: Arc<MakeHandlers>,
    seats: Arc<AtomicUsize>,
}

impl Previews {
    /// Previews at the time of `clock`, done by the real stations.
    pub fn new(clock: Arc<dyn Clock>, handlers: Arc<MakeHandlers>) -> Self {
        Self {
            clock,
            handlers,
            seats: Arc::new(AtomicUsize::new(AT_ONCE_MAX)),
        }
    }

    /// Copies an org to try a run on. What happens in the copy fails as soon as `given_up` says that
    /// nobody waits any more.
    pub fn begin(
        &self,
        store: &Store,
        org: &Org,
        given_up: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Result<Preview, Error> {
        let seat = Seat::take(&self.seats)?;
        let (is_indexing, (jobs_waiting, _)) = org.read(|tx| {
            let is_indexing = tx.jobs().lane_is_busy(INDEX_KEYS)?;
            Ok::<_, Error>((is_indexing, tx.jobs().counts()?))
        })?;
        // The jobs of the org are not done in the copy.
        if is_indexing {
            return Err(Error::Indexing);
        }
        let scratch = store.scratch(org, given_up)?;
        // Events from before are matched in the org itself.
        scratch.org().write(|tx| {
            let marks = tx.events().marks()?;
            tx.events().set_dispatched(marks.dispatched, marks.last)
        })?;
        Ok(Preview {
            scratch,
            jobs_waiting,
            clock: Arc::clone(&self.clock),
            handlers: Arc::clone(&self.handlers),
            _seat: seat,
        })
    }
}

/// A place among those who make previews; given back when dropped.
struct Seat(Arc<AtomicUsize>);

impl Seat {
    fn take(seats: &Arc<AtomicUsize>) -> Result<Self, Error> {
        seats
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |free| {
                free.checked_sub(1)
            })
            .map(|_| Self(Arc::clone(seats)))
            .map_err(|_| Error::TooMany(AT_ONCE_MAX))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A copy of an org in which a run may be started.
pub struct Preview {
    scratch: Scratch,
    jobs_waiting: i64,
    clock: Arc<dyn Clock>,
    handlers: Arc<MakeHandlers>,
    _seat: Seat,
}

impl Preview {
    /// The copy. Start the run here as it is started in the org.
    pub fn org(&self) -> &Org {
        self.scratch.org()
    }

    /// Does all jobs of the copy and says what came of them, with at most `limit` items of each kind.
    pub fn run(self, limit: usize) -> Result<Outcome, Error> {
        let org = self.org();
        // Time stands still, so a job that asks for another try stays behind with its reason.
        let now = self.clock.now();
        let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(now));
        let outboxes = Outboxes::default();
        let handlers = (self.handlers)(outboxes.clone(), Arc::clone(&clock));
        let people = org.read(|before| {
            // The first statement fixes the view.
            let known = Known::read(before)?;
            Workers::finish(org, &clock, handlers);
            org.read(|after| compare::people(&known, before, after, limit))
        })?;
        let foretold = forecast(org, outboxes.of(org.name()), limit)?;
        org.read(|tx| {
            let task = tx.tasks().since(Timestamp::from_micros(0))?.pop();
            check_end(task.as_ref(), tx)?;
            Ok(Outcome {
                jobs_waiting: self.jobs_waiting,
                held: match &task {
                    Some(task) => held(task, tx, limit)?,
                    None => None,
                },
                task,
                people,
                events: tx.events().counts()?,
                subscriptions: told(foretold, tx)?,
            })
        })
    }
}

/// A run that has not ended will not: there is nobody to go on with it.
fn check_end(task: Option<&Task>, tx: &mut Tx<'_>) -> Result<(), Error> {
    if task.is_none_or(|task| task.completed.is_some()) {
        return Ok(());
    }
    let reason = tx.jobs().first_error()?;
    Err(Error::Unfinished(
        reason.unwrap_or_else(|| "its jobs are left".to_owned()),
    ))
}

/// What the run holds back.
fn held(task: &Task, tx: &mut Tx<'_>, limit: usize) -> Result<Option<Held>, Error> {
    let Some(hold) = tx.typed::<Hold>().get(&task.id.to_string())? else {
        return Ok(None);
    };
    let accounts = tx.held_accounts().page(task.id, limit as u32, 0)?;
    Ok(Some(Held { hold, accounts }))
}

/// What is foretold, by subscriptions in the order in which they were made.
fn told(
    mut foretold: std::collections::BTreeMap<i64, Foretold>,
    tx: &mut Tx<'_>,
) -> Result<Vec<Told>, Error> {
    let subscriptions = tx.typed::<Subscription>().list()?;
    let told = subscriptions.into_iter().filter_map(|subscription| {
        let foretold = foretold.remove(&subscription.number)?;
        Some(Told {
            id: subscription.id,
            name: subscription.name,
            trigger_id: subscription.trigger_id,
            rejected: foretold.rejected,
            events: Counted {
                count: foretold.count,
                first: foretold.first,
            },
        })
    });
    Ok(told.collect())
}
