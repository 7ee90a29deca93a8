//! The audit log: who changed what, append-only, each entry's hash covering the one before it
//! (decisions.md 22).

use muster_model::{Timestamp, id};
use serde_json::Value;

use crate::args;
use crate::error::Result;
use crate::tx::Tx;

/// One change by a person or client.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// Who did it.
    pub actor: &'a str,
    /// What was done: create, update, delete, or the name of a special operation.
    pub action: &'a str,
    /// The kind of object.
    pub kind: &'a str,
    /// The object's id.
    pub object_id: &'a str,
    /// Ties the entry to the request.
    pub correlation: &'a str,
    /// The object before, without secrets.
    pub before: Option<&'a Value>,
    /// The object after, without secrets.
    pub after: Option<&'a Value>,
}

/// The audit log.
pub struct Audit<'t, 'c>(pub(crate) &'t mut Tx<'c>);

/// What an object was before a change and what it was after, as JSON.
pub type Difference = (Option<String>, Option<String>);

impl Audit<'_, '_> {
    /// What the log keeps of one object, oldest first.
    pub fn of(&mut self, kind: &str, object_id: &str) -> Result<Vec<Difference>> {
        const OF: &str = "
            SELECT before, after FROM audit WHERE kind = $1 AND object_id = $2 ORDER BY seq";
        self.0.fetch(OF, &args![kind, object_id], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    /// Appends an entry.
    pub fn append(&mut self, change: &Change<'_>, now: Timestamp) -> Result<()> {
        const LAST: &str = "SELECT hash FROM audit WHERE seq = $1";
        const APPEND: &str = "
            INSERT INTO audit (seq, at, actor, action, kind, object_id, correlation, before, after, hash)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let seq = self.0.next_numbers("audit", 1)?;
        let last: Option<String> = self.0.fetch_one(LAST, &args![seq - 1], |row| row.get(0))?;
        let before = change.before.map(Value::to_string);
        let after = change.after.map(Value::to_string);
        let hash = chain(
            last.as_deref().unwrap_or_default(),
            change,
            before.as_deref(),
            after.as_deref(),
            now,
        );
        self.0.execute(
            APPEND,
            &args![
                seq,
                now,
                change.actor,
                change.action,
                change.kind,
                change.object_id,
                change.correlation,
                before,
                after,
                hash
            ],
        )?;
        Ok(())
    }
}

fn chain(
    last: &str,
    change: &Change<'_>,
    before: Option<&str>,
    after: Option<&str>,
    now: Timestamp,
) -> String {
    let parts = [
        last,
        change.actor,
        change.action,
        change.kind,
        change.object_id,
        change.correlation,
        before.unwrap_or_default(),
        after.unwrap_or_default(),
        &now.as_micros().to_string(),
    ];
    format!("{:032x}", id::derive(&parts.map(str::as_bytes)))
}
