//! What made a change: the run, and the event that told of it.

use std::collections::HashMap;

use muster_model::id::{TaskId, dashed};
use muster_refresh::history::Event;
use muster_store::{Result, Tx};
use schemars::JsonSchema;
use serde::Serialize;

/// A run, as what it made speaks of it. Runs are forgotten before what they made is: of such a one
/// only the id is left.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cause {
    /// Its id, for `task-status/{id}`.
    pub(super) id: String,
    /// What kind of run, such as `CLOUD_ACCOUNT_AGGREGATION`.
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    /// Its name.
    pub(super) name: Option<String>,
    /// What it was about, such as the name of a source.
    pub(super) about: Option<String>,
    /// Who started it.
    pub(super) launcher: Option<String>,
}

/// An event that told of a change.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told {
    /// Its id: the `webhook-id` of its deliveries.
    pub(super) id: String,
    /// Its trigger.
    pub(super) trigger_id: &'static str,
}

impl From<Event> for Told {
    fn from(event: Event) -> Self {
        Self {
            id: dashed(event.id.0),
            trigger_id: event.trigger,
        }
    }
}

/// Runs by their ids, each looked up once.
#[derive(Default)]
pub(super) struct Causes(HashMap<TaskId, Cause>);

impl Causes {
    /// The run with that id.
    pub(super) fn of(&mut self, id: TaskId, tx: &mut Tx<'_>) -> Result<Cause> {
        if let Some(known) = self.0.get(&id) {
            return Ok(known.clone());
        }
        let task = tx.tasks().get(id)?;
        let task = task.as_ref();
        let cause = Cause {
            id: id.to_string(),
            kind: task.map(|task| task.kind.clone()),
            name: task.map(|task| task.report.name.clone()),
            about: task
                .map(|task| task.report.about.clone())
                .filter(|about| !about.is_empty()),
            launcher: task.map(|task| task.launcher.clone()),
        };
        self.0.insert(id, cause.clone());
        Ok(cause)
    }
}
