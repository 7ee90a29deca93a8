//! The console: pages for operators, rendered on the server.
//!
//! It contains no rule and no SQL: each page and each button calls operations of the API in process
//! ([`api`]) with the rights of whoever signed in ([`session`]), so the API can always do what the
//! console can. `page` holds one file per page; templates lie in `templates/`.

mod alone;
mod api;
mod assets;
mod failures;
mod icon;
mod limits;
mod link;
mod operator;
mod page;
mod reply;
mod session;
mod shell;
mod show;
mod sign_in;
mod tokens;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use muster_api::App;
use parking_lot::Mutex;

pub use alone::Alone;

/// What all pages share.
pub struct Console {
    app: Arc<App>,
    service: Router,
    tokens: tokens::Tokens,
    failures: Mutex<failures::Failures>,
    links: Mutex<link::Links>,
}

impl Console {
    /// A console over that API; `service` is what [`muster_api::mount`] made of `app`.
    pub fn new(app: Arc<App>, service: Router) -> Arc<Self> {
        Arc::new(Self {
            app,
            service,
            tokens: tokens::Tokens::default(),
            failures: Mutex::default(),
            links: Mutex::default(),
        })
    }

    /// Everything below `/console`, and the way there from `/`.
    pub fn routes(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/", get(sign_in::home))
            .route("/console", get(page::overview::show))
            .route("/favicon.ico", get(assets::icon))
            .route("/console/assets/{file}", get(assets::serve))
            .route(
                "/console/sign-in",
                get(sign_in::form).post(sign_in::sign_in),
            )
            .route("/console/sign-out", post(sign_in::sign_out))
            .route("/console/welcome/{ticket}", get(link::welcome))
            .route("/console/triggers", get(page::triggers::list))
            .route("/console/triggers/{id}", get(page::triggers::detail))
            .route(
                "/console/subscriptions",
                get(page::subscriptions::list).post(page::subscription::create),
            )
            .route("/console/subscriptions/new", get(page::subscription::new))
            .route(
                "/console/subscriptions/{id}",
                get(page::subscription::edit).post(page::subscription::save),
            )
            .route(
                "/console/subscriptions/{id}/delete",
                get(page::subscriptions::ask).post(page::subscriptions::delete),
            )
            .route(
                "/console/subscriptions/{id}/signing",
                get(page::subscription::signing::list).post(page::subscription::signing::make),
            )
            .route(
                "/console/subscriptions/{id}/signing/{secret}/withdraw",
                post(page::subscription::signing::withdraw),
            )
            .route(
                "/console/subscriptions/{id}/test",
                post(page::subscriptions::test),
            )
            .route("/console/filter/try", post(page::trial::show))
            .route("/console/invocations", get(page::invocations::list))
            .route("/console/invocations/{id}", get(page::invocations::detail))
            .route(
                "/console/invocations/{id}/resend",
                post(page::invocations::resend),
            )
            .route(
                "/console/inbox",
                get(page::inbox::first).post(page::inbox::create),
            )
            .route("/console/inbox/{id}", get(page::inbox::one))
            .route("/console/inbox/{id}/clear", post(page::inbox::clear))
            .route("/console/inbox/{id}/{request}", get(page::inbox::detail))
            .route("/console/stream/inbox/{id}", get(page::stream::inbox))
            .route("/console/{*rest}", get(page::missing::show))
            .with_state(Arc::clone(self))
    }
}
