//! The long answer of operations that start an aggregation.

use muster_model::Timestamp;
use muster_store::Task;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::words;

/// A run that was started.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct StartedTask {
    /// Always true: a run that could not be started is a refusal.
    success: bool,
    /// The run.
    task: Started,
}

/// A run as it was when it was started.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Started {
    /// Its id, for `account-aggregations/{id}/status` and `task-status/{id}`.
    id: String,
    /// Always `QUARTZ`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Its name.
    name: String,
    /// What it does.
    description: String,
    /// Who started it.
    launcher: String,
    /// When it was accepted.
    #[schemars(with = "String")]
    created: Timestamp,
    /// When a worker began with it.
    #[schemars(with = "Option<String>")]
    launched: Option<Timestamp>,
    /// When it ended.
    #[schemars(with = "Option<String>")]
    completed: Option<Timestamp>,
    /// How it ended.
    completion_status: Option<String>,
    /// The run that started this one.
    parent_name: Option<String>,
    /// What people should read.
    messages: Vec<Value>,
    /// How far it has come.
    progress: Option<String>,
    /// What it was started with.
    attributes: Map<String, Value>,
    /// What it will report.
    returns: Value,
}

impl StartedTask {
    /// An aggregation.
    pub(crate) fn aggregation(task: &Task) -> Self {
        let mut attributes = Map::new();
        if let Some(source) = task.source_id {
            attributes.insert("appId".to_owned(), Value::from(source.to_string()));
        }
        let optimization = Value::from(words::optimization(task));
        attributes.insert("optimizedAggregation".to_owned(), optimization);
        let returns = words::RETURNS
            .iter()
            .map(|(label, name)| json!({ "displayLabel": label, "attributeName": name }))
            .collect();
        Self::of(task, attributes, returns)
    }

    /// A search for owners.
    pub(crate) fn correlation(task: &Task) -> Self {
        Self::of(task, Map::new(), json!({}))
    }

    fn of(task: &Task, attributes: Map<String, Value>, returns: Value) -> Self {
        Self {
            success: true,
            task: Started {
                id: task.id.to_string(),
                kind: "QUARTZ",
                name: task.report.name.clone(),
                description: words::description(task),
                launcher: task.launcher.clone(),
                created: task.created,
                launched: task.report.started,
                completed: task.completed,
                completion_status: task.completion_status.clone(),
                parent_name: None,
                messages: Vec::new(),
                progress: None,
                attributes,
                returns,
            },
        }
    }
}
