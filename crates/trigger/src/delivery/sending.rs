//! The workers of a lane: each owns a connection, takes the next delivery that may be sent, tells the
//! endpoint, and reports how it went. They come and go with the work.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use metrics::{counter, histogram};
use muster_model::Timestamp;
use muster_store::{DeliveryState, EventKind, Outcome};
use tokio::time::Sleep;
use tracing::Instrument;

use super::connection::{Connection, Exchange, Telling, too_late};
use super::lane::Lane;
use super::message::Message;
use super::queue::Item;
use super::retry::{self, Answer, Next};
use super::target::{Call, Target};
use crate::limits::{CONNECTION_IDLE, EXCHANGE_TIMEOUT, LEASE_MARGIN_MS};

/// What a worker keeps from one exchange to the next.
struct Line<'a> {
    connection: &'a mut Connection,
    /// Ends an exchange that takes too long.
    alarm: Pin<&'a mut Sleep>,
}

impl Lane {
    pub(super) fn start_worker(self: &Arc<Self>) {
        let lane = Arc::clone(self);
        let kill = self.context.kill.clone();
        self.context.tasks.spawn_on(
            async move { kill.run_until_cancelled(lane.work()).await },
            self.context.senders.next(),
        );
    }

    async fn work(self: Arc<Self>) {
        let mut connection = Connection::default();
        let mut alarm = Box::pin(tokio::time::sleep(EXCHANGE_TIMEOUT));
        let mut aimed = Arc::clone(&self.target.read());
        loop {
            while let Some((item, message)) = self.take() {
                let target = Arc::clone(&self.target.read());
                if !Arc::ptr_eq(&aimed, &target) {
                    connection = Connection::default();
                    aimed = target;
                }
                let line = Line {
                    connection: &mut connection,
                    alarm: alarm.as_mut(),
                };
                self.deliver(line, &aimed, item, message).await;
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
    fn take(&self) -> Option<(Item, Arc<Message>)> {
        let now = self.context.clock.now();
        let mut state = self.state.lock();
        let may_send = !self.context.stop.is_cancelled()
            && !state.has_workers_to_spare()
            && state.permits(now) > 0;
        let item = if may_send { state.queue.take() } else { None };
        if item.is_some() {
            state.breaker.begin();
            state.bucket.take();
            state.open += 1;
        } else {
            state.idle += 1;
        }
        let hungry = state.is_hungry();
        // Somebody must come back when the gate opens again.
        let is_shut = item.is_none() && state.queue.ready() > 0;
        drop(state);
        if hungry || is_shut {
            self.keeper.notify_one();
        }
        item
    }

    async fn deliver(
        self: &Arc<Self>,
        line: Line<'_>,
        target: &Target,
        item: Item,
        message: Arc<Message>,
    ) {
        if !target.enabled && message.kind == EventKind::Real {
            self.forgo(&item);
            return;
        }
        // For a collector; a log has the same of what failed, and is spared it for what arrived.
        let span = tracing::debug_span!(
            "deliver",
            event.id = %message.id,
            cause = %message.cause,
            subscription = target.number,
            attempt = item.tried + item.attempts + 1,
        );
        self.tell(line, target, item, message)
            .instrument(span)
            .await;
    }

    async fn tell(
        self: &Arc<Self>,
        line: Line<'_>,
        target: &Target,
        item: Item,
        message: Arc<Message>,
    ) {
        let started = self.context.clock.now();
        let watch = Instant::now();
        let attempt = item.attempts + 1;
        let (exchange, next) = match &target.call {
            Call::Http(_) | Call::Bridge(..) => {
                let telling = Telling {
                    message: &message,
                    subscription: target.number,
                    attempt: item.tried + attempt,
                    now: started,
                };
                let Some(exchange) = self.exchange(line, target, &telling).await else {
                    // The lane may be another node's by now, which sends again what it cannot know
                    // of. Should it stay here, the delivery is still the next of its subject.
                    self.take_back(item, message);
                    return;
                };
                let answer = exchange.status.map_or(Answer::None, |status| {
                    Answer::Status(status, exchange.retry_after_ms)
                });
                self.heed(answer);
                let chance = if answer.is_success() {
                    0.0
                } else {
                    self.chance()
                };
                let next = retry::next(&target.schedule_ms, answer, attempt, chance);
                (exchange, next)
            }
            Call::Inline { error: None } => (Exchange::default(), Next::Done),
            Call::Inline { error: Some(error) } => (failed(error), Next::GiveUp),
            Call::Broken(error) => (failed(error), Next::Unsendable),
        };
        let latency = watch.elapsed();
        measure(next, latency);
        if let Some(error) = &exchange.error {
            tracing::info!(
                event.id = %message.id,
                cause = %message.cause,
                subscription = target.number,
                attempt = item.tried + attempt,
                status = exchange.status,
                "a delivery failed: {error}"
            );
        }
        let outcome = Outcome {
            subscription: target.number,
            event_seq: item.seq,
            state: match next {
                Next::Done => DeliveryState::Delivered,
                Next::Again(_) => DeliveryState::Pending,
                Next::GiveUp | Next::Disable | Next::Unsendable => DeliveryState::Dead,
            },
            attempt,
            tried: item.tried,
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
        if outcome.state == DeliveryState::Pending {
            // Handed in before the next try can begin, perhaps at once and on another thread: what is
            // handed in last is what stays.
            self.report(outcome.clone(), next).await;
            self.finish(item, &outcome);
        } else {
            self.finish(item, &outcome);
            self.report(outcome, next).await;
        }
    }

    /// One exchange, given up when the lease runs out meanwhile: the next node may send already.
    async fn exchange(
        &self,
        line: Line<'_>,
        target: &Target,
        telling: &Telling<'_>,
    ) -> Option<Exchange> {
        let Line {
            connection,
            mut alarm,
        } = line;
        let connector = &self.context.connector;
        let deadline = tokio::time::Instant::now() + EXCHANGE_TIMEOUT;
        let exchange = connection.exchange(connector, &target.call, telling);
        let mut exchange = std::pin::pin!(exchange);
        loop {
            let held = self.held_for();
            let until = deadline.min(tokio::time::Instant::now() + held);
            // Setting an alarm later costs nothing until it rings; a new one each time does.
            alarm.as_mut().reset(until);
            tokio::select! {
                biased;
                done = &mut exchange => return Some(done),
                () = alarm.as_mut() => {}
            }
            if tokio::time::Instant::now() >= deadline {
                return Some(failed(&too_late()));
            }
            if self.held_for().is_zero() {
                return None;
            }
        }
    }

    /// How long this node may go on sending, as far as it knows now.
    fn held_for(&self) -> Duration {
        let until = self.state.lock().held_until;
        let last = until.as_micros().saturating_sub(LEASE_MARGIN_MS * 1_000);
        let left = last.saturating_sub(self.context.clock.now().as_micros());
        Duration::from_micros(left.max(0) as u64).min(EXCHANGE_TIMEOUT)
    }

    /// What the answer says of the endpoint.
    fn heed(&self, answer: Answer) {
        let now = self.context.clock.now();
        let mut state = self.state.lock();
        let before = state.breaker;
        if answer.is_down() {
            state.breaker.failed(now);
        } else {
            state.breaker.answered();
        }
        let after = state.breaker;
        drop(state);
        if before.is_closed() && after.is_closed() {
            return;
        }
        // What may be sent has changed, and when.
        self.keeper.notify_one();
        if before.next().is_none()
            && let Some(until) = after.next()
        {
            let wait_ms = until.millis_since(now);
            let subscription = self.target.read().number;
            tracing::info!(
                subscription,
                "an endpoint fails again and again; it is left alone for {wait_ms} ms"
            );
        }
    }

    /// Frees the subject, or parks it with the delivery that failed.
    fn finish(self: &Arc<Self>, mut item: Item, outcome: &Outcome) {
        let mut state = self.state.lock();
        if outcome.state == DeliveryState::Pending {
            item.attempts = outcome.attempt;
            item.due = outcome.due;
            state.queue.again(item);
            state.open = state.open.saturating_sub(1);
            drop(state);
            self.keeper.notify_one();
        } else {
            state.queue.done(&item, self.context.clock.now());
        }
    }

    /// Keeps a delivery that was not made as the next of its subject.
    fn take_back(&self, item: Item, message: Arc<Message>) {
        let mut state = self.state.lock();
        state.queue.put_back(item, message);
        state.breaker.forgo(self.context.clock.now());
        state.open = state.open.saturating_sub(1);
        drop(state);
        self.keeper.notify_one();
    }

    /// Leaves a delivery to the store, as if it had never been here.
    fn forgo(&self, item: &Item) {
        let now: Timestamp = self.context.clock.now();
        let mut state = self.state.lock();
        state.queue.leave(item, now);
        state.left += 1;
        state.breaker.forgo(now);
        state.open = state.open.saturating_sub(1);
    }

    /// A random number between 0 and 1.
    fn chance(&self) -> f64 {
        let mut bytes = [0; 4];
        (self.context.fill)(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
    }
}

fn failed(error: &str) -> Exchange {
    Exchange {
        error: Some(error.to_owned()),
        ..Exchange::default()
    }
}

fn measure(next: Next, latency: Duration) {
    let outcome = match next {
        Next::Done => "delivered",
        Next::Again(_) => "failed",
        Next::GiveUp | Next::Disable | Next::Unsendable => "dead",
    };
    counter!("muster_deliveries_total", "outcome" => outcome).increment(1);
    histogram!("muster_delivery_seconds").record(latency.as_secs_f64());
}
