//! A run as the wire shows it; this type only describes.
#![expect(dead_code, reason = "only the description is used")]

use schemars::JsonSchema;
use serde_json::Value;

use crate::resource::Object;

/// A run.
#[derive(JsonSchema)]
#[schemars(rename = "TaskStatus", rename_all = "camelCase")]
pub(super) struct TaskShape {
    /// Its id.
    id: String,
    /// Always `QUARTZ`.
    #[schemars(rename = "type")]
    kind: String,
    /// Its name.
    unique_name: String,
    /// What it does.
    description: String,
    /// Always null.
    parent_name: Option<String>,
    /// Who started it.
    launcher: String,
    /// The source it is about.
    target: Option<Object>,
    /// When it was accepted.
    created: String,
    /// When it was last written.
    modified: Option<String>,
    /// When a worker began with it.
    launched: Option<String>,
    /// When it ended.
    completed: Option<String>,
    /// How it ended; null while it goes on.
    completion_status: Option<String>,
    /// What people should read.
    messages: Vec<Object>,
    /// The names of what `attributes` tells.
    returns: Vec<Object>,
    /// Counts.
    attributes: Object,
    /// How far it has come.
    progress: Option<String>,
    /// The same in percent.
    percent_complete: i64,
    /// What kind of run it is.
    task_definition_summary: Value,
}
