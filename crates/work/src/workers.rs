//! Threads that take jobs and do them.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use muster_model::Clock;
use muster_store::{Backend, Claimed, Error, Org, Store, Topic};
use parking_lot::{Condvar, Mutex};
use serde::Deserialize;

use crate::backoff::backoff_millis;
use crate::job::{Handler, Running, Stop};
use crate::limits::{HEARTBEAT_MILLIS, LEASE_MILLIS, PANICS_MAX, POLL_MILLIS};
use crate::schedule;

/// A running pool of workers. [`Workers::stop`] lets current jobs end their step.
pub struct Workers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    store: Store,
    clock: Arc<dyn Clock>,
    handlers: HashMap<&'static str, Arc<dyn Handler>>,
    owner: String,
    stopping: AtomicBool,
    stopped: (Mutex<()>, Condvar),
    running: Mutex<HashSet<(String, i64)>>,
}

impl Workers {
    /// Starts `threads` workers. `owner` names this process; no other may use the same name.
    pub fn start(
        store: Store,
        clock: Arc<dyn Clock>,
        owner: String,
        handlers: HashMap<&'static str, Arc<dyn Handler>>,
        threads: usize,
    ) -> Result<Self, Error> {
        for org in store.orgs() {
            // A folder belongs to one process: whoever held jobs in it is gone.
            if org.backend() == Backend::Sqlite {
                org.write(|tx| tx.jobs().release_all())?;
            }
        }
        let shared = Arc::new(Shared {
            store,
            clock,
            handlers,
            owner,
            stopping: AtomicBool::new(false),
            stopped: (Mutex::new(()), Condvar::new()),
            running: Mutex::default(),
        });
        let spawn = |name: &str, run: fn(&Shared)| {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(move || run(&shared))
        };
        let mut handles = Vec::with_capacity(threads + 1);
        for _ in 0..threads {
            handles.extend(spawn("muster-worker", Shared::work).ok());
        }
        handles.extend(spawn("muster-heartbeat", Shared::beat).ok());
        Ok(Self {
            shared,
            threads: handles,
        })
    }

    /// Stops taking jobs, waits for those in hand, and gives the threads back.
    pub fn stop(self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        self.shared.stopped.1.notify_all();
        self.shared.store.hints().give(Topic::Work);
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a worker thread ended in a panic");
            }
        }
    }

    /// Does due jobs on the calling thread until none is left; for tests that want no threads.
    pub fn run_to_rest(
        store: &Store,
        clock: &Arc<dyn Clock>,
        handlers: HashMap<&'static str, Arc<dyn Handler>>,
    ) {
        let shared = Shared {
            store: store.clone(),
            clock: Arc::clone(clock),
            handlers,
            owner: "test".into(),
            stopping: AtomicBool::new(false),
            stopped: (Mutex::new(()), Condvar::new()),
            running: Mutex::default(),
        };
        while shared.round() {}
    }
}

impl Shared {
    fn work(&self) {
        while !self.stopping.load(Ordering::SeqCst) {
            let seen = self.store.hints().seen(Topic::Work);
            if !self.round() {
                self.store
                    .hints()
                    .wait(Topic::Work, seen, Duration::from_millis(POLL_MILLIS));
            }
        }
    }

    /// One job of each org; false when there was none.
    fn round(&self) -> bool {
        let mut any = false;
        for org in self.store.orgs() {
            if self.stopping.load(Ordering::SeqCst) {
                return false;
            }
            match self.claim(&org) {
                Ok(Some(claimed)) => {
                    any = true;
                    self.run(&org, &claimed);
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(org = org.name(), %error, "jobs could not be looked for");
                }
            }
        }
        any
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

    /// Gives signs of life for all jobs in hand.
    fn beat(&self) {
        let mut guard = self.stopped.0.lock();
        while !self.stopping.load(Ordering::SeqCst) {
            self.stopped
                .1
                .wait_for(&mut guard, Duration::from_millis(HEARTBEAT_MILLIS));
            let running: Vec<(String, i64)> = self.running.lock().iter().cloned().collect();
            let until = self.clock.now().plus_millis(LEASE_MILLIS);
            for (name, id) in running {
                let Some(org) = self.store.org(&name) else {
                    continue;
                };
                if let Err(error) = org.write(|tx| tx.jobs().renew(id, &self.owner, until)) {
                    tracing::warn!(%error, "a sign of life could not be given");
                }
            }
            if let Err(error) = self.store.refresh_orgs() {
                tracing::warn!(%error, "new orgs could not be looked for");
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
