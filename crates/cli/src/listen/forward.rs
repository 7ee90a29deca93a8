//! Hands an event to a local port, as the server would deliver it: the same body, the same headers,
//! signed by Standard Webhooks (decisions.md 15).

use std::time::{Duration, Instant};

use anyhow::Result;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderName, USER_AGENT};
use hyper::{Request, StatusCode, Uri};
use muster_model::id::derive;
use muster_model::{Clock, SystemClock};
use muster_trigger::delivery::Signer;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::remote::send;

/// How long an endpoint may take, as in the server.
const TIMEOUT: Duration = Duration::from_secs(10);

/// An event of the stream.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    /// Its number in the org's log.
    cursor: String,
    /// Its id.
    pub(super) id: String,
    /// Its trigger.
    pub(super) trigger_id: String,
    /// When it happened.
    pub(super) created: String,
    /// What subscribers get, to the letter.
    #[serde(rename = "event")]
    pub(super) body: Box<RawValue>,
}

/// What became of a try.
pub(super) struct Told {
    /// What the endpoint answered, or why it did not.
    pub(super) answer: Result<StatusCode, String>,
    pub(super) milliseconds: u128,
}

/// Where events go, and the keys that sign them.
pub(super) struct Target {
    pub(super) uri: Uri,
    pub(super) signer: Signer,
}

impl Target {
    /// Sends an event, for the first time or again.
    pub(super) async fn tell(&self, event: &Event, attempt: u32) -> Told {
        let start = Instant::now();
        let answer = match self.request(event, attempt) {
            Ok(request) => match tokio::time::timeout(TIMEOUT, answered(request)).await {
                Ok(answer) => answer.map_err(|error| format!("{error:#}")),
                Err(_) => Err(format!("no answer within {} s", TIMEOUT.as_secs())),
            },
            Err(error) => Err(format!("{error:#}")),
        };
        Told {
            answer,
            milliseconds: start.elapsed().as_millis(),
        }
    }

    fn request(&self, event: &Event, attempt: u32) -> Result<Request<Full<Bytes>>> {
        let body = Bytes::copy_from_slice(event.body.get().as_bytes());
        let seconds = SystemClock.now().as_micros().div_euclid(1_000_000);
        let mut request = Request::post(self.uri.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, concat!("Muster/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", &event.id)
            .header("webhook-timestamp", seconds);
        if let Some(signature) = self.signer.sign(&event.id, seconds, &body) {
            request = request.header("webhook-signature", signature);
        }
        let trace = derive(&[b"listen", event.id.as_bytes()]).max(1);
        let span = (derive(&[event.id.as_bytes(), &attempt.to_be_bytes()]) as u64).max(1);
        Ok(request
            .header("muster-sequence", &event.cursor)
            .header("muster-trigger-id", &event.trigger_id)
            .header("muster-attempt", attempt)
            .header(
                HeaderName::from_static("traceparent"),
                format!("00-{trace:032x}-{span:016x}-01"),
            )
            .body(Full::new(body))?)
    }
}

async fn answered(request: Request<Full<Bytes>>) -> Result<StatusCode> {
    let answer = send(request).await?;
    let status = answer.status();
    // An endpoint that is cut off while it answers may take that for a failure of its own.
    let _ = answer.into_body().collect().await;
    Ok(status)
}
