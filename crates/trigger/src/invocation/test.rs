//! Test invocations (event-triggers.md §1.11): an event that never happened, for chosen
//! subscriptions. Filters apply; whether a subscription is enabled does not matter.

use muster_event::catalog::{self, Kind, Trigger, feature::Flags};
use muster_model::Timestamp;
use muster_model::id::EventId;
use muster_store::{NewEvent, Tx};
use serde::Deserialize;
use serde_json::{Value, json};

use super::id::InvocationKey;
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::limits::TEST_BYTES_MAX;
use crate::passed_in::{Fill, random_uuid};
use crate::subscription::Subscription;

/// What a client asks for.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestInvocation {
    /// The trigger.
    pub trigger_id: Option<String>,
    /// The event; the trigger's example, where absent.
    pub input: Option<Value>,
    /// What the caller wants to see again.
    pub content_json: Option<Value>,
    /// Which subscriptions; all of the trigger, where absent.
    pub subscription_ids: Option<Vec<String>>,
}

/// Why nothing was invoked though nothing was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No subscription of the trigger, or none of those named. 204.
    Nobody,
}

/// Sends a test; gives what the API answers: one item for each invocation.
pub fn invoke(
    tx: &mut Tx<'_>,
    body: &Value,
    fill: &Fill,
    now: Timestamp,
) -> Result<Result<Vec<Value>, Refusal>> {
    let ask = TestInvocation::deserialize(body).map_err(|error| Error::BadContent {
        reason: error.to_string(),
    })?;
    let trigger = trigger(&ask, &Flags::load(tx)?)?;
    let content = ask
        .content_json
        .filter(Value::is_object)
        .ok_or(Error::RequiredMissing {
            field: "contentJson",
        })?;
    let input = match ask.input {
        Some(input) => input,
        None => serde_json::to_value(trigger.example_input()).unwrap_or_default(),
    };
    check(trigger, &input, &content)?;
    let wanted = |one: &Subscription| {
        let ids = ask.subscription_ids.as_ref();
        one.trigger_id == trigger.id && ids.is_none_or(|ids| ids.contains(&one.id))
    };
    let mut chosen = tx.typed::<Subscription>().list()?;
    chosen.retain(wanted);
    if chosen.is_empty() {
        return Ok(Err(Refusal::Nobody));
    }
    chosen.retain(|one| one.destination.is_served() && fires(one, &input));
    if chosen.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    let key = InvocationKey::load(tx, fill)?;
    let mut bits = [0; 16];
    fill(&mut bits);
    let id = EventId(crate::passed_in::version_4(u128::from_be_bytes(bits)));
    let event = NewEvent {
        id,
        trigger_id: trigger.id,
        // A subject of its own: a test never waits behind a real event that fails.
        subject: id.to_string(),
        created: now,
        cause: format!("test:{id}"),
        body: input.to_string(),
    };
    let seq = tx.events().append_test(&event, &content.to_string())?;
    tx.deliveries()
        .add(chosen.iter().map(|one| (one.number, seq)), now)?;
    let item = |one: &Subscription| {
        json!({
            "id": key.id(one.number, seq),
            "triggerId": trigger.id,
            "secret": random_uuid(fill),
            "contentJson": content,
        })
    };
    Ok(Ok(chosen.iter().map(item).collect()))
}

fn trigger(ask: &TestInvocation, flags: &Flags) -> Result<&'static Trigger> {
    let id = ask
        .trigger_id
        .as_deref()
        .ok_or(Error::RequiredMissing { field: "triggerId" })?;
    let trigger = catalog::find(id)
        .filter(|trigger| flags.allow(trigger))
        .ok_or_else(|| Error::ReferencedNotFound { id: id.to_owned() })?;
    if trigger.kind == Kind::RequestResponse {
        return Err(Error::illegal(
            "triggerId",
            "names a trigger that awaits an answer, which this version does not test",
            "test a trigger of type FIRE_AND_FORGET",
        ));
    }
    Ok(trigger)
}

fn check(trigger: &Trigger, input: &Value, content: &Value) -> Result<()> {
    for (field, value) in [("input", input), ("contentJson", content)] {
        if value.to_string().len() > TEST_BYTES_MAX {
            let reason = format!("has more than {TEST_BYTES_MAX} bytes");
            return Err(Error::illegal(field, reason, "send less"));
        }
    }
    let illegal = |reason: String| {
        Error::illegal("input", reason, "compare it with the trigger's inputSchema")
    };
    let schema = jsonschema::validator_for(&trigger.input_schema())
        .map_err(|error| illegal(format!("cannot be checked: {error}")))?;
    schema.validate(input).map_err(|error| {
        illegal(format!(
            "does not fit at `{}`: {error}",
            error.instance_path()
        ))
    })
}

fn fires(subscription: &Subscription, input: &Value) -> bool {
    subscription.filter.as_deref().is_none_or(|text| {
        Filter::compile(text, subscription.settings.dialect).is_ok_and(|filter| filter.fires(input))
    })
}
