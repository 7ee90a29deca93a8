//! The keeper of a lane: fills it from the store, wakes what is due, calls workers.

use std::sync::Arc;
use std::time::Duration;

use muster_model::Timestamp;
use muster_store::{DeliveryState, EventKind, Outcome, Waiting};

use super::lane::{Lane, State};
use super::message::Message;
use super::queue::Item;
use super::retry::Next;
use crate::limits::{PAGE, POLL, STORE_RETRY};

/// What the keeper of a lane does next.
enum Task {
    /// Fetches events of deliveries that are here.
    Fetch(Vec<Item>),
    /// Loads deliveries behind this event; with what had been missed by then.
    Load { after: i64, missed: u64 },
}

/// Rows with their events.
type Page = Vec<(Waiting, Option<Arc<Message>>)>;

impl Lane {
    pub(super) async fn keep(self: Arc<Self>) {
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
            let task = {
                let mut state = self.state.lock();
                state.queue.wake(now);
                self.call_workers(&mut state, now);
                let Some(task) = state.next_task(now) else {
                    let wait = state.next_due().map(|due| due.millis_since(now) + 1);
                    drop(state);
                    self.context.moved.send_modify(|count| *count += 1);
                    return wait
                        .map_or(POLL, |ms| POLL.min(Duration::from_millis(ms.max(1) as u64)));
                };
                task
            };
            let done = match task {
                Task::Fetch(items) => self.fetch(items).await,
                Task::Load { after, missed } => {
                    let loaded = self.load_page(after, missed).await;
                    self.state.lock().queue.end_page();
                    loaded
                }
            };
            if let Err(error) = done {
                tracing::warn!(%error, "deliveries could not be read; trying again");
                return STORE_RETRY;
            }
        }
    }

    async fn load_page(self: &Arc<Self>, after: i64, missed: u64) -> muster_store::Result<()> {
        let number = self.target.read().number;
        let context = Arc::clone(&self.context);
        let page = self.context.org.read_async(move |tx| {
            let rows = tx.deliveries().waiting(number, after, PAGE)?;
            let messages = context
                .shelf
                .read(tx, rows.iter().map(|row| row.event_seq))?;
            let page: Page = rows.into_iter().zip(messages).collect();
            Ok::<_, muster_store::Error>(page)
        });
        let page = page.await?;
        for row in self.take_in(page, after, missed, self.context.clock.now()) {
            self.report_lost(&row).await;
        }
        Ok(())
    }

    /// Fetches the events of deliveries that are here without them.
    async fn fetch(self: &Arc<Self>, items: Vec<Item>) -> muster_store::Result<()> {
        let context = Arc::clone(&self.context);
        let seqs: Vec<i64> = items.iter().map(|item| item.seq).collect();
        let read = self
            .context
            .org
            .read_async(move |tx| context.shelf.read(tx, seqs.into_iter()));
        let read = read.await;
        let now = self.context.clock.now();
        let mut lost = Vec::new();
        {
            let mut state = self.state.lock();
            state.open -= items.len();
            let messages = match read {
                Ok(messages) => messages,
                Err(error) => {
                    for mut item in items {
                        item.due = now.plus_millis(STORE_RETRY.as_millis() as i64);
                        state.queue.put_off(item);
                    }
                    return Err(error);
                }
            };
            for (item, message) in items.into_iter().zip(messages) {
                if let Some(message) = message {
                    state.queue.supply(item, message);
                } else {
                    state.queue.lose(&item, now);
                    lost.push(waiting(&item));
                }
            }
            self.call_workers(&mut state, now);
        }
        for row in lost {
            self.report_lost(&row).await;
        }
        Ok(())
    }

    /// Ends a delivery whose event is gone.
    async fn report_lost(self: &Arc<Self>, row: &Waiting) {
        let number = self.target.read().number;
        let outcome = without_event(number, row, self.context.clock.now());
        self.state.lock().open += 1;
        self.report(outcome, Next::Unsendable).await;
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
        for (row, message) in page {
            state.frontier = row.event_seq;
            let Some(message) = message else {
                lost.push(row);
                continue;
            };
            // A disabled subscription hears tests only; the rest waits in the store.
            if is_enabled || message.kind == EventKind::Test {
                state.queue.add(loaded(&row, &message), now);
            }
        }
        self.call_workers(&mut state, now);
        lost
    }
}

impl State {
    /// What the keeper should do now, as far as it may.
    fn next_task(&mut self, now: Timestamp) -> Option<Task> {
        if !self.is_held(now) {
            return None;
        }
        let bare = self.queue.take_bare(PAGE as usize);
        if !bare.is_empty() {
            self.open += bare.len();
            return Some(Task::Fetch(bare));
        }
        (self.more && self.queue.has_room()).then(|| {
            self.queue.begin_page();
            Task::Load {
                after: self.frontier,
                missed: self.missed,
            }
        })
    }

    /// Whether the keeper has something to do.
    pub(super) fn is_hungry(&self) -> bool {
        self.queue.lacks_events() || (self.more && self.queue.has_room())
    }
}

fn loaded(row: &Waiting, message: &Arc<Message>) -> Item {
    Item {
        seq: row.event_seq,
        attempts: row.attempts,
        tried: row.tried,
        due: row.due,
        subject: message.subject,
        message: Some(Arc::clone(message)),
    }
}

fn waiting(item: &Item) -> Waiting {
    Waiting {
        event_seq: item.seq,
        attempts: item.attempts,
        tried: item.tried,
        due: item.due,
    }
}

fn without_event(subscription: i64, row: &Waiting, now: Timestamp) -> Outcome {
    Outcome {
        subscription,
        event_seq: row.event_seq,
        state: DeliveryState::Dead,
        attempt: row.attempts + 1,
        tried: row.tried,
        due: now,
        started: now,
        latency: 0,
        status: None,
        error: Some("the event is no longer kept".into()),
        answer: None,
    }
}
