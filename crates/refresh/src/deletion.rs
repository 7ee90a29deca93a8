//! Deletes identities: at night those that nothing needs any more (aggregation-refresh.md §6.4), by day
//! those that a caller names. Accounts stay, as nobody's.

use std::sync::Arc;

use muster_event::account_told::Told;
use muster_event::identity::deleted;
use muster_event::{Draft, IDENTITY_DELETED};
use muster_model::handover::DELETE_IDENTITIES;
use muster_model::settings::ORG_SETTINGS_ID;
use muster_model::{IdentityProfile, OrgSettings, Reference, Schema, Source, Timestamp};
use muster_store::{Identity, Result, Schedule, Stage, Tx};
use muster_work::{Handler, Running, Stop};

use crate::limits::{BATCH_IDENTITIES, NEEDERS_NAMED_MAX};
use crate::person::event_identity;
use crate::run::Station;

/// The name of the schedule, in each org.
const SCHEDULE: &str = "identities:delete";
/// Every night at one, in the org's time zone.
const NIGHTLY: &str = "0 0 1 * * ?";
/// The kind under which people are stored who may sign in.
const AUTH_USER: &str = "auth-user";

/// What still needs an identity: the vendor's word, and the first of those who do, by id and name.
pub type Need = (&'static str, Vec<(String, String)>);

/// What still needs an identity.
pub fn needs(tx: &mut Tx<'_>, identity: &Identity) -> Result<Vec<Need>> {
    let id = identity.id.to_string();
    let owns = |owner: &Option<Reference>| owner.as_ref().is_some_and(|owner| owner.id == id);
    let sources = tx.typed::<Source>().list()?;
    let owned = sources.into_iter().filter(|source| owns(&source.owner));
    let sources = owned.map(|source| (source.id, source.name)).collect();
    let profiles = tx.typed::<IdentityProfile>().list()?;
    let owned = profiles.into_iter().filter(|profile| owns(&profile.owner));
    let profiles = owned.map(|profile| (profile.id, profile.name)).collect();
    let entitlements = tx
        .entitlements()
        .owned_by(&id, NEEDERS_NAMED_MAX)?
        .into_iter()
        .map(|(id, name)| (id.to_string(), name))
        .collect();
    let reports = tx
        .identities()
        .reports_of(identity.id, NEEDERS_NAMED_MAX)?
        .into_iter()
        .map(|(id, name)| (id.to_string(), name))
        .collect();
    let mut needs: Vec<Need> = vec![
        ("SOURCE_OWNER", sources),
        ("IDENTITY_PROFILE_OWNER", profiles),
        ("ENTITLEMENT_OWNER", entitlements),
        ("IDENTITY_MANAGER", reports),
    ];
    for (_, entities) in &mut needs {
        entities.truncate(NEEDERS_NAMED_MAX as usize);
    }
    needs.retain(|(_, entities)| !entities.is_empty());
    Ok(needs)
}

/// Deletes an identity; the events that tell of it, and of the accounts that it loses, are appended last
/// in the transaction.
pub fn delete(
    tx: &mut Tx<'_>,
    identity: &Identity,
    settings: &OrgSettings,
    (cause, now): (&str, Timestamp),
) -> Result<Vec<Draft>> {
    let reference = event_identity(identity, settings);
    let mut drafts = lost_accounts(tx, identity, &reference, (cause, now))?;
    tx.accounts().release(identity.id, now)?;
    tx.identity_keys().forget(identity)?;
    tx.manual_lifecycle().release(identity.id)?;
    tx.identities().delete(identity.id)?;
    drafts.push(Draft {
        trigger: IDENTITY_DELETED,
        subject: identity.id.to_string(),
        identity: vec![identity.id.0.to_be_bytes().to_vec()],
        created: now,
        cause: cause.to_owned(),
        value: deleted(&reference, &identity.attributes),
    });
    Ok(drafts)
}

/// Account Uncorrelated, for each account that stays behind as nobody's.
fn lost_accounts(
    tx: &mut Tx<'_>,
    identity: &Identity,
    reference: &Reference,
    (cause, now): (&str, Timestamp),
) -> Result<Vec<Draft>> {
    let mut drafts = Vec::new();
    for account in tx.accounts().of_each(&[identity.id])?.into_iter().flatten() {
        let source = account.source_id.to_string();
        // The accounts of a source that is deleted go with it, and that was told.
        let Some(source) = tx.typed::<Source>().get(&source)? else {
            continue;
        };
        let none = Schema::default();
        let told = Told {
            source: &source.reference(),
            schema: source.account_schema().unwrap_or(&none),
            cause,
            now,
        };
        drafts.push(told.uncorrelated(reference, &account));
    }
    Ok(drafts)
}

/// Deletes the identities of an org that nothing needs: hidden since their authoritative account went,
/// without accounts, owners of nothing, managers of nobody, unable to sign in.
pub struct NightlyDeletion(pub Arc<Station>);

impl Handler for NightlyDeletion {
    fn run(&self, job: &Running<'_>) -> std::result::Result<(), Stop> {
        let mut after = None;
        loop {
            let now = self.0.clock.now();
            let last = job.org.write(|tx| {
                job.still_mine(tx, now)?;
                let page = tx
                    .identities()
                    .ids_at(Stage::Withdrawn, after, BATCH_IDENTITIES)?;
                let Some(last) = page.last().copied() else {
                    return job.finish(tx).map(|()| None);
                };
                let settings = tx.typed::<OrgSettings>().get(ORG_SETTINGS_ID)?;
                let settings = settings.unwrap_or_default();
                let accounts = tx.accounts().of_each(&page)?;
                let found = tx.identities().get_each(&page)?;
                let cause = format!("job {}", job.claimed.id);
                let mut drafts = Vec::new();
                for (identity, accounts) in found.into_iter().zip(accounts) {
                    let Some(identity) = identity else { continue };
                    let id = identity.id.to_string();
                    if accounts.is_empty()
                        && tx.documents(AUTH_USER).get(&id)?.is_none()
                        && needs(tx, &identity)?.is_empty()
                    {
                        drafts.extend(delete(tx, &identity, &settings, (&cause, now))?);
                    }
                }
                self.0.outboxes.of(job.org.name()).append(tx, drafts)?;
                Ok(Some(last))
            })?;
            match last {
                Some(last) => after = Some(last),
                None => return Ok(()),
            }
        }
    }
}

/// Sets the nightly deletion of an org.
pub fn ensure(
    tx: &mut Tx<'_>,
    settings: &OrgSettings,
    now: Timestamp,
) -> std::result::Result<(), muster_work::ScheduleError> {
    let schedule = Schedule {
        name: SCHEDULE.to_owned(),
        kind: DELETE_IDENTITIES.to_owned(),
        body: "{}".to_owned(),
        cron: NIGHTLY.to_owned(),
        zone: settings.time_zone.clone(),
        next: now,
    };
    muster_work::set(tx, schedule, now)
}
