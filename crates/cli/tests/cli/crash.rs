//! Killed at any moment, a run ends as if nobody had touched it: the same events, none lost, those
//! told twice told under the same id.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::support::{Caught, Demo, catch};
use muster_sample::{Layout, Version, truth, write_csv};
use serde_json::Value;

/// People of the sample; the seed is the demo's.
const PEOPLE: u64 = 2_000;
const SEED: u64 = 7;
/// Kills of a plain test run; `MUSTER_TEST_KILLS` asks for more.
const KILLS: u32 = 12;
const PATIENCE: Duration = Duration::from_secs(120);

/// Two days of HR: the first is loaded, the second is accepted and not begun.
fn prepare(folder: &Path, inbox: &str) {
    let people = PEOPLE.to_string();
    let idle = Demo::start_with(folder, &["--people", &people], &[]);
    for trigger in ["identity-created", "identity-attributes-changed"] {
        idle.shell(&format!(
            r#"api -H 'Content-Type: application/json' "$SAIL_BASE_URL/beta/trigger-subscriptions" -d '{{
                "name": "{trigger}", "triggerId": "idn:{trigger}", "type": "HTTP",
                "httpConfig": {{"url": "http://{inbox}/{trigger}", "httpDispatchMode": "SYNC"}}}}'"#
        ));
    }
    let source = idle.text("sourceId").to_owned();
    drop(idle);
    let next = folder.join("next.csv");
    write_csv(
        Layout::Template,
        PEOPLE,
        SEED,
        Version::Second,
        &mut std::fs::File::create(&next).unwrap(),
    )
    .unwrap();
    let without_workers = Demo::start_with(folder, &[], &[("MUSTER_WORKERS", "0")]);
    without_workers.shell(&format!(
        r#"api -F file=@{} "$SAIL_BASE_URL/beta/sources/{source}/load-accounts""#,
        next.display()
    ));
}

/// Events by id as they were caught until the run has ended and nothing waits.
fn finish(
    folder: &Path,
    caught: &Receiver<Caught>,
    told: &mut BTreeMap<String, Value>,
    wanted: usize,
) {
    let demo = Demo::start(folder);
    let end = Instant::now() + PATIENCE;
    while told.len() < wanted && Instant::now() < end {
        if let Ok(one) = caught.recv_timeout(Duration::from_secs(1)) {
            note(told, &one);
        }
    }
    let status = demo.shell(r#"api "$SAIL_BASE_URL/beta/task-status?filters=type%20eq%20%22CLOUD_ACCOUNT_AGGREGATION%22""#);
    let tasks: Value = serde_json::from_str(&status).unwrap();
    for task in tasks.as_array().unwrap() {
        assert!(!task["completed"].is_null(), "{task}");
    }
    drop(demo);
    while let Ok(one) = caught.try_recv() {
        note(told, &one);
    }
}

/// The same id must always bring the same event.
fn note(told: &mut BTreeMap<String, Value>, one: &Caught) {
    let before = told.insert(one.webhook_id.clone(), one.body.clone());
    assert!(
        before.is_none_or(|before| before == one.body),
        "{} came with two bodies",
        one.webhook_id
    );
}

fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp")
        .arg("-r")
        .arg(from.join("muster-demo"))
        .arg(to)
        .status()
        .unwrap();
    assert!(done.success());
}

/// How many people the second day changes in a mapped column, and how many join, by the generator's
/// own account.
fn expected() -> usize {
    let mapped = [
        "name",
        "e-mail",
        "givenName",
        "familyName",
        "department",
        "title",
        "location",
        "phone",
        "startDate",
        "status",
        "manager",
    ];
    let is_told = |change: &muster_sample::Change| match change {
        muster_sample::Change::Added => true,
        muster_sample::Change::Removed => false,
        muster_sample::Change::Changed(columns) => {
            columns.iter().any(|column| mapped.contains(column))
        }
    };
    truth(Layout::Template, PEOPLE, SEED)
        .people
        .iter()
        .filter(|person| is_told(&person.change))
        .count()
}

#[test]
fn a_run_that_is_killed_again_and_again_tells_the_same_events() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base");
    let (calm, wild) = (folder.path().join("calm"), folder.path().join("wild"));
    for place in [&base, &calm, &wild] {
        std::fs::create_dir(place).unwrap();
    }
    let (inbox, caught) = catch();
    prepare(&base, &inbox.to_string());
    copy(&base, &calm);
    copy(&base, &wild);

    let mut undisturbed = BTreeMap::new();
    finish(&calm, &caught, &mut undisturbed, expected());
    assert_eq!(undisturbed.len(), expected());

    let kills = std::env::var("MUSTER_TEST_KILLS")
        .ok()
        .and_then(|text| text.parse().ok());
    let mut disturbed = BTreeMap::new();
    let mut dice: u64 = 0x9E37_79B9_7F4A_7C15;
    for _ in 0..kills.unwrap_or(KILLS) {
        // Spread over the start and the whole of the run, the same each time.
        dice = dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let moment = Duration::from_millis((dice >> 33) % 400);
        let mut victim = Demo::spawn(&wild, &[], &[]);
        let (_never, timer) = channel::<()>();
        let _ = timer.recv_timeout(moment);
        victim.kill().unwrap();
        victim.wait().unwrap();
        while let Ok(one) = caught.try_recv() {
            note(&mut disturbed, &one);
        }
    }
    finish(&wild, &caught, &mut disturbed, undisturbed.len());
    let ids = |told: &BTreeMap<String, Value>| told.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(ids(&disturbed), ids(&undisturbed));
}
