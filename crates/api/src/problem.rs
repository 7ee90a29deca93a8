//! The one wire error, in its three shapes (api-surface.md §2): 401 is `{"error"}`, 429 is
//! `{"message"}` with `Retry-After`, everything else is the vendor's ErrorResponseDto.
//!
//! Only this file knows which detail code belongs to which status. A text names the field, what is
//! wrong with it and what would be right; it never quotes a secret.

use axum::http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::limits::{CAUSES_MAX, QUOTE_BYTES_MAX};

/// A refusal or failure as the wire will show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem(Box<Told>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    status: StatusCode,
    detail: &'static str,
    text: String,
    causes: Vec<String>,
    header: Option<(header::HeaderName, HeaderValue)>,
}

impl Problem {
    fn new(status: StatusCode, detail: &'static str, text: impl Into<String>) -> Self {
        Self(Box::new(Told {
            status,
            detail,
            text: text.into(),
            causes: Vec::new(),
            header: None,
        }))
    }

    /// The body is no JSON, or a value has the wrong type or an unknown name.
    pub fn bad_content(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "400.1 Bad request content", text)
    }

    /// A field that must be there is missing or blank.
    pub fn required(text: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "400.1.0 Required data missing or empty",
            text,
        )
    }

    /// A field that cannot be changed this way.
    pub fn illegal_update(text: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "400.1.1 Illegal update attempt",
            text,
        )
    }

    /// A text that is too short or too long.
    pub fn length(text: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "400.1.2 Value length out of range",
            text,
        )
    }

    /// A value of the right type that means nothing here.
    pub fn illegal_value(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "400.1.3 Illegal value", text)
    }

    /// One more than allowed.
    pub fn limit(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "400.1.4 Limit violation", text)
    }

    /// The body names an object that is not there.
    pub fn referenced_not_found(text: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "400.1.404 Referenced object not found",
            text,
        )
    }

    /// The body collides with another object, or another object still needs this one.
    pub fn reference_conflict(text: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "400.1.409 Reference conflict",
            text,
        )
    }

    /// No token, or one that does not hold.
    pub fn unauthorized(text: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::UNAUTHORIZED, "401 Unauthorized", text);
        problem.0.header = Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        problem
    }

    /// A token that does not reach this far.
    pub fn forbidden(text: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "403 Forbidden", text)
    }

    /// The object that the path names is not there.
    pub fn not_found(text: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "404 Not found", text)
    }

    /// The path is known, but not with this method; `allowed` is the value of the `Allow` header.
    pub fn method_not_allowed(text: impl Into<String>, allowed: &str) -> Self {
        let mut problem = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "405 Method not allowed",
            text,
        );
        problem.0.header = HeaderValue::from_str(allowed)
            .ok()
            .map(|allowed| (header::ALLOW, allowed));
        problem
    }

    /// Someone else changed the object in between.
    pub fn conflict(text: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "409 Conflict", text)
    }

    /// What was there once is not kept any more.
    pub fn gone(text: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, "410 Gone", text)
    }

    /// The object is not in the state that the operation needs.
    pub fn precondition(text: impl Into<String>) -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "412 Precondition failed",
            text,
        )
    }

    /// More bytes than allowed.
    pub fn too_large(text: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "413 Content too large", text)
    }

    /// A path and query longer than allowed.
    pub fn target_too_long(text: impl Into<String>) -> Self {
        Self::new(StatusCode::URI_TOO_LONG, "414 URI too long", text)
    }

    /// A content type that the operation does not read.
    pub fn unsupported_media(text: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "415 Unsupported media type",
            text,
        )
    }

    /// Too many calls; try again after `seconds`.
    pub fn too_many(seconds: u64) -> Self {
        let mut problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "429 Too many requests",
            // The blanks are the vendor's (api-surface.md §2); clients compare the text.
            " Rate Limit Exceeded ",
        );
        problem.0.header = Some((header::RETRY_AFTER, HeaderValue::from(seconds)));
        problem
    }

    /// Too much of this kind is under way; try again after `seconds`.
    pub fn busy(text: impl Into<String>, seconds: u64) -> Self {
        let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "429 Too many requests", text);
        problem.0.header = Some((header::RETRY_AFTER, HeaderValue::from(seconds)));
        problem
    }

    /// Something broke on our side. The cause belongs into the log, not here.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "500.0 Internal fault",
            "Something went wrong on the server. The log of Muster has the cause under this trackingId.",
        )
    }

    /// Logs an error that the caller can do nothing about and hides it behind a 500.
    pub fn hidden(error: &dyn std::error::Error) -> Self {
        let mut chain = error.to_string();
        let mut source = error.source();
        while let Some(inner) = source {
            chain.push_str(": ");
            chain.push_str(&inner.to_string());
            source = inner.source();
        }
        tracing::error!(error = %chain, "a call failed: {chain}");
        Self::internal()
    }

    /// This part of Muster does not do that, and why.
    pub fn unavailable(text: impl Into<String>) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "503 Service unavailable",
            text,
        )
    }

    /// The same problem with a finer cause beneath it.
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        if self.0.causes.len() < CAUSES_MAX {
            self.0.causes.push(cause.into());
        }
        self
    }

    /// The same about a field within `parent`; the text begins with the field.
    pub fn within(mut self, parent: &str) -> Self {
        self.0.text = format!("{parent}.{}", self.0.text);
        self
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The fine-grained code, such as `400.1.3 Illegal value`.
    pub fn detail(&self) -> &'static str {
        self.0.detail
    }

    /// What a person reads.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The answer that carries this problem, marked with the request's tracking id.
    pub fn answer(&self, tracking_id: &str) -> Answer {
        let body = match self.0.status {
            StatusCode::UNAUTHORIZED => json!({ "error": self.0.text }),
            StatusCode::TOO_MANY_REQUESTS => json!({ "message": self.0.text }),
            _ => json!({
                "detailCode": self.0.detail,
                "trackingId": tracking_id,
                "messages": [message(&self.0.text)],
                "causes": self.0.causes.iter().map(|cause| message(cause)).collect::<Vec<_>>(),
            }),
        };
        let answer = Answer::json(self.0.status, &body);
        match &self.0.header {
            Some((name, value)) => answer.with_header(name.clone(), value.clone()),
            None => answer,
        }
    }
}

impl From<muster_store::Error> for Problem {
    fn from(error: muster_store::Error) -> Self {
        match error {
            muster_store::Error::Conflict(_) => Self::conflict(sentence(&error.to_string())),
            muster_store::Error::GivenUp => Self::unavailable(sentence(&error.to_string())),
            error => Self::hidden(&error),
        }
    }
}

impl From<crate::keyring::Error> for Problem {
    fn from(error: crate::keyring::Error) -> Self {
        Self::hidden(&error)
    }
}

impl From<muster_auth::field::InvalidField> for Problem {
    fn from(error: muster_auth::field::InvalidField) -> Self {
        // It starts with the name of a field, which must stay as it is written.
        Self::illegal_value(format!("{error}."))
    }
}

impl From<muster_auth::Denied> for Problem {
    fn from(denied: muster_auth::Denied) -> Self {
        Self::forbidden(sentence(&denied.to_string()))
    }
}

/// Errors below this crate start in lower case and have no full stop; people read sentences.
pub fn sentence(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => String::new(),
    }
}

fn message(text: &str) -> Value {
    json!({ "locale": "en-US", "localeOrigin": "DEFAULT", "text": text })
}

/// A piece of what the client sent, fit to be quoted in a text: short, and without control characters.
pub fn quote(text: &str) -> String {
    let mut quoted: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if quoted.len() > QUOTE_BYTES_MAX {
        let mut end = QUOTE_BYTES_MAX;
        while !quoted.is_char_boundary(end) {
            end -= 1;
        }
        quoted.truncate(end);
        quoted.push('…');
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(problem: &Problem) -> Value {
        serde_json::from_slice(problem.answer("0123").body()).unwrap()
    }

    #[test]
    fn a_refusal_has_the_shape_that_clients_decode() {
        let problem = Problem::illegal_value("type: use one of A, B").because("type was \"C\"");
        assert_eq!(
            body(&problem),
            json!({
                "detailCode": "400.1.3 Illegal value",
                "trackingId": "0123",
                "messages": [{"locale": "en-US", "localeOrigin": "DEFAULT", "text": "type: use one of A, B"}],
                "causes": [{"locale": "en-US", "localeOrigin": "DEFAULT", "text": "type was \"C\""}],
            })
        );
    }

    #[test]
    fn a_missing_token_and_a_full_bucket_have_their_own_shapes() {
        assert_eq!(
            body(&Problem::unauthorized("no token")),
            json!({"error": "no token"})
        );
        let full = Problem::too_many(7);
        assert_eq!(body(&full), json!({"message": " Rate Limit Exceeded "}));
        assert_eq!(full.answer("0").header(&header::RETRY_AFTER), Some("7"));
    }

    #[test]
    fn a_quote_is_short_and_printable() {
        let quoted = quote(&"ä\n".repeat(200));
        assert!(quoted.len() <= QUOTE_BYTES_MAX + '…'.len_utf8());
        assert!(!quoted.contains('\n'));
    }
}
