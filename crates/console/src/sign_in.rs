//! Signing in and out. For now with a client id and secret, or those of a personal access token.

use std::net::SocketAddr;
use std::sync::Arc;

use askama::Template;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use muster_api::App;

use crate::Console;
use crate::api::{Api, Refused};
use crate::limits::CREDENTIAL_BYTES_MAX;
use crate::operator::{Asked, Form, Operator, is_same_origin, read_form};
use crate::page::problem;
use crate::reply;
use crate::session::{Session, forget};

/// `/`: people look for pages, clients know their paths.
pub(crate) async fn home(headers: HeaderMap) -> Response {
    reply::see(&headers, "/console")
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    org: String,
    next: String,
    client_id: String,
    error: Option<String>,
    version: &'static str,
}

/// `GET /console/sign-in`
pub(crate) async fn form(
    State(console): State<Arc<Console>>,
    Asked(asked): Asked,
    headers: HeaderMap,
) -> Response {
    let Some(org) = console.org_name(headers.get(header::HOST)) else {
        return problem::no_org();
    };
    page(
        org,
        asked.text("next"),
        StatusCode::OK,
        (String::new(), None),
    )
}

fn page(
    org: String,
    next: &str,
    status: StatusCode,
    (client_id, error): (String, Option<String>),
) -> Response {
    let page = Page {
        org,
        next: local(next).to_owned(),
        client_id,
        error,
        version: env!("CARGO_PKG_VERSION"),
    };
    reply::html(status, &page)
}

/// A path of the console, whatever was asked for: nobody is sent elsewhere by a link to sign in.
fn local(next: &str) -> &str {
    let is_ours =
        next == "/console" || next.starts_with("/console/") || next.starts_with("/console?");
    if is_ours && !next.contains(['\\', '\r', '\n']) {
        next
    } else {
        "/console"
    }
}

/// `POST /console/sign-in`
pub(crate) async fn sign_in(State(console): State<Arc<Console>>, request: Request) -> Response {
    let headers = request.headers().clone();
    let peer: Option<ConnectInfo<SocketAddr>> = request.extensions().get().copied();
    let host = headers.get(header::HOST);
    let Some(org) = console.org_name(host) else {
        return problem::no_org();
    };
    if !is_same_origin(&headers) {
        return problem::forbidden(
            "The form was sent from another site; open this page and sign in here.",
        );
    }
    let form: Form = match read_form(request).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let next = form.text("next");
    let (client_id, secret) = (
        form.text("client_id").trim().to_owned(),
        form.text("client_secret"),
    );
    let refuse =
        |status, text: String| page(org.clone(), next, status, (client_id.clone(), Some(text)));
    if client_id.is_empty() || secret.is_empty() {
        return refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Give both the client id and its secret.".to_owned(),
        );
    }
    if client_id.len() > CREDENTIAL_BYTES_MAX || secret.len() > CREDENTIAL_BYTES_MAX {
        return refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            "That is longer than any client id or secret.".to_owned(),
        );
    }
    let address = peer.map_or_else(
        || "unknown".to_owned(),
        |ConnectInfo(peer)| peer.ip().to_string(),
    );
    let keys = vec![
        format!("address {address}"),
        format!("client {org} {client_id}"),
    ];
    let waits = console.failures.lock().wait(&keys, console.now());
    if let Some(seconds) = waits {
        let text = format!(
            "Signing in failed too often. Try again in {} min.",
            seconds / 60 + 1
        );
        return refuse(StatusCode::TOO_MANY_REQUESTS, text);
    }
    let credentials = (client_id.clone(), secret.trim().to_owned());
    let Some(begun) = begin(&console, host, credentials).await else {
        console.failures.lock().count(keys, console.now());
        tracing::warn!(
            org,
            client_id,
            address,
            "signing in to the console failed for {client_id}"
        );
        let text = "Client id and secret do not match, or the client is disabled.".to_owned();
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, text);
    };
    console.failures.lock().clear(&keys);
    with_cookie(reply::see(&headers, local(next)), &begun.cookie)
}

/// `POST /console/sign-out`
pub(crate) async fn sign_out(
    State(console): State<Arc<Console>>,
    operator: Operator,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    if let Err(response) = operator.form(request).await {
        return response;
    }
    console.tokens.end(&operator.session, console.now());
    let url = &console.app.settings.public_url;
    with_cookie(reply::see(&headers, "/console/sign-in"), &forget(url))
}

/// A session that was begun.
pub(crate) struct Begun {
    pub(crate) org: String,
    pub(crate) cookie: String,
}

/// Begins a session, if the credentials hold.
pub(crate) async fn begin(
    console: &Arc<Console>,
    host: Option<&HeaderValue>,
    (client_id, client_secret): (String, String),
) -> Option<Begun> {
    let app: &App = &console.app;
    let session = Session::begin(client_id, client_secret, console.now(), &*app.random);
    match Api::of(console, host, &session).await {
        Ok(_) => {}
        Err(Refused { status, text, .. }) => {
            tracing::debug!(%status, text, "no session was begun");
            return None;
        }
    }
    let (org, keys) = console.keys(host).await?;
    let cookie = session.cookie(&org, &keys, &*app.random, &app.settings.public_url);
    Some(Begun { org, cookie })
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn signing_in_never_leads_to_another_site() {
        for (next, to) in [
            ("/console/triggers", "/console/triggers"),
            ("/console?x=1", "/console?x=1"),
            ("//evil.example", "/console"),
            ("https://evil.example/console", "/console"),
            ("/consoles", "/console"),
            ("/console/\\evil", "/console"),
            ("", "/console"),
        ] {
            assert_eq!(local(next), to, "{next}");
        }
    }
}
