//! The endpoints of a measurement: one listener, one path each, counted.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::{Buf, BytesMut};
use muster_model::{Clock, SystemClock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

const SUCCESS: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
const FAILURE: &[u8] = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n";

/// Room for a request; most are smaller.
const READ_BYTES: usize = 4_096;

/// Headers of a request, at most.
const HEADERS_MAX: usize = 32;

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
                    tokio::spawn(async move { serve(&shared, stream).await });
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

/// What is read of a request before its body.
struct Head {
    /// Bytes of the head and of the body.
    bytes: usize,
    is_last: bool,
    number: Option<usize>,
}

/// Answers one request after the other. A sink shares the machine with what it measures, so it reads
/// no more of HTTP than the server sends.
async fn serve(shared: &Shared, mut stream: TcpStream) -> Option<()> {
    let mut read = BytesMut::with_capacity(READ_BYTES);
    loop {
        let head = loop {
            match head(shared, &read).ok()? {
                Some(head) if read.len() >= head.bytes => break head,
                _ => {
                    read.reserve(READ_BYTES);
                    (stream.read_buf(&mut read).await.ok()? > 0).then_some(())?;
                }
            }
        };
        read.advance(head.bytes);
        if head.is_last {
            if shared.last == Manner::Hangs {
                std::future::pending::<()>().await;
            }
            stream.write_all(FAILURE).await.ok()?;
            continue;
        }
        shared.count(head.number);
        stream.write_all(SUCCESS).await.ok()?;
    }
}

/// The head of the request that begins `read`; none while it is not whole.
fn head(shared: &Shared, read: &[u8]) -> Result<Option<Head>, httparse::Error> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(bytes) = request.parse(read)? else {
        return Ok(None);
    };
    let number = |name: &str| {
        let named = |header: &&httparse::Header<'_>| header.name.eq_ignore_ascii_case(name);
        let value = request.headers.iter().find(named)?.value;
        std::str::from_utf8(value).ok()?.parse().ok()
    };
    Ok(Some(Head {
        bytes: bytes + number("content-length").unwrap_or_default(),
        is_last: shared.last != Manner::Good && request.path == Some(shared.last_path.as_str()),
        number: number("muster-sequence"),
    }))
}

impl Shared {
    fn count(&self, number: Option<usize>) {
        let now = SystemClock.now().as_micros() as u64;
        if self.arrived.fetch_add(1, Relaxed) == 0 {
            self.first.store(now, Relaxed);
            self.moved.notify_one();
        }
        self.latest.store(now, Relaxed);
        if let Some(place) = number.and_then(|number| self.moments.get(number)) {
            let _ = place.compare_exchange(0, now, Relaxed, Relaxed);
        }
    }
}
