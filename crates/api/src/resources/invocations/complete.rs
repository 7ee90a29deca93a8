//! The subscriber calls back (event-triggers.md §1.9).

use muster_trigger::invocation::{self, Completion, Given};
use serde_json::json;

use super::shape::CompleteInvocation;
use crate::call::{Call, Trace};
use crate::handler::Json;
use crate::problem::Problem;

/// Ends the question that the path names, if the body has its secret.
pub(super) fn complete(call: &Call, Json(body): Json<CompleteInvocation>) -> Result<(), Problem> {
    let given = Given {
        secret: body.secret,
        output: body.output,
        error: body.error,
    };
    // What was answered may be personal; that it was answered, and how, is not.
    let word = if given.error.is_some() {
        "error"
    } else {
        "output"
    };
    let done = call.org().write(|tx| {
        let done = invocation::complete(tx, call.id(), given, call.now())?;
        if done == Completion::Done {
            let after = json!({ "answered": word });
            call.audit(
                tx,
                Trace {
                    action: "complete",
                    kind: "trigger-invocation",
                    id: call.id(),
                    before: None,
                    after: Some(&after),
                },
            )?;
        }
        Ok::<_, Problem>(done)
    })?;
    match done {
        Completion::Done => Ok(()),
        // One answer for both, so that nobody learns which ids there are.
        Completion::Refused => Err(Problem::forbidden(
            "There is no such invocation, or this is not its secret.",
        )),
        Completion::Over => Err(Problem::reference_conflict(
            "The invocation has ended before; its outcome stays as it is.",
        )),
        Completion::Late => Err(Problem::reference_conflict(
            "The deadline of the invocation has passed; set a longer responseDeadline.",
        )),
    }
}
