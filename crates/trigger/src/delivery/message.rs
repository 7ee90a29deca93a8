//! An event on its way to endpoints: made once, shared by all lanes. Whatever is the same for every
//! endpoint and every try is made here.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;
use muster_event::Built;
use muster_model::Timestamp;
use muster_model::id::{dashed, derive};
use muster_store::{EventKind, EventRow, InvocationRow, Result, Tx};
use parking_lot::Mutex;

use crate::limits::SHELF;

/// What is sent.
#[derive(Debug)]
pub(crate) struct Message {
    /// The event's number.
    pub(crate) seq: i64,
    /// The event's id in its dashed form: the same on each retry (decisions.md 15).
    pub(crate) id: String,
    /// The same, ready to be sent.
    pub(crate) id_header: HeaderValue,
    /// The trigger's id.
    pub(crate) trigger: HeaderValue,
    /// Stands for the subject.
    pub(crate) subject: u128,
    /// What led to the event.
    pub(crate) cause: String,
    /// Stands for the cause in `traceparent`.
    trace: u128,
    /// When it happened.
    pub(crate) created: Timestamp,
    /// Whether someone tests.
    pub(crate) kind: EventKind,
    /// The body.
    pub(crate) body: Bytes,
}

impl Message {
    pub(crate) fn of(row: EventRow) -> Arc<Self> {
        let id = dashed(row.id.0);
        Arc::new(Self {
            seq: row.seq,
            id_header: header(&id),
            id,
            trigger: header(&row.trigger_id),
            subject: derive(&[row.subject.as_bytes()]),
            trace: derive(&[b"trace", row.cause.as_bytes()]).max(1),
            cause: row.cause,
            created: row.created,
            kind: row.kind,
            body: row.body.into(),
        })
    }

    /// The message of an event that was built here a moment ago: its body is shared, not copied.
    pub(crate) fn built(event: &Built) -> Arc<Self> {
        let id = dashed(event.id.0);
        Arc::new(Self {
            seq: event.seq,
            id_header: header(&id),
            id,
            trigger: HeaderValue::from_static(event.trigger),
            subject: derive(&[event.subject.as_bytes()]),
            trace: derive(&[b"trace", event.cause.as_bytes()]).max(1),
            cause: event.cause.clone(),
            created: event.created,
            kind: EventKind::Real,
            body: event.body.clone(),
        })
    }

    /// A question: it stands in no log and waits behind nothing.
    pub(crate) fn question(row: &InvocationRow, body: String) -> Self {
        let id = &row.head.id;
        let cause = format!("invocation:{id}");
        Self {
            seq: 0,
            id_header: header(id),
            id: id.clone(),
            trigger: header(&row.head.trigger_id),
            subject: derive(&[id.as_bytes()]),
            trace: derive(&[b"trace", cause.as_bytes()]).max(1),
            cause,
            created: row.head.created,
            kind: row.kind,
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
        let span = derive(&[b"span", &numbers.concat()]) as u64;
        let mut text = String::with_capacity(55);
        let _ = write!(text, "00-{:032x}-{:016x}-01", self.trace, span.max(1));
        text
    }
}

#[cfg(test)]
impl Message {
    /// An event of that number, about someone.
    pub(crate) fn test(seq: i64) -> Arc<Self> {
        Self::of(EventRow {
            seq,
            id: muster_model::id::EventId(seq as u128),
            trigger_id: "idn:test".into(),
            subject: "someone".into(),
            created: Timestamp::from_micros(1_000_000),
            cause: "test".into(),
            kind: EventKind::Real,
            content_json: None,
            body: "{}".into(),
        })
    }
}

/// Ids of events and triggers are hexadecimal digits, letters, dashes and colons.
fn header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
}

/// The messages that lanes read last: subscriptions of one trigger go through the same events at
/// about the same time, so most are read from the store once and not once for each lane.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<Shelved>);

#[derive(Default)]
struct Shelved {
    by_seq: HashMap<i64, Arc<Message>>,
    order: VecDeque<i64>,
}

impl Shelf {
    /// These events, each at the place of its number: from here, or from the store and then kept here.
    pub(crate) fn read(
        &self,
        tx: &mut Tx<'_>,
        seqs: impl Iterator<Item = i64>,
    ) -> Result<Vec<Option<Arc<Message>>>> {
        let seqs: Vec<i64> = seqs.collect();
        let mut messages = self.find(&seqs);
        let missing: Vec<i64> = seqs
            .iter()
            .zip(&messages)
            .filter_map(|(seq, message)| message.is_none().then_some(*seq))
            .collect();
        let mut read = tx.events().get_each(&missing)?.into_iter();
        for message in messages.iter_mut().filter(|message| message.is_none()) {
            *message = read.next().flatten().map(Message::of);
        }
        self.keep(messages.iter().flatten().cloned());
        Ok(messages)
    }

    fn find(&self, seqs: &[i64]) -> Vec<Option<Arc<Message>>> {
        let shelved = self.0.lock();
        let one = |seq| shelved.by_seq.get(seq).cloned();
        seqs.iter().map(one).collect()
    }

    /// Keeps messages; the oldest give way.
    pub(crate) fn keep(&self, messages: impl IntoIterator<Item = Arc<Message>>) {
        let mut shelved = self.0.lock();
        for message in messages {
            let seq = message.seq;
            if shelved.by_seq.insert(seq, message).is_none() {
                shelved.order.push_back(seq);
            }
            if shelved.order.len() > SHELF
                && let Some(oldest) = shelved.order.pop_front()
            {
                shelved.by_seq.remove(&oldest);
            }
        }
    }
}
