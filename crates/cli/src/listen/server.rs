//! The server's side: signing in, and the one connection over which events come, taken up again
//! where it was lost.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::Value;

use super::connection::send;
use super::messages::{Message, Messages};

/// How long to wait before connecting again, the first time; twice as long each time after.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest of these.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// Where the server is and who asks.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) base: String,
    pub(super) id: String,
    pub(super) secret: String,
}

/// The stream of events.
pub(super) struct Stream {
    account: Account,
    /// Path and query of the stream.
    path: String,
    token: String,
    body: Option<Incoming>,
    messages: Messages,
    ready: std::collections::VecDeque<Message>,
    pause: Duration,
}

/// Why a connection was not made: whether trying again may help.
enum Refusal {
    Now(anyhow::Error),
    Forever(anyhow::Error),
}

impl Stream {
    /// Signs in and opens the stream; an error when the server cannot be reached or refuses.
    pub(super) async fn open(account: Account, path: String) -> Result<Self> {
        let mut stream = Self {
            token: sign_in(&account).await?,
            account,
            path,
            body: None,
            messages: Messages::default(),
            ready: std::collections::VecDeque::new(),
            pause: PAUSE,
        };
        match stream.connect().await {
            Ok(()) => Ok(stream),
            Err(Refusal::Now(error) | Refusal::Forever(error)) => Err(error),
        }
    }

    /// The next message. Connects again, saying so, for as long as that may help.
    pub(super) async fn next(&mut self) -> Result<Message> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                return Ok(message);
            }
            if let Some(piece) = self.piece().await {
                self.ready.extend(self.messages.take(&piece)?);
                continue;
            }
            self.body = None;
            self.messages.start_over();
            match self.connect().await {
                Ok(()) => self.pause = PAUSE,
                Err(Refusal::Forever(error)) => return Err(error),
                Err(Refusal::Now(error)) => {
                    eprintln!("{error:#}; trying again in {} s", self.pause.as_secs());
                    tokio::time::sleep(self.pause).await;
                    self.pause = (self.pause * 2).min(PAUSE_MAX);
                }
            }
        }
    }

    /// The next bytes; none when the connection has ended.
    async fn piece(&mut self) -> Option<Bytes> {
        let frame = self.body.as_mut()?.frame().await?.ok()?;
        Some(frame.into_data().unwrap_or_default())
    }

    async fn connect(&mut self) -> Result<(), Refusal> {
        let mut answer = self.ask().await.map_err(Refusal::Now)?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            self.token = sign_in(&self.account).await.map_err(Refusal::Now)?;
            answer = self.ask().await.map_err(Refusal::Now)?;
        }
        let status = answer.status();
        if status.is_success() {
            self.body = Some(answer.into_body());
            return Ok(());
        }
        let told = reason(answer).await;
        let error = anyhow::anyhow!("the server refuses the stream of events ({status}): {told}");
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(Refusal::Now(error));
        }
        Err(Refusal::Forever(error))
    }

    async fn ask(&self) -> Result<Response<Incoming>> {
        let mut request = Request::get(format!("{}{}", self.account.base, self.path))
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .header(ACCEPT, "text/event-stream");
        if let Some(id) = &self.messages.last_id {
            request = request.header("last-event-id", id);
        }
        send(request.body(Full::default())?).await
    }
}

async fn sign_in(account: &Account) -> Result<String> {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", &account.id)
        .append_pair("client_secret", &account.secret)
        .finish();
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("{}/oauth/token", account.base))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from(form)))
        .with_context(|| format!("{} is no base URL", account.base))?;
    let answer = send(request).await?;
    let status = answer.status();
    if !status.is_success() {
        bail!(
            "the server refuses to sign in ({status}): {}",
            reason(answer).await
        );
    }
    let body = answer.into_body().collect().await?.to_bytes();
    let body: Value = serde_json::from_slice(&body).context("the answer is no JSON")?;
    let token = body["access_token"].as_str();
    Ok(token.context("the answer has no access token")?.to_owned())
}

/// What the server says is wrong, in its own words.
async fn reason(answer: Response<Incoming>) -> String {
    let Ok(body) = answer.into_body().collect().await else {
        return "no reason was given".to_owned();
    };
    let body = body.to_bytes();
    let told: Value = serde_json::from_slice(&body).unwrap_or_default();
    [
        &told["messages"][0]["text"],
        &told["error_description"],
        &told["error"],
    ]
    .into_iter()
    .find_map(Value::as_str)
    .map_or_else(
        || String::from_utf8_lossy(&body).into_owned(),
        str::to_owned,
    )
}
