//! What a run would do: the same as the run that follows, and nothing of it in the org.

use muster_model::HeldKind;
use muster_sample::Version;
use muster_trigger::filter::Filter;
use muster_trigger::subscription::Dialect;
use serde_json::{Value, json};

use self::company::{Company, file};
use self::foretold::{bodies, contents, counts, event_counts, normal, subscription, told_to};
use crate::support::people::{HEADER, PEOPLE};
use crate::support::{Server, on_both};

const ALL: &str = "limit=1000";
const CHANGED: &str = "idn:identity-attributes-changed";
const DEPARTMENTS: &str = "$.changes[?(@.attribute == 'department')]";

/// Triggers that a load tells of, each of which somebody hears.
const TRIGGERS: [&str; 10] = [
    CHANGED,
    "idn:identity-created",
    "idn:account-attributes-changed",
    "idn:account-correlated",
    "idn:account-uncorrelated",
    "idn:account-created",
    "idn:account-updated",
    "idn:account-deleted",
    "idn:account-aggregation-completed",
    "idn:aggregation-accounts-collected",
];

mod company;
mod edits;
mod foretold;
mod gone;
mod taken;

on_both! {
    a_load_does_what_its_preview_said
    what_would_be_held_is_held
    a_bad_file_is_refused_in_the_words_of_the_run
    there_is_one_preview_of_an_org_at_a_time
}

async fn a_load_does_what_its_preview_said(server: &Server) {
    let company = Company::found(server, 2_000).await;
    for trigger in TRIGGERS {
        company
            .subscribe(trigger, json!({ "name": trigger, "triggerId": trigger }))
            .await;
    }
    let movers = json!({ "name": "Movers", "triggerId": CHANGED, "filter": DEPARTMENTS });
    company.subscribe("Movers", movers).await;
    let off = json!({ "name": "Off", "triggerId": CHANGED, "enabled": false });
    company.subscribe("Off", off).await;
    let first = file(2_000, Version::First);
    let second = file(2_000, Version::Second);

    let empty = company.preview(&first, "limit=3").await;
    let mark = company.last_event();
    company.load(&first).await;
    let created = company.events_since(mark);
    assert_eq!(
        empty["people"]["created"]["items"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let count = |told: &Value, name: &str| told["people"][name]["count"].as_u64().unwrap();
    let made = created
        .iter()
        .filter(|one| one.trigger_id == "idn:identity-created");
    assert_eq!(count(&empty, "created"), made.count() as u64);
    assert_eq!(event_counts(&empty), counts(&created));

    let before = contents(server);
    let told = company.preview(&second, ALL).await;
    assert_eq!(
        contents(server),
        before,
        "a preview leaves a trace in the org"
    );

    let known = company.known_ids();
    let mark = company.last_event();
    let task = company.load(&second).await;
    let events = company.events_since(mark);
    assert_eq!(event_counts(&told), counts(&events));
    for (trigger, bodies) in bodies(&events) {
        let foretold = told_to(&told, trigger);
        assert_eq!(foretold.len(), bodies.len(), "{trigger}");
        assert_eq!(
            normal(foretold.iter().map(String::as_str), &known),
            normal(bodies.into_iter(), &known),
            "{trigger}"
        );
    }
    // The filter's own subscription, by the filter alone.
    let filter = Filter::compile(DEPARTMENTS, Dialect::Jayway).unwrap();
    let changed: Vec<&str> = bodies(&events).remove(CHANGED).unwrap();
    let (wanted, rejected): (Vec<&str>, Vec<&str>) = changed
        .into_iter()
        .partition(|body| filter.fires(&serde_json::from_str::<Value>(body).unwrap()));
    assert!(!wanted.is_empty() && !rejected.is_empty());
    let foretold = told_to(&told, "Movers");
    assert_eq!(
        normal(foretold.iter().map(String::as_str), &known),
        normal(wanted.into_iter(), &known)
    );
    let movers = subscription(&told, "Movers");
    assert_eq!(movers["rejected"], json!(rejected.len()));
    assert!(
        told["subscriptions"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["name"] != "Off")
    );

    // People, attributes and the run itself.
    let report = &task.report;
    let accounts = &told["run"]["accounts"];
    assert_eq!(
        (
            &accounts["scanned"],
            &accounts["added"],
            &accounts["changed"],
            &accounts["deleted"]
        ),
        (
            &json!(report.scanned),
            &json!(report.added),
            &json!(report.changed),
            &json!(report.deleted)
        )
    );
    assert_eq!(
        told["run"]["completionStatus"],
        json!(task.completion_status)
    );
    assert_eq!(
        count(&told, "created"),
        event_counts(&told)["idn:identity-created"]
    );
    assert_eq!(count(&told, "changed"), event_counts(&told)[CHANGED]);
    assert!(count(&told, "removed") > 0);
    for person in told["people"]["removed"]["items"].as_array().unwrap() {
        assert_eq!(company.stage(&person["id"]), muster_store::Stage::Withdrawn);
    }
    let department = told["attributes"].as_array().unwrap().iter();
    let department = department
        .clone()
        .find(|one| one["attribute"] == "department")
        .unwrap();
    assert_eq!(department["count"], movers["count"]);
    assert!(!told["lifecycle"].as_array().unwrap().is_empty());
    // Done already, it would do nothing more.
    let again = company.preview(&second, "").await;
    assert_eq!(again["run"]["accounts"]["changed"], 0);
    assert_eq!((count(&again, "created"), count(&again, "changed")), (0, 0));
}

async fn what_would_be_held_is_held(server: &Server) {
    let company = Company::found(server, 50).await;
    company.load(&file(50, Version::First)).await;
    let all = file(50, Version::First);
    let few: Vec<&str> = all.lines().take(20).collect();
    let before = contents(server);
    let told = company.preview(&few.join("\n"), "limit=2").await;
    assert_eq!(contents(server), before);
    let held = &told["held"];
    assert_eq!(
        (&held["kind"], held["accounts"].as_array().unwrap().len()),
        (&json!("DELETIONS"), 2)
    );
    assert_eq!(told["people"]["removed"]["count"], 0);

    company.load(&few.join("\n")).await;
    let hold = company.hold();
    assert_eq!(hold.kind, HeldKind::Deletions);
    assert_eq!(
        (&held["count"], &held["reason"]),
        (&json!(hold.count), &json!(hold.reason))
    );

    // A change threshold: nothing would be stored at all.
    let path = format!("/muster/v1/sources/{}/change-threshold", company.source);
    server
        .put(&path, json!({ "changeThreshold": 1 }))
        .await
        .expect(200);
    let moved = all.replace("Sales", "Tales");
    let told = company.preview(&moved, "").await;
    assert_eq!(told["held"]["kind"], "CHANGES");
    assert_eq!(told["people"]["changed"]["count"], 0);
    company.load(&moved).await;
    let hold = company.hold();
    assert_eq!(hold.kind, HeldKind::Changes);
    assert_eq!(told["held"]["reason"], json!(hold.reason));
}

async fn a_bad_file_is_refused_in_the_words_of_the_run(server: &Server) {
    let company = Company::found(server, 10).await;
    company.load(&file(10, Version::First)).await;
    let before = contents(server);
    let bad = "nobody,knows,these\n1,2,3\n";
    let told = company.preview(bad, "").await;
    assert_eq!(contents(server), before);
    let task = company.load(bad).await;
    assert_eq!(told["run"]["completionStatus"], "ERROR");
    let texts: Vec<&str> = task
        .report
        .messages
        .iter()
        .map(|one| one.text.as_str())
        .collect();
    let messages = told["run"]["messages"].as_array().unwrap();
    let foretold: Vec<&str> = messages
        .iter()
        .map(|one| one["text"].as_str().unwrap())
        .collect();
    assert_eq!(foretold, texts);

    let path = format!("/muster/v1/sources/{}/preview", company.source);
    let (_, text) = server.upload(&path, &[], None).await.problem(400);
    assert!(text.contains("multipart part `file`"), "{text}");
    let beyond = format!("{path}?limit=1001");
    let (_, text) = server.upload(&beyond, &[], Some(HEADER)).await.problem(400);
    assert!(text.contains("1000"), "{text}");
    let nowhere = format!("/muster/v1/sources/{:032x}/preview", 5);
    server
        .upload(&nowhere, &[], Some(HEADER))
        .await
        .problem(404);
}

async fn there_is_one_preview_of_an_org_at_a_time(server: &Server) {
    let source = server.source("HR").await;
    server.profile(&source);
    server.load(&source, PEOPLE).await;
    let path = format!("/muster/v1/sources/{source}/preview");
    let rows = format!("{HEADER}\n{PEOPLE}");
    let other = server.in_place(|| server.store.scratch(server.store.org(), || false).unwrap());
    let (_, text) = server.upload(&path, &[], Some(&rows)).await.problem(409);
    server.in_place(|| drop(other));
    assert!(text.contains("Another preview"), "{text}");
    let told = server.upload(&path, &[], Some(&rows)).await.expect(200);
    assert_eq!(told["run"]["accounts"]["unchanged"], 2);
    // A server that is about to stop keeps nobody waiting.
    server.closing.cancel();
    let (_, text) = server.upload(&path, &[], Some(&rows)).await.problem(503);
    assert!(text.contains("Nobody waits"), "{text}");
}
