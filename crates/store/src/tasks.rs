//! Runs that people follow: aggregations, refreshes, deletions.

use muster_model::Timestamp;
use muster_model::id::{SourceId, TaskId};
use serde_json::Value;

use crate::args;
use crate::driver::Row;
use crate::error::Result;
use crate::tx::Tx;

/// A run.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// What kind of run, as the wire's `type` filter knows it, such as `CLOUD_ACCOUNT_AGGREGATION`.
    pub kind: String,
    /// The source it is about, if any.
    pub source_id: Option<SourceId>,
    /// Who started it.
    pub launcher: String,
    /// How it ended: SUCCESS, WARNING, ERROR, TERMINATED, or nothing while it goes on.
    pub completion_status: Option<String>,
    /// When it was accepted.
    pub created: Timestamp,
    /// When it was last written.
    pub modified: Timestamp,
    /// When it ended.
    pub completed: Option<Timestamp>,
    /// The rest: names, messages, counts.
    pub body: Value,
}

const SELECT: &str = "
    SELECT id, type, source_id, launcher, completion_status, created, modified, completed, body
      FROM task";

/// Runs.
pub struct Tasks<'t, 'c>(pub(crate) &'t mut Tx<'c>);

impl Tasks<'_, '_> {
    /// Stores a run, new or changed.
    pub fn put(&mut self, task: &Task) -> Result<()> {
        const PUT: &str = "
            INSERT INTO task (id, type, source_id, launcher, completion_status, created, modified,
                              completed, body)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (id) DO UPDATE
               SET completion_status = excluded.completion_status, modified = excluded.modified,
                   completed = excluded.completed, body = excluded.body";
        let body = task.body.to_string();
        self.0.execute(
            PUT,
            &args![
                task.id,
                &task.kind,
                task.source_id,
                &task.launcher,
                task.completion_status.as_deref(),
                task.created,
                task.modified,
                task.completed,
                body
            ],
        )?;
        Ok(())
    }

    /// One run.
    pub fn get(&mut self, id: TaskId) -> Result<Option<Task>> {
        self.0
            .fetch_one(&format!("{SELECT} WHERE id = $1"), &args![id], task)
    }

    /// Runs that were accepted at or after `since`, newest first.
    pub fn since(&mut self, since: Timestamp) -> Result<Vec<Task>> {
        let sql = format!("{SELECT} WHERE created >= $1 ORDER BY created DESC, id DESC");
        self.0.fetch(&sql, &args![since], task)
    }

    /// Removes runs that ended before `before`.
    pub fn remove_before(&mut self, before: Timestamp) -> Result<u64> {
        self.0
            .execute("DELETE FROM task WHERE completed < $1", &args![before])
    }
}

fn task(row: &Row<'_>) -> Result<Task> {
    Ok(Task {
        id: row.get(0)?,
        kind: row.get(1)?,
        source_id: row.get(2)?,
        launcher: row.get(3)?,
        completion_status: row.get(4)?,
        created: row.get(5)?,
        modified: row.get(6)?,
        completed: row.get(7)?,
        body: serde_json::from_str(&row.get::<String>(8)?)?,
    })
}
