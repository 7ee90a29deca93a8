//! Durable jobs: rows that some worker of some process takes, does and removes.

use muster_model::Timestamp;
use serde::Serialize;

use crate::args;
use crate::driver::Row;
use crate::error::Result;
use crate::hints::Topic;
use crate::tx::Tx;

/// A job to be done.
#[derive(Clone, Debug)]
pub struct NewJob<'a> {
    /// What is to be done; names the code that does it.
    pub kind: &'a str,
    /// Jobs of one lane are done one after the other, in order; nothing means no lane.
    pub lane: &'a str,
    /// What the code needs to know, as JSON.
    pub body: String,
    /// Not before this moment.
    pub due: Timestamp,
}

/// A job in the hands of a worker.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Its number.
    pub id: i64,
    /// What is to be done.
    pub kind: String,
    /// Its lane.
    pub lane: String,
    /// What the code needs to know.
    pub body: String,
    /// The number of this try, from 1.
    pub attempt: i64,
}

/// Takes the oldest due job whose lane is free. A lane is busy while an older job of it exists,
/// whether someone works on it or it waits for its next try.
const CLAIM: &str = "
    UPDATE job SET owner = $1, lease_until = $3, attempts = attempts + 1
     WHERE id = (
        SELECT j.id FROM job j
         WHERE j.dead = 0 AND j.due <= $2 AND j.lease_until < $2
           AND (j.lane = '' OR NOT EXISTS (
                SELECT 1 FROM job o WHERE o.lane = j.lane AND o.id < j.id AND o.dead = 0))
         ORDER BY j.id LIMIT 1 {skip locked})
    RETURNING id, kind, lane, body, attempts";

/// Jobs.
pub struct Jobs<'t, 'c>(pub(crate) &'t mut Tx<'c>);

impl Jobs<'_, '_> {
    /// Adds a job and gives its number. Workers hear of it after the commit.
    pub fn add(&mut self, job: &NewJob<'_>, now: Timestamp) -> Result<i64> {
        const ADD: &str = "
            INSERT INTO job (id, kind, lane, body, dead, due, attempts, lease_until, created)
            VALUES ($1, $2, $3, $4, 0, $5, 0, 0, $6)";
        let id = self.0.next_numbers("job", 1)?;
        self.0
            .execute(ADD, &args![id, job.kind, job.lane, &job.body, job.due, now])?;
        self.0.hint(Topic::Work);
        Ok(id)
    }

    /// Leaves `order` for whoever does jobs of that kind, due at once.
    pub fn leave<T: Serialize>(
        &mut self,
        kind: &str,
        lane: &str,
        order: &T,
        now: Timestamp,
    ) -> Result<i64> {
        let body = serde_json::to_string(order)?;
        let due = now;
        self.add(
            &NewJob {
                kind,
                lane,
                body,
                due,
            },
            now,
        )
    }

    /// Whether a job of that kind is still to be done whose order names this id.
    pub fn any_names(&mut self, kind: &str, id: &str) -> Result<bool> {
        const ANY: &str = "SELECT 1 FROM job WHERE kind = $1 AND dead = 0 AND body LIKE $2 LIMIT 1";
        let found = self
            .0
            .fetch_one(ANY, &args![kind, format!("%\"{id}\"%")], |_| Ok(()))?;
        Ok(found.is_some())
    }

    /// Takes the next due job for `owner` until `until`; nothing when there is none.
    pub fn claim(
        &mut self,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Claimed>> {
        self.0.fetch_one(CLAIM, &args![owner, now, until], claimed)
    }

    /// Keeps a job that takes long; false when it was lost to someone else.
    pub fn renew(&mut self, id: i64, owner: &str, until: Timestamp) -> Result<bool> {
        let sql = "UPDATE job SET lease_until = $3 WHERE id = $1 AND owner = $2";
        Ok(self.0.execute(sql, &args![id, owner, until])? > 0)
    }

    /// Removes a job that is done. Call it in the transaction that holds the job's last effect.
    /// False when the job was lost to someone else: then that transaction must not commit.
    pub fn finish(&mut self, id: i64, owner: &str) -> Result<bool> {
        self.0.hint(Topic::Work);
        let sql = "DELETE FROM job WHERE id = $1 AND owner = $2";
        Ok(self.0.execute(sql, &args![id, owner])? > 0)
    }

    /// Puts a job back for another try at `due`.
    pub fn put_back(&mut self, id: i64, owner: &str, due: Timestamp, error: &str) -> Result<()> {
        const PUT_BACK: &str = "
            UPDATE job SET owner = NULL, lease_until = 0, due = $3, error = $4
             WHERE id = $1 AND owner = $2";
        self.0.execute(PUT_BACK, &args![id, owner, due, error])?;
        Ok(())
    }

    /// Keeps a job for people to look at; nobody tries it again.
    pub fn bury(&mut self, id: i64, owner: &str, error: &str) -> Result<()> {
        const BURY: &str = "
            UPDATE job SET owner = NULL, lease_until = 0, dead = 1, error = $3
             WHERE id = $1 AND owner = $2";
        self.0.execute(BURY, &args![id, owner, error])?;
        self.0.hint(Topic::Work);
        Ok(())
    }

    /// When the next job comes due or a lease runs out; nothing when no job waits.
    pub fn next_due(&mut self) -> Result<Option<Timestamp>> {
        const NEXT: &str = "SELECT MIN(CASE WHEN due > lease_until THEN due ELSE lease_until END) FROM job WHERE dead = 0";
        Ok(self
            .0
            .fetch_one(NEXT, &[], |row| row.get::<Option<Timestamp>>(0))?
            .flatten())
    }

    /// Gives all jobs back, whoever held them; for a process that knows that it is alone.
    pub fn release_all(&mut self) -> Result<()> {
        self.0.execute(
            "UPDATE job SET owner = NULL, lease_until = 0 WHERE lease_until > 0",
            &[],
        )?;
        Ok(())
    }

    /// How many jobs wait or run, and how many were given up.
    pub fn counts(&mut self) -> Result<(i64, i64)> {
        // The casts undo PostgreSQL's widening of sums.
        const COUNTS: &str = "
            SELECT CAST(COALESCE(SUM(1 - dead), 0) AS BIGINT),
                   CAST(COALESCE(SUM(dead), 0) AS BIGINT) FROM job";
        let counts = self.0.fetch_one(COUNTS, &[], |row| {
            Ok((row.get::<i64>(0)?, row.get::<i64>(1)?))
        })?;
        Ok(counts.unwrap_or_default())
    }

    /// Why the oldest job that did not succeed did not, if there is one.
    pub fn first_error(&mut self) -> Result<Option<String>> {
        let sql = "SELECT error FROM job WHERE error IS NOT NULL ORDER BY id LIMIT 1";
        self.0.fetch_one(sql, &[], |row| row.get(0))
    }

    /// Whether a job of that lane waits or runs.
    pub fn lane_is_busy(&mut self, lane: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM job WHERE lane = $1 AND dead = 0 LIMIT 1";
        Ok(self.0.fetch_one(sql, &args![lane], |_| Ok(()))?.is_some())
    }
}

fn claimed(row: &Row<'_>) -> Result<Claimed> {
    Ok(Claimed {
        id: row.get(0)?,
        kind: row.get(1)?,
        lane: row.get(2)?,
        body: row.get(3)?,
        attempt: row.get(4)?,
    })
}
