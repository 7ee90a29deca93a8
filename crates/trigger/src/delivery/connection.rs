//! One connection of one worker, kept alive between exchanges. No more than a bounded part of an
//! answer is read (decisions.md 16); whoever waits for an exchange sets it a deadline.
//!
//! The worker moves the bytes of its connection itself while it waits for an answer: a task of its
//! own for each connection costs two switches a delivery.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use muster_model::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::egress::{Resolver, Rules};
use super::message::Message;
use super::target::{Call, Endpoint};
use crate::limits::{ANSWER_BYTES_MAX, ANSWER_CHARS_KEPT, EXCHANGE_TIMEOUT};

static WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
static WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
static WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");
static SEQUENCE: HeaderName = HeaderName::from_static("muster-sequence");
static TRIGGER_ID: HeaderName = HeaderName::from_static("muster-trigger-id");
static ATTEMPT: HeaderName = HeaderName::from_static("muster-attempt");
static TRACE: HeaderName = HeaderName::from_static("traceparent");

/// Headers of a request, so that they are made room for once.
const HEADERS: usize = 16;

const AGENT: &str = concat!("Muster/", env!("CARGO_PKG_VERSION"));

/// Makes connections within the egress rules.
pub(crate) struct Connector {
    pub(crate) rules: Rules,
    pub(crate) resolver: Arc<dyn Resolver>,
    pub(crate) tls: Arc<ClientConfig>,
}

/// A connection that a worker keeps.
#[derive(Default)]
pub(crate) struct Connection(Option<Open>);

struct Open {
    sender: SendRequest<Full<Bytes>>,
    /// Moves the bytes while it is polled.
    driver: Option<Driver>,
}

type Driver = Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>;

impl Open {
    /// Waits for something that this connection brings.
    async fn bring<F: Future>(driver: &mut Option<Driver>, wanted: F) -> F::Output {
        let mut wanted = pin!(wanted);
        poll_fn(|context| {
            // Once to say what is wanted, once to see whether moving the bytes has brought it.
            for _ in 0..2 {
                if let Poll::Ready(brought) = wanted.as_mut().poll(context) {
                    return Poll::Ready(brought);
                }
                let ended = driver
                    .as_mut()
                    .is_some_and(|driver| driver.as_mut().poll(context).is_ready());
                if ended {
                    *driver = None;
                }
            }
            wanted.as_mut().poll(context)
        })
        .await
    }
}

/// What is told in one exchange.
pub(crate) struct Telling<'a> {
    pub(crate) message: &'a Message,
    pub(crate) subscription: i64,
    pub(crate) attempt: i64,
    pub(crate) now: Timestamp,
}

/// How an exchange went.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    /// The status, if one came.
    pub(crate) status: Option<u16>,
    /// The wait that the endpoint asks for, in milliseconds.
    pub(crate) retry_after_ms: Option<u64>,
    /// Why it failed, if it did.
    pub(crate) error: Option<String>,
    /// The beginning of a failed answer.
    pub(crate) answer: Option<String>,
    /// The whole answer, for those who asked; none where it is longer than is read.
    pub(crate) body: Option<Bytes>,
}

impl Connection {
    /// Tells the endpoint and hears what it says. Dropping it in between closes the connection.
    pub(crate) async fn exchange(
        &mut self,
        connector: &Connector,
        call: &Call,
        telling: &Telling<'_>,
    ) -> Exchange {
        let done = self.try_exchange(connector, call, telling).await;
        done.unwrap_or_else(|error| Exchange {
            error: Some(error),
            ..Exchange::default()
        })
    }

    async fn try_exchange(
        &mut self,
        connector: &Connector,
        call: &Call,
        telling: &Telling<'_>,
    ) -> Result<Exchange, String> {
        if let Some(mut open) = self.0.take() {
            let (_, request) = request(call, telling)?;
            let Open { sender, driver } = &mut open;
            if Open::bring(driver, sender.ready()).await.is_ok() {
                let sent = Open::bring(driver, sender.send_request(request)).await;
                match sent {
                    Ok(answer) => return self.hear(open, answer, telling).await,
                    // The endpoint closed a connection that it had kept; that is no failed try.
                    Err(error) => tracing::trace!(%error, "a kept connection was closed"),
                }
            }
        }
        let (endpoint, request) = request(call, telling)?;
        let mut open = connector.connect(endpoint).await?;
        let Open { sender, driver } = &mut open;
        let answer = Open::bring(driver, sender.send_request(request)).await;
        let answer = answer.map_err(|error| chain("the exchange failed", &error))?;
        self.hear(open, answer, telling).await
    }

    async fn hear(
        &mut self,
        mut open: Open,
        answer: http::Response<Incoming>,
        telling: &Telling<'_>,
    ) -> Result<Exchange, String> {
        let (head, mut body) = answer.into_parts();
        let mut read = BytesMut::new();
        let mut whole = true;
        while !body.is_end_stream() {
            let Some(frame) = Open::bring(&mut open.driver, body.frame()).await else {
                break;
            };
            let frame = frame.map_err(|error| chain("the answer broke off", &error))?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            let room = ANSWER_BYTES_MAX - read.len();
            read.extend_from_slice(&data[..data.len().min(room)]);
            if data.len() > room {
                whole = false;
                break;
            }
        }
        let read = read.freeze();
        // The rest of a longer answer is not read: the connection goes with it.
        self.0 = (whole && open.driver.is_some()).then_some(open);
        let is_success = head.status.is_success();
        Ok(Exchange {
            status: Some(head.status.as_u16()),
            retry_after_ms: retry_after(&head.headers, telling.now),
            error: (!is_success).then(|| format!("the endpoint answered {}", head.status)),
            answer: (!is_success && !read.is_empty()).then(|| beginning(&read)),
            body: whole.then_some(read),
        })
    }
}

impl Connector {
    async fn connect(&self, endpoint: &Endpoint) -> Result<Open, String> {
        let Endpoint { host, port, .. } = endpoint;
        let addresses = self
            .rules
            .addresses(self.resolver.as_ref(), host, *port)
            .await;
        let addresses = addresses.map_err(|refusal| refusal.to_string())?;
        let stream = TcpStream::connect(addresses.as_slice()).await;
        let stream = stream.map_err(|error| chain("no connection", &error))?;
        // A request is one write; waiting for more to fill a packet only costs time.
        stream
            .set_nodelay(true)
            .map_err(|error| chain("no connection", &error))?;
        if !endpoint.is_tls {
            return open(stream).await;
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned())
            .map_err(|error| chain("the host cannot be certified", &error))?;
        let config = endpoint.tls.as_ref().unwrap_or(&self.tls);
        let connector = TlsConnector::from(Arc::clone(config));
        let stream = connector.connect(name, stream).await;
        open(stream.map_err(|error| chain("no encrypted connection", &error))?).await
    }
}

async fn open<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
) -> Result<Open, String> {
    let (sender, connection) = handshake(TokioIo::new(stream))
        .await
        .map_err(|error| chain("no connection", &error))?;
    Ok(Open {
        sender,
        driver: Some(Box::pin(connection)),
    })
}

/// The request, and to whom it goes.
fn request<'a>(
    call: &'a Call,
    telling: &Telling<'_>,
) -> Result<(&'a Endpoint, Request<Full<Bytes>>), String> {
    let (endpoint, body) = match call {
        Call::Http(endpoint) => (endpoint, telling.message.body.clone()),
        Call::Bridge(endpoint, source) => (endpoint, source.entry(telling.message)),
        Call::Inline { .. } | Call::Broken(_) => return Err("nothing can be called".into()),
    };
    let request = posted(endpoint, telling, body)?;
    Ok((endpoint, request))
}

fn posted(
    endpoint: &Endpoint,
    telling: &Telling<'_>,
    body: Bytes,
) -> Result<Request<Full<Bytes>>, String> {
    let message = telling.message;
    let seconds = telling.now.as_micros().div_euclid(1_000_000);
    let text = |value: &str| {
        HeaderValue::from_str(value).map_err(|error| chain("a header cannot be written", &error))
    };
    let signature = endpoint.signer.sign(&message.id, seconds, &body);
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = endpoint.path.clone();
    let headers = request.headers_mut();
    headers.reserve(HEADERS);
    headers.insert(HOST, endpoint.authority.clone());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    headers.insert(&WEBHOOK_ID, message.id_header.clone());
    headers.insert(&WEBHOOK_TIMESTAMP, seconds.into());
    if let Some(signature) = signature {
        headers.insert(&WEBHOOK_SIGNATURE, text(&signature)?);
    }
    if let Some(seq) = message.place_in_log() {
        headers.insert(&SEQUENCE, seq.into());
    }
    headers.insert(&TRIGGER_ID, message.trigger.clone());
    headers.insert(&ATTEMPT, telling.attempt.into());
    let trace = message.trace(telling.subscription, telling.attempt);
    headers.insert(&TRACE, text(&trace)?);
    if let Some(authorization) = &endpoint.authorization {
        headers.insert(AUTHORIZATION, authorization.clone());
    }
    for (name, value) in &endpoint.headers {
        headers.insert(name.clone(), value.clone());
    }
    Ok(request)
}

/// Seconds or a date (RFC 9110 §10.2.3).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<u64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(seconds.saturating_mul(1_000));
    }
    let moment = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    u64::try_from(Timestamp::from(moment).millis_since(now)).ok()
}

fn beginning(read: &[u8]) -> String {
    String::from_utf8_lossy(read)
        .chars()
        // PostgreSQL has no place for U+0000 in text.
        .map(|letter| if letter == '\0' { '\u{fffd}' } else { letter })
        .take(ANSWER_CHARS_KEPT)
        .collect()
}

/// Why an exchange was given up.
pub(crate) fn too_late() -> String {
    format!(
        "no complete answer within {} seconds",
        EXCHANGE_TIMEOUT.as_secs()
    )
}

/// The whole story of an error in one line.
fn chain(what: &str, error: &dyn std::error::Error) -> String {
    let mut text = format!("{what}: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_retry_after_are_read() {
        let now: Timestamp = "2026-04-27T16:48:33Z".parse().unwrap();
        let ask = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
            retry_after(&headers, now)
        };
        assert_eq!(ask("120"), Some(120_000));
        assert_eq!(ask("Mon, 27 Apr 2026 16:49:33 GMT"), Some(60_000));
        assert_eq!(ask("Mon, 27 Apr 2026 16:40:00 GMT"), None);
        assert_eq!(ask("soon"), None);
    }
}
