//! The subscriber calls back (event-triggers.md §1.9).

use muster_trigger::invocation::{self, Completion, Given};

use super::shape::CompleteInvocation;
use crate::call::Call;
use crate::handler::Json;
use crate::problem::Problem;

/// Ends the question that the path names, if the body has its secret.
pub(super) fn complete(call: &Call, Json(body): Json<CompleteInvocation>) -> Result<(), Problem> {
    let given = Given {
        secret: body.secret,
        output: body.output,
        error: body.error,
    };
    let done = call
        .org()
        .write(|tx| invocation::complete(tx, call.id(), given, call.now()))?;
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
