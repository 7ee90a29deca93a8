//! What an inbox catches, as server-sent events: each caught request once, with its number as the
//! event's id, so that a follower who comes back with `Last-Event-ID` misses nothing that is still
//! remembered. It ends with the inbox, or when the server stops.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, StatusCode};
use bytes::Bytes;
use futures_util::stream;
use muster_inbox::Inbox;
use tokio::sync::watch;

use super::{InboxRequest, memory};
use crate::answer::Answer;
use crate::call::Call;
use crate::problem::Problem;

/// Where browsers say up to where they heard.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// How often a silent stream shows that it lives.
const BEAT: Duration = Duration::from_secs(15);

pub(super) fn follow(call: &Call, (): ()) -> Result<Answer, Problem> {
    let inbox = memory(call)?;
    let heard = call.header(&LAST_EVENT_ID).and_then(|id| id.parse().ok());
    let heard = heard.unwrap_or_else(|| inbox.recent().first().map_or(0, |newest| newest.id));
    let follower = Follower {
        changes: inbox.changes(),
        inbox: Arc::downgrade(&inbox),
        heard,
        is_first: true,
    };
    let pieces = stream::unfold(follower, Follower::next);
    Ok(Answer::stream(
        StatusCode::OK,
        "text/event-stream",
        Body::from_stream(pieces),
    ))
}

/// It holds the inbox weakly: a follower must not keep alive what was deleted.
struct Follower {
    changes: watch::Receiver<u64>,
    inbox: std::sync::Weak<Inbox>,
    heard: u64,
    is_first: bool,
}

impl Follower {
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        if std::mem::take(&mut self.is_first) {
            // Something at once, so that the follower knows that it is connected.
            return Some((Ok(Bytes::from_static(b": following\n\n")), self));
        }
        loop {
            let news = self.inbox.upgrade()?.since(self.heard);
            if let Some(last) = news.last() {
                self.heard = last.id;
                let text: String = news
                    .iter()
                    .filter_map(|caught| {
                        let data = serde_json::to_string(&InboxRequest::from(&**caught)).ok()?;
                        Some(format!("id: {}\ndata: {data}\n\n", caught.id))
                    })
                    .collect();
                return Some((Ok(Bytes::from(text)), self));
            }
            match tokio::time::timeout(BEAT, self.changes.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return None,
                Err(_) => return Some((Ok(Bytes::from_static(b": still here\n\n")), self)),
            }
        }
    }
}
