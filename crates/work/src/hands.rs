//! Takes one job of an org and does it, to its end, its next try or its burial.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use muster_model::Clock;
use muster_store::{Claimed, Error, Org};
use parking_lot::Mutex;
use serde::Deserialize;

use crate::backoff::backoff_millis;
use crate::job::{Handler, Running, Stop};
use crate::limits::{LEASE_MILLIS, PANICS_MAX};
use crate::schedule;

/// What threads that do jobs share.
pub(crate) struct Hands {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) handlers: HashMap<&'static str, Arc<dyn Handler>>,
    pub(crate) owner: String,
    /// The jobs in hand, each with the name of its org.
    pub(crate) running: Mutex<HashSet<(String, i64)>>,
}

impl Hands {
    /// Those of a thread that does all jobs itself.
    pub(crate) fn alone(
        clock: &Arc<dyn Clock>,
        handlers: HashMap<&'static str, Arc<dyn Handler>>,
    ) -> Self {
        Self {
            clock: Arc::clone(clock),
            handlers,
            owner: "alone".to_owned(),
            running: Mutex::default(),
        }
    }

    /// Does one job of an org; false when there was none.
    pub(crate) fn take_one(&self, org: &Org) -> bool {
        match self.claim(org) {
            Ok(Some(claimed)) => {
                self.run(org, &claimed);
                true
            }
            Ok(None) | Err(Error::GivenUp) => false,
            Err(error) => {
                tracing::warn!(org = org.name(), %error, "jobs could not be looked for");
                false
            }
        }
    }

    fn claim(&self, org: &Org) -> Result<Option<Claimed>, Error> {
        let now = self.clock.now();
        // A look costs less than a turn to write, and mostly there is nothing.
        let (due, schedules) =
            org.read(|tx| Ok::<_, Error>((tx.jobs().next_due()?, tx.schedules().any_due(now)?)))?;
        if schedules {
            org.write(|tx| schedule::run_due(tx, now))?;
        } else if due.is_none_or(|due| due > now) {
            return Ok(None);
        }
        org.write(|tx| {
            tx.jobs()
                .claim(&self.owner, now, now.plus_millis(LEASE_MILLIS))
        })
    }

    fn run(&self, org: &Org, claimed: &Claimed) {
        let span = tracing::info_span!(
            "job",
            org = org.name(),
            job.kind = claimed.kind,
            job.id = claimed.id,
            cause = run_of(&claimed.body)
        );
        let _entered = span.enter();
        let key = (org.name().to_owned(), claimed.id);
        self.running.lock().insert(key.clone());
        let job = Running {
            org,
            claimed,
            owner: &self.owner,
        };
        let ended = match self.handlers.get(claimed.kind.as_str()) {
            None => Err(Stop::GiveUp(
                format!("nobody does jobs of kind `{}`", claimed.kind).into(),
            )),
            Some(handler) => catch_unwind(AssertUnwindSafe(|| handler.run(&job)))
                .unwrap_or_else(|panic| Err(after_panic(panic.as_ref(), claimed.attempt))),
        };
        self.running.lock().remove(&key);
        if let Err(error) = self.settle(&job, ended) {
            tracing::warn!(%error, "a job's end could not be written down; its lease will run out");
        }
    }

    fn settle(&self, job: &Running<'_>, ended: Result<(), Stop>) -> Result<(), Error> {
        let id = job.claimed.id;
        match ended {
            Ok(()) => Ok(()),
            Err(Stop::Lost) => {
                tracing::info!("the job was taken over by another worker");
                Ok(())
            }
            Err(Stop::Ended) => {
                tracing::info!("the run was put to an end; its job goes");
                let ended = job.org.write(|tx| {
                    if let Some(handler) = self.handlers.get(job.claimed.kind.as_str()) {
                        handler.ended(job, tx)?;
                    }
                    job.finish(tx)
                });
                match ended {
                    // It will be claimed again, and end again.
                    Err(Stop::Ended) => Ok(()),
                    ended => self.settle(job, ended),
                }
            }
            Err(Stop::Retry(cause)) => {
                let text = chain(cause.as_ref());
                tracing::warn!(
                    error = text,
                    attempt = job.claimed.attempt,
                    "a job will be tried again"
                );
                let due = self
                    .clock
                    .now()
                    .plus_millis(backoff_millis(job.claimed.attempt));
                job.org
                    .write(|tx| tx.jobs().put_back(id, self.owner.as_str(), due, &text))
            }
            Err(Stop::GiveUp(cause)) => {
                let text = chain(cause.as_ref());
                tracing::error!(error = text, "a job was given up");
                if let Some(handler) = self.handlers.get(job.claimed.kind.as_str()) {
                    handler.given_up(job, &text);
                }
                job.org
                    .write(|tx| tx.jobs().bury(id, self.owner.as_str(), &text))
            }
        }
    }
}

/// The run that a job belongs to: events and deliveries that follow name it as their cause.
fn run_of(body: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Order {
        task: Option<String>,
    }
    serde_json::from_str::<Order>(body).ok()?.task
}

fn after_panic(panic: &(dyn std::any::Any + Send), attempt: i64) -> Stop {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    let cause = format!("the job panicked: {text}").into();
    if attempt < PANICS_MAX {
        Stop::Retry(cause)
    } else {
        Stop::GiveUp(cause)
    }
}

/// An error with its causes in one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
