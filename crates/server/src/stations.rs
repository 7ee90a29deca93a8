//! Which station does which jobs.

use std::collections::HashMap;
use std::sync::Arc;

use muster_aggregation::{
    Aggregation, EntitlementAggregation, Recorrelate, ReleaseHeld, ReloadAccount, RemoveAccounts,
    ResetEntitlements, StartsScheduled,
};
use muster_event::Outboxes;
use muster_model::{Clock, handover};
use muster_refresh::{
    Configurations, IndexingKeys, NightlyDeletion, Periodic, RandomBits, Refreshing, Settling,
    Station, Synchronizing, WholeProfile,
};
use muster_trigger::retention::{self, Purge};
use muster_work::Handler;

/// What the stations are built with.
pub struct Stations {
    /// Where events go.
    pub outboxes: Outboxes,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Randomness for transforms that ask for it.
    pub random: Box<RandomBits>,
}

/// The code for each kind of job.
pub fn handlers(stations: Stations) -> HashMap<&'static str, Arc<dyn Handler>> {
    let Stations {
        outboxes,
        clock,
        random,
    } = stations;
    let refresh = Arc::new(Station {
        outboxes: outboxes.clone(),
        clock: Arc::clone(&clock),
        random,
        configurations: Configurations::default(),
    });
    let aggregation = Aggregation {
        outboxes: outboxes.clone(),
        clock: Arc::clone(&clock),
    };
    let recorrelate = Recorrelate {
        outboxes: outboxes.clone(),
        clock: Arc::clone(&clock),
    };
    let release = ReleaseHeld {
        outboxes: outboxes.clone(),
        clock: Arc::clone(&clock),
    };
    let reload = ReloadAccount {
        outboxes: outboxes.clone(),
        clock: Arc::clone(&clock),
    };
    let remove = RemoveAccounts {
        outboxes,
        clock: Arc::clone(&clock),
    };
    let entitlements = EntitlementAggregation {
        clock: Arc::clone(&clock),
    };
    let indexing = IndexingKeys {
        clock: Arc::clone(&clock),
    };
    let reset = ResetEntitlements {
        clock: Arc::clone(&clock),
    };
    let synchronizing = Synchronizing {
        clock: Arc::clone(&clock),
    };
    let purge = Purge {
        clock: Arc::clone(&clock),
    };
    let mut handlers: HashMap<&'static str, Arc<dyn Handler>> = HashMap::new();
    handlers.insert(handover::INDEX_KEYS, Arc::new(indexing));
    handlers.insert(handover::SYNCHRONIZE, Arc::new(synchronizing));
    handlers.insert(retention::PURGE, Arc::new(purge));
    handlers.insert(handover::AGGREGATE, Arc::new(aggregation));
    handlers.insert(handover::REMOVE_ACCOUNTS, Arc::new(remove));
    handlers.insert(handover::RELEASE, Arc::new(release));
    handlers.insert(handover::RELOAD, Arc::new(reload));
    handlers.insert(handover::AGGREGATE_ENTITLEMENTS, Arc::new(entitlements));
    handlers.insert(handover::RESET_ENTITLEMENTS, Arc::new(reset));
    handlers.insert(
        handover::START_SCHEDULED,
        Arc::new(StartsScheduled { clock }),
    );
    handlers.insert(handover::CORRELATE, Arc::new(recorrelate));
    handlers.insert(
        handover::REFRESH,
        Arc::new(Refreshing(Arc::clone(&refresh))),
    );
    handlers.insert(
        handover::REFRESH_PERIODIC,
        Arc::new(Periodic(Arc::clone(&refresh))),
    );
    handlers.insert(
        handover::DELETE_IDENTITIES,
        Arc::new(NightlyDeletion(Arc::clone(&refresh))),
    );
    handlers.insert(handover::SETTLE, Arc::new(Settling(Arc::clone(&refresh))));
    handlers.insert(handover::REFRESH_PROFILE, Arc::new(WholeProfile(refresh)));
    handlers
}
