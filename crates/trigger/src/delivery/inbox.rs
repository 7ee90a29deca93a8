//! What waits for the ledger: outcomes of tries, and the news that there are events. Workers put in,
//! the ledger's thread takes out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use muster_store::Outcome;
use parking_lot::{Condvar, Mutex};
use tokio::sync::Semaphore;

use super::lane::Lane;
use super::retry::Next;
use crate::limits::{OUTCOMES_DELAY, OUTCOMES_MAX, OUTCOMES_QUEUE, POLL};

/// How a delivery went, and what follows.
pub(crate) struct Report {
    pub(crate) lane: Arc<Lane>,
    pub(crate) outcome: Outcome,
    pub(crate) next: Next,
}

/// The inbox of one org's ledger.
pub(crate) struct Inbox {
    waiting: Mutex<Waiting>,
    bell: Condvar,
    room: Semaphore,
}

struct Waiting {
    reports: Vec<Report>,
    /// When the oldest report came.
    since: Option<Instant>,
    events: bool,
    phase: Phase,
}

/// How far the end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Everything goes on.
    Running,
    /// Nothing is dispatched any more; outcomes are recorded.
    Draining,
    /// What has come is recorded, and then it is over.
    Ending,
    /// It is over at once.
    Killed,
}

/// What the ledger waits for beside outcomes.
pub(crate) struct Wait {
    /// Something of its own is due then.
    pub(crate) until: Option<Instant>,
    /// Whether it would look for events.
    pub(crate) may_look: bool,
}

/// What the ledger is to do.
pub(crate) struct Turn {
    pub(crate) reports: Vec<Report>,
    /// Whether to look for events.
    pub(crate) look: bool,
    pub(crate) phase: Phase,
}

impl Inbox {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            waiting: Mutex::new(Waiting {
                reports: Vec::new(),
                since: None,
                events: true,
                phase: Phase::Running,
            }),
            bell: Condvar::new(),
            room: Semaphore::new(OUTCOMES_QUEUE),
        })
    }

    /// Hands an outcome in; waits while there are too many.
    pub(crate) async fn report(&self, report: Report) {
        // The semaphore is never closed; without a permit there would be no bound, not no report.
        if let Ok(permit) = self.room.acquire().await {
            permit.forget();
        }
        let mut waiting = self.waiting.lock();
        waiting.reports.push(report);
        let count = waiting.reports.len();
        if count == 1 {
            waiting.since = Some(Instant::now());
        }
        drop(waiting);
        // The first sets the delay going, the last ends it.
        if count == 1 || count == OUTCOMES_MAX {
            self.bell.notify_one();
        }
    }

    /// There may be events.
    pub(crate) fn ring(&self) {
        self.waiting.lock().events = true;
        self.bell.notify_one();
    }

    /// Moves on towards the end.
    pub(crate) fn enter(&self, phase: Phase) {
        self.waiting.lock().phase = phase;
        self.bell.notify_one();
    }

    /// Whether it is over at once.
    pub(crate) fn is_killed(&self) -> bool {
        self.waiting.lock().phase == Phase::Killed
    }

    /// Waits for something to do: events at once, outcomes when some have come together, and now
    /// and then a look without being told.
    pub(crate) fn next_turn(&self, wait: &Wait) -> Turn {
        let mut waiting = self.waiting.lock();
        let poll = Instant::now() + POLL;
        let until = wait.until.map_or(poll, |until| until.min(poll));
        loop {
            let ripe = waiting.since.map(|since| since + OUTCOMES_DELAY);
            let now = Instant::now();
            let is_ripe = waiting.reports.len() >= OUTCOMES_MAX
                || ripe.is_some_and(|ripe| ripe <= now)
                || waiting.phase >= Phase::Ending;
            let may_look = wait.may_look && waiting.phase == Phase::Running;
            let look = may_look && (waiting.events || now >= poll);
            if is_ripe || look || now >= until {
                waiting.events &= !look;
                let reports = if is_ripe || now >= until {
                    self.take(&mut waiting)
                } else {
                    Vec::new()
                };
                return Turn {
                    reports,
                    look,
                    phase: waiting.phase,
                };
            }
            self.bell
                .wait_until(&mut waiting, ripe.map_or(until, |ripe| ripe.min(until)));
        }
    }

    /// Waits before the store is asked again; ends at once when everything does.
    pub(crate) fn pause(&self, time: Duration) {
        let deadline = Instant::now() + time;
        let mut waiting = self.waiting.lock();
        while waiting.phase != Phase::Killed {
            if self.bell.wait_until(&mut waiting, deadline).timed_out() {
                return;
            }
        }
    }

    fn take(&self, waiting: &mut Waiting) -> Vec<Report> {
        waiting.since = None;
        let reports = std::mem::take(&mut waiting.reports);
        self.room.add_permits(reports.len());
        reports
    }
}
