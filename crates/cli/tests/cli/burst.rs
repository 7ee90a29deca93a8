//! A burst of events to ten endpoints, two of them failing, one slow and one dead, while the server is
//! killed again and again; and two servers over one store, of which one is killed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use muster_testkit::Backend;

use crate::oracle::{Manner, Oracle};
use crate::place::Place;

/// Events of a plain test run; `MUSTER_TEST_EVENTS` asks for more.
const EVENTS: u64 = 3_000;
/// Kills of a plain test run; `MUSTER_TEST_KILLS` asks for more.
const KILLS: u64 = 5;
/// Longer than any part of the test takes; for as many events more as are asked for.
const PATIENCE: Duration = Duration::from_secs(180);
/// Waits before each try. The first follow each other quickly, for the flaky ones; the later ones grow
/// with the run, so that nothing is given up while the dead one is dead.
fn schedule(kills: u64) -> String {
    const TRIES: usize = 32;
    const QUICK: usize = 10;
    let wait = |number: usize| match number {
        0 => 0,
        1..QUICK => 500,
        _ => 500 * kills.max(1),
    };
    let waits: Vec<String> = (0..TRIES).map(|number| wait(number).to_string()).collect();
    waits.join(",")
}

fn asked(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// A server in a process of its own; killed when dropped.
struct Node {
    child: Child,
    /// What it said when it was ready.
    ready: serde_json::Value,
}

impl Node {
    fn start(place: &Place, words: &[&str], flags: &[String]) -> Self {
        let key = place.file("master.key");
        let mut child = Command::new(env!("CARGO_BIN_EXE_muster"))
            .args(words)
            .args(["--listen", "127.0.0.1:0", "--egress-allow", "127.0.0.0/8"])
            .args(flags)
            .envs(place.variables())
            .env("MUSTER_MASTER_KEY_FILE", key)
            .env("MUSTER_LOG", "error")
            .current_dir(place.folder())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        let ready = serde_json::from_str(&line).expect("the server says that it is ready");
        Self { child, ready }
    }

    /// A server that makes events, numbered on from where the last one was killed.
    fn with_events(place: &Place, oracle: &Oracle, events: u64, more: &[&str]) -> Self {
        let mut flags: Vec<String> = [
            "--org",
            "burst",
            "--data",
            "data",
            "--people",
            "200",
            "--per-commit",
            "10",
            "--outstanding",
            "1000000000",
            "--schedule",
            &schedule(asked("MUSTER_TEST_KILLS", KILLS)),
            "--produce",
        ]
        .map(str::to_owned)
        .to_vec();
        flags.push(events.to_string());
        flags.extend(more.iter().map(|one| (*one).to_owned()));
        for url in oracle.urls() {
            flags.extend(["--endpoint".to_owned(), url]);
        }
        Self::start(place, &["bench", "worker"], &flags)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // SIGKILL: nothing is told, nothing is finished.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn burst_on(backend: Backend) {
    use Manner::{Dead, Flaky, Good, Slow};
    let (events, kills) = (
        asked("MUSTER_TEST_EVENTS", EVENTS),
        asked("MUSTER_TEST_KILLS", KILLS),
    );
    let patience = PATIENCE * u32::try_from(1 + events / 10_000).unwrap();
    let oracle = Oracle::start(&[Good, Good, Good, Good, Good, Good, Flaky, Flaky, Slow, Dead]);
    let place = Place::new(backend);
    // The moments are told by what has arrived, spread over the burst by a fixed generator.
    let total = events * oracle.living().len() as u64;
    let mut draw = 0x2545_f491_4f6c_dd1d_u64;
    let mut moments: Vec<u64> = (0..kills)
        .map(|_| {
            draw ^= draw << 13;
            draw ^= draw >> 7;
            draw ^= draw << 17;
            draw % (total * 9 / 10)
        })
        .collect();
    moments.sort_unstable();
    for moment in moments {
        let node = Node::with_events(&place, &oracle, events, &[]);
        oracle.wait_for_total(usize::try_from(moment).unwrap(), patience);
        drop(node);
    }
    let count = usize::try_from(events).unwrap();
    let node = Node::with_events(&place, &oracle, events, &[]);
    oracle.wait_for_all(&oracle.living(), count, patience);
    drop(node);
    // The dead one comes back, and gets what it missed.
    oracle.revive();
    let node = Node::with_events(&place, &oracle, events, &[]);
    oracle.wait_for_all(&(0..10).collect::<Vec<_>>(), count, patience);
    drop(node);
    oracle.judge(events);
}

#[test]
fn a_burst_survives_kills_without_a_loss_or_a_wrong_order_on_sqlite() {
    burst_on(Backend::Sqlite);
}

#[test]
fn a_burst_survives_kills_without_a_loss_or_a_wrong_order_on_postgres() {
    burst_on(Backend::Postgres);
}

#[test]
fn two_servers_share_deliveries_and_one_goes_on_with_what_a_killed_one_held() {
    /// Leases run out within four and a half seconds; a busy machine needs some more.
    const SILENCE: Duration = Duration::from_secs(10);
    const COUNT: u64 = 2_000;
    let oracle = Oracle::start(&[Manner::Good; 10]);
    let place = Place::new(Backend::Postgres);
    let first = Node::with_events(&place, &oracle, COUNT, &["--rate", "10"]);
    oracle.wait_for_total(500, PATIENCE);
    let second = Node::start(
        &place,
        &["serve", "--json"],
        &["--data".to_owned(), "other".to_owned()],
    );
    // Both send: the second takes over what is its share, and the first goes on with the rest.
    let base = second.ready["baseUrl"].as_str().unwrap().to_owned();
    let end = Instant::now() + PATIENCE;
    let mut seen = 1_000;
    while !delivers(&base) {
        assert!(Instant::now() < end, "the second server never sends");
        oracle.wait_for_total(seen, Duration::from_secs(1));
        seen += 100;
    }
    let killed = Instant::now();
    drop(second);
    oracle.wait_for_all(
        &(0..10).collect::<Vec<_>>(),
        usize::try_from(COUNT).unwrap(),
        PATIENCE,
    );
    assert!(
        oracle.longest_silence(killed) < SILENCE,
        "{:?}",
        oracle.longest_silence(killed)
    );
    drop(first);
    oracle.judge(COUNT);
}

/// Whether a server has sent something.
fn delivers(base: &str) -> bool {
    let page = Command::new("curl")
        .args(["-sf", &format!("{base}/metrics")])
        .output()
        .unwrap();
    let page = String::from_utf8(page.stdout).unwrap();
    page.lines()
        .any(|line| line.starts_with("muster_deliveries_total") && !line.ends_with(" 0"))
}
