//! Hints that there is something to do: cheap, may be lost, never the only way to find work.
//!
//! Rows are the truth. A worker that hears a hint looks at once; one that hears none looks again
//! after a while. Hints of other processes arrive over PostgreSQL's LISTEN.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::sync::watch;

/// What there may be to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A job is due.
    Work,
    /// Events wait to be matched with subscriptions.
    Events,
    /// Deliveries wait to be sent.
    Deliveries,
    /// A configuration resource changed.
    Documents,
    /// An org was made.
    Orgs,
    /// Questions wait to be asked, or were answered.
    Invocations,
}

impl Topic {
    /// All topics, in the order of their numbers.
    pub const ALL: [Self; 6] = [
        Self::Work,
        Self::Events,
        Self::Deliveries,
        Self::Documents,
        Self::Orgs,
        Self::Invocations,
    ];

    pub(crate) const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Where hints are given and awaited.
pub struct Hints {
    counts: Mutex<[u64; Topic::ALL.len()]>,
    changed: Condvar,
    signals: [watch::Sender<u64>; Topic::ALL.len()],
    /// Whom to call, each with the topic it is about.
    attended: Mutex<Vec<(Topic, Attendant)>>,
    /// Hears every hint too: for workers that serve all orgs.
    parent: Option<Arc<Hints>>,
}

/// Is called with each hint until it says that it is gone.
type Attendant = Box<dyn Fn() -> bool + Send + Sync>;

impl Default for Hints {
    fn default() -> Self {
        Self {
            counts: Mutex::default(),
            changed: Condvar::new(),
            signals: std::array::from_fn(|_| watch::Sender::new(0)),
            attended: Mutex::default(),
            parent: None,
        }
    }
}

impl Hints {
    /// Hints of an org; `parent` hears them all.
    pub(crate) fn under(parent: Arc<Self>) -> Self {
        Self {
            parent: Some(parent),
            ..Self::default()
        }
    }

    /// Tells everyone who waits for `topic`.
    pub fn give(&self, topic: Topic) {
        let mut counts = self.counts.lock();
        counts[topic as usize] += 1;
        self.signals[topic as usize].send_replace(counts[topic as usize]);
        self.changed.notify_all();
        drop(counts);
        self.attended
            .lock()
            .retain(|(about, act)| *about != topic || act());
        if let Some(parent) = &self.parent {
            parent.give(topic);
        }
    }

    /// How many hints were given so far; pass it to [`Hints::wait`] to miss none.
    pub fn seen(&self, topic: Topic) -> u64 {
        self.counts.lock()[topic as usize]
    }

    /// Waits until there was a hint after `seen`, at most `patience`.
    pub fn wait(&self, topic: Topic, seen: u64, patience: Duration) {
        let mut counts = self.counts.lock();
        if counts[topic as usize] == seen {
            self.changed.wait_while_for(
                &mut counts,
                |counts| counts[topic as usize] == seen,
                patience,
            );
        }
    }

    /// For async code: a receiver that changes with each hint.
    pub fn watch(&self, topic: Topic) -> watch::Receiver<u64> {
        self.signals[topic as usize].subscribe()
    }

    /// Has `act` called with each hint about `topic`, on the thread that gives it, until it answers
    /// false. It must be quick and give no hints itself.
    pub fn attend(&self, topic: Topic, act: impl Fn() -> bool + Send + Sync + 'static) {
        self.attended.lock().push((topic, Box::new(act)));
    }

    pub(crate) fn give_bits(&self, bits: u8) {
        for topic in Topic::ALL {
            if bits & topic.bit() != 0 {
                self.give(topic);
            }
        }
    }
}
