//! `/inbox/{token}`: catches whatever is sent to it, where an org has an inbox of that token. It
//! asks for no access token, because those who send have none; the token in the path is the secret.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use muster_api::resources::inboxes::is_known;
use muster_inbox::Inboxes;
use muster_model::Clock;
use muster_store::Store;

use crate::server::run_blocking;

#[derive(Clone)]
pub(crate) struct Catching {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) inboxes: Inboxes,
}

/// The routes of all inboxes.
pub(crate) fn routes(catching: Catching) -> Router {
    Router::new()
        .route("/inbox/{token}", any(catch))
        .route("/inbox/{token}/{*rest}", any(catch_below))
        .with_state(catching)
}

async fn catch(
    State(catching): State<Catching>,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    take(catching, token, request).await
}

async fn catch_below(
    State(catching): State<Catching>,
    Path((token, _)): Path<(String, String)>,
    request: Request,
) -> Response {
    take(catching, token, request).await
}

async fn take(catching: Catching, token: String, request: Request) -> Response {
    let store = catching.store.clone();
    let wanted = token.clone();
    let known = run_blocking(move || {
        let mut orgs = store.orgs().into_iter();
        orgs.any(|org| is_known(&org, &wanted).unwrap_or(false))
    });
    if !known.await {
        return (
            StatusCode::NOT_FOUND,
            "There is no inbox at this address.\n",
        )
            .into_response();
    }
    match catching.inboxes.of(&token) {
        Some(inbox) => inbox.catch(request, catching.clock.now().to_string()).await,
        None => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many inboxes are in use on this server.\n",
        )
            .into_response(),
    }
}
