//! An event on its way to endpoints: made once, shared by all lanes.

use std::sync::Arc;

use bytes::Bytes;
use muster_model::id::{dashed, derive};
use muster_store::{EventKind, EventRow};

/// What is sent.
#[derive(Debug)]
pub(crate) struct Message {
    /// The event's number.
    pub(crate) seq: i64,
    /// The event's id in its dashed form: the same on each retry (decisions.md 15).
    pub(crate) id: String,
    /// The trigger's id.
    pub(crate) trigger_id: String,
    /// Stands for the subject.
    pub(crate) subject: u128,
    /// What led to the event.
    pub(crate) cause: String,
    /// Whether someone tests.
    pub(crate) kind: EventKind,
    /// The body.
    pub(crate) body: Bytes,
}

impl Message {
    pub(crate) fn of(row: EventRow) -> Arc<Self> {
        Arc::new(Self {
            seq: row.seq,
            id: dashed(row.id.0),
            trigger_id: row.trigger_id,
            subject: derive(&[row.subject.as_bytes()]),
            cause: row.cause,
            kind: row.kind,
            body: row.body.into(),
        })
    }

    /// A question: it stands in no log and waits behind nothing.
    pub(crate) fn question(id: &str, trigger_id: &str, kind: EventKind, body: String) -> Self {
        Self {
            seq: 0,
            id: id.to_owned(),
            trigger_id: trigger_id.to_owned(),
            subject: derive(&[id.as_bytes()]),
            cause: format!("invocation:{id}"),
            kind,
            body: body.into(),
        }
    }

    /// The event's number; a question has none.
    pub(crate) fn place_in_log(&self) -> Option<i64> {
        (self.seq > 0).then_some(self.seq)
    }

    /// The `traceparent` of one try: all events of one cause share the trace (W3C Trace Context).
    pub(crate) fn trace(&self, subscription: i64, attempt: i64) -> String {
        let numbers = [subscription, self.seq, attempt].map(i64::to_be_bytes);
        let trace = derive(&[b"trace", self.cause.as_bytes()]).max(1);
        let span = derive(&[b"span", &numbers.concat()]) as u64;
        format!("00-{trace:032x}-{:016x}-01", span.max(1))
    }
}
