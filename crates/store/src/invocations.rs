//! Invocations of triggers that await an answer: one row for each question, from the moment when a
//! flow asks until the row is purged. What the states mean and who moves them is `muster-trigger`'s.

use muster_model::Timestamp;

use crate::args;
use crate::deliveries::Ends;
use crate::driver::Row;
use crate::error::{Error, Result};
use crate::events::EventKind;
use crate::hints::Topic;
use crate::tx::Tx;

/// How an invocation stands (event-triggers.md §1.9). Numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvocationState {
    /// To be asked.
    Created = 0,
    /// Being asked; the HTTP answer is awaited.
    Asking = 1,
    /// Asked; the call back is awaited.
    Waiting = 2,
    /// Answered.
    Completed = 3,
    /// Ended without an answer, for a reason that the row tells.
    Failed = 4,
    /// Not answered by its deadline.
    Expired = 5,
}

impl InvocationState {
    fn from_number(number: i64) -> Result<Self> {
        [
            Self::Created,
            Self::Asking,
            Self::Waiting,
            Self::Completed,
            Self::Failed,
            Self::Expired,
        ]
        .into_iter()
        .find(|state| *state as i64 == number)
        .ok_or_else(|| Error::Corrupt(format!("an invocation is in state {number}")))
    }
}

/// A question to be asked.
#[derive(Clone, Debug)]
pub struct NewInvocation<'a> {
    /// Its id, a UUID.
    pub id: &'a str,
    /// The trigger's id.
    pub trigger_id: &'a str,
    /// The subscription's number.
    pub subscription: i64,
    /// The subscription's id and name at this moment: the log outlives both.
    pub subscription_id: &'a str,
    /// The subscription's name.
    pub subscription_name: &'a str,
    /// Whether it is a test.
    pub kind: EventKind,
    /// What the secret is checked against.
    pub digest: &'a str,
    /// The sealed secret, until it has been told.
    pub secret: &'a str,
    /// When it is made.
    pub created: Timestamp,
    /// Until when it may be answered.
    pub deadline: Timestamp,
    /// Where the answer goes, as JSON; nothing for a test.
    pub reply: Option<String>,
    /// For tests: what the caller wants to see again in the log.
    pub content_json: Option<String>,
    /// What is asked, as JSON.
    pub input: String,
}

/// How an invocation ends.
#[derive(Clone, Debug)]
pub struct InvocationEnd {
    /// One of the three last states.
    pub state: InvocationState,
    /// The answer, as JSON.
    pub output: Option<String>,
    /// Why there is none.
    pub error: Option<String>,
    /// When.
    pub completed: Timestamp,
}

/// What a listing sorts and filters by.
#[derive(Clone, Debug)]
pub struct InvocationHead {
    /// Its id.
    pub id: String,
    /// The trigger's id.
    pub trigger_id: String,
    /// The subscription's id.
    pub subscription_id: String,
    /// The subscription's name when it was asked.
    pub subscription_name: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it ended.
    pub completed: Option<Timestamp>,
    /// How it stands.
    pub state: InvocationState,
}

/// An invocation as stored.
#[derive(Clone, Debug)]
pub struct InvocationRow {
    /// What listings show first.
    pub head: InvocationHead,
    /// The subscription's number.
    pub subscription: i64,
    /// Whether it is a test.
    pub kind: EventKind,
    /// How often it was begun to be asked.
    pub attempts: i64,
    /// Until when it may be answered.
    pub deadline: Timestamp,
    /// What the secret is checked against.
    pub digest: String,
    /// The sealed secret, until it has been told.
    pub secret: Option<String>,
    /// Why there is no answer.
    pub error: Option<String>,
    /// Where the answer goes, as JSON.
    pub reply: Option<String>,
    /// For tests: what the caller wants to see again.
    pub content_json: Option<String>,
    /// What is asked, as JSON.
    pub input: String,
    /// The answer, as JSON.
    pub output: Option<String>,
}

const HEAD: &str = "id, trigger_id, subscription_id, subscription_name, created, completed, state";
const COLUMNS: &str = "
    id, trigger_id, subscription_id, subscription_name, created, completed, state, subscription,
    kind, attempts, deadline, digest, secret, error, reply, content_json, input, output";

/// Invocations.
pub struct Invocations<'t, 'c>(pub(crate) &'t mut Tx<'c>);

impl Invocations<'_, '_> {
    /// Adds a question to be asked at once.
    pub fn add(&mut self, new: &NewInvocation<'_>) -> Result<()> {
        const ADD: &str = "
            INSERT INTO invocation (id, trigger_id, subscription, subscription_id,
                                    subscription_name, kind, state, attempts, due, deadline,
                                    created, digest, secret, reply, content_json, input)
            VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7, $8, $7, $9, $10, $11, $12, $13)";
        let args = args![
            new.id,
            new.trigger_id,
            new.subscription,
            new.subscription_id,
            new.subscription_name,
            new.kind as i64,
            new.created,
            new.deadline,
            new.digest,
            new.secret,
            new.reply.as_deref(),
            new.content_json.as_deref(),
            new.input.as_str()
        ];
        self.0.execute(ADD, &args)?;
        self.0.hint(Topic::Invocations);
        Ok(())
    }

    /// One invocation.
    pub fn get(&mut self, id: &str) -> Result<Option<InvocationRow>> {
        let sql = format!("SELECT {COLUMNS} FROM invocation WHERE id = $1");
        self.0.fetch_one(&sql, &args![id], invocation)
    }

    /// Takes the oldest that are to be asked, or whose asker is gone; they belong to the caller
    /// until `until`.
    pub fn claim(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<InvocationRow>> {
        let sql = format!(
            "UPDATE invocation SET state = 1, attempts = attempts + 1, due = $2
              WHERE id IN (SELECT id FROM invocation
                            WHERE completed IS NULL AND state < 2 AND due <= $1
                            ORDER BY due LIMIT $3 {{skip locked}})
             RETURNING {COLUMNS}"
        );
        self.0.fetch(&sql, &args![now, until, limit], invocation)
    }

    /// Notes that it has been asked and that a call back is awaited; false when it has ended.
    pub fn wait(&mut self, id: &str) -> Result<bool> {
        const WAIT: &str = "
            UPDATE invocation SET state = 2, due = deadline, secret = NULL
             WHERE id = $1 AND state = 1";
        self.0.hint(Topic::Invocations);
        Ok(self.0.execute(WAIT, &args![id])? > 0)
    }

    /// Ends it; false when it had ended before, and then nothing changes.
    pub fn end(&mut self, id: &str, end: &InvocationEnd) -> Result<bool> {
        const END: &str = "
            UPDATE invocation
               SET state = $2, output = $3, error = $4, completed = $5, secret = NULL
             WHERE id = $1 AND completed IS NULL";
        let args = args![
            id,
            end.state as i64,
            end.output.as_deref(),
            end.error.as_deref(),
            end.completed
        ];
        self.0.hint(Topic::Invocations);
        Ok(self.0.execute(END, &args)? > 0)
    }

    /// Those whose call back is overdue.
    pub fn overdue(&mut self, now: Timestamp, limit: u32) -> Result<Vec<InvocationRow>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM invocation
              WHERE completed IS NULL AND state = 2 AND due <= $1 ORDER BY due LIMIT $2"
        );
        self.0.fetch(&sql, &args![now, limit], invocation)
    }

    /// Those of one subscription that have not ended.
    pub fn open_of(&mut self, subscription: i64) -> Result<Vec<InvocationRow>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM invocation WHERE completed IS NULL AND subscription = $1"
        );
        self.0.fetch(&sql, &args![subscription], invocation)
    }

    /// When somebody must act next.
    pub fn next_due(&mut self) -> Result<Option<Timestamp>> {
        let sql = "SELECT MIN(due) FROM invocation WHERE completed IS NULL";
        let due = self.0.fetch_one(sql, &[], |row| row.get(0))?;
        Ok(due.flatten())
    }

    /// Whether any is to be asked or being asked.
    pub fn any_to_ask(&mut self) -> Result<bool> {
        let sql = "SELECT 1 FROM invocation WHERE completed IS NULL AND state < 2 LIMIT 1";
        Ok(self.0.fetch_one(sql, &[], |_| Ok(()))?.is_some())
    }

    /// Gives back all that are being asked; for a process that knows that it is alone.
    pub fn release_all(&mut self) -> Result<()> {
        let sql = "UPDATE invocation SET due = 0 WHERE completed IS NULL AND state = 1";
        self.0.execute(sql, &[])?;
        Ok(())
    }

    /// The newest, newest first: those that have not ended, and those that ended after the moments
    /// given for good and for bad ends.
    pub fn recent(&mut self, ends: Ends) -> Result<Vec<InvocationHead>> {
        let sql = format!(
            "SELECT {HEAD} FROM invocation
              WHERE (completed IS NULL OR (state = 3 AND completed >= $1)
                     OR (state <> 3 AND completed >= $2)) {}
              ORDER BY created DESC, id DESC LIMIT $3",
            ends.pick.questions()
        );
        let args = args![ends.delivered, ends.failed, ends.limit];
        self.0.fetch(&sql, &args, head)
    }

    /// Removes some that ended before `before`; gives their number.
    pub fn purge(&mut self, before: Timestamp, limit: u32) -> Result<u64> {
        const PURGE: &str = "
            DELETE FROM invocation WHERE id IN
                (SELECT id FROM invocation WHERE created < $1 AND completed < $1
                  ORDER BY created LIMIT $2)";
        self.0.execute(PURGE, &args![before, limit])
    }
}

fn head(row: &Row<'_>) -> Result<InvocationHead> {
    Ok(InvocationHead {
        id: row.get(0)?,
        trigger_id: row.get(1)?,
        subscription_id: row.get(2)?,
        subscription_name: row.get(3)?,
        created: row.get(4)?,
        completed: row.get(5)?,
        state: InvocationState::from_number(row.get(6)?)?,
    })
}

fn invocation(row: &Row<'_>) -> Result<InvocationRow> {
    Ok(InvocationRow {
        head: head(row)?,
        subscription: row.get(7)?,
        kind: EventKind::from_number(row.get(8)?)?,
        attempts: row.get(9)?,
        deadline: row.get(10)?,
        digest: row.get(11)?,
        secret: row.get(12)?,
        error: row.get(13)?,
        reply: row.get(14)?,
        content_json: row.get(15)?,
        input: row.get(16)?,
        output: row.get(17)?,
    })
}
