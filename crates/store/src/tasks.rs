//! Runs that people follow: aggregations, refreshes, deletions.

use muster_model::id::{SourceId, TaskId};
use muster_model::{Report, Timestamp};

use crate::args;
use crate::driver::{Arg, Row};
use crate::error::{Error, Result};
use crate::selection::Selection;
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
    /// Names, messages, counts.
    pub report: Report,
    /// Identities looked at, made, changed: counted apart, because stations count at the same time.
    pub refreshed: Refreshed,
}

impl Task {
    /// A run that was accepted `now`, about no source.
    pub fn accepted(
        id: TaskId,
        kind: &str,
        launcher: &str,
        report: Report,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            kind: kind.to_owned(),
            source_id: None,
            launcher: launcher.to_owned(),
            completion_status: None,
            created: now,
            modified: now,
            completed: None,
            report,
            refreshed: Refreshed::default(),
        }
    }
}

/// What refreshing came to in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Identities looked at.
    pub identities: i64,
    /// Identities made.
    pub created: i64,
    /// Identities of which an attribute changed.
    pub changed: i64,
}

const SELECT: &str = "
    SELECT id, type, source_id, launcher, completion_status, created, modified, completed, body,
           refreshed_identities, refreshed_created, refreshed_changed
      FROM task";

/// Runs.
pub struct Tasks<'t, 'c>(pub(crate) &'t mut Tx<'c>);

impl Tasks<'_, '_> {
    /// Stores a run, new or changed.
    pub fn put(&mut self, task: &Task) -> Result<()> {
        const PUT: &str = "
            INSERT INTO task (id, type, source_id, launcher, completion_status, created, modified,
                              completed, body, refreshed_identities, refreshed_created,
                              refreshed_changed)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0)
            ON CONFLICT (id) DO UPDATE
               SET completion_status = excluded.completion_status, modified = excluded.modified,
                   completed = excluded.completed, body = excluded.body";
        let body = serde_json::to_string(&task.report)?;
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

    /// Writes down how far a run has come; an error when a person has put it to an end meanwhile, so
    /// that the transaction does not commit.
    pub fn save_report(&mut self, id: TaskId, report: &Report, now: Timestamp) -> Result<()> {
        let body = serde_json::to_string(report)?;
        let sql = "UPDATE task SET body = $2, modified = $3 WHERE id = $1 AND completed IS NULL";
        match self.0.execute(sql, &args![id, body, now])? {
            0 => Err(Error::RunEnded),
            _ => Ok(()),
        }
    }

    /// Writes down that a run has ended, unless it has before.
    pub fn end(&mut self, id: TaskId, report: &Report, now: Timestamp) -> Result<()> {
        const END: &str = "
            UPDATE task SET body = $2, modified = $3, completed = $3, completion_status = $4
             WHERE id = $1 AND completed IS NULL";
        let body = serde_json::to_string(report)?;
        self.0
            .execute(END, &args![id, body, now, report.completion_status()])?;
        Ok(())
    }

    /// Puts a run to an end, as this task says; false when it has ended by itself before.
    pub fn stop(&mut self, task: &Task) -> Result<bool> {
        const STOP: &str = "
            UPDATE task SET body = $2, modified = $3, completed = $4, completion_status = $5
             WHERE id = $1 AND completed IS NULL";
        let body = serde_json::to_string(&task.report)?;
        let status = task.completion_status.as_deref();
        let args = args![task.id, body, task.modified, task.completed, status];
        Ok(self.0.execute(STOP, &args)? > 0)
    }

    /// Whether the run is about identities alone.
    pub fn is_about_no_source(&mut self, id: TaskId) -> Result<bool> {
        let sql = "SELECT 1 FROM task WHERE id = $1 AND source_id IS NULL";
        Ok(self.0.fetch_one(sql, &args![id], |_| Ok(()))?.is_some())
    }

    /// An error when the run has ended; for steps that write nothing about it.
    pub fn still_runs(&mut self, id: TaskId) -> Result<()> {
        let sql = "SELECT 1 FROM task WHERE id = $1 AND completed IS NULL";
        match self.0.fetch_one(sql, &args![id], |_| Ok(()))? {
            Some(()) => Ok(()),
            None => Err(Error::RunEnded),
        }
    }

    /// Counts what refreshing came to.
    pub fn count_refreshed(&mut self, id: TaskId, more: Refreshed) -> Result<()> {
        const COUNT: &str = "
            UPDATE task SET refreshed_identities = refreshed_identities + $2,
                            refreshed_created = refreshed_created + $3,
                            refreshed_changed = refreshed_changed + $4
             WHERE id = $1";
        self.0.execute(
            COUNT,
            &args![id, more.identities, more.created, more.changed],
        )?;
        Ok(())
    }

    /// Runs that were accepted at or after `since`, newest first.
    pub fn since(&mut self, since: Timestamp) -> Result<Vec<Task>> {
        let sql = format!("{SELECT} WHERE created >= $1 ORDER BY created DESC, id DESC");
        self.0.fetch(&sql, &args![since], task)
    }

    /// Runs that were accepted at or after `since`, as far as the selection wants them.
    pub fn list(&mut self, since: Timestamp, wanted: &Selection) -> Result<Vec<Task>> {
        let mut args = wanted.args();
        args.push(Arg::from(since));
        let sql = format!(
            "{SELECT} WHERE {} AND created >= ${} ORDER BY {} {}",
            wanted.condition(),
            args.len(),
            wanted.order,
            wanted.page(),
        );
        self.0.fetch(&sql, &args, task)
    }

    /// How many such runs there are in all.
    pub fn count(&mut self, since: Timestamp, wanted: &Selection) -> Result<u64> {
        let mut args = wanted.args();
        args.push(Arg::from(since));
        let sql = format!(
            "SELECT COUNT(*) FROM task WHERE {} AND created >= ${}",
            wanted.condition(),
            args.len(),
        );
        let count = self.0.fetch_one(&sql, &args, |row| row.get::<i64>(0))?;
        Ok(count.unwrap_or(0) as u64)
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
        report: serde_json::from_str(&row.get::<String>(8)?)?,
        refreshed: Refreshed {
            identities: row.get(9)?,
            created: row.get(10)?,
            changed: row.get(11)?,
        },
    })
}
