//! Pages and notices for what went wrong: what failed, what is safe, what to do.

use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::api::Refused;
use crate::reply;
use crate::shell::Shell;

/// What went wrong, as it is told.
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    pub(crate) text: String,
    pub(crate) safe: &'static str,
    pub(crate) tracking_id: String,
}

#[derive(Template)]
#[template(path = "error.html")]
struct Page {
    shell: Shell,
    failure: Failure,
}

#[derive(Template)]
#[template(path = "notice.html")]
struct Notice {
    failure: Failure,
}

#[derive(Template)]
#[template(path = "bare.html")]
struct Bare<'a> {
    title: &'a str,
    text: &'a str,
}

/// A page, or a notice where htmx asked for a part of one.
pub(crate) fn page(shell: Shell, headers: &HeaderMap, failure: Failure) -> Response {
    if reply::is_part(headers) && !reply::is_for(headers, "main") {
        return reply::html(failure.status, &Notice { failure });
    }
    reply::html(failure.status, &Page { shell, failure })
}

/// The API refused a call.
pub(crate) fn refused(shell: Shell, headers: &HeaderMap, refused: &Refused) -> Response {
    let (title, safe) = match refused.status {
        StatusCode::FORBIDDEN => (
            "Not with these rights",
            "Whoever made the client you signed in with can give it the scope that is missing.",
        ),
        StatusCode::NOT_FOUND => (
            "Nothing here",
            "It may have been deleted, or the link is old.",
        ),
        status if status.is_server_error() => (
            "This did not work",
            "Events and deliveries go on: they do not need this page.",
        ),
        _ => ("This was refused", "Nothing was changed."),
    };
    let failure = Failure {
        status: refused.status,
        title,
        text: refused.text.clone(),
        safe,
        tracking_id: refused.tracking_id.clone(),
    };
    page(shell, headers, failure)
}

fn bare(status: StatusCode, title: &str, text: &str) -> Response {
    reply::html(status, &Bare { title, text })
}

/// The address names no org.
pub(crate) fn no_org() -> Response {
    bare(
        StatusCode::NOT_FOUND,
        "No org here",
        "This address belongs to no org that can be used. muster org list shows those there are; a bare \
         address means the one that default-org names.",
    )
}

/// A form that may not be acted on.
pub(crate) fn forbidden(text: &str) -> Response {
    bare(StatusCode::FORBIDDEN, "Not sent", text)
}

/// A link that has had its day.
pub(crate) fn gone(text: &str) -> Response {
    bare(StatusCode::GONE, "This link no longer works", text)
}

/// The API does not answer even for signing in.
pub(crate) fn broken(refused: &Refused) -> Response {
    bare(
        StatusCode::SERVICE_UNAVAILABLE,
        "This did not work",
        &refused.text,
    )
}
