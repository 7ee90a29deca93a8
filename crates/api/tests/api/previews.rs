//! What a run would do: the same as the run that follows, and nothing of it in the org.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::Request;
use muster_api::{Blocking, Operation};
use muster_auth::{Guard, LevelSet};
use muster_model::HeldKind;
use muster_sample::{Layout, Version, write_csv};
use muster_store::{Backend as Kind, EventRow};
use muster_testkit::Backend;
use muster_trigger::filter::Filter;
use muster_trigger::subscription::Dialect;
use regex::{Captures, Regex};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::people::{HEADER, PEOPLE};
use crate::support::{ADMIN, Server, apart, run_on, start_with};

const SEED: u64 = 7;
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

/// A test on each backend.
macro_rules! on_both {
    ($($name:ident)+) => {$(
        mod $name {
            #[test]
            fn on_sqlite() {
                super::run_on(super::Backend::Sqlite, super::$name);
            }

            #[test]
            fn on_postgres() {
                super::run_on(super::Backend::Postgres, super::$name);
            }
        }
    )+};
}

on_both! {
    a_load_does_what_its_preview_said
    what_would_be_held_is_held
    a_bad_file_is_refused_in_the_words_of_the_run
    an_edited_profile_does_what_its_preview_said
    an_edited_transform_does_what_its_preview_said
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

async fn an_edited_profile_does_what_its_preview_said(server: &Server) {
    let company = Company::found(server, 100).await;
    company
        .subscribe(CHANGED, json!({ "name": CHANGED, "triggerId": CHANGED }))
        .await;
    company.load(&file(100, Version::First)).await;
    let path = format!("/v2026/identity-profiles/{}", company.profile);
    let preview = format!(
        "/muster/v1/identity-profiles/{}/preview?{ALL}",
        company.profile
    );
    let title = json!({ "type": "upper", "attributes": { "input": account("title") } });
    let patch = json!([{
        "op": "add", "path": "/identityAttributeConfig/attributeTransforms/-",
        "value": { "identityAttributeName": "title", "transformDefinition": title },
    }]);
    let before = contents(server);
    let told = server.post(&preview, patch.clone()).await.expect(200);
    let mut whole = server.get(&path).await.expect(200);
    whole["identityAttributeConfig"]["attributeTransforms"]
        .as_array_mut()
        .unwrap()
        .push(patch[0]["value"].clone());
    assert_eq!(server.post(&preview, whole).await.expect(200), told);
    assert_eq!(contents(server), before);

    let wrong = json!([{ "op": "replace", "path": "/identityCount", "value": 3 }]);
    let refused = server.patch(&path, wrong.clone()).await.problem(400);
    assert_eq!(server.post(&preview, wrong).await.problem(400), refused);
    let (_, text) = server.post(&preview, json!("mine")).await.problem(400);
    assert!(text.contains("JSON Patch"), "{text}");
    assert_eq!(contents(server), before);

    let (known, mark) = (company.known_ids(), company.last_event());
    server.patch(&path, patch).await.expect(200);
    server
        .post(&format!("{path}/process-identities"), json!({}))
        .await
        .expect(202);
    server.work();
    let events = company.events_since(mark);
    assert!(!events.is_empty());
    let foretold = told_to(&told, CHANGED);
    assert_eq!(
        normal(foretold.iter().map(String::as_str), &known),
        normal(events.iter().map(|event| event.body.as_str()), &known)
    );
    let people = &told["people"]["changed"];
    assert_eq!(people["count"], json!(events.len()));
    assert_eq!(told["attributes"][0]["attribute"], "title");
    let first = &people["items"][0];
    let id = first["id"].as_str().unwrap().parse().unwrap();
    let identity = server.read(|tx| tx.identities().get(id)).unwrap();
    let value = identity.attributes.get("title").unwrap();
    assert_eq!(first["changes"][0]["newValue"], json!(value));
}

async fn an_edited_transform_does_what_its_preview_said(server: &Server) {
    let company = Company::found(server, 60).await;
    company
        .subscribe(CHANGED, json!({ "name": CHANGED, "triggerId": CHANGED }))
        .await;
    let inner = json!({
        "name": "Shout", "type": "upper", "attributes": { "input": account("location") },
    });
    let inner = server.post("/v2026/transforms", inner).await.expect(201);
    let reference = |id: &str| json!({ "type": "reference", "attributes": { "id": id } });
    let outer =
        json!({ "name": "Place", "type": "trim", "attributes": { "input": reference("Shout") } });
    server.post("/v2026/transforms", outer).await.expect(201);
    let unused = json!({ "name": "Unused", "type": "trim", "attributes": {} });
    let unused = server.post("/v2026/transforms", unused).await.expect(201);
    let patch = json!([{
        "op": "add", "path": "/identityAttributeConfig/attributeTransforms/-",
        "value": { "identityAttributeName": "location", "transformDefinition": reference("Place") },
    }]);
    let profile = format!("/v2026/identity-profiles/{}", company.profile);
    server.patch(&profile, patch).await.expect(200);
    company.load(&file(60, Version::First)).await;

    let id = inner["id"].as_str().unwrap();
    let preview = format!("/muster/v1/transforms/{id}/preview?{ALL}");
    let edited = json!({ "input": account("department") });
    let patch = json!([{ "op": "replace", "path": "/attributes", "value": edited }]);
    let before = contents(server);
    let told = server.post(&preview, patch).await.expect(200);
    let mut whole = inner.clone();
    whole["attributes"] = edited;
    assert_eq!(server.post(&preview, whole.clone()).await.expect(200), told);
    let renamed = json!([{ "op": "replace", "path": "/name", "value": "Whisper" }]);
    server.post(&preview, renamed).await.problem(400);
    let mut broken = inner.clone();
    broken["attributes"] = json!({ "input": { "type": "none such" } });
    let path = format!("/v2026/transforms/{id}");
    let refused = server.put(&path, broken.clone()).await.problem(400);
    assert_eq!(server.post(&preview, broken).await.problem(400), refused);
    let nothing = format!(
        "/muster/v1/transforms/{}/preview",
        unused["id"].as_str().unwrap()
    );
    let nothing = server.post(&nothing, unused).await.expect(200);
    assert_eq!(
        (nothing.get("run"), &nothing["people"]["changed"]["count"]),
        (None, &json!(0))
    );
    assert_eq!(contents(server), before);

    let (known, mark) = (company.known_ids(), company.last_event());
    server.put(&path, whole).await.expect(200);
    server
        .post(&format!("{profile}/process-identities"), json!({}))
        .await
        .expect(202);
    server.work();
    let events = company.events_since(mark);
    assert!(!events.is_empty());
    let foretold = told_to(&told, CHANGED);
    assert_eq!(
        normal(foretold.iter().map(String::as_str), &known),
        normal(events.iter().map(|event| event.body.as_str()), &known)
    );
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

/// Waits for its client to go away, saying when it has begun and when it has ended.
fn wait_until_gone(call: &muster_api::Call, (): ()) -> Result<(), muster_api::Problem> {
    let signals = call.app().service::<Signals>()?;
    let given_up = call.given_up();
    let _ = signals.0.send("began");
    while !given_up() {
        std::thread::yield_now();
    }
    let _ = signals.0.send("ended");
    Ok(())
}

struct Signals(tokio::sync::mpsc::UnboundedSender<&'static str>);

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_is_noticed() {
    static WAITS: Operation = Operation::post("/muster/v1/waits", "waits")
        .guard(Guard::changing(
            LevelSet::ORG_ADMIN,
            &["idn:sources:manage"],
        ))
        .runs(&Blocking(wait_until_gone));
    let (sender, mut signals) = tokio::sync::mpsc::unbounded_channel();
    let server = start_with(Vec::new(), |_| {});
    let mut app = muster_api::App::new(
        server.store.clone(),
        std::sync::Arc::clone(&server.keyring),
        muster_api::Settings {
            default_org: "acme".to_owned(),
            ..muster_api::Settings::default()
        },
    )
    .with(Signals(sender));
    app.tokens = server.tokens();
    let service = muster_api::mount(std::sync::Arc::new(app), [WAITS]);
    let request = Request::post("/muster/v1/waits")
        .header("authorization", format!("Bearer {ADMIN}"))
        .body(Body::empty())
        .unwrap();
    let asking = tokio::spawn(service.oneshot(request));
    assert_eq!(signals.recv().await, Some("began"));
    asking.abort();
    assert_eq!(signals.recv().await, Some("ended"));
}

/// A company whose HR file is generated.
struct Company<'s> {
    server: &'s Server,
    source: String,
    profile: String,
}

impl<'s> Company<'s> {
    async fn found(server: &'s Server, people: u64) -> Self {
        let source = server.source("HR").await;
        let columns = file(people, Version::First)
            .lines()
            .next()
            .unwrap()
            .to_owned();
        let schema = format!("/v2026/sources/{source}/schemas/accounts");
        server
            .upload(&schema, &[], Some(&format!("{columns}\n")))
            .await
            .expect(200);
        let manager = json!([
            { "op": "add", "path": "/managerCorrelationMapping", "value": {
                "accountAttributeName": "manager", "identityAttributeName": "identificationNumber" } },
            { "op": "replace", "path": "/deleteThreshold", "value": 40 },
        ]);
        let path = format!("/v2026/sources/{source}");
        server.patch(&path, manager).await.expect(200);
        let mapped: Vec<Value> = [
            ("uid", "name"),
            ("email", "e-mail"),
            ("firstname", "givenName"),
            ("lastname", "familyName"),
            ("identificationNumber", "id"),
            ("department", "department"),
            ("phone", "phone"),
            ("cloudLifecycleState", "status"),
        ]
        .into_iter()
        .map(|(name, column)| {
            json!({ "identityAttributeName": name, "transformDefinition": account(column) })
        })
        .collect();
        let body = json!({
            "name": "People",
            "authoritativeSource": { "type": "SOURCE", "id": source },
            "identityAttributeConfig": { "enabled": true, "attributeTransforms": mapped },
        });
        let profile = server
            .post("/v2026/identity-profiles", body)
            .await
            .expect(201);
        // Identities are indexed for the manager's rule.
        server.work();
        Self {
            server,
            source,
            profile: profile["id"].as_str().unwrap().to_owned(),
        }
    }

    async fn subscribe(&self, name: &str, mut body: Value) {
        body["type"] = json!("INLINE");
        body["inlineConfig"] = json!({});
        let path = "/beta/trigger-subscriptions";
        let made = self.server.post(path, body).await.expect(201);
        assert_eq!(made["name"], name);
    }

    async fn preview(&self, file: &str, query: &str) -> Value {
        let path = format!("/muster/v1/sources/{}/preview?{query}", self.source);
        self.server.upload(&path, &[], Some(file)).await.expect(200)
    }

    async fn load(&self, file: &str) -> muster_store::Task {
        let path = format!("/v2026/sources/{}/load-accounts", self.source);
        let started = self.server.upload(&path, &[], Some(file)).await.expect(202);
        self.server.work();
        let id = started["task"]["id"].as_str().unwrap().parse().unwrap();
        self.server.read(|tx| tx.tasks().get(id)).unwrap()
    }

    fn last_event(&self) -> i64 {
        self.server.read(|tx| tx.events().last())
    }

    fn events_since(&self, mark: i64) -> Vec<EventRow> {
        let all = |tx: &mut muster_store::Tx<'_>| {
            let last = tx.events().last()?;
            tx.events().range(mark + 1, last)
        };
        self.server.read(all)
    }

    /// Ids that mean the same before and after.
    fn known_ids(&self) -> BTreeSet<String> {
        self.server.read(|tx| {
            let of = |tx: &mut muster_store::Tx<'_>, table: &str| {
                let sql = format!("SELECT id FROM {table}");
                tx.fetch(&sql, &[], |row| row.get::<String>(0))
            };
            let mut ids: BTreeSet<String> = of(tx, "identity")?.into_iter().collect();
            ids.extend(of(tx, "account")?);
            ids.insert(self.source.clone());
            Ok(ids)
        })
    }

    fn hold(&self) -> muster_model::Hold {
        let holds = self
            .server
            .read(|tx| tx.typed::<muster_model::Hold>().list());
        holds.into_iter().next().unwrap()
    }

    fn stage(&self, id: &Value) -> muster_store::Stage {
        let id = id.as_str().unwrap().parse().unwrap();
        self.server
            .read(|tx| tx.identities().get(id))
            .unwrap()
            .stage
    }
}

/// The bodies that a subscription is foretold, byte for byte; all of them, or the test is too small.
fn told_to(told: &Value, name: &str) -> Vec<String> {
    let subscription = subscription(told, name);
    let events = subscription["events"].as_array().unwrap();
    assert_eq!(
        subscription["count"],
        json!(events.len()),
        "{name} gets more than is shown"
    );
    events.iter().map(Value::to_string).collect()
}

fn subscription<'t>(told: &'t Value, name: &str) -> &'t Value {
    let mut all = told["subscriptions"].as_array().unwrap().iter();
    all.find(|one| one["name"] == name)
        .unwrap_or_else(|| panic!("{name} would get nothing"))
}

fn account(column: &str) -> Value {
    json!({ "type": "accountAttribute", "attributes": { "sourceName": "HR", "attributeName": column } })
}

fn file(people: u64, version: Version) -> String {
    let mut bytes = Vec::new();
    write_csv(Layout::Template, people, SEED, version, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn event_counts(told: &Value) -> BTreeMap<String, u64> {
    let events = told["events"].as_array().unwrap().iter();
    events
        .map(|one| {
            (
                one["triggerId"].as_str().unwrap().to_owned(),
                one["count"].as_u64().unwrap(),
            )
        })
        .collect()
}

fn counts(events: &[EventRow]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for event in events {
        *counts.entry(event.trigger_id.clone()).or_default() += 1;
    }
    counts
}

fn bodies(events: &[EventRow]) -> BTreeMap<&str, Vec<&str>> {
    let mut bodies: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for event in events {
        bodies
            .entry(&event.trigger_id)
            .or_default()
            .push(&event.body);
    }
    bodies
}

/// Bodies in an order of their own, with one word for each id that a run makes and for each moment.
fn normal<'b>(bodies: impl Iterator<Item = &'b str>, known: &BTreeSet<String>) -> Vec<String> {
    let made = Regex::new(r#""([0-9a-f]{32})"|"\d{4}-\d\d-\d\dT[0-9:.]+Z""#).unwrap();
    let word = |found: &Captures<'_>| match found.get(1) {
        Some(id) if known.contains(id.as_str()) => found[0].to_owned(),
        Some(_) => "(a new id)".to_owned(),
        None => "(a moment)".to_owned(),
    };
    let mut bodies: Vec<String> = bodies
        .map(|body| made.replace_all(body, word).into_owned())
        .collect();
    bodies.sort_unstable();
    bodies
}

/// Every row of every table of the org.
fn contents(server: &Server) -> BTreeMap<String, Vec<String>> {
    let org = server.store.org();
    let tables = match org.backend() {
        Kind::Sqlite => {
            "SELECT name, (SELECT group_concat('quote(' || name || ')', ' || '','' || ')
                             FROM pragma_table_info(t.name)) FROM sqlite_master t WHERE type = 'table'"
        }
        Kind::Postgres => {
            "SELECT CAST(tablename AS TEXT), 'CAST(t AS TEXT)' FROM pg_tables WHERE schemaname = current_schema()"
        }
    };
    let contents = apart(|| {
        org.read(|tx| {
            let tables: Vec<(String, String)> =
                tx.fetch(tables, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
            tables
                .into_iter()
                .map(|(table, whole)| {
                    let sql = format!("SELECT {whole} FROM {table} t ORDER BY 1");
                    Ok((table, tx.fetch(&sql, &[], |row| row.get::<String>(0))?))
                })
                .collect::<Result<_, muster_store::Error>>()
        })
    });
    contents.unwrap()
}
