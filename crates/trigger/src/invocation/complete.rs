//! Completion: the subscriber calls back. The secret alone says who it is (decisions.md 12), so an
//! unknown id and a wrong secret look the same and cost the same.

use muster_event::catalog;
use muster_model::Timestamp;
use muster_store::{InvocationState, Tx};
use serde_json::Value;

use super::answer::check;
use super::end::{Stop, end};
use crate::error::{Error, Result};
use crate::limits::ANSWER_BYTES_MAX;

/// What a subscriber sends.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The secret of the question.
    pub secret: Option<String>,
    /// The answer. Null is one where the output schema says so; absent is none.
    pub output: Option<Value>,
    /// Why there is no answer. It counts, whatever the output says.
    pub error: Option<String>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// The question has ended with this.
    Done,
    /// There is no such question, or this is not its secret.
    Refused,
    /// It had ended before; nothing has changed.
    Over,
    /// Its deadline has passed.
    Late,
}

/// Completes a question. An output that does not fit leaves it open, so that the subscriber may
/// send a better one.
pub fn complete(tx: &mut Tx<'_>, id: &str, given: Given, now: Timestamp) -> Result<Completion> {
    let secret = given.secret.filter(|secret| !secret.is_empty());
    let secret = secret.ok_or(Error::RequiredMissing { field: "secret" })?;
    let row = tx.invocations().get(&id.to_ascii_lowercase())?;
    let Some(row) = row.filter(|row| is_secret(&secret, &row.digest)) else {
        return Ok(Completion::Refused);
    };
    if row.head.completed.is_some() {
        return Ok(match row.head.state {
            InvocationState::Expired => Completion::Late,
            _ => Completion::Over,
        });
    }
    if row.deadline <= now {
        // While it is being asked, the HTTP answer may still count.
        if row.head.state != InvocationState::Asking {
            end(tx, &row, Stop::Expired, now)?;
        }
        return Ok(Completion::Late);
    }
    let stop = match given.error.filter(|error| !error.trim().is_empty()) {
        Some(error) => Stop::Failed(error),
        None => Stop::Completed(output(&row.head.trigger_id, given.output)?),
    };
    Ok(if end(tx, &row, stop, now)? {
        Completion::Done
    } else {
        Completion::Over
    })
}

/// Compares in constant time: both sides are hashes.
fn is_secret(secret: &str, digest: &str) -> bool {
    let known = blake3::Hash::from_hex(digest);
    known.is_ok_and(|known| blake3::hash(secret.as_bytes()) == known)
}

fn output(trigger_id: &str, output: Option<Value>) -> Result<Value> {
    const FIELD: &str = "output";
    let output = output.ok_or(Error::RequiredMissing { field: FIELD })?;
    if output.to_string().len() > ANSWER_BYTES_MAX {
        let reason = format!("has more than {ANSWER_BYTES_MAX} bytes");
        return Err(Error::illegal(FIELD, reason, "send less"));
    }
    let fits = match catalog::find(trigger_id) {
        Some(trigger) => check(trigger, &output),
        None => Err("is of a trigger that is gone".to_owned()),
    };
    let remedy = "compare it with the trigger's outputSchema and send it again";
    fits.map_err(|reason| Error::illegal(FIELD, reason, remedy))?;
    Ok(output)
}
