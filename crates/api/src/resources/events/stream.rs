//! The feed as server-sent events: each message carries its cursor as `id`, so that a client which
//! connects again goes on where it was.

use std::convert::Infallible;
use std::pin::Pin;

use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::stream::unfold;
use muster_trigger::feed::Page;
use serde_json::json;
use tokio::time::{Sleep, sleep};

use super::Asked;
use super::follow::Follower;
use crate::answer::Answer;
use crate::call::Call;
use crate::limits::{FEED_KEEP_ALIVE, FEED_ROWS, FEED_STREAM_MAX};
use crate::problem::Problem;

struct Open {
    follower: Follower,
    /// A token may be withdrawn: streams end now and then, and clients connect again.
    lifetime: Pin<Box<Sleep>>,
    is_over: bool,
}

pub(super) fn stream(call: &Call, (): ()) -> Result<Answer, Problem> {
    let Asked { feed, cursor } = Asked::read(call)?;
    let follower = Follower::of(call, feed, cursor)?;
    let greeting = format!("retry: 1000\nid: {cursor}\n\n");
    let chunks = async move {
        // Timers belong to the runtime, which handlers are not on.
        let open = Open {
            follower,
            lifetime: Box::pin(sleep(FEED_STREAM_MAX)),
            is_over: false,
        };
        unfold((Some(greeting), open), next)
    };
    let body = Body::from_stream(chunks.flatten_stream());
    Ok(Answer::stream(StatusCode::OK, "text/event-stream", body))
}

type State = (Option<String>, Open);

async fn next((greeting, mut open): State) -> Option<(Result<Bytes, Infallible>, State)> {
    if let Some(greeting) = greeting {
        return Some((Ok(greeting.into()), (None, open)));
    }
    if open.is_over || open.follower.is_over() {
        return None;
    }
    let told = tokio::select! {
        page = open.follower.next(FEED_ROWS as usize, sleep(FEED_KEEP_ALIVE)) => page,
        () = &mut open.lifetime => return None,
    };
    let chunk = match told {
        Ok(page) if page.events.is_empty() => alive(open.follower.cursor()),
        Ok(page) => messages(&page),
        Err(error) => {
            open.is_over = true;
            let text = json!({ "error": error.to_string() });
            format!("event: error\ndata: {text}\n\n")
        }
    };
    Some((Ok(chunk.into()), (None, open)))
}

/// Nothing happened that is wanted; the cursor moves on all the same.
fn alive(cursor: i64) -> String {
    format!(": nothing new\nid: {cursor}\n\n")
}

fn messages(page: &Page) -> String {
    let message = |(cursor, event): &(i64, serde_json::Value)| {
        // JSON has no raw line breaks, so one line holds it.
        format!("id: {cursor}\ndata: {event}\n\n")
    };
    page.events.iter().map(message).collect()
}
