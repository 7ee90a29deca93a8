//! Sources over the wire, and loading their accounts.

use muster_api::bootstrap::{Newcomer, let_in};
use muster_auth::LevelSet;
use muster_model::Clock;
use muster_testkit::Backend;
use serde_json::{Value, json};

use crate::support::people::{HEADER, PEOPLE, source_body};
use crate::support::{Server, on_both, run_on, start, start_with};

const BASES: [&str; 6] = [
    "/sources/v1",
    "/v2026/sources",
    "/v2025/sources",
    "/v2024/sources",
    "/v3/sources",
    "/beta/sources",
];

#[tokio::test]
async fn a_source_lives_from_creation_to_deletion_in_every_spelling() {
    let server = start();
    for base in BASES {
        let body = source_body(&server, "HR");
        let created = server
            .post(&format!("{base}?provisionAsCsv=true"), body)
            .await
            .expect(201);
        let id = created["id"].as_str().unwrap();
        assert_eq!(created["type"], "DelimitedFile");
        assert_eq!(created["connector"], "delimited-file-angularsc");
        assert_eq!(created["connectionType"], "file");
        assert_eq!(created["authoritative"], false);
        assert_eq!(created["owner"]["name"], "ada");
        assert_eq!(created["schemas"][0]["name"], "account");
        assert_eq!(
            created["accountCorrelationConfig"]["type"],
            "ACCOUNT_CORRELATION_CONFIG"
        );
        for hidden in ["correlation", "schemaObjects", "readingVersion"] {
            assert_eq!(created.get(hidden), None, "{hidden}");
        }
        let path = format!("{base}/{id}");
        assert_eq!(server.get(&path).await.expect(200), created);
        assert_eq!(server.get(base).await.expect(200), json!([created]));

        // What was read can be sent back.
        let mut next = created.clone();
        next["description"] = json!("People");
        let replaced = server.put(&path, next).await.expect(200);
        assert_eq!(replaced["description"], "People");
        assert_eq!(replaced["status"], created["status"]);
        let patched = server
            .patch(
                &path,
                json!([{"op": "replace", "path": "/deleteThreshold", "value": 20}]),
            )
            .await
            .expect(200);
        assert_eq!(patched["deleteThreshold"], 20);

        let deleted = server.delete(&path).await.expect(202);
        assert_eq!(deleted["type"], "TASK_RESULT");
        server.get(&path).await.problem(404);
        server.work();
    }
    assert_eq!(server.told("idn:source-created").len(), BASES.len());
    assert_eq!(server.told("idn:source-updated").len(), 2 * BASES.len());
    let deleted = server.told("idn:source-deleted");
    assert_eq!(deleted.len(), BASES.len());
    assert_eq!(deleted[0]["name"], "HR");
    assert_eq!(deleted[0]["actor"]["name"], "ada");
    assert!(deleted[0]["deleted"].is_string());
}

#[tokio::test]
async fn a_source_that_cannot_be_read_is_refused_by_name() {
    let server = start();
    let refused = async |change: Value| {
        let mut body = source_body(&server, "HR");
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        server.post("/v3/sources", body).await.problem(400).1
    };
    let text = refused(json!({"connector": "active-directory"})).await;
    assert!(
        text.contains("\"active-directory\" is not supported yet"),
        "{text}"
    );
    assert!(text.contains("delimited-file-angularsc"), "{text}");
    for (change, wanted) in [
        (json!({"name": " "}), "name is empty"),
        (json!({"owner": null}), "owner is required"),
        (
            json!({"owner": {"type": "IDENTITY", "id": "nobody"}}),
            "owner: there is no identity",
        ),
        (json!({"owner": {"id": "nobody"}}), "owner"),
        (json!({"deleteThreshold": 101}), "deleteThreshold"),
        (json!({"features": ["FLY"]}), "\"FLY\" is no feature"),
        (
            json!({"connectorAttributes": {"delimiter": "ab"}}),
            "connectorAttributes: ",
        ),
    ] {
        let text = refused(change).await;
        assert!(text.contains(wanted), "{text}");
    }
}

#[tokio::test]
async fn what_a_source_was_made_with_stays() {
    let server = start();
    let id = server.source("HR").await;
    let path = format!("/sources/v1/{id}");
    let source = server.get(&path).await.expect(200);
    for (field, value) in [
        ("type", json!("LDAP")),
        ("connector", json!("other")),
        ("connectorClass", json!("other")),
        ("id", json!("other")),
        ("authoritative", json!(true)),
        ("passwordPolicies", json!([])),
    ] {
        let mut next = source.clone();
        next[field] = value.clone();
        let (code, text) = server.put(&path, next).await.problem(400);
        assert_eq!(code, "400.1.1 Illegal update attempt", "{field}: {text}");
        let patch = json!([{"op": "add", "path": format!("/{field}"), "value": value}]);
        let (code, _) = server.patch(&path, patch).await.problem(400);
        assert_eq!(code, "400.1.1 Illegal update attempt", "{field}");
    }
}

#[tokio::test]
async fn accounts_are_looked_at_again_after_a_change_of_how_they_are_read() {
    let server = start();
    let id = server.source("HR").await;
    let path = format!("/sources/v1/{id}");
    let version = || {
        let org = server.store.org();
        let found = org.read(|tx| tx.typed::<muster_model::Source>().get(&id));
        found.unwrap().unwrap().reading_version
    };
    assert_eq!(version(), 1);
    let patch = |path: &str, value: Value| json!([{"op": "add", "path": path, "value": value}]);
    server
        .patch(&path, patch("/description", json!("x")))
        .await
        .expect(200);
    assert_eq!(version(), 1);
    server
        .patch(&path, patch("/connectorAttributes/delimiter", json!(";")))
        .await
        .expect(200);
    assert_eq!(version(), 2);
}

on_both! { a_new_rule_for_managers_reaches_everybody_with_the_next_file }

async fn a_new_rule_for_managers_reaches_everybody_with_the_next_file(server: &Server) {
    let id = server.source("HR").await;
    server.profile(&id);
    let source = format!("/sources/v1/{id}");
    let rule = async |column: &str| {
        let rule = json!([{"op": "add", "path": "/managerCorrelationMapping", "value": {
            "accountAttributeName": column, "identityAttributeName": "uid",
        }}]);
        server.patch(&source, rule).await.expect(200);
        server.work();
    };
    let file = "1,ada,Ada,Lovelace,ada@example.com,,,,,\n\
                2,bob,Bob,Builder,bob@example.com,cyd,ada,,,\n\
                3,cyd,Cyd,Charisse,cyd@example.com,,,,,\n";
    rule("manager").await;
    server.load(&id, file).await;
    assert!(server.told("idn:identity-attributes-changed").is_empty());

    rule("location").await;
    // The rule changed and the file did not.
    server.load(&id, file).await;
    let told = server.told("idn:identity-attributes-changed");
    assert_eq!(told.len(), 1);
    let change = &told[0]["changes"][0];
    assert_eq!(
        (&change["oldValue"]["name"], &change["newValue"]["name"]),
        (&json!("Ada Lovelace"), &json!("Cyd Charisse"))
    );
    let again = server.load(&id, file).await;
    let again = server
        .get(&format!("/account-aggregations/v1/{again}/status"))
        .await
        .expect(200);
    assert_eq!(again["totalAccounts"], 0);
}

#[tokio::test]
async fn sources_are_filtered_and_sorted() {
    let server = start();
    for name in ["HR", "Directory", "Hotel"] {
        server.clock.advance_micros(1_000);
        server.source(name).await;
    }
    let names = async |query: &str| {
        let list = server
            .get(&format!("/v3/sources?{query}"))
            .await
            .expect(200);
        let names = list.as_array().unwrap().iter();
        names
            .map(|each| each["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("").await, ["HR", "Directory", "Hotel"]);
    assert_eq!(names("sorters=-name").await, ["HR", "Hotel", "Directory"]);
    assert_eq!(names("filters=name+sw+%22h%22").await, ["HR", "Hotel"]);
    assert_eq!(
        names("filters=connectionType+eq+%22file%22+and+authoritative+eq+false&limit=1").await,
        ["HR"]
    );
    assert_eq!(
        names("filters=features+ca+(%22NO_RANDOM_ACCESS%22)")
            .await
            .len(),
        3
    );
    assert_eq!(names("for-subadmin=me").await.len(), 3);
    assert!(names("for-subadmin=someone").await.is_empty());
}

#[tokio::test]
async fn a_source_that_a_profile_needs_is_not_deleted() {
    let server = start();
    let id = server.source("HR").await;
    server.profile(&id);
    let path = format!("/sources/v1/{id}");
    assert_eq!(server.get(&path).await.expect(200)["authoritative"], true);
    let (code, text) = server.delete(&path).await.problem(400);
    assert_eq!(code, "400.1.409 Reference conflict");
    assert!(text.contains("The identity profile \"People\""), "{text}");
    let connections = server.get(&format!("{path}/connections")).await.expect(200);
    assert_eq!(connections["identityProfiles"][0]["name"], "People");
}

async fn a_file_becomes_people(server: &Server) {
    let id = server.source("HR").await;
    server.profile(&id);
    let started = server
        .upload(
            &format!("/beta/sources/{id}/load-accounts"),
            &[("disableOptimization", "false")],
            Some(&format!("{HEADER}\n{PEOPLE}")),
        )
        .await
        .expect(202);
    assert_eq!(started["success"], true);
    assert_eq!(started["task"]["name"], "Cloud Account Aggregation");
    assert_eq!(
        started["task"]["attributes"]["optimizedAggregation"],
        "enabled"
    );
    let task = started["task"]["id"].as_str().unwrap();
    let status = format!("/v2024/account-aggregations/{task}/status");
    assert_eq!(server.get(&status).await.expect(200)["status"], "STARTED");
    server.work();
    let counts = server.get(&status).await.expect(200);
    assert_eq!(counts["status"], "COMPLETED");
    assert_eq!(counts["totalAccounts"], 2);
    assert_eq!(counts["processedAccounts"], 2);
    assert_eq!(counts["totalIdentities"], 2);
    assert_eq!(server.told("idn:identity-created").len(), 2);
    let source = server.get(&format!("/v3/sources/{id}")).await.expect(200);
    assert_eq!(source["status"], "SOURCE_STATE_HEALTHY");
    assert_eq!(source["healthy"], true);

    // The same file again: nothing to do, unless everything is to be done.
    let again = server.load(&id, PEOPLE).await;
    let again = server
        .get(&format!("/account-aggregations/v1/{again}/status"))
        .await
        .expect(200);
    assert_eq!(again["totalAccounts"], 0);
    let all = server
        .upload(
            &format!("/sources/v1/{id}/load-accounts"),
            &[("disableOptimization", "true")],
            Some(&format!("{HEADER}\n{PEOPLE}")),
        )
        .await
        .expect(202);
    server.work();
    let all = all["task"]["id"].as_str().unwrap();
    let all = server
        .get(&format!("/account-aggregations/v1/{all}/status"))
        .await
        .expect(200);
    assert_eq!(all["totalAccounts"], 2);
    assert_eq!(all["processedAccounts"], 2);

    let removed = server
        .post(&format!("/beta/sources/{id}/remove-accounts"), Value::Null)
        .await
        .expect(202);
    server.work();
    let removed = removed["id"].as_str().unwrap();
    let removed = server
        .get(&format!("/task-status/v1/{removed}"))
        .await
        .expect(200);
    assert_eq!(removed["completionStatus"], "SUCCESS");
    assert_eq!(removed["attributes"]["deleted"], 2);
}

#[test]
fn a_file_becomes_people_on_sqlite() {
    run_on(Backend::Sqlite, a_file_becomes_people);
}

#[test]
fn a_file_becomes_people_on_postgres() {
    run_on(Backend::Postgres, a_file_becomes_people);
}

#[tokio::test]
async fn a_large_file_arrives_whole_whatever_the_order_of_its_parts() {
    let server = start();
    let id = server.source("HR").await;
    let filler = "x".repeat(1_000);
    let rows: Vec<String> = (0..7_000)
        .map(|number| format!("{number},user{number},Given,Family,,{filler},,,,\n"))
        .collect();
    let rows = rows.concat();
    assert!(rows.len() > 6 * 1024 * 1024);
    let task = server.load(&id, &rows).await;
    let task = server
        .get(&format!("/task-status/v1/{task}"))
        .await
        .expect(200);
    assert_eq!(task["attributes"]["total"], 7_000);
    assert_eq!(task["completionStatus"], "SUCCESS", "{task:#}");
}

#[tokio::test]
async fn a_file_beyond_the_bound_is_refused_and_nothing_of_it_stays() {
    let spool = tempfile::tempdir().unwrap();
    let server = start_with(muster_api::resources::all(), |settings| {
        settings.upload_bytes_max = 64 * 1024;
        settings.spool = spool.path().to_owned();
    });
    let id = server.source("HR").await;
    let path = format!("/sources/v1/{id}/load-accounts");
    let endless = "x".repeat(65 * 1024);
    let (code, text) = server.upload(&path, &[], Some(&endless)).await.problem(413);
    assert_eq!(code, "413 Content too large", "{text}");
    assert_eq!(
        text,
        "The upload is larger than 65536 bytes; split the file."
    );
    assert_eq!(std::fs::read_dir(spool.path()).unwrap().count(), 0);
    assert_eq!(server.get("/task-status/v1").await.expect(200), json!([]));
    server.load(&id, PEOPLE).await;
}

#[tokio::test]
async fn what_is_not_there_cannot_be_aggregated() {
    let server = start();
    let id = server.source("HR").await;
    let path = format!("/sources/v1/{id}/load-accounts");
    let (_, text) = server.upload(&path, &[], None).await.problem(400);
    assert!(text.starts_with("file: "), "{text}");
    server
        .upload("/sources/v1/nothing/load-accounts", &[], Some(HEADER))
        .await
        .problem(404);
}

#[tokio::test]
async fn a_source_may_change_hands() {
    let server = start();
    let id = server.source("HR").await;
    let next = format!("{:032x}", 9);
    let newcomer = Newcomer {
        id: next.clone(),
        uid: "grace".to_owned(),
        levels: LevelSet::ORG_ADMIN,
    };
    server
        .store
        .org()
        .write(|tx| let_in(tx, &newcomer, server.clock.now()))
        .unwrap_or_else(|problem| panic!("{}", problem.text()));
    let owner = json!({"type": "IDENTITY", "id": next, "name": "whatever"});
    let patched = server
        .patch(
            &format!("/sources/v1/{id}"),
            json!([{"op": "replace", "path": "/owner", "value": owner}]),
        )
        .await
        .expect(200);
    assert_eq!(patched["owner"]["name"], "grace");
}

#[tokio::test]
async fn how_accounts_find_their_identities_is_read_and_replaced_in_every_spelling() {
    let server = start();
    let id = server.source("HR").await;
    for base in BASES {
        if base.starts_with("/v3") {
            continue;
        }
        let path = format!("{base}/{id}/correlation-config");
        let before = server.get(&path).await.expect(200);
        assert_eq!(before["name"], "HR [source] Account Correlation");
        let pair = json!({
            "property": "email", "value": "e-mail", "operation": "EQ", "complex": false,
            "ignoreCase": true, "matchMode": null, "filterString": null,
        });
        let mut next = before.clone();
        next["attributeAssignments"] = json!([pair]);
        let after = server.put(&path, next).await.expect(200);
        assert_eq!(
            after["attributeAssignments"],
            json!([{
                "property": "email", "value": "e-mail", "operation": "EQ", "complex": false,
                "ignoreCase": true,
            }])
        );
        assert_eq!(server.get(&path).await.expect(200), after);
        let empty = json!({"id": null, "name": null, "attributeAssignments": null});
        assert_eq!(server.put(&path, empty).await.expect(200), before);
        for (pair, wanted) in [
            (json!({"property": "", "value": "id"}), "[0].property"),
            (
                json!({"property": "uid", "value": "nothing"}),
                "no attribute \"nothing\"",
            ),
            (
                json!({"property": "uid", "value": "id", "operation": "LIKE"}),
                "use EQ",
            ),
        ] {
            let body = json!({ "attributeAssignments": [pair] });
            let (_, text) = server.put(&path, body).await.problem(400);
            assert!(text.contains(wanted), "{text}");
        }
    }
    assert_eq!(server.told("idn:source-updated").len(), 10);
}
