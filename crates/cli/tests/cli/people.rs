//! Two days of HR, against the generator's own account of the difference: what the aggregation
//! counts, whom events are about, what they say, and that each arrives once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use muster_sample::Version;
use muster_testkit::Backend;
use serde_json::{Value, json};

use crate::company::Company;
use crate::place::Place;
use crate::support::{Caught, Demo, catch, size};

/// People of a plain test run; `MUSTER_TEST_PEOPLE` asks for more.
const PEOPLE: u64 = 2_000;
/// Longer than a day's run takes; for as many people more as are asked for.
const PATIENCE: Duration = Duration::from_secs(300);
/// Nothing more comes once the run has ended and it was quiet for so long.
const QUIET: Duration = Duration::from_secs(2);

const CREATED: &str = "identity-created";
const CHANGED: &str = "identity-attributes-changed";
const COMPLETED: &str = "account-aggregation-completed";

fn people() -> u64 {
    size("MUSTER_TEST_PEOPLE", PEOPLE)
}

/// Loads a file, waits for its end, and gives what was delivered, by trigger.
fn load(
    demo: &Demo,
    caught: &Receiver<Caught>,
    file: &std::path::Path,
) -> (Value, BTreeMap<String, Vec<Caught>>) {
    demo.load(demo.text("sourceId"), file);
    let patience = PATIENCE * u32::try_from(1 + people() / 100_000).unwrap();
    let task = demo.wait_for_tasks(patience).swap_remove(0);
    let mut told: BTreeMap<String, Vec<Caught>> = BTreeMap::new();
    while let Ok(one) = caught.recv_timeout(QUIET) {
        let trigger = one.path.trim_start_matches('/').to_owned();
        told.entry(trigger).or_default().push(one);
    }
    (task, told)
}

/// Numbers of people by the ids of their identities, from the created events.
fn numbers(created: &[Caught]) -> BTreeMap<String, String> {
    let of = |one: &Caught| {
        let number = one.body["attributes"]["identificationNumber"].as_str();
        (person(one).to_owned(), number.unwrap().to_owned())
    };
    created.iter().map(of).collect()
}

/// The identity that an event is about.
fn person(one: &Caught) -> &str {
    assert_eq!(one.body["identity"]["type"], "IDENTITY");
    one.body["identity"]["id"].as_str().unwrap()
}

fn no_event_came_twice(told: &BTreeMap<String, Vec<Caught>>) {
    for (trigger, all) in told {
        let ids: BTreeSet<&str> = all.iter().map(|one| one.webhook_id.as_str()).collect();
        assert_eq!(ids.len(), all.len(), "{trigger} came twice");
    }
}

/// A manager is a reference as in the seed, or null.
fn is_manager(value: &Value, people: &BTreeMap<String, String>) -> bool {
    let Some(members) = value.as_object() else {
        return value.is_null();
    };
    members.keys().collect::<BTreeSet<_>>()
        == ["id", "name", "type"].map(String::from).iter().collect()
        && value["type"] == "IDENTITY"
        && people.contains_key(value["id"].as_str().unwrap_or_default())
        && value["name"].as_str().is_some_and(|name| !name.is_empty())
}

fn case_25_the_second_day_is_told_as_the_generator_made_it(backend: Backend) {
    let company = Company::of(people());
    let place = Place::new(backend);
    let demo = place.start(&["--people", "0"], &[]);
    let (inbox, caught) = catch();
    for trigger in [CREATED, CHANGED, COMPLETED] {
        demo.subscribe(trigger, &inbox.to_string());
    }
    let [first, second] = ["first.csv", "second.csv"].map(|name| place.file(name));
    company.write(Version::First, &first);
    company.write(Version::Second, &second);

    let (_, told) = load(&demo, &caught, &first);
    no_event_came_twice(&told);
    let mut people = numbers(&told[CREATED]);
    assert_eq!(people.len(), told[CREATED].len());
    assert!(!told.contains_key(CHANGED));
    let statistics = *company.statistics();
    let known = statistics.unchanged + statistics.changed + statistics.removed;
    assert_eq!(people.len() as u64, known);

    let (task, told) = load(&demo, &caught, &second);
    no_event_came_twice(&told);
    let [completed] = told[COMPLETED].as_slice() else {
        panic!("{:#?}", told[COMPLETED]);
    };
    assert_eq!(
        completed.body["stats"],
        json!({
            "scanned": statistics.scanned, "unchanged": statistics.unchanged,
            "changed": statistics.changed, "added": statistics.added,
            "removed": statistics.removed,
        })
    );
    assert_eq!(task["completionStatus"], "SUCCESS", "{task}");

    let joined = numbers(&told[CREATED]);
    assert_eq!(joined.len(), told[CREATED].len());
    assert_eq!(
        joined.values().cloned().collect::<BTreeSet<_>>(),
        company.joiners()
    );
    people.extend(joined);

    let mut moved: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for one in &told[CHANGED] {
        let changes = one.body["changes"].as_array().unwrap();
        for change in changes
            .iter()
            .filter(|change| change["attribute"] == "manager")
        {
            let values = [&change["oldValue"], &change["newValue"]];
            assert!(
                values.iter().all(|value| is_manager(value, &people)),
                "{change}"
            );
        }
        let attributes = changes
            .iter()
            .map(|change| change["attribute"].as_str().unwrap());
        let before = moved.insert(people[person(one)].clone(), attributes.collect());
        assert_eq!(before, None, "one person, one event");
    }
    assert_eq!(moved, company.movers());
}

#[test]
fn case_25_the_second_day_is_told_as_the_generator_made_it_on_sqlite() {
    case_25_the_second_day_is_told_as_the_generator_made_it(Backend::Sqlite);
}

#[test]
fn case_25_the_second_day_is_told_as_the_generator_made_it_on_postgres() {
    case_25_the_second_day_is_told_as_the_generator_made_it(Backend::Postgres);
}
