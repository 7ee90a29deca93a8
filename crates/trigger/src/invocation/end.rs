//! The end of a question: the row says how, and a job brings it to the flow that asked, both in one
//! transaction. Whoever comes second changes nothing.

use metrics::counter;
use muster_model::Timestamp;
use muster_model::handover::{Answered, Ending};
use muster_store::{InvocationEnd, InvocationRow, InvocationState, NewJob, Tx};
use serde_json::Value;

use super::ask::Reply;
use crate::error::Result;
use crate::limits::DESCRIPTION_CHARS_MAX;
use crate::subscription::Subscription;

/// How a question ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stop {
    /// With an answer.
    Completed(Value),
    /// Without one, for this reason.
    Failed(String),
    /// Without one, because its deadline passed.
    Expired,
}

/// Ends a question; false when it had ended before.
pub(super) fn end(
    tx: &mut Tx<'_>,
    row: &InvocationRow,
    stop: Stop,
    now: Timestamp,
) -> Result<bool> {
    let (state, ending) = match stop {
        Stop::Completed(output) => (InvocationState::Completed, Ending::Completed { output }),
        Stop::Failed(error) => {
            let error = presentable(&error);
            (InvocationState::Failed, Ending::Failed { error })
        }
        Stop::Expired => {
            let error = format!("no answer came until {}", row.deadline);
            (InvocationState::Expired, Ending::Expired { error })
        }
    };
    let (output, error) = match &ending {
        Ending::Completed { output } => (Some(output.to_string()), None),
        Ending::Failed { error } | Ending::Expired { error } => (None, Some(error.clone())),
    };
    let end = InvocationEnd {
        state,
        output,
        error,
        completed: now,
    };
    if !tx.invocations().end(&row.head.id, &end)? {
        return Ok(false);
    }
    hand_over(tx, row, ending, now)?;
    counter!("muster_invocations_ended_total", "state" => word(state)).increment(1);
    Ok(true)
}

/// Fails what was asked of a subscription that is being deleted (event-triggers.md §1.4).
pub(crate) fn abandon(tx: &mut Tx<'_>, gone: &Subscription, now: Timestamp) -> Result<()> {
    for row in tx.invocations().open_of(gone.number)? {
        let stop = Stop::Failed("the subscription was deleted before it answered".to_owned());
        end(tx, &row, stop, now)?;
    }
    Ok(())
}

fn hand_over(tx: &mut Tx<'_>, row: &InvocationRow, ending: Ending, now: Timestamp) -> Result<()> {
    let Some(reply) = &row.reply else {
        return Ok(());
    };
    let reply: Reply = serde_json::from_str(reply).map_err(muster_store::Error::from)?;
    let answered = Answered {
        invocation: row.head.id.clone(),
        context: reply.context,
        ending,
    };
    let job = NewJob {
        kind: &reply.kind,
        lane: &reply.lane,
        body: serde_json::to_string(&answered).map_err(muster_store::Error::from)?,
        due: now,
    };
    tx.jobs().add(&job, now)?;
    Ok(())
}

/// A subscriber's text as it can be kept: bounded, and without U+0000, for which PostgreSQL's text
/// has no place.
fn presentable(text: &str) -> String {
    let letters = text.chars().take(DESCRIPTION_CHARS_MAX);
    letters
        .map(|letter| if letter == '\0' { '\u{fffd}' } else { letter })
        .collect()
}

const fn word(state: InvocationState) -> &'static str {
    match state {
        InvocationState::Completed => "completed",
        InvocationState::Failed => "failed",
        InvocationState::Expired => "expired",
        _ => "open",
    }
}
