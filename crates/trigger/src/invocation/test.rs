//! Test invocations (event-triggers.md §1.11): an event that never happened, for chosen
//! subscriptions. Filters apply; whether a subscription is enabled does not matter.

use muster_event::catalog::{self, Kind, Trigger, feature::Flags};
use muster_model::id::EventId;
use muster_store::{EventKind, NewEvent, Tx};
use serde::Deserialize;
use serde_json::{Value, json};

use super::ask::{self, Desk, Start, wants};
use super::id::InvocationKey;
use crate::error::{Error, Result};
use crate::limits::TEST_BYTES_MAX;
use crate::passed_in::random_uuid;
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
    desk: &Desk<'_>,
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
    chosen.retain(|one| one.destination.is_served() && wants(one, &input));
    if chosen.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    let test = Test {
        trigger,
        input,
        content,
    };
    let started = match trigger.kind {
        Kind::FireAndForget => tell(tx, desk, &chosen, &test)?,
        Kind::RequestResponse => question(tx, desk, &chosen, &test)?,
    };
    Ok(Ok(started))
}

struct Test {
    trigger: &'static Trigger,
    input: Value,
    content: Value,
}

impl Test {
    fn item(&self, id: &str, secret: &str) -> Value {
        json!({
            "id": id,
            "triggerId": self.trigger.id,
            "secret": secret,
            "contentJson": self.content,
        })
    }
}

/// An event that goes to the chosen subscriptions.
fn tell(
    tx: &mut Tx<'_>,
    desk: &Desk<'_>,
    chosen: &[Subscription],
    test: &Test,
) -> Result<Vec<Value>> {
    let key = InvocationKey::load(tx, desk.fill)?;
    let mut bits = [0; 16];
    (desk.fill)(&mut bits);
    let id = EventId(crate::passed_in::version_4(u128::from_be_bytes(bits)));
    let event = NewEvent {
        id,
        trigger_id: test.trigger.id,
        // A subject of its own: a test never waits behind a real event that fails.
        subject: id.to_string(),
        created: desk.now,
        cause: format!("test:{id}"),
        body: test.input.to_string(),
    };
    let seq = tx.events().append_test(&event, &test.content.to_string())?;
    tx.deliveries()
        .add(chosen.iter().map(|one| (one.number, seq)), desk.now)?;
    let item = |one: &Subscription| test.item(&key.id(one.number, seq), &random_uuid(desk.fill));
    Ok(chosen.iter().map(item).collect())
}

/// A question to each of the chosen subscriptions, whose answer goes nowhere but into the log.
fn question(
    tx: &mut Tx<'_>,
    desk: &Desk<'_>,
    chosen: &[Subscription],
    test: &Test,
) -> Result<Vec<Value>> {
    let mut started = Vec::with_capacity(chosen.len());
    for subscription in chosen {
        let start = Start {
            trigger: test.trigger,
            subscription,
            kind: EventKind::Test,
            input: test.input.to_string(),
            content_json: Some(test.content.to_string()),
            reply: None,
        };
        let begun = ask::begin(tx, desk, start)?;
        started.push(test.item(&begun.id, &begun.secret));
    }
    Ok(started)
}

fn trigger(ask: &TestInvocation, flags: &Flags) -> Result<&'static Trigger> {
    let id = ask
        .trigger_id
        .as_deref()
        .ok_or(Error::RequiredMissing { field: "triggerId" })?;
    let trigger = catalog::find(id)
        .filter(|trigger| flags.allow(trigger))
        .ok_or_else(|| Error::ReferencedNotFound { id: id.to_owned() })?;
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
