//! What can be done with identity profiles beyond the shared operations: deletion with its run,
//! the default mapping, processing, preview, export and import.

use muster_auth::Guard;
use muster_model::{IdentityProfile, Report, Source};
use muster_store::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::exchange::{export, import};
use super::preview::preview;
use super::{IDENTITY_PROFILES, LEVELS, LISTING, MANAGE, READ, TAG, defaults, wire};
use crate::call::{Call, Trace};
use crate::handler::{Blocking, Json};
use crate::operation::Operation;
use crate::problem::{Problem, quote};
use crate::resources::identity_tasks::{TaskReference, TaskSummary, refresh_profile, start};
use crate::spelling::ALL;

/// Profiles that one call may delete.
const BULK_MAX: usize = 250;

const IMPORT: Guard = Guard::changing(LEVELS, &["idn:identity-profile:manage"]);

/// The operations of the family that collections do not share.
pub static OPERATIONS: &[Operation] = &[
    Operation::delete(
        "/identity-profiles/{identity-profile-id}",
        "deleteIdentityProfile",
    )
    .title(TAG, "Delete identity profile")
    .spoken(ALL)
    .guard(MANAGE)
    .runs(&Blocking(delete))
    .answers(202),
    Operation::post("/identity-profiles/bulk-delete", "deleteIdentityProfiles")
        .title(TAG, "Delete identity profiles")
        .spoken(ALL)
        .guard(MANAGE)
        .runs(&Blocking(bulk_delete))
        .answers(202),
    Operation::get("/identity-profiles/export", "exportIdentityProfiles")
        .title(TAG, "Export identity profiles")
        .spoken(ALL)
        .guard(READ)
        .lists(&LISTING)
        .runs(&Blocking(export)),
    Operation::post("/identity-profiles/import", "importIdentityProfiles")
        .title(TAG, "Import identity profiles")
        .spoken(ALL)
        .guard(IMPORT)
        .runs(&Blocking(import)),
    Operation::get(
        "/identity-profiles/{identity-profile-id}/default-identity-attribute-config",
        "getDefaultIdentityAttributeConfig",
    )
    .title(TAG, "Get default identity attribute config")
    .spoken(ALL)
    .guard(MANAGE)
    .runs(&Blocking(default_config)),
    Operation::post(
        "/identity-profiles/{identity-profile-id}/process-identities",
        "syncIdentityProfile",
    )
    .title(TAG, "Process identities under profile")
    .spoken(ALL)
    .guard(MANAGE)
    .runs(&Blocking(process))
    .answers(202),
    Operation::post(
        "/identity-profiles/identity-preview",
        "generateIdentityPreview",
    )
    .title(TAG, "Generate identity profile preview")
    .spoken(ALL)
    .guard(MANAGE)
    .runs(&Blocking(preview)),
];

/// A mapping as the wire carries it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct Mapping(
    #[schemars(with = "wire::Mapping")] pub(super) muster_model::profile::IdentityAttributeConfig,
);

fn delete(call: &Call, (): ()) -> Result<Json<TaskSummary>, Problem> {
    remove(&[call.id()], call)
}

fn bulk_delete(call: &Call, Json(ids): Json<Vec<String>>) -> Result<Json<TaskSummary>, Problem> {
    if ids.is_empty() {
        return Err(Problem::required(
            "The list of ids is empty; name the identity profiles to delete.",
        ));
    }
    if ids.len() > BULK_MAX {
        return Err(Problem::limit(format!(
            "The list has more than {BULK_MAX} ids; delete them in several calls."
        )));
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    remove(&ids, call)
}

/// Removes profiles, all or none, with a run that looks at their identities again: another profile
/// may take them over, the others are hidden.
fn remove(ids: &[&str], call: &Call) -> Result<Json<TaskSummary>, Problem> {
    call.org().write(|tx| {
        let mut names = Vec::with_capacity(ids.len());
        for id in ids {
            let was = IDENTITY_PROFILES.delete(id, tx, call)?;
            let name = was.get("name").and_then(Value::as_str);
            names.push(name.unwrap_or_default().to_owned());
        }
        let report = Report {
            about: names.join(", "),
            ..Report::default()
        };
        let task = start(report, "Delete Identity Profile", tx, call)?;
        for id in ids {
            refresh_profile(task.id, id, tx, call)?;
        }
        Ok(Json(TaskSummary::from(&task)))
    })
}

fn default_config(call: &Call, (): ()) -> Result<Json<Mapping>, Problem> {
    call.org().read(|tx| {
        let profile = profile_of(tx, call)?;
        let source = tx
            .typed::<Source>()
            .get(&profile.authoritative_source.id)?
            .ok_or_else(|| {
                Problem::referenced_not_found(format!(
                    "The authoritative source \"{}\" of the profile is gone; patch \
                     authoritativeSource.",
                    quote(&profile.authoritative_source.name)
                ))
            })?;
        Ok(Json(Mapping(defaults::config(&source, tx)?)))
    })
}

pub(super) fn process(call: &Call, (): ()) -> Result<Json<TaskReference>, Problem> {
    call.org().write(|tx| {
        let profile = profile_of(tx, call)?;
        let report = Report {
            about: profile.name.clone(),
            ..Report::default()
        };
        let task = start(report, "Identity Refresh", tx, call)?;
        refresh_profile(task.id, &profile.id, tx, call)?;
        let trace = Trace {
            action: "process-identities",
            kind: "identity-profile",
            id: &profile.id,
            before: None,
            after: None,
        };
        call.audit(tx, trace)?;
        Ok(Json(TaskReference::from(&task)))
    })
}

/// The profile that the path names.
fn profile_of(tx: &mut Tx<'_>, call: &Call) -> Result<IdentityProfile, Problem> {
    Ok(IDENTITY_PROFILES.find(tx, call)?.read()?)
}
