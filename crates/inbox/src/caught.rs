//! A request that was caught.

use axum::http::request::Parts;
use serde::{Deserialize, Serialize};

use crate::limits::{HEADER_BYTES_MAX, HEADERS_MAX};

/// A request that was caught.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Caught {
    /// Its number, from 1; later ones have larger numbers.
    pub id: u64,
    /// When it came, as ISO 8601.
    pub received: String,
    /// Its method.
    pub method: String,
    /// Its path and query.
    pub path: String,
    /// Its headers, in the order they came.
    pub headers: Vec<Header>,
    /// Bytes of its body.
    pub size: u64,
    /// Its body as text; bytes that are no UTF-8 are replaced.
    pub body: String,
}

/// A header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value; hidden where it is a secret, which should not stay on a screen.
    pub value: String,
}

impl Caught {
    pub(crate) fn new(parts: &Parts, body: &[u8], received: String) -> Self {
        let headers = parts.headers.iter().take(HEADERS_MAX).map(|(name, value)| {
            let is_secret = matches!(
                name.as_str(),
                "authorization" | "proxy-authorization" | "cookie"
            );
            let bytes = value.as_bytes();
            let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(HEADER_BYTES_MAX)]);
            Header {
                name: name.to_string(),
                value: if is_secret {
                    "…".to_owned()
                } else {
                    shown.into_owned()
                },
            }
        });
        Self {
            id: 0,
            received,
            method: parts.method.to_string(),
            path: parts.uri.to_string(),
            headers: headers.collect(),
            size: body.len() as u64,
            body: String::from_utf8_lossy(body).into_owned(),
        }
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|header| header.name == name);
        found.map(|header| header.value.as_str())
    }
}
