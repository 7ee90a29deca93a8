//! Streams of pages: the server sends a part of the page anew whenever what it shows has changed.
//! Each part is whole, so one that gets lost costs nothing.

use std::convert::Infallible;
use std::time::Duration;

use askama::Template;
use axum::body::{Body, BodyDataStream};
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::inbox::{CURRENT, List, Place, entries, requests};
use crate::api::Api;
use crate::operator::Operator;
use crate::reply;

/// The least time between two parts: four a second.
const PAUSE: Duration = Duration::from_millis(250);

/// `GET /console/stream/inbox/{id}`: the list of requests, for as long as the API's own stream goes on.
pub(crate) async fn inbox(operator: Operator, Path(id): Path<String>) -> Response {
    let path = format!(
        "/muster/v1/inboxes/{}/stream",
        utf8_percent_encode(&id, NON_ALPHANUMERIC)
    );
    let news = match operator.api.stream(&path).await {
        Ok(news) => news,
        Err(refused) => return operator.refused(CURRENT, &refused),
    };
    let follower = Follower {
        news: news.into_data_stream(),
        api: operator.api.clone(),
        now: operator.shell(CURRENT).now,
        id,
        is_first: true,
    };
    let mut response = reply::secured(Response::new(Body::from_stream(stream::unfold(
        follower,
        Follower::next,
    ))));
    let kind = HeaderValue::from_static("text/event-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

struct Follower {
    news: BodyDataStream,
    api: Api,
    now: String,
    id: String,
    is_first: bool,
}

impl Follower {
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        let piece = self.news.next().await?.ok()?;
        // The first sign of life is answered with the list: something may have come between the page
        // and this stream. Later ones are passed on.
        let is_first = std::mem::take(&mut self.is_first);
        if piece.starts_with(b":") && !is_first {
            return Some((Ok(piece), self));
        }
        if !is_first {
            tokio::time::sleep(PAUSE).await;
        }
        let caught = self.api.get(&requests(&self.id)).await.ok()?;
        let base = format!("/console/inbox/{}", self.id);
        let place = Place {
            base: &base,
            open: None,
        };
        let list = List {
            entries: entries(caught.rows(), &place),
            now: self.now.clone(),
        };
        let html = list.render().ok()?;
        Some((Ok(Bytes::from(message(&html))), self))
    }
}

/// A part as a server-sent event.
pub(crate) fn message(html: &str) -> String {
    let mut text = String::with_capacity(html.len() + 16);
    for line in html.lines() {
        text.push_str("data: ");
        text.push_str(line);
        text.push('\n');
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_part_of_many_lines_is_one_message() {
        assert_eq!(super::message("<li>\n</li>"), "data: <li>\ndata: </li>\n\n");
    }
}
