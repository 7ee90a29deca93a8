//! How far an aggregation has come, in counts (aggregation-refresh.md §1.4).

use muster_model::id::TaskId;
use muster_model::{OrgSettings, Timestamp};
use muster_store::Task;
use schemars::JsonSchema;
use serde::Serialize;

use super::status::find;
use crate::call::Call;
use crate::handler::Json;
use crate::limits::STATUS_MILLIS;
use crate::problem::{Problem, quote};
use crate::resources::sources::own;

/// The counts of an aggregation; all but the start are known once its accounts are collected.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AggregationStatus {
    /// When a worker began with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    start: Option<Timestamp>,
    /// `STARTED`, `ACCOUNTS_COLLECTED`, `COMPLETED` or `TERMINATED`.
    status: &'static str,
    /// Accounts that are new, changed or missing.
    total_accounts: i64,
    /// How many of them are done.
    processed_accounts: i64,
    /// Accounts that the file lacks and that will be deleted.
    total_accounts_marked_for_deletion: i64,
    /// How many of them are deleted.
    deleted_accounts: i64,
    /// Identities to be refreshed.
    total_identities: i64,
    /// How many of them are refreshed.
    processed_identities: i64,
}

/// `GET /account-aggregations/{id}/status`
pub(super) fn status(call: &Call, (): ()) -> Result<Json<AggregationStatus>, Problem> {
    call.org().read(|tx| {
        let task = find(call.id(), tx)?;
        own::check_source(task.source_id, tx, call)?;
        let settings = tx.typed::<OrgSettings>().get("org")?.unwrap_or_default();
        let gone = settings.vendor_quirks
            && task
                .completed
                .is_some_and(|end| end.plus_millis(STATUS_MILLIS) < call.now());
        if gone || task.kind != "CLOUD_ACCOUNT_AGGREGATION" {
            return Err(Problem::not_found(format!(
                "There is no account aggregation with the id \"{}\".",
                quote(call.id())
            )));
        }
        Ok(Json(counts(&task)))
    })
}

fn counts(task: &Task) -> AggregationStatus {
    let report = &task.report;
    let marked = if report.deletion_held.is_some() {
        0
    } else {
        report.removed
    };
    // Without optimization the unchanged are processed like all others.
    let looked_at = if report.optimized {
        report.changed + report.added
    } else {
        report.scanned
    };
    AggregationStatus {
        start: report.started,
        status: word(task),
        total_accounts: looked_at + marked,
        processed_accounts: report.processed + report.deleted,
        total_accounts_marked_for_deletion: marked,
        deleted_accounts: report.deleted,
        total_identities: report.identities,
        processed_identities: task.refreshed.identities,
    }
}

fn word(task: &Task) -> &'static str {
    match (&task.completion_status, task.report.collected) {
        (Some(end), _) if end == "TERMINATED" => "TERMINATED",
        (Some(_), _) => "COMPLETED",
        (None, Some(_)) => "ACCOUNTS_COLLECTED",
        (None, None) => "STARTED",
    }
}

/// Reads an id of a run; a 404 where it is none.
pub(super) fn task_id(text: &str) -> Result<TaskId, Problem> {
    text.parse().map_err(|_| super::status::nobody(text))
}
