//! How an entitlement is asked for and given back: who approves, what must be said, for how long. Kept
//! with the entitlement; requests themselves are not built yet.

use muster_store::{Entitlement, Tx};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::list::find;
use crate::call::{Call, Trace};
use crate::handler::Json;
use crate::limits::APPROVAL_STEPS_MAX;
use crate::problem::{Problem, quote};
use crate::resources::sources::own;

/// The member of an entitlement that holds its configuration.
const MEMBER: &str = "entitlementRequestConfig";
/// Those who approve by themselves.
const APPROVERS: [&str; 3] = ["ENTITLEMENT_OWNER", "SOURCE_OWNER", "MANAGER"];
/// Those of whom it must be said which.
const NAMED_APPROVERS: [&str; 2] = ["GOVERNANCE_GROUP", "WORKFLOW"];
/// Units of a duration.
const UNITS: [&str; 4] = ["HOURS", "DAYS", "WEEKS", "MONTHS"];

/// How an entitlement is asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(rename = "EntitlementRequestConfig")]
pub(crate) struct Config {
    /// How it is asked for.
    #[serde(deserialize_with = "or_default")]
    access_request_config: Access,
    /// How it is given back.
    #[serde(deserialize_with = "or_default")]
    revocation_request_config: Revocation,
}

/// How an entitlement is asked for.
#[expect(clippy::struct_excessive_bools, reason = "the wire has these four")]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(rename = "EntitlementAccessRequestConfig")]
struct Access {
    /// Who approves, one after the other; nobody where it is empty.
    #[serde(deserialize_with = "or_default")]
    approval_schemes: Vec<Approval>,
    /// Whether whoever asks must say why.
    request_comment_required: bool,
    /// Whether whoever refuses must say why.
    denial_comment_required: bool,
    /// Whether whoever approves must sign in again.
    reauthorization_required: bool,
    /// Whether it must be said when it ends.
    require_end_date: bool,
    /// How long it may last.
    max_permitted_access_duration: Option<Duration>,
    /// The form that whoever asks fills in.
    form_definition_id: Option<String>,
}

/// How an entitlement is given back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(rename = "EntitlementRevocationRequestConfig")]
struct Revocation {
    /// Who approves, one after the other; nobody where it is empty.
    #[serde(deserialize_with = "or_default")]
    approval_schemes: Vec<Approval>,
}

/// A step of approval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "EntitlementApprovalScheme")]
struct Approval {
    /// Who: `ENTITLEMENT_OWNER`, `SOURCE_OWNER`, `MANAGER`, `GOVERNANCE_GROUP` or `WORKFLOW`.
    approver_type: String,
    /// Which governance group or workflow.
    #[serde(default)]
    approver_id: Option<String>,
}

/// How long something may last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AccessDuration")]
struct Duration {
    /// How many.
    value: i32,
    /// `HOURS`, `DAYS`, `WEEKS` or `MONTHS`.
    time_unit: String,
}

/// Clients send null for what they leave empty (api-surface.md §1).
fn or_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + Default,
    D: serde::Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// `GET /entitlements/{id}/entitlement-request-config`
pub(super) fn get(call: &Call, (): ()) -> Result<Json<Config>, Problem> {
    call.org().read(|tx| stored(&own(tx, call)?).map(Json))
}

/// `PUT /entitlements/{id}/entitlement-request-config`
pub(super) fn put(call: &Call, Json(next): Json<Config>) -> Result<Json<Config>, Problem> {
    next.check()?;
    call.org().write(|tx| {
        let mut entitlement = own(tx, call)?;
        let was = stored(&entitlement)?;
        if was == next {
            return Ok(Json(next));
        }
        let (before, after) = (json(&was)?, json(&next)?);
        entitlement.other.insert(MEMBER.to_owned(), after.clone());
        entitlement.modified = call.now();
        tx.entitlements().save(std::slice::from_ref(&entitlement))?;
        let trace = Trace {
            action: "update",
            kind: "entitlement-request-config",
            id: call.id(),
            before: Some(&before),
            after: Some(&after),
        };
        call.audit(tx, trace)?;
        Ok(Json(next))
    })
}

/// The entitlement that the path names, if its source is open to the caller.
fn own(tx: &mut Tx<'_>, call: &Call) -> Result<Entitlement, Problem> {
    let entitlement = find(call.id(), tx)?;
    own::check_source(Some(entitlement.source_id), tx, call)?;
    Ok(entitlement)
}

fn stored(entitlement: &Entitlement) -> Result<Config, Problem> {
    match entitlement.other.get(MEMBER) {
        None => Ok(Config::default()),
        Some(config) => Config::deserialize(config).map_err(|error| Problem::hidden(&error)),
    }
}

/// For the audit log.
pub(crate) fn json(config: &Config) -> Result<Value, Problem> {
    serde_json::to_value(config).map_err(|error| Problem::hidden(&error))
}

impl Config {
    /// A workflow can be named of an entitlement alone, as the vendor has it.
    pub(crate) fn refuse_workflows(&self) -> Result<(), Problem> {
        let steps = [
            &self.access_request_config.approval_schemes,
            &self.revocation_request_config.approval_schemes,
        ];
        let mut steps = steps.into_iter().flatten();
        if steps.any(|step| step.approver_type == "WORKFLOW") {
            return Err(Problem::illegal_value(
                "approvalSchemes: WORKFLOW cannot approve for a whole source; set it at \
                 entitlements/{id}/entitlement-request-config.",
            ));
        }
        Ok(())
    }

    /// Refuses what makes no sense, naming the place.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        let Self {
            access_request_config: access,
            revocation_request_config: revocation,
        } = self;
        check_steps("accessRequestConfig", &access.approval_schemes)?;
        check_steps("revocationRequestConfig", &revocation.approval_schemes)?;
        let Some(duration) = &access.max_permitted_access_duration else {
            return Ok(());
        };
        let place = "accessRequestConfig.maxPermittedAccessDuration";
        if duration.value < 1 {
            return Err(Problem::illegal_value(format!(
                "{place}.value: send 1 or more."
            )));
        }
        if !UNITS.contains(&duration.time_unit.as_str()) {
            return Err(Problem::illegal_value(format!(
                "{place}.timeUnit: \"{}\" is unknown; use one of {}.",
                quote(&duration.time_unit),
                UNITS.join(", ")
            )));
        }
        Ok(())
    }
}

fn check_steps(of: &str, steps: &[Approval]) -> Result<(), Problem> {
    if steps.len() > APPROVAL_STEPS_MAX {
        return Err(Problem::limit(format!(
            "{of}.approvalSchemes has more than {APPROVAL_STEPS_MAX} steps."
        )));
    }
    for (at, step) in steps.iter().enumerate() {
        let place = format!("{of}.approvalSchemes[{at}]");
        let kind = step.approver_type.as_str();
        let is_named = NAMED_APPROVERS.contains(&kind);
        if !is_named && !APPROVERS.contains(&kind) {
            return Err(Problem::illegal_value(format!(
                "{place}.approverType: \"{}\" is unknown; use one of {}, {}.",
                quote(kind),
                APPROVERS.join(", "),
                NAMED_APPROVERS.join(", ")
            )));
        }
        let id = step.approver_id.as_deref().unwrap_or_default();
        if is_named && id.trim().is_empty() {
            return Err(Problem::required(format!(
                "{place}.approverId is required; say which {kind}."
            )));
        }
        if !is_named && !id.is_empty() {
            return Err(Problem::illegal_value(format!(
                "{place}.approverId: only for {}; leave it out.",
                NAMED_APPROVERS.join(" and ")
            )));
        }
    }
    Ok(())
}
