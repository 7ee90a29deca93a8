//! Calls of the API in process, as a browser session makes them: the same service that the listener
//! serves, the same token check, the same answers.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::response::Parts;
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt;

use crate::Console;
use crate::limits::ANSWER_BYTES_MAX;
use crate::session::Session;

/// The API, with the rights of one session.
#[derive(Clone)]
pub(crate) struct Api {
    service: Router,
    host: Option<HeaderValue>,
    token: HeaderValue,
}

/// What came back when all went well.
#[derive(Debug)]
pub(crate) struct Reply {
    /// How many there are in all, where it was asked for.
    pub(crate) total: Option<u64>,
    /// The body; null where there is none.
    pub(crate) body: Value,
}

impl Reply {
    /// The rows of a list.
    pub(crate) fn rows(&self) -> &[Value] {
        self.body.as_array().map_or(&[], Vec::as_slice)
    }
}

/// The API refused.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    /// How.
    pub(crate) status: StatusCode,
    /// Why, in a sentence that names the field and what would be right.
    pub(crate) text: String,
    /// Under which id the log speaks of it.
    pub(crate) tracking_id: String,
}

impl Api {
    /// The API for a session: with the token that is ready, or a fresh one.
    pub(crate) async fn of(
        console: &Arc<Console>,
        host: Option<&HeaderValue>,
        session: &Session,
    ) -> Result<Self, Refused> {
        let now = console.now();
        let token = match console.tokens.of(session, now) {
            Some(token) => token,
            None => fresh_token(console, host, session).await?,
        };
        let token = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| Refused {
            status: StatusCode::UNAUTHORIZED,
            text: "The access token is damaged; sign in again.".to_owned(),
            tracking_id: String::new(),
        })?;
        Ok(Self {
            service: console.service.clone(),
            host: host.cloned(),
            token,
        })
    }

    /// Reads.
    pub(crate) async fn get(&self, path: &str) -> Result<Reply, Refused> {
        self.call(Method::GET, path, None).await
    }

    /// Creates, or sets something going.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Reply, Refused> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Replaces.
    pub(crate) async fn put(&self, path: &str, body: &Value) -> Result<Reply, Refused> {
        self.call(Method::PUT, path, Some(body)).await
    }

    /// Removes.
    pub(crate) async fn delete(&self, path: &str) -> Result<Reply, Refused> {
        self.call(Method::DELETE, path, None).await
    }

    /// Reads something that does not end.
    pub(crate) async fn stream(&self, path: &str) -> Result<Body, Refused> {
        let response = self.send(Method::GET, path, None).await?;
        if response.status().is_success() {
            return Ok(response.into_body());
        }
        read(response).await.map(|_| Body::empty())
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Reply, Refused> {
        read(self.send(method, path, body).await?).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response<Body>, Refused> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, &self.token);
        if let Some(host) = &self.host {
            request = request.header(header::HOST, host);
        }
        let body = match body {
            None => Body::empty(),
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
        };
        let request = request.body(body).map_err(|error| unsaid(&error))?;
        let Ok(response) = self.service.clone().oneshot(request).await;
        Ok(response)
    }
}

async fn fresh_token(
    console: &Arc<Console>,
    host: Option<&HeaderValue>,
    session: &Session,
) -> Result<String, Refused> {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", &session.client_id)
        .append_pair("client_secret", &session.client_secret)
        .finish();
    let mut request = Request::post("/oauth/token")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(host) = host {
        request = request.header(header::HOST, host);
    }
    let request = request
        .body(Body::from(form))
        .map_err(|error| unsaid(&error))?;
    let Ok(response) = console.service.clone().oneshot(request).await;
    let answer = read(response).await?.body;
    let token = answer["access_token"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let seconds = answer["expires_in"].as_i64().unwrap_or(0);
    console
        .tokens
        .keep(session, token.clone(), seconds, console.now());
    Ok(token)
}

async fn read(response: Response<Body>) -> Result<Reply, Refused> {
    let (
        Parts {
            status, headers, ..
        },
        body,
    ) = response.into_parts();
    let header = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
    let total = header("x-total-count").and_then(|text| text.parse().ok());
    let tracking_id = header("x-request-id").unwrap_or_default();
    let bytes = to_bytes(body, ANSWER_BYTES_MAX)
        .await
        .map_err(|error| unsaid(&error))?;
    let body = if bytes.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&bytes).map_err(|error| unsaid(&error))?
    };
    if status.is_success() {
        return Ok(Reply { total, body });
    }
    let text = body["messages"][0]["text"]
        .as_str()
        .or_else(|| body["error_description"].as_str())
        .or_else(|| body["error"].as_str())
        .or_else(|| body["message"].as_str());
    Err(Refused {
        status,
        text: text.unwrap_or("The API gave no reason.").to_owned(),
        tracking_id,
    })
}

/// Something between the console and the API went wrong, which nobody can act on.
fn unsaid(error: &dyn std::fmt::Display) -> Refused {
    tracing::error!(%error, "the console could not call the API: {error}");
    Refused {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        text: "The console could not read the API's answer; the log says why.".to_owned(),
        tracking_id: String::new(),
    }
}
