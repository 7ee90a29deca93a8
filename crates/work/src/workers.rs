//! Threads that take jobs and do them.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use muster_model::Clock;
use muster_store::{Backend, Error, Org, Store, Topic};
use parking_lot::{Condvar, Mutex};

use crate::hands::Hands;
use crate::job::Handler;
use crate::limits::{HEARTBEAT_MILLIS, LEASE_MILLIS, POLL_MILLIS};

/// A running pool of workers. [`Workers::stop`] lets current jobs end their step.
pub struct Workers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    store: Store,
    hands: Hands,
    stopping: AtomicBool,
    stopped: (Mutex<()>, Condvar),
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
            hands: Hands {
                clock,
                handlers,
                owner,
                running: Mutex::default(),
            },
            stopping: AtomicBool::new(false),
            stopped: (Mutex::new(()), Condvar::new()),
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
        let hands = Hands::alone(clock, handlers);
        // Every org once a round, as long as any had work.
        let mut any = true;
        while any {
            any = false;
            for org in store.orgs() {
                any |= hands.take_one(&org);
            }
        }
    }

    /// Does the due jobs of one org that nobody else serves, on the calling thread, until none is left.
    pub fn finish(
        org: &Org,
        clock: &Arc<dyn Clock>,
        handlers: HashMap<&'static str, Arc<dyn Handler>>,
    ) {
        let hands = Hands::alone(clock, handlers);
        while hands.take_one(org) {}
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
            any |= self.hands.take_one(&org);
        }
        any
    }

    /// Gives signs of life for all jobs in hand.
    fn beat(&self) {
        let mut guard = self.stopped.0.lock();
        while !self.stopping.load(Ordering::SeqCst) {
            self.stopped
                .1
                .wait_for(&mut guard, Duration::from_millis(HEARTBEAT_MILLIS));
            let running: Vec<(String, i64)> = self.hands.running.lock().iter().cloned().collect();
            let until = self.hands.clock.now().plus_millis(LEASE_MILLIS);
            for (name, id) in running {
                let Some(org) = self.store.org(&name) else {
                    continue;
                };
                if let Err(error) = org.write(|tx| tx.jobs().renew(id, &self.hands.owner, until)) {
                    tracing::warn!(%error, "a sign of life could not be given");
                }
            }
            if let Err(error) = self.store.refresh_orgs() {
                tracing::warn!(%error, "new orgs could not be looked for");
            }
        }
    }
}
