//! An invocation as the API shows it (event-triggers.md §1.10), from a delivery and its event or from
//! a question; and what Muster tells beyond that.

use muster_model::Timestamp;
use muster_store::{Delivery, EventKind, EventRow, InvocationRow, InvocationState};
use serde_json::{Value, json};

use super::id::InvocationKey;
use super::standing::{Stance, Standing};
use super::status::Told;

pub(super) fn delivered(
    key: &InvocationKey,
    delivery: &Delivery,
    told: &Told,
    event: &EventRow,
) -> Value {
    Shown {
        id: &key.id(delivery.subscription, delivery.event_seq),
        trigger_id: &event.trigger_id,
        subscription_id: &told.id,
        subscription_name: &told.name,
        kind: event.kind,
        created: event.created,
        completed: delivery.finished,
        input: &event.body,
        content_json: event.content_json.as_deref(),
        error: delivery.error.as_deref(),
        output: None,
    }
    .to_wire()
}

pub(super) fn asked(row: &InvocationRow) -> Value {
    Shown {
        id: &row.head.id,
        trigger_id: &row.head.trigger_id,
        subscription_id: &row.head.subscription_id,
        subscription_name: &row.head.subscription_name,
        kind: row.kind,
        created: row.head.created,
        completed: row.head.completed,
        input: &row.input,
        content_json: row.content_json.as_deref(),
        error: row.error.as_deref(),
        output: row.output.as_deref(),
    }
    .to_wire()
}

/// Adds how a delivery stands.
pub(super) fn with_stance(
    mut wire: Value,
    key: &InvocationKey,
    delivery: &Delivery,
    stance: Stance,
) -> Value {
    let behind = stance.behind.map(|seq| key.id(delivery.subscription, seq));
    wire["state"] = stance.standing.word().into();
    wire["attempts"] = (delivery.tried + delivery.attempts).into();
    wire["nextAttempt"] = json!(stance.next);
    wire["heldBy"] = json!(behind);
    wire
}

/// Adds how a question stands.
pub(super) fn with_state(mut wire: Value, row: &InvocationRow) -> Value {
    let standing = match row.head.state {
        InvocationState::Created | InvocationState::Asking | InvocationState::Waiting => {
            Standing::InFlight
        }
        InvocationState::Completed => Standing::Delivered,
        InvocationState::Failed | InvocationState::Expired => Standing::Failed,
    };
    wire["state"] = standing.word().into();
    wire["attempts"] = row.attempts.into();
    wire
}

/// What both kinds of invocation show.
struct Shown<'a> {
    id: &'a str,
    trigger_id: &'a str,
    subscription_id: &'a str,
    subscription_name: &'a str,
    kind: EventKind,
    created: Timestamp,
    completed: Option<Timestamp>,
    input: &'a str,
    content_json: Option<&'a str>,
    error: Option<&'a str>,
    output: Option<&'a str>,
}

impl Shown<'_> {
    fn to_wire(&self) -> Value {
        let json = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        let mut input = json!({ "triggerId": self.trigger_id, "input": json(self.input) });
        if let Some(content) = self.content_json {
            input["contentJson"] = json(content);
        }
        let mut wire = json!({
            "id": self.id,
            "triggerId": self.trigger_id,
            "subscriptionId": self.subscription_id,
            "subscriptionName": self.subscription_name,
            "type": match self.kind {
                EventKind::Real => "REAL_TIME",
                EventKind::Test => "TEST",
            },
            "created": self.created,
            "startInvocationInput": input,
        });
        // Absent means in flight (event-triggers.md §1.10).
        if let Some(completed) = self.completed {
            let error = |text| json!({ "locale": "en-US", "message": text });
            wire["completed"] = json!(completed);
            wire["completeInvocationInput"] = json!({
                "localizedError": self.error.map(error),
                "output": self.output.map(json),
            });
        }
        wire
    }
}
