//! Endpoints that write down what they are told, and the judge of it. It shares no code with the
//! product: requests are read by hand, and what must hold is computed from the numbers alone.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use serde_json::Value;

/// How an endpoint behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It takes everything.
    Good,
    /// It answers 500 to one in five.
    Flaky,
    /// It takes its time.
    Slow,
    /// Nobody listens until it is revived.
    Dead,
}

/// One request that came in.
#[derive(Clone, Debug)]
struct Told {
    id: String,
    number: u64,
    person: String,
    accepted: bool,
    at: Instant,
}

/// What one endpoint has heard.
#[derive(Clone, Debug, Default)]
struct Heard {
    requests: Vec<Told>,
    /// The numbers of the events that it accepted, kept as they come: whoever waits is woken by each
    /// request, and to count them anew each time would be most of a long run.
    accepted: BTreeSet<u64>,
}

/// The endpoints.
pub(crate) struct Oracle {
    manners: Vec<Manner>,
    address: SocketAddr,
    dead: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    manners: Vec<Manner>,
    heard: Mutex<Vec<Heard>>,
    came: Condvar,
    draws: AtomicU64,
}

impl Oracle {
    pub(crate) fn start(manners: &[Manner]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        // A port that was free a moment ago and that nobody listens on.
        let dead = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let shared = Arc::new(Shared {
            manners: manners.to_vec(),
            heard: Mutex::new(vec![Heard::default(); manners.len()]),
            came: Condvar::new(),
            draws: AtomicU64::new(1),
        });
        let oracle = Self {
            manners: manners.to_vec(),
            address: listener.local_addr().unwrap(),
            dead: dead.local_addr().unwrap(),
            shared: Arc::clone(&shared),
        };
        drop(dead);
        serve(listener, shared);
        oracle
    }

    /// The URL of each endpoint.
    pub(crate) fn urls(&self) -> Vec<String> {
        let url = |(at, manner): (usize, &Manner)| match manner {
            Manner::Dead => format!("http://{}/{at}", self.dead),
            _ => format!("http://{}/{at}", self.address),
        };
        self.manners.iter().enumerate().map(url).collect()
    }

    /// The dead endpoint listens from now on.
    pub(crate) fn revive(&self) {
        serve(
            TcpListener::bind(self.dead).unwrap(),
            Arc::clone(&self.shared),
        );
    }

    /// The endpoints that are not dead.
    pub(crate) fn living(&self) -> Vec<usize> {
        let living = |at: &usize| self.manners[*at] != Manner::Dead;
        (0..self.manners.len()).filter(living).collect()
    }

    /// Waits until so many events were accepted by all endpoints together.
    pub(crate) fn wait_for_total(&self, count: usize, patience: Duration) {
        let total = |heard: &[Heard]| heard.iter().map(|one| one.accepted.len()).sum::<usize>();
        self.wait(patience, |heard| total(heard) >= count);
    }

    /// Waits until each of these endpoints has accepted the events 1 to `count`.
    pub(crate) fn wait_for_all(&self, of: &[usize], count: usize, patience: Duration) {
        let done = self.wait(patience, |heard| {
            of.iter().all(|at| heard[*at].accepted.len() >= count)
        });
        let heard = self.shared.heard.lock();
        let counts: Vec<usize> = heard.iter().map(|one| one.accepted.len()).collect();
        assert!(done, "of {count} events the endpoints have {counts:?}");
    }

    /// The longest time that an endpoint heard nothing after `since`.
    pub(crate) fn longest_silence(&self, since: Instant) -> Duration {
        let heard = self.shared.heard.lock();
        let silence = |one: &Heard| {
            let mut last = since;
            let mut longest = Duration::ZERO;
            for at in one
                .requests
                .iter()
                .map(|told| told.at)
                .filter(|at| *at > since)
            {
                longest = longest.max(at - last);
                last = at;
            }
            longest
        };
        heard.iter().map(silence).max().unwrap_or_default()
    }

    /// Nothing is lost, the same event has the same id each time, and the events of one person
    /// arrive in their order.
    pub(crate) fn judge(&self, count: u64) {
        let heard = self.shared.heard.lock();
        for (at, Heard { requests, .. }) in heard.iter().enumerate() {
            let mut ids: BTreeMap<u64, &str> = BTreeMap::new();
            let mut seen: BTreeSet<u64> = BTreeSet::new();
            let mut last: BTreeMap<&str, u64> = BTreeMap::new();
            for one in requests {
                let id = ids.entry(one.number).or_insert(&one.id);
                assert_eq!(
                    *id, one.id,
                    "endpoint {at}: event {} has two ids",
                    one.number
                );
                if !one.accepted || !seen.insert(one.number) {
                    continue;
                }
                let before = last.insert(&one.person, one.number).unwrap_or(0);
                assert!(
                    before < one.number,
                    "endpoint {at}: {} came after {before} of the same person",
                    one.number
                );
            }
            let lost: Vec<u64> = (1..=count)
                .filter(|number| !seen.contains(number))
                .collect();
            assert!(
                lost.is_empty(),
                "endpoint {at} ({:?}) never got {lost:?}",
                self.manners[at]
            );
            let distinct: BTreeSet<&str> = ids.values().copied().collect();
            assert_eq!(
                distinct.len() as u64,
                count,
                "endpoint {at}: events share ids"
            );
        }
    }

    fn wait(&self, patience: Duration, done: impl Fn(&[Heard]) -> bool) -> bool {
        let end = Instant::now() + patience;
        let mut heard = self.shared.heard.lock();
        while !done(&heard) {
            if self.shared.came.wait_until(&mut heard, end).timed_out() {
                return done(&heard);
            }
        }
        true
    }
}

fn serve(listener: TcpListener, shared: Arc<Shared>) {
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || while_open(&stream, &shared));
        }
    });
}

fn while_open(stream: &TcpStream, shared: &Shared) {
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    while let Some((at, mut told)) = read(&mut reader) {
        let manner = shared.manners[at];
        let draw = shared.draws.fetch_add(1, Ordering::Relaxed);
        // SplitMix64: evenly spread, the same in each run.
        let mixed = (draw ^ (draw >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        told.accepted = manner != Manner::Flaky || !(mixed >> 20).is_multiple_of(5);
        if manner == Manner::Slow {
            std::thread::park_timeout(Duration::from_millis(5));
        }
        let status = if told.accepted {
            "200 OK"
        } else {
            "500 Internal Server Error"
        };
        {
            let heard = &mut shared.heard.lock()[at];
            if told.accepted {
                heard.accepted.insert(told.number);
            }
            heard.requests.push(told);
        }
        shared.came.notify_all();
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        if writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// The next request, and to which endpoint.
fn read(reader: &mut impl BufRead) -> Option<(usize, Told)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let at = line
        .split(' ')
        .nth(1)?
        .trim_start_matches('/')
        .parse()
        .ok()?;
    let (mut length, mut id) = (0, String::new());
    loop {
        line.clear();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "webhook-id" => value.trim().clone_into(&mut id),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body: Value = serde_json::from_slice(&body).unwrap();
    let told = Told {
        id,
        number: body["number"].as_u64().unwrap(),
        person: body["identity"]["id"].as_str().unwrap().to_owned(),
        accepted: false,
        at: Instant::now(),
    };
    Some((at, told))
}
