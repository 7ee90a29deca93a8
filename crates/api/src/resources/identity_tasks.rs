//! Runs over identities that calls set going: the row that people follow, and the answer that
//! names it.

use muster_model::handover::{REFRESH_PROFILE, RefreshProfile, refresh_lane};
use muster_model::id::TaskId;
use muster_model::{Report, Timestamp};
use muster_store::{Task, Tx};
use schemars::JsonSchema;
use serde::Serialize;

use crate::call::Call;
use crate::problem::Problem;

/// The type of these runs, as the vendor's task status knows it.
const IDENTITY_REFRESH: &str = "IDENTITY_REFRESH";

/// A run in few words.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TaskSummary {
    /// Its id.
    pub(super) id: String,
    /// Its name.
    pub(super) name: String,
    /// What it is about.
    pub(super) description: String,
    /// Who started it.
    pub(super) launcher: String,
    /// When it was accepted.
    #[schemars(with = "String")]
    pub(super) launched: Timestamp,
}

/// A run by its id.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct TaskReference {
    /// Always `TASK_RESULT`.
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    /// Its id.
    pub(super) id: String,
}

impl From<&Task> for TaskReference {
    fn from(task: &Task) -> Self {
        Self {
            kind: "TASK_RESULT",
            id: task.id.to_string(),
        }
    }
}

impl From<&Task> for TaskSummary {
    fn from(task: &Task) -> Self {
        Self {
            id: task.id.to_string(),
            name: task.report.name.clone(),
            description: task.report.about.clone(),
            launcher: task.launcher.clone(),
            launched: task.created,
        }
    }
}

/// Writes down a run that is about to begin.
pub(crate) fn start(
    mut report: Report,
    name: &str,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<Task, Problem> {
    name.clone_into(&mut report.name);
    let now = call.now();
    let id: TaskId = call
        .new_id()
        .parse()
        .map_err(|error| Problem::hidden(&error))?;
    let task = Task::accepted(id, IDENTITY_REFRESH, &call.actor(), report, now);
    tx.tasks().put(&task)?;
    Ok(task)
}

/// Asks for all identities of a profile to be refreshed within a run.
pub(crate) fn refresh_profile(
    task: TaskId,
    profile: &str,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<(), Problem> {
    let order = RefreshProfile {
        task,
        profile: profile.to_owned(),
    };
    add_job(REFRESH_PROFILE, task, &order, tx, call)
}

/// Puts a job in the line of a run.
pub(crate) fn add_job<T: Serialize>(
    kind: &str,
    task: TaskId,
    order: &T,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<(), Problem> {
    tx.jobs()
        .leave(kind, &refresh_lane(task), order, call.now())?;
    Ok(())
}
