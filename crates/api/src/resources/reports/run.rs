//! Running a report, and withdrawing one. A run only says what is wanted: the file is written from
//! the rows of the moment in which it is downloaded, so the run has ended when the call is answered.

use muster_model::id::TaskId;
use muster_model::{Report, Source, Timestamp};
use muster_store::{Task, Tx};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::stored::{KIND, WITHDRAWN, find_run};
use super::table::Table;
use super::wanted::Wanted;
use crate::call::{Call, Trace};
use crate::handler::Json;
use crate::problem::Problem;
use crate::resource::Object;

/// Which report is wanted.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReportDetails {
    /// What it is on: `ACCOUNTS`, `IDENTITIES`, `IDENTITIES_DETAILS`,
    /// `IDENTITY_PROFILE_IDENTITY_ERROR`, `ORPHAN_IDENTITIES` or `UNCORRELATED_ACCOUNTS`.
    report_type: String,
    /// What that type asks beside: `application` or `authoritativeSource` (the id of a source),
    /// `correlatedOnly`.
    #[serde(default)]
    #[schemars(with = "Option<Object>")]
    arguments: Option<Map<String, Value>>,
}

/// The run of a report.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TaskResultDetails {
    /// Always `QUARTZ`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Its id, for `reports/{id}/result`, `reports/{id}` and `task-status/{id}`.
    id: String,
    /// What it is on.
    report_type: &'static str,
    /// The same in words.
    description: String,
    /// Always null.
    parent_name: Option<String>,
    /// Who started it.
    launcher: String,
    /// When it was accepted.
    #[schemars(with = "String")]
    created: Timestamp,
    /// The same.
    #[schemars(with = "String")]
    launched: Timestamp,
    /// The same.
    #[schemars(with = "String")]
    completed: Timestamp,
    /// Always `SUCCESS`.
    completion_status: &'static str,
    /// Always empty.
    messages: Vec<Value>,
    /// Always empty.
    returns: Vec<Value>,
    /// What it was started with.
    #[schemars(with = "Object")]
    attributes: Value,
    /// Always null.
    progress: Option<String>,
}

/// `POST /reports/run`
pub(super) fn run(
    call: &Call,
    Json(details): Json<ReportDetails>,
) -> Result<Json<TaskResultDetails>, Problem> {
    let wanted = Wanted::read(&details.report_type, &details.arguments.unwrap_or_default())?;
    let id: TaskId = call
        .new_id()
        .parse()
        .map_err(|error| Problem::hidden(&error))?;
    call.org().write(|tx| {
        // Refuses what there is nothing to report on, and what is not for the caller.
        Table::of(wanted, tx, call)?;
        let task = ended(id, wanted, tx, call)?;
        tx.tasks().put(&task)?;
        let id = id.to_string();
        let arguments = wanted.arguments();
        let trace = Trace {
            action: "run",
            kind: "report",
            id: &id,
            before: None,
            after: Some(&arguments),
        };
        call.audit(tx, trace)?;
        Ok(Json(TaskResultDetails {
            kind: "QUARTZ",
            id,
            report_type: wanted.kind(),
            description: description(&task),
            parent_name: None,
            launcher: task.launcher,
            created: task.created,
            launched: task.created,
            completed: task.created,
            completion_status: "SUCCESS",
            messages: Vec::new(),
            returns: Vec::new(),
            attributes: arguments,
            progress: None,
        }))
    })
}

/// `POST /reports/{id}/cancel`
///
/// Whoever cancels wants the report gone: it cannot be downloaded afterwards, whether a download was
/// going on or not. A second call changes nothing.
pub(super) fn cancel(call: &Call, (): ()) -> Result<(), Problem> {
    call.org().write(|tx| {
        let (mut task, wanted) = find_run(call.id(), tx)?.ok_or_else(|| unknown(call))?;
        Table::of(wanted, tx, call)?;
        if task.completion_status.as_deref() == Some(WITHDRAWN) {
            return Ok(());
        }
        task.completion_status = Some(WITHDRAWN.to_owned());
        task.modified = call.now();
        tx.tasks().put(&task)?;
        let id = task.id.to_string();
        let trace = Trace {
            action: "cancel",
            kind: "report",
            id: &id,
            before: None,
            after: None,
        };
        call.audit(tx, trace)
    })
}

fn unknown(call: &Call) -> Problem {
    super::stored::unknown(call.id(), "reports/run answers one")
}

fn ended(id: TaskId, wanted: Wanted, tx: &mut Tx<'_>, call: &Call) -> Result<Task, Problem> {
    let now = call.now();
    let source = match wanted.source() {
        Some(id) => tx.typed::<Source>().get(&id.to_string())?,
        None => None,
    };
    let report = Report {
        name: wanted.name().to_owned(),
        about: source.map_or_else(String::new, |source| source.name),
        started: Some(now),
        asked: Some(super::stored::write(wanted)),
        ..Report::default()
    };
    Ok(Task {
        source_id: wanted.source(),
        completion_status: Some("SUCCESS".to_owned()),
        completed: Some(now),
        ..Task::accepted(id, KIND, &call.actor(), report, now)
    })
}

fn description(task: &Task) -> String {
    match task.report.about.as_str() {
        "" => task.report.name.clone(),
        about => format!("{} of {about}", task.report.name),
    }
}
