//! The endpoints of a measurement: one listener, one path each, counted.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use muster_model::{Clock, SystemClock};
use tokio::sync::Notify;

/// How an endpoint behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It takes everything.
    Good,
    /// It never answers.
    Hangs,
    /// It answers 500.
    Fails,
}

/// Endpoints that count.
pub(crate) struct Sink {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    /// All others are good.
    last: Manner,
    last_path: String,
    arrived: AtomicU64,
    /// When the first and the last arrived, in microseconds.
    first: AtomicU64,
    latest: AtomicU64,
    /// When each event arrived, by its number, where that is wanted.
    moments: Vec<AtomicU64>,
    moved: Notify,
}

impl Sink {
    /// Starts endpoints `/0`, `/1`, …; the last of them behaves as said. Keeps the moments of the
    /// first `moments` events.
    pub(crate) fn start(count: usize, last: Manner, moments: usize) -> Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            last,
            last_path: format!("/{}", count.saturating_sub(1)),
            arrived: AtomicU64::new(0),
            first: AtomicU64::new(0),
            latest: AtomicU64::new(0),
            moments: (0..=moments).map(|_| AtomicU64::new(0)).collect(),
            moved: Notify::new(),
        });
        let serving = Arc::clone(&shared);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        std::thread::spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
                    return;
                };
                while let Ok((stream, _)) = listener.accept().await {
                    let _ = stream.set_nodelay(true);
                    let shared = Arc::clone(&serving);
                    tokio::spawn(async move {
                        let answer = service_fn(|request| answer(&shared, request));
                        let _ = hyper::server::conn::http1::Builder::new()
                            .serve_connection(TokioIo::new(stream), answer)
                            .await;
                    });
                }
            });
        });
        Ok(Self { address, shared })
    }

    /// The flags that subscribe a worker to the endpoints.
    pub(crate) fn flags(&self, count: usize) -> Vec<String> {
        (0..count)
            .flat_map(|at| {
                let url = format!("http://{}/{at}", self.address);
                ["--endpoint".to_owned(), url]
            })
            .collect()
    }

    /// How many arrived at good endpoints.
    pub(crate) fn arrived(&self) -> u64 {
        self.shared.arrived.load(Relaxed)
    }

    /// When the first arrived, in microseconds.
    pub(crate) fn first(&self) -> i64 {
        self.shared.first.load(Relaxed) as i64
    }

    /// When the last arrived, in microseconds.
    pub(crate) fn latest(&self) -> i64 {
        self.shared.latest.load(Relaxed) as i64
    }

    /// When an event arrived, in microseconds.
    pub(crate) fn moment(&self, number: usize) -> Option<i64> {
        let moment = self.shared.moments.get(number)?.load(Relaxed);
        (moment > 0).then_some(moment as i64)
    }

    /// Waits until so many arrived; `tell` is called now and then with how many there are.
    pub(crate) async fn wait_for(
        &self,
        count: u64,
        patience: Duration,
        mut tell: impl FnMut(u64),
    ) -> Result<()> {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            let arrived = self.arrived();
            tell(arrived);
            if arrived >= count {
                return Ok(());
            }
            let late = tokio::time::Instant::now() > deadline;
            (!late)
                .then_some(())
                .with_context(|| format!("{arrived} of {count} deliveries arrived in time"))?;
            let _ =
                tokio::time::timeout(Duration::from_millis(5), self.shared.moved.notified()).await;
        }
    }
}

async fn answer(
    shared: &Shared,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let is_last = shared.last != Manner::Good && request.uri().path() == shared.last_path;
    let number = request.headers().get("muster-sequence");
    let number: Option<usize> = number
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse().ok());
    let _ = request.into_body().collect().await;
    let mut response = Response::new(Full::default());
    if is_last {
        if shared.last == Manner::Hangs {
            std::future::pending::<()>().await;
        }
        *response.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        return Ok(response);
    }
    let now = SystemClock.now().as_micros() as u64;
    if shared.arrived.fetch_add(1, Relaxed) == 0 {
        shared.first.store(now, Relaxed);
        shared.moved.notify_one();
    }
    shared.latest.store(now, Relaxed);
    if let Some(place) = number.and_then(|number| shared.moments.get(number)) {
        let _ = place.compare_exchange(0, now, Relaxed, Relaxed);
    }
    Ok(response)
}
