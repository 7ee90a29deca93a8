//! One subscription's way out: what it has in memory, and what it may send now. Its keeper is in
//! [`super::keeping`], its workers are in [`super::sending`].
//!
//! Everything here can be lost: a fresh lane reads its rows.

use std::sync::Arc;

use muster_model::{Clock, Timestamp};
use muster_store::{Org, Outcome};
use parking_lot::{Mutex, RwLock};
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::breaker::Breaker;
use super::bucket::Bucket;
use super::connection::Connector;
use super::inbox::{Inbox, Report};
use super::message::{Message, Shelf};
use super::queue::{Item, Queue};
use super::retry::Next;
use super::senders::Senders;
use super::settling::Settling;
use super::target::Target;
use crate::limits::{FED_PART, LEASE_MARGIN_MS};
use crate::passed_in::Fill;

/// What all lanes of an org share.
pub(crate) struct Context {
    pub(crate) org: Org,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) fill: Fill,
    pub(crate) connector: Connector,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) shelf: Shelf,
    pub(crate) tasks: TaskTracker,
    /// Where workers run.
    pub(crate) senders: Senders,
    /// No new work; what is in flight goes on.
    pub(crate) stop: CancellationToken,
    /// Everything ends at once.
    pub(crate) kill: CancellationToken,
    /// Changes whenever something moved, for those who wait for rest.
    pub(crate) moved: watch::Sender<u64>,
}

/// What one lane may use of what all share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    /// Connections.
    pub(crate) workers: usize,
    /// Deliveries in memory with their events.
    pub(crate) window: usize,
}

/// One subscription's way out.
pub(crate) struct Lane {
    pub(super) context: Arc<Context>,
    pub(super) target: RwLock<Arc<Target>>,
    pub(super) state: Mutex<State>,
    /// One permit for each idle worker that shall go on.
    pub(super) calls: Semaphore,
    pub(super) keeper: Notify,
}

pub(super) struct State {
    pub(super) queue: Queue,
    pub(super) breaker: Breaker,
    pub(super) bucket: Bucket,
    /// The newest event that was looked at.
    pub(super) frontier: i64,
    /// Whether the store may have more behind the frontier.
    pub(super) more: bool,
    /// Counts what was offered and not taken, so that a load knows what it may have missed.
    pub(super) missed: u64,
    /// Counts when deliveries were left to the store, whose rows may not have been written by then.
    pub(super) left: u64,
    /// The newest event that was taken from an offer.
    taken_to: i64,
    /// What the lane waits for before it reads rows from the beginning.
    pub(super) settling: Settling,
    pub(super) workers: usize,
    pub(super) idle: usize,
    workers_max: usize,
    /// Deliveries taken by workers, until they are parked or their end is stored.
    pub(super) open: usize,
    pub(super) held_until: Timestamp,
    /// Whether another node shall go on with the lane.
    leaving: bool,
}

impl Lane {
    pub(crate) fn start(context: Arc<Context>, target: Target, share: Share) -> Arc<Self> {
        let state = State {
            queue: Queue::new(target.ordering, share.window),
            breaker: Breaker::default(),
            bucket: Bucket::of(target.per_second),
            frontier: 0,
            more: true,
            missed: 0,
            left: 0,
            taken_to: 0,
            settling: Settling::default(),
            workers: 0,
            idle: 0,
            workers_max: target.workers(share),
            open: 0,
            held_until: Timestamp::default(),
            leaving: false,
        };
        let lane = Arc::new(Self {
            target: RwLock::new(Arc::new(target)),
            state: Mutex::new(state),
            calls: Semaphore::new(0),
            keeper: Notify::new(),
            context,
        });
        let keeper = Arc::clone(&lane);
        let kill = lane.context.kill.clone();
        lane.context
            .tasks
            .spawn(async move { kill.run_until_cancelled(keeper.keep()).await });
        lane
    }

    /// Changes what the lane does; the subscription was edited.
    pub(crate) fn aim(&self, target: Target, share: Share) {
        let mut state = self.state.lock();
        state.workers_max = target.workers(share);
        state.bucket = state.bucket.with_rate(target.per_second);
        // Somebody may have repaired what was wrong.
        state.breaker = Breaker::default();
        let woken = target.enabled && !self.target.read().enabled;
        if woken || state.queue.ordering != target.ordering {
            state.start_over();
        }
        state.queue.ordering = target.ordering;
        *self.target.write() = Arc::new(target);
        drop(state);
        self.keeper.notify_one();
    }

    pub(crate) fn set_share(&self, share: Share) {
        let mut state = self.state.lock();
        state.workers_max = self.target.read().workers(share);
        state.queue.window = share.window;
    }

    /// Ends the lane; its subscription is gone.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        state.queue.clear();
        state.more = false;
        state.held_until = Timestamp::default();
    }

    /// Says until when this node may serve the lane.
    pub(crate) fn hold(&self, until: Timestamp) {
        let mut state = self.state.lock();
        let now = self.context.clock.now();
        if (state.held_until < now || state.leaving) && until > now {
            // Another node may have served it in between: only the rows know.
            state.start_over();
        }
        state.held_until = until;
        state.leaving = false;
        drop(state);
        self.keeper.notify_one();
    }

    /// Says that another node shall go on with the lane, and until when what is on its way may end.
    pub(crate) fn leave(&self, until: Timestamp) {
        let mut state = self.state.lock();
        state.leaving = true;
        state.held_until = until;
    }

    /// Whether nothing is on its way, so that another node may go on with the lane.
    pub(crate) fn is_quiet(&self) -> bool {
        self.state.lock().open == 0
    }

    /// Has the lane look into the store; from the beginning where rows were put back.
    pub(crate) fn look_again(&self, from: Look) {
        let mut state = self.state.lock();
        state.missed += 1;
        state.more = true;
        if from == Look::Beginning {
            state.frontier = 0;
        }
        drop(state);
        self.keeper.notify_one();
    }

    /// Hands over events that have just been matched to this lane, in their order; their rows may not
    /// be written yet. Once they are, the lane must be told with [`Lane::written`].
    pub(crate) fn offer(self: &Arc<Self>, messages: &[Arc<Message>]) -> Taking {
        let now = self.context.clock.now();
        let mut state = self.state.lock();
        let left = state.left;
        let elsewhere = !state.is_held(now);
        if state.more || elsewhere {
            return Taking {
                count: 0,
                left,
                elsewhere,
            };
        }
        let count = messages.len().min(state.queue.room());
        for message in &messages[..count] {
            state.frontier = state.frontier.max(message.seq);
            state.queue.add(fresh(message, now), now);
        }
        state.taken_to = state.taken_to.max(state.frontier);
        self.call_workers(&mut state, now);
        Taking {
            count,
            left,
            elsewhere,
        }
    }

    /// The rows of `offered` deliveries are written. The lane looks for those that it did not take,
    /// or took and left to the store before they had a row.
    pub(crate) fn written(&self, offered: usize, taking: Taking) {
        if self.state.lock().left != taking.left {
            self.look_again(Look::Beginning);
        } else if taking.count < offered {
            self.look_again(Look::Onward);
        }
    }

    /// Whether the lane would send more than it has.
    pub(crate) fn appetite(&self, now: Timestamp) -> Appetite {
        let mut state = self.state.lock();
        // What is not in memory is read from rows, whoever matches more.
        if state.more || state.permits(now) == 0 {
            return Appetite::None;
        }
        if state.queue.ready() < state.queue.window / FED_PART {
            Appetite::Hungry
        } else {
            Appetite::Fed
        }
    }

    /// Outcomes of these deliveries are stored.
    pub(crate) fn settled(&self, seqs: &[i64]) {
        let mut state = self.state.lock();
        for seq in seqs {
            state.queue.settled(*seq);
        }
        state.open = state.open.saturating_sub(seqs.len());
        let hungry = state.is_hungry();
        drop(state);
        if hungry {
            self.keeper.notify_one();
        }
    }

    /// Whether there is nothing to do now; what waits for its time does not count.
    pub(crate) fn is_at_rest(&self) -> bool {
        let now = self.context.clock.now();
        let mut state = self.state.lock();
        let waits = !state.queue.has_work() || state.gates(now) == 0;
        !state.is_held(now) || (!state.more && state.open == 0 && waits)
    }

    /// Deliveries in memory, and how many of them wait for a retry.
    pub(crate) fn load(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.queue.len(), state.queue.held_back())
    }

    /// Wakes or makes workers for what is ready and may be sent.
    pub(super) fn call_workers(self: &Arc<Self>, state: &mut State, now: Timestamp) {
        if self.context.stop.is_cancelled() {
            return;
        }
        let room = state.workers_max.saturating_sub(state.busy());
        let wanted = state.queue.ready().min(state.permits(now)).min(room);
        let called = wanted.min(state.idle);
        state.idle -= called;
        self.calls.add_permits(called);
        for _ in called..wanted {
            state.workers += 1;
            self.start_worker();
        }
    }

    pub(super) async fn report(self: &Arc<Self>, outcome: Outcome, next: Next) {
        let report = Report {
            lane: Arc::clone(self),
            outcome,
            next,
        };
        self.context.inbox.report(report).await;
    }
}

/// What a lane took of what it was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taking {
    /// So many, from the first on.
    pub(crate) count: usize,
    /// How often it had left something to the store.
    pub(super) left: u64,
    /// Another node serves it.
    pub(super) elsewhere: bool,
}

/// Whether a lane should be told more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Appetite {
    /// It will soon have nothing to send.
    Hungry,
    /// It has enough.
    Fed,
    /// It sends nothing now, or what its rows say.
    None,
}

/// Where a lane looks into the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Behind what it has seen.
    Onward,
    /// At everything.
    Beginning,
}

impl State {
    pub(super) fn is_held(&self, now: Timestamp) -> bool {
        now < self.held_until && !self.leaving
    }

    /// How many deliveries may begin at `now`.
    pub(super) fn permits(&mut self, now: Timestamp) -> usize {
        if self.leaving || !self.is_held(now.plus_millis(LEASE_MARGIN_MS)) {
            return 0;
        }
        self.gates(now)
    }

    /// The same, as far as the endpoint and its limits are concerned.
    fn gates(&mut self, now: Timestamp) -> usize {
        self.breaker.permits(now).min(self.bucket.permits(now))
    }

    const fn busy(&self) -> usize {
        self.workers - self.idle
    }

    /// Whether more workers are busy than the lane may have.
    pub(super) const fn has_workers_to_spare(&self) -> bool {
        self.busy() > self.workers_max
    }

    /// When something may be sent that may not be now.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let waits = self.queue.ready() > 0;
        let gates = [self.breaker.next(), self.bucket.next()];
        let gate = gates.into_iter().flatten().max().filter(|_| waits);
        gate.into_iter().chain(self.queue.next_due()).min()
    }

    /// Leaves everything to the store but what is on its way.
    fn start_over(&mut self) {
        self.left += 1;
        self.settling.begin(self.taken_to);
        self.queue.clear();
        self.frontier = 0;
        self.more = true;
    }
}

fn fresh(message: &Arc<Message>, now: Timestamp) -> Item {
    Item {
        seq: message.seq,
        attempts: 0,
        tried: 0,
        due: now,
        subject: message.subject,
        message: Some(Arc::clone(message)),
    }
}
