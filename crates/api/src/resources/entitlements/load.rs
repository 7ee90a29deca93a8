//! Runs that read the entitlements of a source from a file, or remove them all.

use muster_aggregation::entitlements::attribute_of;
use muster_model::Timestamp;
use muster_model::handover::{
    AGGREGATE_ENTITLEMENTS, AggregateEntitlements, RESET_ENTITLEMENTS, WholeSource,
};
use muster_store::Task;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::call::{Call, Trace};
use crate::extract::upload::Form;
use crate::handler::Json;
use crate::problem::Problem;
use crate::resources::sources::find;
use crate::resources::sources::load::{content, put_away, refuse_unreadable};
use crate::resources::tasks::begin::{NewRun, add_job, begin};
use crate::resources::tasks::reference::{TaskReference, reference};

/// What a run of entitlements reports, as names of result keys.
const RETURNS: [(&str, &str); 4] = [
    ("TASK_OUT_ACCOUNT_GROUP_AGGREGATION_TOTAL", "total"),
    (
        "TASK_OUT_ACCOUNT_GROUP_AGGREGATION_CREATED",
        "groupsCreated",
    ),
    (
        "TASK_OUT_ACCOUNT_GROUP_AGGREGATION_UPDATED",
        "groupsUpdated",
    ),
    (
        "TASK_OUT_ACCOUNT_GROUP_AGGREGATION_DELETED",
        "groupsDeleted",
    ),
];

/// A run that was started.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoadEntitlementTask")]
pub(super) struct Started {
    /// Its id, for `task-status/{id}`.
    id: String,
    /// Always `QUARTZ`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Its name.
    unique_name: String,
    /// What it does.
    description: String,
    /// Who started it.
    launcher: String,
    /// When it was accepted.
    #[schemars(with = "String")]
    created: Timestamp,
    /// What it will report.
    returns: Vec<Value>,
}

impl From<&Task> for Started {
    fn from(task: &Task) -> Self {
        let returns = RETURNS
            .iter()
            .map(|(label, name)| json!({ "displayLabel": label, "attributeName": name }));
        Self {
            id: task.id.to_string(),
            kind: "QUARTZ",
            unique_name: task.report.name.clone(),
            description: format!("Aggregates the entitlements of {}", task.report.about),
            launcher: task.launcher.clone(),
            created: task.created,
            returns: returns.collect(),
        }
    }
}

/// `POST /sources/{sourceId}/load-entitlements`
pub(super) fn load(call: &Call, _: Form) -> Result<Json<Started>, Problem> {
    start(call.parameter("sourceId"), "file", call)
}

/// `POST /entitlements/aggregate/sources/{id}`
pub(super) fn load_as_csv_file(call: &Call, _: Form) -> Result<Json<Started>, Problem> {
    start(call.parameter("id"), "csvFile", call)
}

fn start(source: &str, part: &str, call: &Call) -> Result<Json<Started>, Problem> {
    call.org().read(|tx| {
        let source = find(source, tx, call)?;
        refuse_unreadable(&source)?;
        attribute_of(&source)
            .map(drop)
            .map_err(|reason| Problem::precondition(format!("{reason}.")))
    })?;
    let Some((mut content, name)) = content(call.upload(), part)? else {
        return Err(Problem::required(format!(
            "{part}: a delimited source is read from a file; send one as the multipart part `{part}`."
        )));
    };
    let upload = call.new_id();
    let (size, rest) = put_away(&mut content, &upload, &name, call)?;
    let task = call.org().write(|tx| {
        let source = find(source, tx, call)?;
        tx.uploads().append(&upload, rest.seq, &rest.pieces)?;
        tx.uploads().complete(&upload, size)?;
        let run = NewRun {
            kind: "CLOUD_GROUP_AGGREGATION",
            name: "Cloud Group Aggregation",
            source: Some(&source),
            optimized: true,
        };
        let task = begin(&run, tx, call)?;
        let order = AggregateEntitlements {
            task: task.id,
            source: source.source_id(),
            upload: Some(upload.clone()),
        };
        add_job(AGGREGATE_ENTITLEMENTS, &order, tx, call)?;
        audit("aggregate-entitlements", &source.id, tx, call)?;
        Ok::<_, Problem>(task)
    })?;
    Ok(Json(Started::from(&task)))
}

/// `POST /entitlements/reset/sources/{id}`
pub(super) fn reset(call: &Call, (): ()) -> Result<Json<TaskReference>, Problem> {
    call.org().write(|tx| {
        let source = find(call.id(), tx, call)?;
        let run = NewRun {
            kind: "ENTITLEMENT_RESET",
            name: "Entitlement Reset",
            source: Some(&source),
            optimized: false,
        };
        let task = begin(&run, tx, call)?;
        let order = WholeSource {
            task: task.id,
            source: source.source_id(),
        };
        add_job(RESET_ENTITLEMENTS, &order, tx, call)?;
        audit("reset-entitlements", &source.id, tx, call)?;
        Ok(Json(reference(&task)))
    })
}

fn audit(
    action: &str,
    source: &str,
    tx: &mut muster_store::Tx<'_>,
    call: &Call,
) -> Result<(), Problem> {
    let trace = Trace {
        action,
        kind: "source",
        id: source,
        before: None,
        after: None,
    };
    call.audit(tx, trace)
}
