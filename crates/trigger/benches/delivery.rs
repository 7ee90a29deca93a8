//! How many deliveries a second, and how long from the commit of an event to its arrival.
//!
//! Everything shares this machine: the producer, the store, the service and the endpoint. Run it with
//! `cargo bench -p muster-trigger --bench delivery`; `MUSTER_TEST_POSTGRES` names a server for a second round.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on panics")]

#[path = "../tests/trigger/world.rs"]
mod world;

use std::sync::Arc;
use std::time::{Duration, Instant};

use muster_testkit::{Answer, Endpoint};
use parking_lot::Mutex;
use world::{World, number};

const EVENTS: usize = 20_000;
const EVENTS_PER_COMMIT: usize = 100;
const PEOPLE: usize = 10_000;
const PACED_EVENTS: usize = 500;

fn main() {
    for backend in [
        muster_testkit::Backend::Sqlite,
        muster_testkit::Backend::Postgres,
    ] {
        if backend == muster_testkit::Backend::Postgres
            && std::env::var("MUSTER_TEST_POSTGRES").is_err()
        {
            println!("PostgreSQL is left out: MUSTER_TEST_POSTGRES names no server");
            continue;
        }
        for endpoints in [1, 10] {
            saturate(backend, endpoints);
        }
        pace(backend);
    }
}

/// Events as fast as they can be committed.
fn saturate(backend: muster_testkit::Backend, endpoints: usize) {
    let store = muster_testkit::start(backend);
    let world = World::new(store.org());
    let sink = Endpoint::counting();
    for count in 0..endpoints {
        world.subscribe(&format!("feed {count}"), &sink.url("/"));
    }
    let service = world.start();
    world.rest(&service);
    let events = EVENTS / endpoints.min(4);
    let names: Vec<String> = (0..PEOPLE).map(|one| format!("person-{one}")).collect();
    let started = Instant::now();
    for part in 0..events / EVENTS_PER_COMMIT {
        let some: Vec<(&str, i64)> = (part * EVENTS_PER_COMMIT..(part + 1) * EVENTS_PER_COMMIT)
            .map(|count| (names[count * 7 % PEOPLE].as_str(), count as i64))
            .collect();
        world.happen_all(&some);
    }
    let produced = started.elapsed();
    sink.wait_for_count(events * endpoints);
    let took = started.elapsed();
    world.rest(&service);
    println!(
        "{backend:?}, {endpoints} endpoint(s): {:.0} deliveries/s ({} in {took:?}, producing took {produced:?}, at rest after {:?})",
        (events * endpoints) as f64 / took.as_secs_f64(),
        events * endpoints,
        started.elapsed()
    );
}

/// A hundred events a second, one at a time.
fn pace(backend: muster_testkit::Backend) {
    let store = muster_testkit::start(backend);
    let world = World::new(store.org());
    let sent: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let waits: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let (begun, measured) = (Arc::clone(&sent), Arc::clone(&waits));
    let sink = Endpoint::answering(move |_, told| {
        measured
            .lock()
            .push(begun.lock()[number(told) as usize].elapsed());
        Answer::Status(200)
    });
    world.subscribe("feed", &sink.url("/"));
    let service = world.start();
    world.rest(&service);
    world.runtime.block_on(async {
        let mut clock = tokio::time::interval(Duration::from_millis(10));
        for count in 0..PACED_EVENTS {
            clock.tick().await;
            sent.lock().push(Instant::now());
            tokio::task::block_in_place(|| world.happen(&format!("p{count}"), count as i64));
        }
    });
    sink.wait_for(PACED_EVENTS);
    let mut waits = waits.lock();
    waits.sort_unstable();
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize];
    println!(
        "{backend:?}, 100 events/s, from before the commit to arrival: p50 {:?}, p95 {:?}, p99 {:?}",
        at(0.5),
        at(0.95),
        at(0.99)
    );
}
