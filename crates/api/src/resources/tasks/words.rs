//! What runs are called on the wire, which differs a little between the answer that starts one and
//! the list of runs.

use muster_model::Severity;
use muster_store::Task;

/// What a run may report, as names of result keys (aggregation-refresh.md §1.4).
pub(super) const RETURNS: [(&str, &str); 9] = [
    ("Total accounts", "total"),
    ("Optimized aggregation", "optimizedAggregation"),
    ("Unchanged accounts", "optimized"),
    ("Created accounts", "created"),
    ("Updated accounts", "updated"),
    ("Deleted accounts", "deleted"),
    ("Rejected rows", "ignored"),
    ("Processed identities", "identities"),
    ("Created identities", "identitiesCreated"),
];

/// What the run is for, in a sentence.
pub(super) fn description(task: &Task) -> String {
    let about = &task.report.about;
    match task.kind.as_str() {
        "CLOUD_ACCOUNT_AGGREGATION" => format!("Aggregates the accounts of {about}"),
        "CLOUD_PROCESS_UNCORRELATED_ACCOUNTS" => {
            format!("Looks for the owners of accounts of {about}")
        }
        "ACCOUNT_DELETION" => format!("Removes accounts of {about}"),
        "IDENTITY_REFRESH" => "Refreshes identities".to_owned(),
        _ if about.is_empty() => task.report.name.clone(),
        _ => format!("{} of {about}", task.report.name),
    }
}

/// `enabled` where unchanged accounts are skipped.
pub(super) fn optimization(task: &Task) -> &'static str {
    if task.report.optimized {
        "enabled"
    } else {
        "disabled"
    }
}

/// The severity of a message.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "INFO",
        Severity::Warn => "WARN",
        Severity::Error => "ERROR",
    }
}

/// What of a run is done, and of how much.
pub(super) fn progress(task: &Task) -> (i64, i64) {
    let report = &task.report;
    let total = if report.optimized {
        report.changed + report.added
    } else {
        report.scanned
    };
    let removed = if report.deletion_held.is_some() {
        0
    } else {
        report.removed
    };
    (
        report.processed + report.deleted + task.refreshed.identities,
        total + removed + report.identities,
    )
}
