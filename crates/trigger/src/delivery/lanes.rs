//! All lanes of an org: made, changed and ended as subscriptions are, and shared out over nodes by
//! leases where several nodes serve one store.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use muster_model::Timestamp;
use muster_store::{Backend, Error, RawDocument, Result};
use parking_lot::Mutex;

use super::lane::{Context, Lane, Look};
use super::message::Message;
use super::target::Target;
use crate::limits::{
    CONNECTIONS_PER_LANE_MAX, CONNECTIONS_PER_LANE_MIN, CONNECTIONS_SHARED, LEASE_MS,
};
use crate::passed_in::Sealer;
use crate::subscription::Subscription;

/// All lanes of an org.
pub(crate) struct Lanes {
    context: Arc<Context>,
    sealer: Arc<dyn Sealer>,
    schedule_ms: Vec<u64>,
    /// This node's name in leases.
    node: String,
    by_number: Mutex<HashMap<i64, Entry>>,
    /// One at a time follows, so that an older list never overtakes a newer one.
    following: tokio::sync::Mutex<()>,
    /// Up to where this node knows what was dispatched.
    handed: AtomicI64,
    resends: AtomicI64,
}

struct Entry {
    lane: Arc<Lane>,
    version: i64,
    number: i64,
}

impl Lanes {
    pub(crate) fn new(
        context: Arc<Context>,
        sealer: Arc<dyn Sealer>,
        schedule_ms: Vec<u64>,
        node: String,
    ) -> Self {
        Self {
            context,
            sealer,
            schedule_ms,
            node,
            by_number: Mutex::default(),
            following: tokio::sync::Mutex::default(),
            handed: AtomicI64::new(0),
            resends: AtomicI64::new(0),
        }
    }

    /// Follows the subscriptions: new ones get a lane, changed ones are aimed anew, deleted ones
    /// lose theirs.
    pub(crate) async fn follow(&self) -> Result<()> {
        let _turn = self.following.lock().await;
        let documents = self
            .context
            .org
            .read_async(|tx| {
                tx.documents(<Subscription as muster_model::Document>::KIND)
                    .list()
            })
            .await?;
        if self.align(&documents) {
            self.hold().await?;
        }
        Ok(())
    }

    /// Says whether there are new lanes.
    fn align(&self, documents: &[Arc<RawDocument>]) -> bool {
        let mut lanes = self.by_number.lock();
        let mut seen = Vec::with_capacity(documents.len());
        let workers_max = workers_max(documents.len());
        let mut grew = false;
        for document in documents {
            let subscription = match document.read::<Subscription>() {
                Ok(subscription) => subscription,
                Err(error) => {
                    tracing::error!(%error, id = %document.id, "a subscription cannot be read");
                    continue;
                }
            };
            if !subscription.destination.is_served() {
                continue;
            }
            seen.push(subscription.number);
            let known = lanes.get_mut(&subscription.number);
            if known
                .as_ref()
                .is_some_and(|entry| entry.version == document.version)
            {
                continue;
            }
            let target = Target::of(&subscription, self.sealer.as_ref(), &self.schedule_ms);
            if let Some(entry) = known {
                entry.lane.aim(target, workers_max);
                entry.version = document.version;
            } else {
                let lane = Lane::start(Arc::clone(&self.context), target, workers_max);
                let entry = Entry {
                    lane,
                    version: document.version,
                    number: subscription.number,
                };
                lanes.insert(subscription.number, entry);
                grew = true;
            }
        }
        let count = lanes.len();
        lanes.retain(|number, entry| {
            let stays = seen.contains(number);
            if !stays {
                entry.lane.close();
            }
            stays
        });
        if grew || lanes.len() != count {
            for entry in lanes.values() {
                entry.lane.set_workers_max(workers_max);
            }
        }
        grew
    }

    /// Takes and renews leases. A folder belongs to one process, so there the node holds all lanes.
    pub(crate) async fn hold(&self) -> Result<()> {
        let now = self.context.clock.now();
        if self.context.org.backend() == Backend::Sqlite {
            self.each(|entry| entry.lane.hold(Timestamp::from_micros(i64::MAX)));
            return Ok(());
        }
        let numbers = self.numbers();
        if numbers.is_empty() {
            return Ok(());
        }
        let until = now.plus_millis(LEASE_MS);
        let node = self.node.clone();
        let held = self.context.org.write_async(move |tx| {
            let mut held = Vec::new();
            for number in numbers {
                if tx.leases().take(&lease(number), &node, now, until)? {
                    held.push(number);
                }
            }
            Ok::<_, Error>(held)
        });
        let held = held.await?;
        self.each(|entry| {
            let until = if held.contains(&entry.number) {
                until
            } else {
                Timestamp::default()
            };
            entry.lane.hold(until);
        });
        Ok(())
    }

    /// Gives all leases back, so that another node need not wait for them to run out.
    pub(crate) async fn give_back(&self) -> Result<()> {
        if self.context.org.backend() == Backend::Sqlite {
            return Ok(());
        }
        let (numbers, node) = (self.numbers(), self.node.clone());
        let done = self.context.org.write_async(move |tx| {
            for number in numbers {
                tx.leases().give_back(&lease(number), &node)?;
            }
            Ok::<_, Error>(())
        });
        done.await
    }

    /// Hands over what was dispatched from one mark to the next.
    pub(crate) fn hand_over(&self, from: i64, to: i64, offers: &[(i64, Vec<Arc<Message>>)]) {
        if self.handed.swap(to, Ordering::SeqCst) != from {
            // Another node dispatched in between; its rows come before these.
            self.each(|entry| entry.lane.look_again(Look::Onward));
        }
        let lanes = self.by_number.lock();
        for (number, messages) in offers {
            if let Some(entry) = lanes.get(number) {
                entry.lane.offer(messages);
            }
        }
    }

    /// Heeds a hint about deliveries: rows that another node dispatched, or that were put back.
    pub(crate) async fn look(&self) -> Result<()> {
        let read = self.context.org.read_async(|tx| {
            let resends = tx.deliveries().resends()?;
            Ok::<_, Error>((tx.events().dispatched()?, resends))
        });
        let (dispatched, resends) = read.await?;
        if self.resends.swap(resends, Ordering::SeqCst) != resends {
            self.each(|entry| entry.lane.look_again(Look::Beginning));
        }
        if self.handed.fetch_max(dispatched, Ordering::SeqCst) < dispatched {
            self.each(|entry| entry.lane.look_again(Look::Onward));
        }
        Ok(())
    }

    /// Whether no lane has anything to do now.
    pub(crate) fn are_at_rest(&self) -> bool {
        self.by_number
            .lock()
            .values()
            .all(|entry| entry.lane.is_at_rest())
    }

    /// Each subscription's number with the deliveries in memory and those that wait for a retry.
    pub(crate) fn loads(&self) -> Vec<(i64, usize, usize)> {
        let lanes = self.by_number.lock();
        let load = |entry: &Entry| {
            let (known, held_back) = entry.lane.load();
            (entry.number, known, held_back)
        };
        lanes.values().map(load).collect()
    }

    fn numbers(&self) -> Vec<i64> {
        self.by_number.lock().keys().copied().collect()
    }

    fn each(&self, act: impl Fn(&Entry)) {
        self.by_number.lock().values().for_each(act);
    }
}

fn lease(number: i64) -> String {
    format!("lane:{number}")
}

/// A fair share of the connections (speed-spikes.md §1: eight a lane are as fast as 64 with ten).
fn workers_max(lanes: usize) -> usize {
    (CONNECTIONS_SHARED / lanes.max(1)).clamp(CONNECTIONS_PER_LANE_MIN, CONNECTIONS_PER_LANE_MAX)
}
