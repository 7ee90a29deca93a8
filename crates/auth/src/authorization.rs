//! Reads the `Authorization` header: bearer tokens for operations, client credentials for the
//! token endpoint. The header's text comes from whoever speaks HTTP.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use muster_model::Secret;

use crate::token::TokenError;

/// The token of `Authorization: Bearer …`; the scheme's case does not matter (RFC 9110 §11.1).
pub fn bearer_token(header: Option<&str>) -> Result<&str, TokenError> {
    header
        .and_then(|header| parameter_of(header, "bearer"))
        .ok_or(TokenError::Missing)
}

/// Client id and secret of `Authorization: Basic …`, which RFC 6749 §2.3.1 has every token
/// endpoint accept.
pub fn basic_credentials(header: &str) -> Option<(String, Secret<String>)> {
    let decoded = STANDARD.decode(parameter_of(header, "basic")?).ok()?;
    let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((id.to_owned(), Secret::new(secret.to_owned())))
}

fn parameter_of<'a>(header: &'a str, scheme: &str) -> Option<&'a str> {
    let (stated, parameter) = header.trim().split_once(' ')?;
    let parameter = parameter.trim();
    (stated.eq_ignore_ascii_case(scheme) && !parameter.is_empty()).then_some(parameter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_is_found_and_anything_else_is_missing() {
        assert_eq!(bearer_token(Some("Bearer a.b.c")), Ok("a.b.c"));
        assert_eq!(bearer_token(Some("bearer  a.b.c ")), Ok("a.b.c"));
        for other in [
            None,
            Some(""),
            Some("Bearer"),
            Some("Bearer "),
            Some("Basic a.b.c"),
        ] {
            assert_eq!(bearer_token(other), Err(TokenError::Missing), "{other:?}");
        }
    }

    #[test]
    fn basic_credentials_split_at_the_first_colon() {
        let header = format!("Basic {}", STANDARD.encode("id:a:b"));
        let (id, secret) = basic_credentials(&header).unwrap();
        assert_eq!((id.as_str(), secret.expose().as_str()), ("id", "a:b"));
        assert!(basic_credentials("Basic ???").is_none());
    }
}
