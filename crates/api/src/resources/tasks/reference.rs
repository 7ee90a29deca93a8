//! The short answer of operations that start a run: which one.

use muster_store::Task;
use schemars::JsonSchema;
use serde::Serialize;

/// Speaks of a run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct TaskReference {
    /// Always `TASK_RESULT`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Its id, for `task-status`.
    id: String,
    /// Its name.
    name: String,
}

/// A reference to `task`.
pub(crate) fn reference(task: &Task) -> TaskReference {
    TaskReference {
        kind: "TASK_RESULT",
        id: task.id.to_string(),
        name: task.report.name.clone(),
    }
}
