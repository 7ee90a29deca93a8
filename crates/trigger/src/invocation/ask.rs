//! Asking: a flow leaves a question in its own transaction and goes on when a job brings the answer.
//! Nothing waits in memory, so a restart in between changes nothing.

use muster_event::catalog::{self, Kind, Trigger, feature::Flags};
use muster_model::{Secret, Timestamp};
use muster_store::{EventKind, NewInvocation, Tx};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer;
use super::end::{self, Stop};
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::passed_in::{Fill, Place, Sealer, random_uuid};
use crate::subscription::{Destination, Subscription, deadline_seconds};

/// The field that the sealed secret belongs to.
pub(super) const SECRET: &str = "secret";

/// What one needs to ask.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The present moment.
    pub now: Timestamp,
    /// Randomness.
    pub fill: &'a Fill,
    /// Keeps secrets.
    pub sealer: &'a dyn Sealer,
}

/// What a flow asks.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The trigger, which must await an answer.
    pub trigger_id: &'a str,
    /// What is asked; the trigger's input schema describes it.
    pub input: &'a muster_event::Value,
    /// Where the answer goes.
    pub reply: Reply,
}

/// Where an answer goes: a job that carries [`muster_model::handover::Answered`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// The job's kind.
    pub kind: String,
    /// The job's lane; empty for none.
    pub lane: String,
    /// What the flow wants to be told again.
    pub context: Value,
}

/// What a started invocation is known by.
pub(super) struct Started {
    pub(super) id: String,
    pub(super) secret: String,
}

/// Asks the trigger's subscriber, in the flow's own transaction; gives the invocation's id. `None`
/// where nobody is to be asked: there is no enabled subscription, or its filter does not want the
/// question. The flow then goes on by itself (event-triggers.md §1.7, §3.1).
pub fn ask(tx: &mut Tx<'_>, desk: &Desk<'_>, question: &Question<'_>) -> Result<Option<String>> {
    let id = question.trigger_id;
    let flags = Flags::load(tx)?;
    let known = catalog::find(id).filter(|trigger| trigger.kind == Kind::RequestResponse);
    let trigger = known.ok_or_else(|| Error::ReferencedNotFound { id: id.to_owned() })?;
    if !flags.allow(trigger) {
        return Ok(None);
    }
    let mut all = tx.typed::<Subscription>().list()?;
    all.sort_by_key(|one| one.number);
    let subscriber = all.into_iter().find(|one| {
        one.trigger_id == trigger.id
            && one.enabled
            && one.destination.is_served()
            && wants(one, question.input)
    });
    let Some(subscriber) = subscriber else {
        return Ok(None);
    };
    let start = Start {
        trigger,
        subscription: &subscriber,
        kind: EventKind::Real,
        input: serde_json::to_string(question.input).map_err(muster_store::Error::from)?,
        content_json: None,
        reply: Some(&question.reply),
    };
    Ok(Some(begin(tx, desk, start)?.id))
}

/// Whether a subscription's filter lets an event pass.
pub(super) fn wants<N: muster_jsonpath::Node>(subscription: &Subscription, input: N) -> bool {
    subscription.filter.as_deref().is_none_or(|text| {
        Filter::compile(text, subscription.settings.dialect).is_ok_and(|filter| filter.fires(input))
    })
}

/// One question to one subscription.
pub(super) struct Start<'a> {
    pub(super) trigger: &'static Trigger,
    pub(super) subscription: &'a Subscription,
    pub(super) kind: EventKind,
    pub(super) input: String,
    pub(super) content_json: Option<String>,
    pub(super) reply: Option<&'a Reply>,
}

/// Makes the row. A subscription of type INLINE answers in the same transaction.
pub(super) fn begin(tx: &mut Tx<'_>, desk: &Desk<'_>, start: Start<'_>) -> Result<Started> {
    let subscription = start.subscription;
    let started = Started {
        id: random_uuid(desk.fill),
        secret: random_uuid(desk.fill),
    };
    let place = Place {
        object: &started.id,
        field: SECRET,
    };
    let sealed = desk
        .sealer
        .seal(&Secret::new(started.secret.clone()), place)?;
    let seconds = deadline_seconds(&subscription.response_deadline).unwrap_or_default();
    let reply = start.reply.map(serde_json::to_string).transpose();
    tx.invocations().add(&NewInvocation {
        id: &started.id,
        trigger_id: start.trigger.id,
        subscription: subscription.number,
        subscription_id: &subscription.id,
        subscription_name: &subscription.name,
        kind: start.kind,
        digest: &digest(&started.secret),
        secret: &sealed,
        created: desk.now,
        deadline: desk.now.plus_millis(seconds * 1_000),
        reply: reply.map_err(muster_store::Error::from)?,
        content_json: start.content_json,
        input: start.input,
    })?;
    if let Destination::Inline(inline) = &subscription.destination
        && let Some(row) = tx.invocations().get(&started.id)?
    {
        let stop = match answer::of_inline(start.trigger, inline) {
            Ok(output) => Stop::Completed(output),
            Err(error) => Stop::Failed(error),
        };
        end::end(tx, &row, stop, desk.now)?;
    }
    Ok(started)
}

/// What stands in the row in place of a secret, which has 122 random bits and so needs no salt.
pub(super) fn digest(secret: &str) -> String {
    blake3::hash(secret.as_bytes()).to_hex().to_string()
}
