//! What the server says about itself: its description for machines and its page for people.

use axum::http::{HeaderValue, StatusCode, header};
use muster_auth::Guard;

use crate::answer::Answer;
use crate::call::Call;
use crate::docs;
use crate::handler::Blocking;
use crate::openapi::describe;
use crate::operation::{Operation, QueryParameter};
use crate::problem::{Problem, quote};
use crate::spelling::{Spelling, V1};

const TAG: &str = "About";

/// The page loads its stylesheet and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

pub(crate) static OPERATIONS: &[Operation] = &[
    Operation::get("/openapi.json", "getOpenApi")
        .title(TAG, "The OpenAPI description of this server")
        .guard(Guard::PUBLIC)
        .asks(&[QueryParameter::new(
            "version",
            "Which spelling to describe: v1 (the newest, default), v2026, v2025, v2024, v3 or beta.",
        )])
        .runs(&Blocking(openapi)),
    Operation::get("/docs", "getDocs")
        .title(TAG, "The description as a page")
        .guard(Guard::PUBLIC)
        .runs(&Blocking(page)),
    Operation::get("/docs/docs.css", "getDocsStyle")
        .title(TAG, "How that page looks")
        .guard(Guard::PUBLIC)
        .runs(&Blocking(style)),
];

fn openapi(call: &Call, (): ()) -> Result<Answer, Problem> {
    let spelling = match call.query("version") {
        None => V1,
        Some(name) => Spelling::named(name).ok_or_else(|| {
            Problem::illegal_value(format!(
                "version: \"{}\" is unknown; use v1, v2026, v2025, v2024, v3 or beta.",
                quote(name)
            ))
        })?,
    };
    let described = describe(call.catalogue(), spelling);
    Ok(Answer::json(StatusCode::OK, &described))
}

#[expect(clippy::unnecessary_wraps, reason = "handlers give results")]
fn page(call: &Call, (): ()) -> Result<Answer, Problem> {
    let page = docs::page(call.catalogue());
    Ok(secured(Answer::bytes(
        StatusCode::OK,
        "text/html; charset=utf-8",
        page,
    )))
}

#[expect(clippy::unnecessary_wraps, reason = "handlers give results")]
fn style(_: &Call, (): ()) -> Result<Answer, Problem> {
    Ok(secured(Answer::bytes(
        StatusCode::OK,
        "text/css; charset=utf-8",
        docs::STYLE,
    )))
}

fn secured(answer: Answer) -> Answer {
    answer
        .with_header(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
        )
        .with_header(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        )
}
