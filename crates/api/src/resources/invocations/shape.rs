//! What invocations look like on the wire (event-triggers.md §1.10 and §1.11).

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::resource::Object;

/// What became of an invocation.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvocationStatus {
    /// Its id.
    pub id: String,
    /// The trigger.
    pub trigger_id: String,
    /// The subscription.
    pub subscription_id: String,
    /// The subscription's name.
    pub subscription_name: String,
    /// `REAL_TIME` or `TEST`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it was made.
    pub created: String,
    /// When it ended; absent while it is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed: Option<String>,
    /// What was sent.
    pub start_invocation_input: StartInvocationInput,
    /// How it ended; absent while it is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete_invocation_input: Option<CompleteInvocationInput>,
}

/// What became of an invocation, and how it goes on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvocationDetail {
    /// As the vendor has it. `completed` is when the last try ended, whether another one follows or
    /// not.
    #[serde(flatten)]
    pub status: InvocationStatus,
    /// `IN_FLIGHT`, `DELIVERED`, `RETRYING`, `HELD` behind an earlier event of the same subject or
    /// because the subscription is disabled, or `FAILED`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next, or the one that it waits behind; null where that is not known.
    pub next_attempt: Option<String>,
    /// The invocation that it waits behind; null where it waits behind none.
    pub held_by: Option<String>,
}

/// What was sent.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StartInvocationInput {
    /// The trigger.
    pub trigger_id: String,
    /// The event.
    pub input: Value,
    /// What whoever started a test wants to see again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_json: Option<Object>,
}

/// How an invocation ended; both null where an event arrived that nobody answers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompleteInvocationInput {
    /// Why it failed.
    pub localized_error: Option<LocalizedMessage>,
    /// The answer.
    pub output: Option<Value>,
}

/// A text for people.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct LocalizedMessage {
    /// Its language.
    pub locale: String,
    /// The text.
    pub message: String,
}

/// A test of subscriptions.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestInvocation {
    /// The trigger.
    pub trigger_id: String,
    /// The event; the trigger's example, where absent.
    pub input: Option<Object>,
    /// What the caller wants to see again; `{}` suffices.
    pub content_json: Object,
    /// Which subscriptions; all of the trigger, where absent. Those that do not exist are ignored.
    pub subscription_ids: Option<Vec<String>>,
}

/// The answer to a question.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompleteInvocation {
    /// The secret that came with the question.
    pub secret: Option<String>,
    /// The answer, as the trigger's output schema describes it.
    #[serde(default, deserialize_with = "given")]
    pub output: Option<Value>,
    /// Why there is none; the invocation then fails with it.
    pub error: Option<String>,
}

/// Null is an answer, absence is none.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// An invocation that a test started.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invocation {
    /// Its id.
    pub id: String,
    /// The trigger.
    pub trigger_id: String,
    /// Its secret, with which an answer would be given.
    pub secret: String,
    /// What the caller wants to see again.
    pub content_json: Object,
}
