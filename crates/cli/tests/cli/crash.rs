//! Killed at any moment, a run ends as if nobody had touched it: the same events, none lost, those
//! told twice told under the same id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use muster_sample::Version;
use muster_testkit::Backend;
use serde_json::{Value, json};

use crate::company::Company;
use crate::place::Place;
use crate::support::{Caught, catch, size};

/// People of a plain test run; `MUSTER_TEST_PEOPLE` asks for more.
const PEOPLE: u64 = 2_000;
/// Kills of a plain test run; `MUSTER_TEST_KILLS` asks for more.
const KILLS: u64 = 12;
/// Kills of one run; after that many it has come to its end, and another one begins.
const KILLS_PER_RUN: u64 = 12;
/// Longer than any part of the test takes; for as many people more as are asked for.
const PATIENCE: Duration = Duration::from_secs(120);

fn people() -> u64 {
    size("MUSTER_TEST_PEOPLE", PEOPLE)
}

fn patience() -> Duration {
    PATIENCE * u32::try_from(1 + people() / 50_000).unwrap()
}

/// Two days of HR: the first is loaded, the second is accepted and not begun.
fn prepare(place: &Place, company: &Company, inbox: &str) {
    let people = people().to_string();
    let idle = place.start(&["--people", &people], &[]);
    for trigger in [
        "identity-created",
        "identity-attributes-changed",
        "account-aggregation-completed",
    ] {
        idle.subscribe(trigger, inbox);
    }
    let source = idle.text("sourceId").to_owned();
    drop(idle);
    place.let_leases_run_out();
    let next = place.file("next.csv");
    company.write(Version::Second, &next);
    let without_workers = place.start(&[], &[("MUSTER_WORKERS", "0")]);
    without_workers.load(&source, &next);
    drop(without_workers);
    place.let_leases_run_out();
}

/// Events by id.
#[derive(Default)]
struct Told {
    events: BTreeMap<String, Value>,
}

impl Told {
    /// The same id must always bring the same event.
    fn note(&mut self, one: &Caught) {
        let before = self.events.insert(one.webhook_id.clone(), one.body.clone());
        assert!(
            before.is_none_or(|before| before == one.body),
            "{} came with two bodies",
            one.webhook_id
        );
    }

    fn note_all(&mut self, caught: &Receiver<Caught>) {
        while let Ok(one) = caught.try_recv() {
            self.note(&one);
        }
    }

    fn ids(&self) -> BTreeSet<&String> {
        self.events.keys().collect()
    }

    /// What the end of the run says of it.
    fn statistics(&self) -> Option<&Value> {
        self.events.values().find_map(|body| body.get("stats"))
    }
}

/// How long an undisturbed process took.
struct Pace {
    /// Until it served.
    start: Duration,
    /// From then until all was told.
    run: Duration,
}

/// Lets a run come to its end and waits until nothing is left to tell.
fn finish(place: &Place, caught: &Receiver<Caught>, told: &mut Told, wanted: usize) -> Pace {
    let begun = Instant::now();
    let demo = place.start(&[], &[]);
    let start = begun.elapsed();
    let served = Instant::now();
    let end = Instant::now() + patience();
    while told.events.len() < wanted && Instant::now() < end {
        if let Ok(one) = caught.recv_timeout(Duration::from_secs(1)) {
            told.note(&one);
        }
    }
    let run = served.elapsed();
    demo.wait_for_tasks(patience());
    drop(demo);
    told.note_all(caught);
    Pace { start, run }
}

/// Kills a run again and again, lets it finish, and gives what was told.
fn disturbed(place: &Place, caught: &Receiver<Caught>, plan: &Plan, wanted: usize) -> Told {
    let mut told = Told::default();
    for moment in &plan.moments {
        let mut victim = place.spawn();
        let (_never, timer) = channel::<()>();
        let _ = timer.recv_timeout(*moment);
        victim.kill().unwrap();
        victim.wait().unwrap();
        place.let_leases_run_out();
        told.note_all(caught);
    }
    finish(place, caught, &mut told, wanted);
    told
}

/// When one run is killed.
struct Plan {
    moments: Vec<Duration>,
}

impl Plan {
    /// Moments for runs of so many kills altogether, the same dice each time: over the start and a
    /// quarter of the run, so that it advances from kill to kill.
    fn all(kills: u64, pace: &Pace) -> Vec<Self> {
        let mut dice: u64 = 0x9E37_79B9_7F4A_7C15;
        let span = (pace.start + pace.run / 4).as_micros() as u64;
        let mut moment = || {
            dice = dice
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            Duration::from_micros((dice >> 20) % span)
        };
        let mut plans = Vec::new();
        let mut left = kills;
        while left > 0 {
            let now = left.min(KILLS_PER_RUN);
            plans.push(Self {
                moments: (0..now).map(|_| moment()).collect(),
            });
            left -= now;
        }
        plans
    }
}

fn a_run_that_is_killed_again_and_again_tells_the_same_events(backend: Backend) {
    let company = Company::of(people());
    // The end of the run is an event, too.
    let expected = company.joiners().len() + company.movers().len() + 1;
    let (inbox, caught) = catch();
    let base = Place::new(backend);
    prepare(&base, &company, &inbox.to_string());

    let calm = base.copy();
    let mut undisturbed = Told::default();
    let pace = finish(&calm, &caught, &mut undisturbed, expected);
    assert_eq!(undisturbed.events.len(), expected);
    let truth = company.statistics();
    assert_eq!(
        undisturbed.statistics(),
        Some(&json!({
            "scanned": truth.scanned, "unchanged": truth.unchanged, "changed": truth.changed,
            "added": truth.added, "removed": truth.removed,
        }))
    );
    drop(calm);

    let kills = size("MUSTER_TEST_KILLS", KILLS);
    let mut done = 0;
    for plan in Plan::all(kills, &pace) {
        let wild = base.copy();
        let told = disturbed(&wild, &caught, &plan, expected);
        assert_eq!(told.ids(), undisturbed.ids());
        assert_eq!(told.statistics(), undisturbed.statistics());
        done += plan.moments.len();
        println!("{done} of {kills} kills");
    }
}

#[test]
fn a_run_that_is_killed_again_and_again_tells_the_same_events_on_sqlite() {
    a_run_that_is_killed_again_and_again_tells_the_same_events(Backend::Sqlite);
}

#[test]
fn a_run_that_is_killed_again_and_again_tells_the_same_events_on_postgres() {
    a_run_that_is_killed_again_and_again_tells_the_same_events(Backend::Postgres);
}
