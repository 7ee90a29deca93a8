//! Whoever is signed in: taken from the cookie of each request. Without one the answer is the page
//! to sign in. Forms are read here too, because each must bring back the session's token.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use muster_api::OrgKeys;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Console;
use crate::api::{Api, Refused};
use crate::limits::FORM_BYTES_MAX;
use crate::page::problem;
use crate::reply;
use crate::session::Session;
use crate::shell::Shell;

/// A signed-in operator.
pub(crate) struct Operator {
    /// The org of the address that was asked.
    pub(crate) org: String,
    /// The session.
    pub(crate) session: Session,
    /// The API with the operator's rights.
    pub(crate) api: Api,
    /// The request's headers, which say what htmx wants.
    pub(crate) headers: HeaderMap,
    console: Arc<Console>,
}

impl Operator {
    /// What stands around a page.
    pub(crate) fn shell(&self, current: &'static str) -> Shell {
        Shell {
            org: self.org.clone(),
            csrf: self.session.csrf.clone(),
            current,
            now: self.console.app.clock.now().to_string(),
        }
    }

    /// What the operator filled in; refused where the session's token is missing.
    pub(crate) async fn form(&self, request: Request) -> Result<Form, Response> {
        if !is_same_origin(&self.headers) {
            return Err(problem::forbidden(
                "The form was sent from another site. Nothing was changed.",
            ));
        }
        let form = read_form(request).await?;
        if form.text("csrf") == self.session.csrf {
            Ok(form)
        } else {
            Err(problem::forbidden(
                "The form does not belong to this session, perhaps because you signed in again. \
                 Nothing was changed; go back, load the page anew and send it again.",
            ))
        }
    }

    /// The page for a call that the API refused. A session whose client is gone ends here.
    pub(crate) fn refused(&self, current: &'static str, refused: &Refused) -> Response {
        if refused.status == StatusCode::UNAUTHORIZED {
            self.console.tokens.drop_of(&self.session);
            return to_sign_in(&self.headers, "/console");
        }
        problem::refused(self.shell(current), &self.headers, refused)
    }
}

impl FromRequestParts<Arc<Console>> for Operator {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        console: &Arc<Console>,
    ) -> Result<Self, Response> {
        let host = parts.headers.get(header::HOST);
        let wanted = parts
            .uri
            .path_and_query()
            .map_or("/console", |path| path.as_str());
        let wanted = if parts.method.is_safe() {
            wanted
        } else {
            "/console"
        };
        let (org, keys) = console.keys(host).await.ok_or_else(problem::no_org)?;
        let cookies = parts
            .headers
            .get(header::COOKIE)
            .and_then(|cookie| cookie.to_str().ok());
        let session = cookies
            .and_then(|cookies| Session::read(cookies, &org, &keys, console.now()))
            .filter(|session| !console.tokens.has_ended(session))
            .ok_or_else(|| to_sign_in(&parts.headers, wanted))?;
        let api = match Api::of(console, host, &session).await {
            Ok(api) => api,
            Err(refused) if refused.status.is_server_error() => {
                return Err(problem::broken(&refused));
            }
            Err(_) => return Err(to_sign_in(&parts.headers, wanted)),
        };
        Ok(Self {
            org,
            session,
            api,
            headers: parts.headers.clone(),
            console: Arc::clone(console),
        })
    }
}

fn to_sign_in(headers: &HeaderMap, next: &str) -> Response {
    let next = utf8_percent_encode(next, NON_ALPHANUMERIC);
    reply::see(headers, &format!("/console/sign-in?next={next}"))
}

impl Console {
    /// The org that an address means.
    pub(crate) fn org_name(&self, host: Option<&HeaderValue>) -> Option<String> {
        let host = host.and_then(|host| host.to_str().ok());
        self.app.org_at(host).map(|org| org.name().to_owned())
    }

    /// That org with its keys. They may have to be made, which blocks, so it is done aside.
    pub(crate) async fn keys(&self, host: Option<&HeaderValue>) -> Option<(String, Arc<OrgKeys>)> {
        let host = host.and_then(|host| host.to_str().ok());
        let org = self.app.org_at(host)?;
        let keyring = Arc::clone(&self.app.keyring);
        let name = org.name().to_owned();
        let keys = tokio::task::spawn_blocking(move || keyring.of(&org)).await;
        match keys {
            Ok(Ok(keys)) => Some((name, keys)),
            Ok(Err(error)) => {
                tracing::error!(%error, org = name, "the keys of org {name} cannot be used");
                None
            }
            Err(_) => None,
        }
    }

    /// Seconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.app.clock.now().as_millis() / 1000
    }
}

/// A form that was sent.
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// The first field of that name; empty where there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// All fields of that name, in their order.
    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        let found = self.0.iter().filter(move |(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether a box is ticked.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }
}

/// What stands behind the `?` of an address, read like a form.
pub(crate) struct Asked(pub(crate) Form);

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
        Ok(Self(Form(pairs.collect())))
    }
}

/// Reads a form of at most [`FORM_BYTES_MAX`] bytes.
pub(crate) async fn read_form(request: Request) -> Result<Form, Response> {
    let Ok(bytes) = to_bytes(request.into_body(), FORM_BYTES_MAX).await else {
        let text = format!("The form has more than {FORM_BYTES_MAX} bytes. Nothing was changed.");
        return Err(problem::forbidden(&text));
    };
    Ok(Form(form_urlencoded::parse(&bytes).into_owned().collect()))
}

/// Whether a form comes from a page of this server, as far as the browser says.
pub(crate) fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match (text("origin"), text("host")) {
        (None, _) => true,
        (Some(origin), Some(host)) => origin
            .split_once("://")
            .is_some_and(|(_, from)| from == host),
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_from_another_site_is_known_by_either_header() {
        let with = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            is_same_origin(&headers)
        };
        assert!(with(&[]));
        assert!(with(&[("host", "a:1"), ("origin", "http://a:1")]));
        assert!(!with(&[("host", "a:1"), ("origin", "http://b:1")]));
        assert!(!with(&[("host", "a:1"), ("origin", "null")]));
        assert!(!with(&[("sec-fetch-site", "cross-site")]));
        assert!(!with(&[
            ("sec-fetch-site", "same-site"),
            ("host", "a"),
            ("origin", "http://a")
        ]));
    }
}
