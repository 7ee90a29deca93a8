//! Every try of an invocation, with what the endpoint answered.

use muster_model::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::key;
use super::resend::unknown;
use crate::call::Call;
use crate::handler::Rows;
use crate::problem::Problem;

/// One try to tell a subscriber.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attempt {
    /// Its number, from 1.
    pub number: i64,
    /// When it began.
    #[schemars(with = "String")]
    pub started: Timestamp,
    /// How long it took, in milliseconds.
    pub latency_ms: f64,
    /// The status of the answer; absent where none came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<i64>,
    /// Why it failed; absent where it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The beginning of a failed answer's body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

pub(super) fn attempts(call: &Call, (): ()) -> Result<Rows<Attempt>, Problem> {
    let (number, seq) = key(call)?.read(call.id()).ok_or_else(|| unknown(call))?;
    let all = call.org().read(|tx| {
        if tx.deliveries().get(number, seq)?.is_none() {
            return Err(unknown(call));
        }
        Ok(tx.deliveries().attempts(number, seq)?)
    })?;
    let shown = all.into_iter().map(|one| Attempt {
        number: one.number,
        started: one.started,
        latency_ms: one.latency as f64 / 1_000.0,
        status: one.status,
        error: one.error,
        answer: one.answer,
    });
    Ok(call.view()?.page_of(shown.collect()))
}
