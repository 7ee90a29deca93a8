//! All lanes of an org: made, changed and ended as subscriptions are, and shared out over nodes by
//! leases where several nodes serve one store.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

use muster_model::settings::ORG_SETTINGS_ID;
use muster_model::{Document, OrgSettings, Timestamp};
use muster_store::{Backend, Error, RawDocument, Result};
use parking_lot::Mutex;

use super::lane::{Appetite, Context, Lane, Look, Share, Taking};
use super::retry;
use super::sharing::owner;
use super::target::{Defaults, Target};
use super::unwritten::Written;
use crate::dispatch::Found;
use crate::limits::{
    CONNECTIONS_PER_LANE_MAX, CONNECTIONS_PER_LANE_MIN, CONNECTIONS_SHARED, LEASE_MS,
    WINDOW_PER_LANE_MAX, WINDOW_PER_LANE_MIN, WINDOW_SHARED,
};
use crate::passed_in::Sealer;
use crate::service::Options;
use crate::subscription::Subscription;

/// All lanes of an org.
pub(crate) struct Lanes {
    context: Arc<Context>,
    sealer: Arc<dyn Sealer>,
    options: Options,
    by_number: Mutex<HashMap<i64, Entry>>,
    /// One at a time follows, so that an older list never overtakes a newer one.
    following: tokio::sync::Mutex<()>,
    /// The settings that targets were made with.
    defaults: Mutex<Defaults>,
    /// Up to where this node knows what was dispatched.
    handed: AtomicI64,
    resends: AtomicI64,
    /// Until when this node is the one that dispatches, in microseconds.
    dispatching_until: AtomicI64,
}

struct Entry {
    lane: Arc<Lane>,
    version: i64,
    number: i64,
}

/// What each lane took of what it was told.
#[derive(Default)]
pub(crate) struct Taken(HashMap<i64, Taking>);

impl Taken {
    /// What the lane of a subscription took; none where it has none here.
    pub(crate) fn of(&self, subscription: i64) -> Option<Taking> {
        self.0.get(&subscription).copied()
    }
}

#[cfg(test)]
impl<const N: usize> From<[(i64, usize); N]> for Taken {
    fn from(counts: [(i64, usize); N]) -> Self {
        let taking = |(subscription, count)| {
            let taking = Taking {
                count,
                left: 0,
                elsewhere: false,
            };
            (subscription, taking)
        };
        Self(counts.into_iter().map(taking).collect())
    }
}

impl Lanes {
    pub(crate) fn new(context: Arc<Context>, sealer: Arc<dyn Sealer>, options: Options) -> Self {
        Self {
            context,
            sealer,
            options,
            by_number: Mutex::default(),
            following: tokio::sync::Mutex::default(),
            defaults: Mutex::default(),
            handed: AtomicI64::new(0),
            resends: AtomicI64::new(0),
            dispatching_until: AtomicI64::new(0),
        }
    }

    /// Follows the subscriptions: new ones get a lane, changed ones are aimed anew, deleted ones
    /// lose theirs.
    pub(crate) async fn follow(&self) -> Result<()> {
        let _turn = self.following.lock().await;
        let read = self.context.org.read_async(|tx| {
            let settings = tx.typed::<OrgSettings>().get(ORG_SETTINGS_ID)?;
            let documents = tx.documents(Subscription::KIND).list()?;
            Ok::<_, Error>((documents, settings.unwrap_or_default()))
        });
        let (documents, settings) = read.await?;
        let defaults = Defaults {
            schedule_ms: retry::schedule(&settings),
            bridge: self.options.event_bridge_sink.clone(),
        };
        if self.align(&documents, &defaults) {
            self.hold().await?;
        }
        Ok(())
    }

    /// Says whether there are new lanes.
    fn align(&self, documents: &[Arc<RawDocument>], defaults: &Defaults) -> bool {
        let is_news = std::mem::replace(&mut *self.defaults.lock(), defaults.clone()) != *defaults;
        let mut lanes = self.by_number.lock();
        let mut seen = Vec::with_capacity(documents.len());
        let share = share(documents.len());
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
                .is_some_and(|entry| entry.version == document.version && !is_news)
            {
                continue;
            }
            let target = Target::of(&subscription, self.sealer.as_ref(), defaults);
            if let Some(entry) = known {
                entry.lane.aim(target, share);
                entry.version = document.version;
            } else {
                let lane = Lane::start(Arc::clone(&self.context), target, share);
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
                entry.lane.set_share(share);
            }
        }
        grew
    }

    /// Takes and renews leases. A folder belongs to one process, so there the node holds all lanes.
    pub(crate) async fn hold(&self) -> Result<()> {
        let forever = Timestamp::from_micros(i64::MAX);
        if self.context.org.backend() == Backend::Sqlite {
            let before = self.dispatching_until.swap(i64::MAX, Relaxed);
            self.each(|entry| entry.lane.hold(forever));
            if before == 0 {
                self.context.inbox.ring();
            }
            return Ok(());
        }
        let now = self.context.clock.now();
        let until = now.plus_millis(LEASE_MS);
        let numbers = self.numbers();
        // What this node serves and another is to go on with is given back once nothing of it is on
        // its way.
        let quiet = self.quiet();
        let node = self.options.node.clone();
        let held = self.context.org.write_async(move |tx| {
            tx.leases()
                .take(&format!("{NODE}{node}"), &node, now, until)?;
            let nodes = tx.leases().holders_of(NODE, now)?;
            let mut held = Held::default();
            for number in numbers {
                let name = lane(number);
                if owner(&name, &nodes) == Some(&node) || !quiet.contains(&number) {
                    if tx.leases().take(&name, &node, now, until)? {
                        held.lanes
                            .insert(number, owner(&name, &nodes) == Some(&node));
                    }
                } else {
                    tx.leases().give_back(&name, &node)?;
                }
            }
            held.dispatching = if owner(DISPATCH, &nodes) == Some(&node) {
                tx.leases().take(DISPATCH, &node, now, until)?
            } else {
                tx.leases().give_back(DISPATCH, &node)?;
                false
            };
            Ok::<_, Error>(held)
        });
        let held = held.await?;
        let begins = held.dispatching && !self.may_dispatch();
        let dispatching = if held.dispatching {
            until.as_micros()
        } else {
            0
        };
        self.dispatching_until.store(dispatching, Relaxed);
        self.each(|entry| match held.lanes.get(&entry.number) {
            Some(true) => entry.lane.hold(until),
            // Somebody else's: no new sends, and what is on its way may end.
            Some(false) => entry.lane.leave(until),
            None => entry.lane.hold(Timestamp::default()),
        });
        if begins {
            self.context.inbox.ring();
        }
        Ok(())
    }

    /// Whether this node is the one that dispatches. More than one would do no harm, but each would
    /// match every event.
    pub(crate) fn may_dispatch(&self) -> bool {
        self.context.clock.now().as_micros() < self.dispatching_until.load(Relaxed)
    }

    /// Gives all leases back, so that another node need not wait for them to run out.
    pub(crate) async fn give_back(&self) -> Result<()> {
        if self.context.org.backend() == Backend::Sqlite {
            return Ok(());
        }
        let (numbers, node) = (self.numbers(), self.options.node.clone());
        let done = self.context.org.write_async(move |tx| {
            for number in numbers {
                tx.leases().give_back(&lane(number), &node)?;
            }
            for name in [DISPATCH.to_owned(), format!("{NODE}{node}")] {
                tx.leases().give_back(&name, &node)?;
            }
            Ok::<_, Error>(())
        });
        done.await
    }

    /// Tells lanes of events that were just matched, from one mark to the next, before their rows
    /// are written; says which of them took it.
    pub(crate) fn tell(&self, found: &Found) -> Taken {
        if self.handed.swap(found.to, SeqCst) != found.from {
            // Somebody else dispatched in between; those rows come before these.
            self.each(|entry| entry.lane.look_again(Look::Onward));
        }
        let lanes = self.by_number.lock();
        let mut taken = Taken::default();
        for (number, messages) in &found.offers {
            let lane = lanes.get(number).map(|entry| &entry.lane);
            let taking = lane.map(|lane| lane.offer(messages));
            let count = taking.map_or(0, |taking| taking.count);
            taken.0.extend(taking.map(|taking| (*number, taking)));
            // What was not taken is read once it has rows.
            self.context.shelf.keep(messages[count..].iter().cloned());
        }
        taken
    }

    /// Whether some lane sends and has enough to send, and none lacks work.
    pub(crate) fn are_fed(&self) -> bool {
        let now = self.context.clock.now();
        let lanes = self.by_number.lock();
        let mut is_one_fed = false;
        for entry in lanes.values() {
            match entry.lane.appetite(now) {
                Appetite::Hungry => return false,
                Appetite::Fed => is_one_fed = true,
                Appetite::None => {}
            }
        }
        is_one_fed
    }

    /// What was told has its rows: a lane that did not take all of it looks into the store, one made
    /// in between among them.
    pub(crate) fn written(&self, written: &[Written]) {
        let lanes = self.by_number.lock();
        for part in written {
            let Some(entry) = lanes.get(&part.subscription) else {
                continue;
            };
            match part.taking {
                Some(taking) => entry.lane.written(part.offered, taking),
                None => entry.lane.look_again(Look::Onward),
            }
        }
    }

    /// Another node was quicker, or a subscription changed meanwhile: only the rows know.
    pub(crate) fn look_at_rows(&self) {
        self.each(|entry| entry.lane.look_again(Look::Beginning));
    }

    /// Heeds a hint about deliveries: rows that another node dispatched, or that were put back.
    pub(crate) async fn look(&self) -> Result<()> {
        let read = self.context.org.read_async(|tx| {
            let resends = tx.deliveries().resends()?;
            Ok::<_, Error>((tx.events().dispatched()?, resends))
        });
        let (dispatched, resends) = read.await?;
        if self.resends.swap(resends, SeqCst) != resends {
            self.each(|entry| entry.lane.look_again(Look::Beginning));
        }
        let is_news = self.handed.fetch_max(dispatched, SeqCst) < dispatched;
        // The node that dispatches may write rows before it moves the mark.
        if is_news || !self.may_dispatch() {
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

    /// Lanes with nothing on its way.
    fn quiet(&self) -> HashSet<i64> {
        let lanes = self.by_number.lock();
        let quiet = lanes.values().filter(|entry| entry.lane.is_quiet());
        quiet.map(|entry| entry.number).collect()
    }

    fn numbers(&self) -> Vec<i64> {
        self.by_number.lock().keys().copied().collect()
    }

    fn each(&self, act: impl Fn(&Entry)) {
        self.by_number.lock().values().for_each(act);
    }
}

/// What leases are called.
const NODE: &str = "node:";
const DISPATCH: &str = "dispatch";

fn lane(number: i64) -> String {
    format!("lane:{number}")
}

/// Leases that this node has.
#[derive(Default)]
struct Held {
    /// Lanes by number, with whether this node shall go on with them.
    lanes: HashMap<i64, bool>,
    dispatching: bool,
}

/// A fair share of connections and memory (speed-spikes.md §1: eight connections a lane are as fast
/// as 64 with ten).
fn share(lanes: usize) -> Share {
    let lanes = lanes.max(1);
    Share {
        workers: (CONNECTIONS_SHARED / lanes)
            .clamp(CONNECTIONS_PER_LANE_MIN, CONNECTIONS_PER_LANE_MAX),
        window: (WINDOW_SHARED / lanes).clamp(WINDOW_PER_LANE_MIN, WINDOW_PER_LANE_MAX),
    }
}
