//! A field of a request that cannot be taken, and the checks that clients and tokens share.

use crate::limits::{ACCESS_TOKEN_SECONDS_MAX, ACCESS_TOKEN_SECONDS_MIN, TEXT_BYTES_MAX};

/// A field that is refused, by its wire name, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct InvalidField {
    /// The field's name on the wire.
    pub field: &'static str,
    /// What is wrong, for the one who sent it.
    pub reason: String,
}

/// Refuses `field`.
pub(crate) fn invalid(field: &'static str, reason: impl Into<String>) -> InvalidField {
    InvalidField {
        field,
        reason: reason.into(),
    }
}

/// A name that people must be able to see.
pub(crate) fn required_text(field: &'static str, text: &str) -> Result<(), InvalidField> {
    if text.trim().is_empty() {
        return Err(invalid(field, "must not be empty"));
    }
    bounded_text(field, Some(text))
}

/// A text of bearable length.
pub(crate) fn bounded_text(field: &'static str, text: Option<&str>) -> Result<(), InvalidField> {
    if text.is_some_and(|text| text.len() > TEXT_BYTES_MAX) {
        let reason = format!("must not be longer than {TEXT_BYTES_MAX} bytes");
        return Err(invalid(field, reason));
    }
    Ok(())
}

/// The life of the access tokens that a client or personal access token yields.
pub(crate) fn access_token_seconds(seconds: u32) -> Result<(), InvalidField> {
    if (ACCESS_TOKEN_SECONDS_MIN..=ACCESS_TOKEN_SECONDS_MAX).contains(&seconds) {
        return Ok(());
    }
    Err(invalid(
        "accessTokenValiditySeconds",
        format!("must be between {ACCESS_TOKEN_SECONDS_MIN} and {ACCESS_TOKEN_SECONDS_MAX}"),
    ))
}
