//! Starting attribute synchronisation, of a source or of a person.

use muster_model::Source;
use muster_model::attribute_sync::{SyncScope, Synchronize};
use muster_model::handover::SYNCHRONIZE;
use muster_store::Tx;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::call::{Call, Trace};
use crate::handler::Json;
use crate::problem::Problem;
use crate::resources::sources::find;
use crate::resources::tasks::begin::{NewRun, begin};

/// A job that was accepted.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct SyncJob {
    /// Its id, for `task-status/{id}`.
    id: String,
    /// `QUEUED`: this is told before it begins.
    status: &'static str,
    /// What it is about.
    payload: Payload,
}

/// What a job is about.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SyncPayload")]
struct Payload {
    /// `SYNCHRONIZE_SOURCE_ATTRIBUTES` or `SYNCHRONIZE_IDENTITY_ATTRIBUTES`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The id of the source or person, in an object that is written as text.
    data_json: String,
}

/// `POST /sources/{id}/synchronize-attributes`
pub(super) fn of_source(call: &Call, (): ()) -> Result<Json<SyncJob>, Problem> {
    call.org().write(|tx| {
        let source = find(call.id(), tx, call)?;
        let payload = Payload {
            kind: "SYNCHRONIZE_SOURCE_ATTRIBUTES",
            data_json: json!({ "sourceId": source.id }).to_string(),
        };
        let scope = SyncScope::Source(source.source_id());
        start(scope, Some(&source), payload, tx, call)
    })
}

/// Has the accounts of a person compared.
pub(crate) fn of_identity(
    identity: &muster_store::Identity,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<Json<SyncJob>, Problem> {
    let payload = Payload {
        kind: "SYNCHRONIZE_IDENTITY_ATTRIBUTES",
        data_json: json!({ "identityId": identity.id }).to_string(),
    };
    start(SyncScope::Identity(identity.id), None, payload, tx, call)
}

fn start(
    scope: SyncScope,
    source: Option<&Source>,
    payload: Payload,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<Json<SyncJob>, Problem> {
    let run = NewRun {
        kind: "CLOUD_ATTRIBUTE_SYNCHRONIZATION",
        name: "Attribute Synchronization",
        source,
        optimized: false,
    };
    let task = begin(&run, tx, call)?;
    let order = Synchronize {
        task: task.id,
        scope,
    };
    // One after the other: what a run plans stands in the place of what an earlier one has planned.
    tx.jobs()
        .leave(SYNCHRONIZE, SYNCHRONIZE, &order, call.now())?;
    let (kind, id) = match scope {
        SyncScope::Source(source) => ("source", source.to_string()),
        SyncScope::Identity(identity) => ("identity", identity.to_string()),
    };
    let trace = Trace {
        action: "synchronize-attributes",
        kind,
        id: &id,
        before: None,
        after: None,
    };
    call.audit(tx, trace)?;
    Ok(Json(SyncJob {
        id: task.id.to_string(),
        status: "QUEUED",
        payload,
    }))
}
