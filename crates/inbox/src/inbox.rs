//! One inbox: the last requests that were sent to it.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::caught::Caught;
use crate::limits::{BODY_BYTES_MAX, BYTES_MAX, REQUESTS_MAX};

/// One inbox.
pub struct Inbox {
    held: Mutex<Held>,
    /// How often it changed; closed with the inbox.
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct Held {
    requests: VecDeque<Arc<Caught>>,
    bytes: usize,
    last: u64,
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            held: Mutex::default(),
            changes: watch::channel(0).0,
        }
    }
}

impl Inbox {
    /// Takes a request and answers it; `received` says when it came.
    pub async fn catch(&self, request: Request, received: String) -> Response {
        let (parts, body) = request.into_parts();
        let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
            let text = format!("The inbox takes bodies of at most {BODY_BYTES_MAX} bytes.\n");
            return (StatusCode::PAYLOAD_TOO_LARGE, text).into_response();
        };
        self.keep(Caught::new(&parts, &body.to_bytes(), received));
        "caught\n".into_response()
    }

    fn keep(&self, mut caught: Caught) {
        let mut held = self.held.lock();
        held.last += 1;
        caught.id = held.last;
        held.bytes += caught.body.len();
        held.requests.push_front(Arc::new(caught));
        while held.requests.len() > REQUESTS_MAX || held.bytes > BYTES_MAX {
            let Some(oldest) = held.requests.pop_back() else {
                break;
            };
            held.bytes -= oldest.body.len();
        }
        drop(held);
        self.changes.send_modify(|count| *count += 1);
    }

    /// What it remembers, newest first.
    pub fn recent(&self) -> Vec<Arc<Caught>> {
        self.held.lock().requests.iter().cloned().collect()
    }

    /// Those that came after the one numbered `id`, oldest first.
    pub fn since(&self, id: u64) -> Vec<Arc<Caught>> {
        let held = self.held.lock();
        let newer = held.requests.iter().take_while(|caught| caught.id > id);
        let mut newer: Vec<Arc<Caught>> = newer.cloned().collect();
        newer.reverse();
        newer
    }

    /// Forgets everything.
    pub fn clear(&self) {
        let mut held = self.held.lock();
        held.requests.clear();
        held.bytes = 0;
        drop(held);
        self.changes.send_modify(|count| *count += 1);
    }

    /// Tells of changes. It ends when the inbox is closed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn post(path: &str, body: impl Into<Body>) -> Request {
        let request = Request::post(path).header("authorization", "Bearer secret");
        request.body(body.into()).unwrap()
    }

    async fn send(inbox: &Inbox, body: impl Into<Body>) -> StatusCode {
        inbox
            .catch(post("/a?b=c", body), "now".to_owned())
            .await
            .status()
    }

    #[tokio::test]
    async fn whatever_is_sent_is_remembered_without_its_secrets() {
        let inbox = Inbox::default();
        assert_eq!(send(&inbox, "{\"x\":1}").await, StatusCode::OK);
        let caught = &inbox.recent()[0];
        assert_eq!(
            (caught.method.as_str(), caught.path.as_str()),
            ("POST", "/a?b=c")
        );
        assert_eq!((caught.body.as_str(), caught.size), ("{\"x\":1}", 7));
        assert_eq!(caught.header("authorization"), Some("…"));
    }

    #[tokio::test]
    async fn it_remembers_no_more_than_its_bounds() {
        let inbox = Inbox::default();
        for _ in 0..REQUESTS_MAX + 5 {
            send(&inbox, "x").await;
        }
        let recent = inbox.recent();
        assert_eq!(recent.len(), REQUESTS_MAX);
        assert_eq!(recent[0].id, REQUESTS_MAX as u64 + 5);
        for _ in 0..20 {
            send(&inbox, vec![b'x'; BODY_BYTES_MAX]).await;
        }
        let kept: usize = inbox.recent().iter().map(|caught| caught.body.len()).sum();
        assert!(kept <= BYTES_MAX, "{kept}");
        let too_long = vec![b'x'; BODY_BYTES_MAX + 1];
        assert_eq!(send(&inbox, too_long).await, StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test]
    async fn those_that_watch_hear_of_what_came_since() {
        let inbox = Inbox::default();
        send(&inbox, "1").await;
        let mut changes = inbox.changes();
        send(&inbox, "2").await;
        send(&inbox, "3").await;
        changes.changed().await.unwrap();
        let bodies: Vec<String> = inbox.since(1).iter().map(|one| one.body.clone()).collect();
        assert_eq!(bodies, ["2", "3"]);
        inbox.clear();
        assert!(inbox.recent().is_empty());
        drop(inbox);
        while changes.changed().await.is_ok() {}
    }
}
