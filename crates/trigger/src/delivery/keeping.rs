//! The keeper of a lane: fills it from the store, wakes what is due, calls workers.

use std::sync::Arc;
use std::time::Duration;

use muster_model::Timestamp;
use muster_store::{DeliveryState, EventKind, Outcome, Waiting};

use super::lane::{Lane, State};
use super::message::Message;
use super::queue::Item;
use super::retry::Next;
use super::settling::Settling;
use crate::limits::{PAGE, POLL, SETTLING_PAUSE, STORE_RETRY};

/// What the keeper of a lane does next.
enum Task {
    /// Fetches events of deliveries that are here.
    Fetch(Vec<Item>),
    /// Loads deliveries.
    Load(Load),
}

/// Where rows are loaded from, and how the lane was by then.
#[derive(Clone, Copy)]
struct Load {
    /// Behind this event.
    after: i64,
    missed: u64,
    left: u64,
    settling: Settling,
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
                Task::Load(load) => {
                    let loaded = self.load_page(load).await;
                    self.state.lock().queue.end_page();
                    match loaded {
                        Ok(false) => return SETTLING_PAUSE,
                        loaded => loaded.map(|_| ()),
                    }
                }
            };
            if let Err(error) = done {
                tracing::warn!(%error, "deliveries could not be read; trying again");
                return STORE_RETRY;
            }
        }
    }

    /// Loads a page of rows; false where some may be missing still.
    async fn load_page(self: &Arc<Self>, mut load: Load) -> muster_store::Result<bool> {
        let number = self.target.read().number;
        let context = Arc::clone(&self.context);
        let page = self.context.org.read_async(move |tx| {
            if !load.settling.is_done() {
                let mark = tx.events().dispatched()?;
                let newest = tx.deliveries().newest_event(number)?;
                if !load.settling.see(mark, newest) {
                    return Ok::<_, muster_store::Error>((load, None));
                }
            }
            let rows = tx.deliveries().waiting(number, load.after, PAGE)?;
            let messages = context
                .shelf
                .read(tx, rows.iter().map(|row| row.event_seq))?;
            let page: Page = rows.into_iter().zip(messages).collect();
            Ok((load, Some(page)))
        });
        let (load, page) = page.await?;
        let is_settled = page.is_some();
        for row in self.take_in(page.unwrap_or_default(), load, self.context.clock.now()) {
            self.report_lost(&row).await;
        }
        Ok(is_settled)
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
    fn take_in(self: &Arc<Self>, page: Page, load: Load, now: Timestamp) -> Vec<Waiting> {
        let is_enabled = self.target.read().enabled;
        let mut lost = Vec::new();
        let mut state = self.state.lock();
        // The lane was reset while the page was read: it starts over.
        if state.frontier != load.after || state.left != load.left {
            return lost;
        }
        state.settling = load.settling;
        if !load.settling.is_done() {
            return lost;
        }
        if page.len() < PAGE as usize && state.missed == load.missed {
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
            Task::Load(Load {
                after: self.frontier,
                missed: self.missed,
                left: self.left,
                settling: self.settling,
            })
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
