//! From the `Authorization` header to a [`Caller`]: only what concerns the header itself. Whether
//! the token holds is the business of [`Tokens`](crate::app::Tokens), what it may do that of `authorize`.

use axum::http::{HeaderMap, header};

use crate::problem::Problem;

/// The bearer token of a request, or `None` where there is no `Authorization` header at all.
pub fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let malformed =
        || Problem::unauthorized("The Authorization header is not of the form \"Bearer <token>\".");
    let text = value.to_str().map_err(|_| malformed())?;
    let (scheme, token) = text.trim().split_once(' ').ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
        return Err(malformed());
    }
    Ok(Some(token.trim()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(value: &'static str) -> Result<Option<String>, ()> {
        let headers =
            HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]);
        bearer(&headers)
            .map(|token| token.map(str::to_owned))
            .map_err(|_| ())
    }

    #[test]
    fn only_a_bearer_token_is_one() {
        assert_eq!(bearer(&HeaderMap::new()), Ok(None));
        assert_eq!(read("Bearer abc"), Ok(Some("abc".into())));
        assert_eq!(read("bearer  abc "), Ok(Some("abc".into())));
        assert_eq!(read("Basic abc"), Err(()));
        assert_eq!(read("Bearer"), Err(()));
        assert_eq!(read("Bearer "), Err(()));
    }
}
