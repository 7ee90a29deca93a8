//! Refreshes people whose attributes depend on the time: at 08:00 and 20:00 of the org, or as often as it
//! sets (aggregation-refresh.md §4.4). People in a state of long absence are passed over; an aggregated
//! change of theirs is still told.

use std::collections::HashSet;
use std::sync::Arc;

use muster_model::handover::{REFRESH, REFRESH_PERIODIC, Refresh, SETTLE, Settle, refresh_lane};
use muster_model::id::{IdentityId, TaskId, derive};
use muster_model::{
    Document, IdentityProfile, LifecycleState, OrgSettings, Report, StoredTransform, Timestamp,
};
use muster_store::{Identity, Result, Schedule, Task, Tx};
use muster_transform::Transform;
use muster_work::{Handler, Running, Stop};
use serde_json::Value;

use crate::limits::BATCH_IDENTITIES;
use crate::run::Station;

/// The name of the schedule, in each org.
const SCHEDULE: &str = "refresh:periodic";
/// The kind of lifecycle state whose people are passed over.
const LONG_TERM: &str = "INACTIVE_LONG_TERM";

/// Asks for the refresh of people whose attributes depend on the time.
pub struct Periodic(pub Arc<Station>);

impl Handler for Periodic {
    fn run(&self, job: &Running<'_>) -> std::result::Result<(), Stop> {
        let now = self.0.clock.now();
        // The job's number is its own for good, so a run that is repeated is the same run.
        let id = TaskId(derive(&[
            b"periodic refresh",
            &job.claimed.id.to_be_bytes(),
        ]));
        let waiting = job.org.write(|tx| {
            job.still_mine(tx, now)?;
            let profiles = time_based(tx)?;
            if profiles.is_empty() {
                job.finish(tx)?;
            } else if tx.tasks().get(id)?.is_none() {
                tx.tasks().put(&task(id, now))?;
            }
            Ok::<_, Stop>(profiles)
        })?;
        if waiting.is_empty() {
            return Ok(());
        }
        for profile in &waiting {
            let mut after = None;
            while let Some(last) = job
                .org
                .write(|tx| self.page(tx, job, (id, profile), after))?
            {
                after = Some(last);
            }
        }
        job.org.write(|tx| {
            tx.jobs()
                .leave(SETTLE, &refresh_lane(id), &Settle { task: id }, now)?;
            job.finish(tx)
        })
    }
}

impl Periodic {
    /// Asks for one page; gives its last identity, or nothing when there are no more.
    fn page(
        &self,
        tx: &mut Tx<'_>,
        job: &Running<'_>,
        (task, profile): (TaskId, &IdentityProfile),
        after: Option<IdentityId>,
    ) -> std::result::Result<Option<IdentityId>, Stop> {
        let now = self.0.clock.now();
        job.still_mine(tx, now)?;
        tx.tasks().still_runs(task)?;
        let away = AwayForLong::read(tx)?.states_of(&profile.id);
        let identities =
            tx.identities()
                .ids_outside(profile.profile_id(), &away, after, BATCH_IDENTITIES)?;
        let last = identities.last().copied();
        if !identities.is_empty() {
            let refresh = Refresh {
                task,
                identities,
                managers_may_come: false,
            };
            tx.jobs()
                .leave(REFRESH, &refresh_lane(task), &refresh, now)?;
        }
        Ok(last)
    }
}

/// The lifecycle states whose people are away for long: profile and technical name.
pub(crate) struct AwayForLong(Vec<(String, String)>);

impl AwayForLong {
    pub(crate) fn read(tx: &mut Tx<'_>) -> Result<Self> {
        let states = tx.typed::<LifecycleState>().list()?.into_iter();
        let away = states.filter(|state| {
            state.other.get("identityState").and_then(Value::as_str) == Some(LONG_TERM)
        });
        let away = away.map(|state| (state.identity_profile_id, state.technical_name));
        Ok(Self(away.collect()))
    }

    /// Those of one profile.
    fn states_of(self, profile: &str) -> Vec<String> {
        let own = self.0.into_iter().filter(|(of, _)| of == profile);
        own.map(|(_, state)| state).collect()
    }

    /// Whether a person is in one.
    pub(crate) fn is(&self, identity: &Identity) -> bool {
        let profile = identity.profile_id.map(|profile| profile.to_string());
        let (Some(profile), Some(state)) = (profile, &identity.lifecycle) else {
            return false;
        };
        self.0
            .iter()
            .any(|(of, away)| *of == profile && away == state)
    }
}

fn task(id: TaskId, now: Timestamp) -> Task {
    let report = Report {
        name: "Scheduled Identity Refresh".to_owned(),
        started: Some(now),
        ..Report::default()
    };
    Task::accepted(id, "IDENTITY_REFRESH", "schedule", report, now)
}

/// Sets when an org refreshes periodically, as its settings say.
pub fn ensure(
    tx: &mut Tx<'_>,
    settings: &OrgSettings,
    now: Timestamp,
) -> std::result::Result<(), muster_work::ScheduleError> {
    let schedule = Schedule {
        name: SCHEDULE.to_owned(),
        kind: REFRESH_PERIODIC.to_owned(),
        body: "{}".to_owned(),
        cron: settings.periodic_refresh.clone(),
        zone: settings.time_zone.clone(),
        next: now,
    };
    muster_work::set(tx, schedule, now)
}

/// The profiles that have attributes which depend on the time.
fn time_based(tx: &mut Tx<'_>) -> Result<Vec<IdentityProfile>> {
    let mut found = Vec::new();
    for profile in tx.typed::<IdentityProfile>().list()? {
        if profile.identity_attribute_config.enabled && is_time_based(&profile, tx)? {
            found.push(profile);
        }
    }
    Ok(found)
}

/// Whether any attribute asks to be computed periodically, itself or through a transform it refers to.
pub fn is_time_based(profile: &IdentityProfile, tx: &mut Tx<'_>) -> Result<bool> {
    let mut named = Vec::new();
    for entry in &profile.identity_attribute_config.attribute_transforms {
        if asks_or_names(&entry.transform_definition, &mut named) {
            return Ok(true);
        }
    }
    let all = tx.documents(StoredTransform::KIND).list()?;
    let mut seen = HashSet::new();
    while let Some(name) = named.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let stored = all.iter().find(|one| one.name == name || one.id == name);
        if stored.is_some_and(|stored| asks_or_names(&stored.body, &mut named)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a transform asks to be computed periodically; the transforms it refers to are added to
/// `named`. One that does not compile asks for nothing.
fn asks_or_names(json: &Value, named: &mut Vec<String>) -> bool {
    let Ok(transform) = Transform::parse(json) else {
        return false;
    };
    named.extend(transform.references().transforms.iter().cloned());
    transform.requires_periodic_refresh()
}
