//! Refreshes all identities of a profile, page by page: for process-identities and edited mappings.

use std::sync::Arc;

use muster_model::handover::{REFRESH, Refresh, RefreshProfile, SETTLE, Settle, refresh_lane};
use muster_model::id::IdentityId;
use muster_model::{IdentityProfile, Timestamp};
use muster_store::{Error, Tx};
use muster_work::{Handler, Running, Stop};

use crate::limits::BATCH_IDENTITIES;
use crate::run::Station;

/// Asks for the refresh of each identity of a profile, and of those that its source could give it.
pub struct WholeProfile(pub Arc<Station>);

impl Handler for WholeProfile {
    fn run(&self, job: &Running<'_>) -> Result<(), Stop> {
        let order: RefreshProfile = serde_json::from_str(&job.claimed.body)
            .map_err(|error| Stop::GiveUp(Box::new(error)))?;
        let mut after = None;
        loop {
            let now = self.0.clock.now();
            match job.org.write(|tx| page(tx, job, &order, after, now))? {
                Some(last) => after = Some(last),
                None => return Ok(()),
            }
        }
    }

    /// The profile's identities are as they were, so their refresh is still asked for.
    fn ended(&self, job: &Running<'_>, tx: &mut Tx<'_>) -> Result<(), Stop> {
        let order: RefreshProfile = serde_json::from_str(&job.claimed.body)
            .map_err(|error| Stop::GiveUp(Box::new(error)))?;
        Ok(ask_again(tx, &order.profile, self.0.clock.now())?)
    }
}

/// Marks a profile whose identities were not all refreshed.
pub(crate) fn ask_again(tx: &mut Tx<'_>, profile: &str, now: Timestamp) -> Result<(), Error> {
    if let Some(mut profile) = tx.typed::<IdentityProfile>().get(profile)? {
        profile.identity_refresh_required = true;
        tx.typed::<IdentityProfile>().put(&profile, now)?;
    }
    Ok(())
}

/// Asks for one page; gives its last identity, or nothing when the job is finished.
///
/// Pages follow the accounts of the profile's source rather than the identities that have the
/// profile already: a new profile takes over people of another one, and an account that was there
/// before its source became authoritative makes a person now.
fn page(
    tx: &mut Tx<'_>,
    job: &Running<'_>,
    order: &RefreshProfile,
    after: Option<IdentityId>,
    now: Timestamp,
) -> Result<Option<IdentityId>, Stop> {
    job.still_mine(tx, now)?;
    tx.tasks().still_runs(order.task)?;
    let lane = refresh_lane(order.task);
    let profile = tx.typed::<IdentityProfile>().get(&order.profile)?;
    let identities = match profile {
        Some(profile) => of_source(tx, profile, after, now)?,
        // The profile is deleted: those who had it go to another one or are hidden.
        None => match order.profile.parse() {
            Ok(gone) => tx
                .identities()
                .ids_of_profile(gone, after, BATCH_IDENTITIES)?,
            Err(_) => Vec::new(),
        },
    };
    let Some(last) = identities.last().copied() else {
        let settle = Settle { task: order.task };
        tx.jobs().leave(SETTLE, &lane, &settle, now)?;
        return job.finish(tx).map(|()| None);
    };
    let refresh = Refresh {
        task: order.task,
        identities,
        managers_may_come: true,
    };
    tx.jobs().leave(REFRESH, &lane, &refresh, now)?;
    Ok(Some(last))
}

/// The owners of accounts on the profile's source, whose refresh is no longer asked for once their
/// first page is.
fn of_source(
    tx: &mut Tx<'_>,
    mut profile: IdentityProfile,
    after: Option<IdentityId>,
    now: Timestamp,
) -> Result<Vec<IdentityId>, Stop> {
    if after.is_none() && profile.identity_refresh_required {
        profile.identity_refresh_required = false;
        tx.typed::<IdentityProfile>().put(&profile, now)?;
    }
    let source =
        profile.authoritative_source.id.parse().map_err(|_| {
            Stop::GiveUp(format!("profile {} names no source", profile.name).into())
        })?;
    Ok(tx
        .accounts()
        .identities_of(source, after, BATCH_IDENTITIES)?)
}
