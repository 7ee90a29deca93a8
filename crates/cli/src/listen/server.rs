//! The server's side: signing in, and the one connection over which events come, taken up again
//! where it was lost.

use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, AUTHORIZATION};
use hyper::{Request, Response, StatusCode};

use super::messages::{Message, Messages};
use crate::remote::{Account, reason, send, sign_in};

/// How long to wait before connecting again, the first time; twice as long each time after.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest of these.
const PAUSE_MAX: Duration = Duration::from_secs(30);

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
