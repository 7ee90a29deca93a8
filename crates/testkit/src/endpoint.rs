//! A fake endpoint on this machine: writes down what it is sent and answers as it is told.
//!
//! It runs on a thread of its own, so that plain tests can wait for requests without a runtime.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use parking_lot::{Condvar, Mutex};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// A test that waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request that came in.
#[derive(Clone, Debug)]
pub struct Received {
    /// Path and query.
    pub path: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

impl Received {
    /// The value of a header; empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

/// What the endpoint does with a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Answers with a status and no body.
    Status(u16),
    /// Answers with a status, one header and a body of so many bytes.
    Full(u16, &'static str, String, usize),
    /// Answers with a status and this body.
    Body(u16, String),
    /// Never answers.
    Hang,
}

/// The endpoint. It ends when dropped.
pub struct Endpoint {
    address: SocketAddr,
    shared: Arc<Shared>,
    _stop: oneshot::Sender<()>,
}

/// Decides what to answer to which request.
type Script = Box<dyn Fn(usize, &Received) -> Answer + Send + Sync>;

struct Shared {
    received: Mutex<Vec<Received>>,
    /// Requests of an endpoint that only counts.
    count: Option<Mutex<usize>>,
    changed: Condvar,
    answer: Script,
    tls: Option<TlsAcceptor>,
}

impl Endpoint {
    /// An endpoint that accepts everything.
    pub fn start() -> Self {
        Self::answering(|_, _| Answer::Status(200))
    }

    /// An endpoint that gives these answers in turn, and then accepts everything.
    pub fn scripted(answers: Vec<Answer>) -> Self {
        Self::answering(move |number, _| {
            let answer = answers.get(number).cloned();
            answer.unwrap_or(Answer::Status(200))
        })
    }

    /// An endpoint that answers as the function says; it is given the number of the request, from 0.
    pub fn answering(answer: impl Fn(usize, &Received) -> Answer + Send + Sync + 'static) -> Self {
        Self::run(Shared {
            received: Mutex::default(),
            count: None,
            changed: Condvar::new(),
            answer: Box::new(answer),
            tls: None,
        })
    }

    /// An endpoint that accepts everything, over TLS.
    pub fn over_tls(config: ServerConfig) -> Self {
        Self::run(Shared {
            received: Mutex::default(),
            count: None,
            changed: Condvar::new(),
            answer: Box::new(|_, _| Answer::Status(200)),
            tls: Some(TlsAcceptor::from(Arc::new(config))),
        })
    }

    /// An endpoint that accepts everything and only counts it, for measurements.
    pub fn counting() -> Self {
        Self::run(Shared {
            received: Mutex::default(),
            count: Some(Mutex::default()),
            changed: Condvar::new(),
            answer: Box::new(|_, _| Answer::Status(200)),
            tls: None,
        })
    }

    fn run(shared: Shared) -> Self {
        let shared = Arc::new(shared);
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime can be made");
            runtime.block_on(async move {
                tokio::select! {
                    () = serve(serving, tell) => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            address: told.recv().expect("a port of this machine can be used"),
            shared,
            _stop: stop,
        }
    }

    /// The URL of a path of this endpoint.
    pub fn url(&self, path: &str) -> String {
        let scheme = match self.shared.tls {
            Some(_) => "https",
            None => "http",
        };
        format!("{scheme}://{}{path}", self.address)
    }

    /// What came in so far.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().clone()
    }

    /// Waits until a counting endpoint has counted so far.
    pub fn wait_for_count(&self, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        let counted = self.shared.count.as_ref();
        let mut counted = counted.expect("only a counting endpoint counts").lock();
        while *counted < count {
            let late = self.shared.changed.wait_until(&mut counted, deadline);
            assert!(
                !late.timed_out(),
                "{} of {count} requests came in",
                *counted
            );
        }
    }

    /// Waits until at least `count` requests came in; gives all of them.
    pub fn wait_for(&self, count: usize) -> Vec<Received> {
        let deadline = Instant::now() + PATIENCE;
        let mut received = self.shared.received.lock();
        while received.len() < count {
            let late = self.shared.changed.wait_until(&mut received, deadline);
            assert!(
                !late.timed_out(),
                "{} of {count} requests came in",
                received.len()
            );
        }
        received.clone()
    }
}

async fn serve(shared: Arc<Shared>, tell: mpsc::Sender<SocketAddr>) {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("a port of this machine can be used");
    let address = listener.local_addr().expect("a bound port has an address");
    tell.send(address).expect("the test waits for the address");
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            match shared.tls.clone() {
                None => talk(shared, stream).await,
                Some(acceptor) => {
                    // A caller whom the configuration refuses never gets to HTTP.
                    if let Ok(stream) = acceptor.accept(stream).await {
                        talk(shared, stream).await;
                    }
                }
            }
        });
    }
}

async fn talk(shared: Arc<Shared>, stream: impl AsyncRead + AsyncWrite + Unpin) {
    let answer = service_fn(move |request| answer(Arc::clone(&shared), request));
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), answer)
        .await;
}

async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    if let Some(count) = &shared.count {
        let _ = body.collect().await;
        *count.lock() += 1;
        shared.changed.notify_all();
        return Ok(Response::new(Full::default()));
    }
    let headers = head.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    let received = Received {
        path: head.uri.to_string(),
        headers: headers.collect(),
        body: body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes)
            .unwrap_or_default(),
    };
    let answer = {
        let mut all = shared.received.lock();
        let answer = (shared.answer)(all.len(), &received);
        all.push(received);
        shared.changed.notify_all();
        answer
    };
    let mut response = Response::new(Full::default());
    match answer {
        Answer::Hang => std::future::pending::<()>().await,
        Answer::Status(status) => {
            *response.status_mut() = status.try_into().expect("tests use real statuses");
        }
        Answer::Body(status, body) => {
            *response.status_mut() = status.try_into().expect("tests use real statuses");
            *response.body_mut() = Full::new(body.into());
        }
        Answer::Full(status, name, value, bytes) => {
            *response.status_mut() = status.try_into().expect("tests use real statuses");
            let value = value.parse().expect("tests use real header values");
            response.headers_mut().insert(name, value);
            *response.body_mut() = Full::new(vec![b'x'; bytes].into());
        }
    }
    Ok(response)
}
