//! One subscription's way out: a keeper that fills the lane from the store and wakes retries, and
//! workers that each own a connection.
//!
//! Workers come and go with the work. Everything here can be lost: a fresh lane reads its rows.

use std::sync::Arc;
use std::time::{Duration, Instant};

use metrics::{counter, histogram};
use muster_model::{Clock, Timestamp};
use muster_store::{DeliveryState, EventKind, EventRow, Org, Outcome, Waiting};
use parking_lot::{Mutex, RwLock};
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::connection::{Connection, Connector, Exchange, Telling};
use super::message::Message;
use super::queue::{Item, Queue};
use super::recorder::Report;
use super::retry::{self, Answer, Next};
use super::target::{Call, Target};
use crate::limits::{CONNECTION_IDLE, LEASE_MARGIN_MS, PAGE, POLL, STORE_RETRY};
use crate::passed_in::Fill;

/// What all lanes of an org share.
pub(crate) struct Context {
    pub(crate) org: Org,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) fill: Fill,
    pub(crate) connector: Connector,
    pub(crate) reports: mpsc::Sender<Report>,
    pub(crate) tasks: TaskTracker,
    /// No new work; what is in flight goes on.
    pub(crate) stop: CancellationToken,
    /// Everything ends at once.
    pub(crate) kill: CancellationToken,
    /// Changes whenever something moved, for those who wait for rest.
    pub(crate) moved: watch::Sender<u64>,
}

/// One subscription's way out.
pub(crate) struct Lane {
    context: Arc<Context>,
    target: RwLock<Arc<Target>>,
    state: Mutex<State>,
    /// One permit for each idle worker that shall go on.
    calls: Semaphore,
    keeper: Notify,
}

/// Rows with their events.
type Page = Vec<(Waiting, Option<EventRow>)>;

struct State {
    queue: Queue,
    /// The newest event that was looked at.
    frontier: i64,
    /// Whether the store may have more behind the frontier.
    more: bool,
    /// Counts what was offered and not taken, so that a load knows what it may have missed.
    missed: u64,
    workers: usize,
    idle: usize,
    workers_max: usize,
    held_until: Timestamp,
}

impl Lane {
    pub(crate) fn start(context: Arc<Context>, target: Target, workers_max: usize) -> Arc<Self> {
        let queue = Queue::new(target.ordering);
        let lane = Arc::new(Self {
            target: RwLock::new(Arc::new(target)),
            state: Mutex::new(State {
                queue,
                frontier: 0,
                more: true,
                missed: 0,
                workers: 0,
                idle: 0,
                workers_max,
                held_until: Timestamp::default(),
            }),
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
    pub(crate) fn aim(&self, target: Target, workers_max: usize) {
        let mut state = self.state.lock();
        state.workers_max = workers_max;
        let woken = target.enabled && !self.target.read().enabled;
        if woken || state.queue.ordering != target.ordering {
            state.queue.clear();
            state.frontier = 0;
            state.more = true;
        }
        state.queue.ordering = target.ordering;
        *self.target.write() = Arc::new(target);
        drop(state);
        self.keeper.notify_one();
    }

    pub(crate) fn set_workers_max(&self, workers_max: usize) {
        self.state.lock().workers_max = workers_max;
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
        if state.held_until < now && until > now {
            // Another node may have served it in between: only the rows know.
            state.queue.clear();
            state.frontier = 0;
            state.more = true;
        }
        state.held_until = until;
        drop(state);
        self.keeper.notify_one();
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

    /// Hands over events that have just been dispatched to this lane, in their order.
    pub(crate) fn offer(self: &Arc<Self>, messages: &[Arc<Message>]) {
        let now = self.context.clock.now();
        let mut state = self.state.lock();
        if state.more || !state.queue.has_room() || !state.is_held(now) {
            state.missed += 1;
            state.more = true;
            drop(state);
            self.keeper.notify_one();
            return;
        }
        for message in messages {
            state.frontier = state.frontier.max(message.seq);
            state.queue.add(fresh(message, now), now);
        }
        self.call_workers(&mut state);
    }

    /// Outcomes of these deliveries are stored.
    pub(crate) fn settled(&self, seqs: &[i64]) {
        let mut state = self.state.lock();
        for seq in seqs {
            state.queue.settled(*seq);
        }
        let hungry = state.more && state.queue.has_room();
        drop(state);
        if hungry {
            self.keeper.notify_one();
        }
    }

    /// Whether there is nothing to do now; retries that wait for their time do not count.
    pub(crate) fn is_at_rest(&self) -> bool {
        let state = self.state.lock();
        let is_held = state.is_held(self.context.clock.now());
        !is_held || (!state.more && state.queue.len() == state.queue.held_back())
    }

    /// Deliveries in memory, and how many of them wait for a retry.
    pub(crate) fn load(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.queue.len(), state.queue.held_back())
    }

    async fn keep(self: Arc<Self>) {
        while !self.context.stop.is_cancelled() {
            let wait = self.tend().await;
            tokio::select! {
                () = self.keeper.notified() => {}
                () = tokio::time::sleep(wait) => {}
                () = self.context.stop.cancelled() => {}
            }
        }
    }

    /// Loads, wakes retries, calls workers; says when to come back.
    async fn tend(self: &Arc<Self>) -> Duration {
        loop {
            let now = self.context.clock.now();
            let (after, missed) = {
                let mut state = self.state.lock();
                state.queue.wake(now);
                self.call_workers(&mut state);
                if !state.more || !state.queue.has_room() || !state.is_held(now) {
                    let due = state.queue.next_due().map(|due| due.millis_since(now) + 1);
                    drop(state);
                    self.context.moved.send_modify(|count| *count += 1);
                    return due
                        .map_or(POLL, |ms| POLL.min(Duration::from_millis(ms.max(1) as u64)));
                }
                (state.frontier, state.missed)
            };
            if let Err(error) = self.load_page(after, missed).await {
                tracing::warn!(%error, "deliveries could not be read; trying again");
                return STORE_RETRY;
            }
        }
    }

    async fn load_page(self: &Arc<Self>, after: i64, missed: u64) -> muster_store::Result<()> {
        let number = self.target.read().number;
        let page = self.context.org.read_async(move |tx| {
            let rows = tx.deliveries().waiting(number, after, PAGE)?;
            let seqs: Vec<i64> = rows.iter().map(|row| row.event_seq).collect();
            let events = tx.events().get_each(&seqs)?;
            Ok::<_, muster_store::Error>(rows.into_iter().zip(events).collect::<Page>())
        });
        let page = page.await?;
        let now = self.context.clock.now();
        for row in self.take_in(page, after, missed, now) {
            let outcome = without_event(number, &row, now);
            self.report(outcome, Next::GiveUp).await;
        }
        Ok(())
    }

    /// Takes a page in; gives back deliveries whose event is gone.
    fn take_in(
        self: &Arc<Self>,
        page: Page,
        after: i64,
        missed: u64,
        now: Timestamp,
    ) -> Vec<Waiting> {
        let is_enabled = self.target.read().enabled;
        let mut lost = Vec::new();
        let mut state = self.state.lock();
        // The lane was reset while the page was read: it starts over.
        if state.frontier != after {
            return lost;
        }
        if page.len() < PAGE as usize && state.missed == missed {
            state.more = false;
        }
        for (row, event) in page {
            state.frontier = row.event_seq;
            let Some(event) = event else {
                lost.push(row);
                continue;
            };
            // A disabled subscription hears tests only; the rest waits in the store.
            if is_enabled || event.kind == EventKind::Test {
                state.queue.add(loaded(&row, &Message::of(event)), now);
            }
        }
        self.call_workers(&mut state);
        lost
    }

    /// Wakes or makes workers for what is ready.
    fn call_workers(self: &Arc<Self>, state: &mut State) {
        if self.context.stop.is_cancelled() {
            return;
        }
        let wanted = state.queue.ready();
        let called = wanted.min(state.idle);
        state.idle -= called;
        self.calls.add_permits(called);
        let room = state.workers_max.saturating_sub(state.workers);
        for _ in 0..(wanted - called).min(room) {
            state.workers += 1;
            let lane = Arc::clone(self);
            let kill = self.context.kill.clone();
            self.context
                .tasks
                .spawn(async move { kill.run_until_cancelled(lane.work()).await });
        }
    }

    async fn work(self: Arc<Self>) {
        let mut connection = Connection::default();
        let mut aimed = Arc::clone(&self.target.read());
        loop {
            while let Some(item) = self.take() {
                let target = Arc::clone(&self.target.read());
                if !Arc::ptr_eq(&aimed, &target) {
                    connection = Connection::default();
                    aimed = target;
                }
                self.deliver(&mut connection, &aimed, item).await;
            }
            let called = tokio::select! {
                called = self.calls.acquire() => called,
                () = tokio::time::sleep(CONNECTION_IDLE) => {
                    let mut state = self.state.lock();
                    if state.idle > 0 {
                        state.idle -= 1;
                        state.workers -= 1;
                        return;
                    }
                    // Called in this very moment.
                    continue;
                }
                () = self.context.stop.cancelled() => return,
            };
            match called {
                Ok(permit) => permit.forget(),
                Err(_) => return,
            }
        }
    }

    /// The next delivery; without one the worker counts as idle.
    fn take(&self) -> Option<Item> {
        let now = self.context.clock.now();
        let mut state = self.state.lock();
        let may_send =
            state.is_held(now.plus_millis(LEASE_MARGIN_MS)) && !self.context.stop.is_cancelled();
        let item = if may_send { state.queue.take() } else { None };
        if item.is_none() {
            state.idle += 1;
        }
        if state.more && state.queue.has_room() {
            self.keeper.notify_one();
        }
        item
    }

    async fn deliver(self: &Arc<Self>, connection: &mut Connection, target: &Target, item: Item) {
        let Some(message) = self.message(&item).await else {
            self.look_later(&item);
            return;
        };
        if !target.enabled && message.kind == EventKind::Real {
            let now = self.context.clock.now();
            self.state.lock().queue.leave(&item, now);
            return;
        }
        let span = tracing::info_span!(
            "deliver",
            event.id = %message.id,
            cause = %message.cause,
            subscription = target.number,
            attempt = item.attempts + 1,
        );
        self.tell(connection, target, item, &message)
            .instrument(span)
            .await;
    }

    async fn tell(
        self: &Arc<Self>,
        connection: &mut Connection,
        target: &Target,
        item: Item,
        message: &Message,
    ) {
        let started = self.context.clock.now();
        let watch = Instant::now();
        let attempt = item.attempts + 1;
        let (exchange, next) = match &target.call {
            Call::Http(endpoint) => {
                let telling = Telling {
                    message,
                    subscription: target.number,
                    attempt,
                    now: started,
                };
                let connector = &self.context.connector;
                let exchange = connection.exchange(connector, endpoint, &telling).await;
                let answer = exchange.status.map_or(Answer::None, |status| {
                    Answer::Status(status, exchange.retry_after_ms)
                });
                let next = retry::next(&target.schedule_ms, answer, attempt, self.chance());
                (exchange, next)
            }
            Call::Inline { error: None } => (Exchange::default(), Next::Done),
            Call::Inline { error: Some(error) } | Call::Broken(error) => {
                let exchange = Exchange {
                    error: Some(error.clone()),
                    ..Exchange::default()
                };
                (exchange, Next::GiveUp)
            }
        };
        let latency = watch.elapsed();
        measure(next, latency);
        if let Some(error) = &exchange.error {
            tracing::info!(status = exchange.status, "a delivery failed: {error}");
        }
        let outcome = Outcome {
            subscription: target.number,
            event_seq: item.seq,
            state: match next {
                Next::Done => DeliveryState::Delivered,
                Next::Again(_) => DeliveryState::Pending,
                Next::GiveUp | Next::Disable => DeliveryState::Dead,
            },
            attempt,
            due: match next {
                Next::Again(ms) => self.context.clock.now().plus_millis(ms as i64),
                _ => started,
            },
            started,
            latency: latency.as_micros() as i64,
            status: exchange.status.map(i64::from),
            error: exchange.error,
            answer: exchange.answer,
        };
        self.finish(item, &outcome);
        self.report(outcome, next).await;
    }

    /// Frees the subject, or parks it with the delivery that failed.
    fn finish(self: &Arc<Self>, mut item: Item, outcome: &Outcome) {
        let mut state = self.state.lock();
        if outcome.state == DeliveryState::Pending {
            item.attempts = outcome.attempt;
            item.due = outcome.due;
            state.queue.again(item);
            drop(state);
            self.keeper.notify_one();
        } else {
            state.queue.done(&item, self.context.clock.now());
        }
    }

    async fn report(self: &Arc<Self>, outcome: Outcome, next: Next) {
        let report = Report {
            lane: Arc::clone(self),
            outcome,
            next,
        };
        // The recorder outlives the workers; without it the rows stay pending and are sent again.
        if self.context.reports.send(report).await.is_err() {
            tracing::debug!("an outcome was not recorded; the delivery is repeated");
        }
    }

    /// The event of a delivery that was kept without it.
    async fn message(&self, item: &Item) -> Option<Arc<Message>> {
        if let Some(message) = &item.message {
            return Some(Arc::clone(message));
        }
        let seq = item.seq;
        let read = self.context.org.read_async(move |tx| tx.events().get(seq));
        match read.await {
            Ok(event) => event.map(Message::of),
            Err(error) => {
                tracing::warn!(%error, "an event could not be read");
                None
            }
        }
    }

    /// Leaves a delivery whose event could not be read to the next look into the store.
    fn look_later(&self, item: &Item) {
        let now = self.context.clock.now();
        self.state.lock().queue.leave(item, now);
        self.look_again(Look::Beginning);
    }

    /// A random number between 0 and 1.
    fn chance(&self) -> f64 {
        let mut bytes = [0; 4];
        (self.context.fill)(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
    }
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
    fn is_held(&self, now: Timestamp) -> bool {
        now < self.held_until
    }
}

fn fresh(message: &Arc<Message>, now: Timestamp) -> Item {
    Item {
        seq: message.seq,
        attempts: 0,
        due: now,
        subject: message.subject,
        message: Some(Arc::clone(message)),
    }
}

fn loaded(row: &Waiting, message: &Arc<Message>) -> Item {
    Item {
        seq: row.event_seq,
        attempts: row.attempts,
        due: row.due,
        subject: message.subject,
        message: Some(Arc::clone(message)),
    }
}

fn without_event(subscription: i64, row: &Waiting, now: Timestamp) -> Outcome {
    Outcome {
        subscription,
        event_seq: row.event_seq,
        state: DeliveryState::Dead,
        attempt: row.attempts + 1,
        due: now,
        started: now,
        latency: 0,
        status: None,
        error: Some("the event is no longer kept".into()),
        answer: None,
    }
}

fn measure(next: Next, latency: Duration) {
    let outcome = match next {
        Next::Done => "delivered",
        Next::Again(_) => "failed",
        Next::GiveUp | Next::Disable => "dead",
    };
    counter!("deliveries_total", "outcome" => outcome).increment(1);
    histogram!("delivery_seconds").record(latency.as_secs_f64());
}
