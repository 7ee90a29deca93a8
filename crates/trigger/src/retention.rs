//! How long the log is kept: a schedule removes old events with their deliveries, and old questions,
//! in bounded batches. Whatever still has to be sent stays.

use std::sync::Arc;

use muster_model::settings::ORG_SETTINGS_ID;
use muster_model::{Clock, OrgSettings, Timestamp};
use muster_store::{Result, Schedule, Tx};
use muster_work::{Handler, Running, ScheduleError, Stop};

use crate::limits::{PURGE_EVENTS_MAX, PURGE_INVOCATIONS_MAX};
use crate::subscription::Subscription;

/// Kind of the job that removes what is old.
pub const PURGE: &str = "purge-events";

/// In the small hours, at a minute that others leave free.
const CRON: &str = "0 40 3 * * ?";
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Sets the schedule of an org.
pub fn set_schedule(tx: &mut Tx<'_>, now: Timestamp) -> Result<(), ScheduleError> {
    let daily = Schedule {
        name: PURGE.to_owned(),
        kind: PURGE.to_owned(),
        body: String::new(),
        cron: CRON.to_owned(),
        zone: settings(tx)?.time_zone,
        next: now,
    };
    muster_work::set(tx, daily, now)
}

/// Does that job.
pub struct Purge {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

impl Handler for Purge {
    fn run(&self, job: &Running<'_>) -> Result<(), Stop> {
        loop {
            let now = self.clock.now();
            let more = job.org.write(|tx| {
                job.still_mine(tx, now)?;
                let more = step(tx, now)?;
                if !more {
                    job.finish(tx)?;
                }
                Ok::<_, Stop>(more)
            })?;
            if !more {
                return Ok(());
            }
        }
    }
}

/// Removes one batch; says whether there may be more.
pub fn step(tx: &mut Tx<'_>, now: Timestamp) -> Result<bool> {
    let horizon = now.plus_millis(-i64::from(settings(tx)?.retention_days) * DAY_MS);
    let invocations = tx.invocations().purge(horizon, PURGE_INVOCATIONS_MAX)?;
    let events = events(tx, horizon)?;
    Ok(events || invocations == u64::from(PURGE_INVOCATIONS_MAX))
}

fn events(tx: &mut Tx<'_>, horizon: Timestamp) -> Result<bool> {
    let from = tx.events().purged()? + 1;
    let dispatched = tx.events().dispatched()?;
    let mut last = (tx.events().first_since(horizon)? - 1).min(dispatched);
    // What waits for an enabled subscription is still to be sent. What waits for a disabled one was
    // kept as long as everything else.
    for one in tx.typed::<Subscription>().list()? {
        if one.enabled
            && let Some(waiting) = tx.deliveries().first_waiting(one.number, last)?
        {
            last = last.min(waiting - 1);
        }
    }
    if last < from {
        return Ok(false);
    }
    let to = last.min(from + PURGE_EVENTS_MAX - 1);
    for number in tx.deliveries().subscriptions()? {
        tx.deliveries().remove(number, from, to)?;
    }
    tx.events().purge(to)?;
    Ok(to < last)
}

fn settings(tx: &mut Tx<'_>) -> Result<OrgSettings> {
    let settings = tx.typed::<OrgSettings>().get(ORG_SETTINGS_ID)?;
    Ok(settings.unwrap_or_default())
}
