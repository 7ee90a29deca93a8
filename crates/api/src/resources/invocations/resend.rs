//! Sending an event again to the subscriber that it was for (decisions.md 14): after its tries are
//! used up, or because the subscriber lost it.

use muster_model::Document;
use muster_trigger::subscription::Subscription;
use serde_json::json;

use super::key;
use crate::call::{Call, Trace};
use crate::problem::{Problem, quote};

/// Puts the delivery back to be sent at once, with all its tries before it.
pub(super) fn resend(call: &Call, (): ()) -> Result<(), Problem> {
    let key = key(call)?.read(call.id());
    call.org().write(|tx| {
        let Some((number, seq)) = key else {
            return Err(match tx.invocations().get(call.id())? {
                Some(_) => Problem::precondition(
                    "This invocation asked a question, which is asked once; have the flow that asked \
                     begin again, or test the trigger.",
                ),
                None => unknown(call),
            });
        };
        let delivery = tx
            .deliveries()
            .get(number, seq)?
            .ok_or_else(|| unknown(call))?;
        let all = tx.typed::<Subscription>().list()?;
        let Some(subscription) = all.into_iter().find(|one| one.number == number) else {
            return Err(Problem::precondition(
                "The subscription of this invocation was deleted; there is nobody to send it to.",
            ));
        };
        tx.deliveries().resend(number, &[seq], call.now())?;
        let before = json!({
            "invocationId": call.id(),
            "attempts": delivery.attempts,
            "status": delivery.status,
        });
        call.audit(
            tx,
            Trace {
                action: "resend",
                kind: Subscription::KIND,
                id: &subscription.id,
                before: Some(&before),
                after: None,
            },
        )
    })
}

pub(super) fn unknown(call: &Call) -> Problem {
    Problem::not_found(format!(
        "There is no invocation with the id \"{}\".",
        quote(call.id())
    ))
}
