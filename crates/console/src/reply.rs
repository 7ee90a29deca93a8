//! Answers to browsers: pages, parts of pages, redirects; each with the headers that keep a page to
//! what it came with.

use askama::Template;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// Only what this server serves is loaded, and nothing runs that stands in the page itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page or a part of one.
pub(crate) fn html(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => secured((status, Html(text)).into_response()),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            let text = "This page could not be rendered; the log says why.\n";
            secured((StatusCode::INTERNAL_SERVER_ERROR, text).into_response())
        }
    }
}

/// See another page. To htmx it is told in a header, because a fetch would follow on its own.
pub(crate) fn see(headers: &HeaderMap, to: &str) -> Response {
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/console"));
    secured(if is_part(headers) {
        let mut response = StatusCode::NO_CONTENT.into_response();
        response.headers_mut().insert("hx-redirect", to);
        response
    } else {
        let mut response = StatusCode::SEE_OTHER.into_response();
        response.headers_mut().insert(header::LOCATION, to);
        response
    })
}

/// Whether htmx asks, and so for a part of a page.
pub(crate) fn is_part(headers: &HeaderMap) -> bool {
    headers.contains_key("hx-request")
}

/// The element that htmx will put the answer into.
pub(crate) fn is_for(headers: &HeaderMap, id: &str) -> bool {
    let target = headers
        .get("hx-target")
        .and_then(|value| value.to_str().ok());
    is_part(headers) && target.is_some_and(|target| target.rsplit('#').next() == Some(id))
}

/// The headers of every answer.
pub(crate) fn secured(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // The same address is a page or a part of it, as htmx asks.
    headers.insert(
        header::VARY,
        HeaderValue::from_static("HX-Request, HX-Target"),
    );
    response
}
