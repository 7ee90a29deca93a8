//! Schedules: work that comes back at set times.

use muster_model::Timestamp;

use crate::args;
use crate::driver::Row;
use crate::error::Result;
use crate::tx::Tx;

/// A schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Its name, unique in the org; also the lane of its jobs, so that they never overlap.
    pub name: String,
    /// The kind of job it starts.
    pub kind: String,
    /// What the job needs to know, as JSON.
    pub body: String,
    /// The Quartz expression.
    pub cron: String,
    /// The time zone that the expression is read in.
    pub zone: String,
    /// When it starts a job next.
    pub next: Timestamp,
}

/// Schedules by name.
pub struct Schedules<'t, 'c>(pub(crate) &'t mut Tx<'c>);

impl Schedules<'_, '_> {
    /// Stores a schedule, new or changed.
    pub fn put(&mut self, schedule: &Schedule) -> Result<()> {
        const PUT: &str = "
            INSERT INTO schedule (name, kind, body, cron, zone, next) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (name) DO UPDATE
               SET kind = excluded.kind, body = excluded.body, cron = excluded.cron,
                   zone = excluded.zone, next = excluded.next";
        self.0.execute(
            PUT,
            &args![
                &schedule.name,
                &schedule.kind,
                &schedule.body,
                &schedule.cron,
                &schedule.zone,
                schedule.next
            ],
        )?;
        Ok(())
    }

    /// Removes a schedule; false when there was none.
    pub fn remove(&mut self, name: &str) -> Result<bool> {
        Ok(self
            .0
            .execute("DELETE FROM schedule WHERE name = $1", &args![name])?
            > 0)
    }

    /// All schedules, by name.
    pub fn list(&mut self) -> Result<Vec<Schedule>> {
        const LIST: &str = "SELECT name, kind, body, cron, zone, next FROM schedule ORDER BY name";
        self.0.fetch(LIST, &[], schedule)
    }

    /// Whether any schedule's time has come.
    pub fn any_due(&mut self, now: Timestamp) -> Result<bool> {
        let sql = "SELECT 1 FROM schedule WHERE next <= $1 LIMIT 1";
        Ok(self.0.fetch_one(sql, &args![now], |_| Ok(()))?.is_some())
    }

    /// Schedules whose time has come.
    pub fn due(&mut self, now: Timestamp) -> Result<Vec<Schedule>> {
        const DUE: &str = "
            SELECT name, kind, body, cron, zone, next FROM schedule WHERE next <= $1 ORDER BY name";
        self.0.fetch(DUE, &args![now], schedule)
    }

    /// Moves a schedule on; false when another node has done so.
    pub fn advance(&mut self, name: &str, from: Timestamp, to: Timestamp) -> Result<bool> {
        let sql = "UPDATE schedule SET next = $3 WHERE name = $1 AND next = $2";
        Ok(self.0.execute(sql, &args![name, from, to])? > 0)
    }
}

fn schedule(row: &Row<'_>) -> Result<Schedule> {
    Ok(Schedule {
        name: row.get(0)?,
        kind: row.get(1)?,
        body: row.get(2)?,
        cron: row.get(3)?,
        zone: row.get(4)?,
        next: row.get(5)?,
    })
}
