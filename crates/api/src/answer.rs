//! What a handler gives back: a status, a body, a few headers. Not yet bytes on a socket.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;

use crate::problem::Problem;

/// How many objects match in all, told with `count=true`.
pub static TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");

/// A whole answer. Large exports go out as [`Answer::stream`].
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Content,
}

#[derive(Debug)]
enum Content {
    Whole(Bytes),
    Stream(Body),
}

impl Answer {
    /// An answer without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Content::Whole(Bytes::new()),
        }
    }

    /// A JSON answer. A value that cannot be written as JSON becomes the API's 500.
    pub fn json<T: Serialize + ?Sized>(status: StatusCode, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => Self::bytes(status, "application/json", bytes),
            Err(error) => Problem::hidden(&error).answer(""),
        }
    }

    /// An answer of any content type.
    pub fn bytes(status: StatusCode, content_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        let mut answer = Self::empty(status);
        answer
            .headers
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        answer.body = Content::Whole(bytes.into());
        answer
    }

    /// An answer whose length is not known yet.
    pub fn stream(status: StatusCode, content_type: &'static str, body: Body) -> Self {
        let mut answer = Self::bytes(status, content_type, Bytes::new());
        answer.body = Content::Stream(body);
        answer
    }

    /// The same answer with one more header.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The same answer, telling how many objects match in all.
    pub fn with_total(self, total: Option<u64>) -> Self {
        match total {
            Some(total) => self.with_header(TOTAL_COUNT.clone(), HeaderValue::from(total)),
            None => self,
        }
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// One of its headers, where it is text.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Its body, where it is whole.
    pub fn body(&self) -> &[u8] {
        match &self.body {
            Content::Whole(bytes) => bytes,
            Content::Stream(_) => &[],
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let body = match self.body {
            Content::Whole(bytes) => Body::from(bytes),
            Content::Stream(body) => body,
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}
