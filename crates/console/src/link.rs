//! One-click links: whoever starts the demo on this machine gets an address that signs them in.
//! Each works once, soon, and only from the machine itself.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use askama::Template;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use muster_auth::secret_text::new_secret;

use crate::Console;
use crate::limits::{LINK_SECONDS, LINKS_MAX};
use crate::page::problem;
use crate::reply;
use crate::sign_in::begin;

/// Links that wait to be followed.
#[derive(Default)]
pub(crate) struct Links(HashMap<String, Ticket>);

struct Ticket {
    org: String,
    client_id: String,
    client_secret: String,
    ends: i64,
}

impl Console {
    /// The path of a link that signs in with these credentials, once, from this machine. `None`
    /// where too many wait already.
    pub fn sign_in_path(&self, org: &str, client_id: &str, client_secret: &str) -> Option<String> {
        let now = self.now();
        let mut links = self.links.lock();
        links.0.retain(|_, ticket| ticket.ends > now);
        if links.0.len() >= LINKS_MAX {
            return None;
        }
        let name = new_secret(&*self.app.random).expose().clone();
        let ticket = Ticket {
            org: org.to_owned(),
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            ends: now + LINK_SECONDS,
        };
        links.0.insert(name.clone(), ticket);
        Some(format!("/console/welcome/{name}"))
    }

    fn take(&self, name: &str) -> Option<Ticket> {
        let ticket = self.links.lock().0.remove(name)?;
        (ticket.ends > self.now()).then_some(ticket)
    }
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome;

/// `/console/welcome/{ticket}`. A page rather than a redirect: a strict cookie would not go along
/// with a redirect that another site's link began.
pub(crate) async fn welcome(
    State(console): State<Arc<Console>>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    if !is_from_here(request.headers(), request.extensions().get()) {
        return problem::gone("This link works only on the machine that Muster runs on.");
    }
    let host = request.headers().get(header::HOST).cloned();
    let Some(ticket) = console.take(&name) else {
        return problem::gone(
            "This link was used or is older than 15 minutes. Sign in with a client id and secret; \
             muster demo prints both.",
        );
    };
    let credentials = (ticket.client_id, ticket.client_secret);
    let Some(begun) = begin(&console, host.as_ref(), credentials).await else {
        return problem::gone("The credentials behind this link no longer hold.");
    };
    if begun.org != ticket.org {
        return problem::gone("This link belongs to another org.");
    }
    let mut response = reply::html(StatusCode::OK, &Welcome);
    if let Ok(cookie) = HeaderValue::from_str(&begun.cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// A proxy on this machine would make everybody look local; it says so in a header.
fn is_from_here(headers: &HeaderMap, peer: Option<&ConnectInfo<SocketAddr>>) -> bool {
    let is_forwarded =
        headers.contains_key(header::FORWARDED) || headers.contains_key("x-forwarded-for");
    peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback()) && !is_forwarded
}
