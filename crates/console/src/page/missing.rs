//! An address that leads nowhere.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::problem::{Failure, page};
use crate::Console;
use crate::operator::Operator;

/// The page for it, for whoever is signed in; others are asked to sign in first.
pub(crate) async fn show(State(_): State<Arc<Console>>, operator: Operator) -> Response {
    nothing(&operator, "There is no page at this address.")
}

/// The same where an object is gone.
pub(crate) fn nothing(operator: &Operator, text: &str) -> Response {
    let failure = Failure {
        status: StatusCode::NOT_FOUND,
        title: "Nothing here",
        text: text.to_owned(),
        safe: "It may have been deleted, or the link is old.",
        tracking_id: String::new(),
    };
    page(operator.shell(""), &operator.headers, failure)
}
