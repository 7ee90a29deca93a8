//! Accounts over the wire.

use muster_testkit::Backend;
use serde_json::{Value, json};

use crate::support::people::PEOPLE;
use crate::support::{Server, on_both, run_on, start};

/// An authoritative source `HR` with Ada and Bob, and a source `Chat` with an account of Ada's and
/// one that is nobody's.
async fn company(server: &Server) -> (String, String) {
    let hr = server.source("HR").await;
    server.profile(&hr);
    server.load(&hr, PEOPLE).await;
    let chat = server.source("Chat").await;
    server
        .load(&chat, "c1,ada,,,,,,,,\nc2,stranger,,,,,,Guests,,\n")
        .await;
    (hr, chat)
}

async fn list(server: &Server, query: &str) -> Vec<Value> {
    let list = server.get(&format!("/v2025/accounts?{query}")).await;
    list.expect(200).as_array().unwrap().clone()
}

/// The native identities of a list.
async fn natives(server: &Server, query: &str) -> Vec<String> {
    let list = list(server, query).await;
    let natives = list
        .iter()
        .map(|account| account["nativeIdentity"].as_str());
    natives.map(|native| native.unwrap().to_owned()).collect()
}

async fn one(server: &Server, native: &str) -> Value {
    list(server, &format!("filters=nativeIdentity+eq+%22{native}%22"))
        .await
        .remove(0)
}

async fn accounts_are_filtered_and_sorted(server: &Server) {
    let (hr, chat) = company(server).await;
    let ada = one(server, "1").await;
    let identity = ada["identityId"].as_str().unwrap();
    for (filter, wanted) in [
        (format!("sourceId eq \"{hr}\""), vec!["1", "2"]),
        (
            format!("sourceId in (\"{hr}\", \"{chat}\")"),
            vec!["1", "2", "c1", "c2"],
        ),
        (format!("identityId eq \"{identity}\""), vec!["1", "c1"]),
        (
            format!("id eq \"{}\"", ada["id"].as_str().unwrap()),
            vec!["1"],
        ),
        ("name sw \"STR\"".to_owned(), vec!["c2"]),
        (
            "name in (\"ada\", \"bob\")".to_owned(),
            vec!["1", "2", "c1"],
        ),
        ("nativeIdentity sw \"c\"".to_owned(), vec!["c1", "c2"]),
        ("uncorrelated eq true".to_owned(), vec!["c2"]),
        (
            "identity.correlated eq true".to_owned(),
            vec!["1", "2", "c1"],
        ),
        (
            "manuallyCorrelated eq false".to_owned(),
            vec!["1", "2", "c1", "c2"],
        ),
        ("hasEntitlements eq true".to_owned(), vec!["1", "2", "c2"]),
        ("not entitlements eq true".to_owned(), vec!["c1"]),
        (
            "origin eq \"AGGREGATED\" and nativeIdentity eq \"1\"".to_owned(),
            vec!["1"],
        ),
        ("origin eq \"PROVISIONED\"".to_owned(), vec![]),
        ("identity.name sw \"ada\"".to_owned(), vec!["1", "c1"]),
        ("identity.identityState eq \"ACTIVE\"".to_owned(), vec![]),
        (
            "source.displayableName eq \"chat\"".to_owned(),
            vec!["c1", "c2"],
        ),
        ("source.authoritative eq true".to_owned(), vec!["1", "2"]),
        (
            "source.connectionType in (\"file\")".to_owned(),
            vec!["1", "2", "c1", "c2"],
        ),
        (
            "recommendation.method isnull and source.authoritative eq false".to_owned(),
            vec!["c1", "c2"],
        ),
        (
            "created gt 2020-01-01 and modified ge 2020-01-01".to_owned(),
            vec!["1", "2", "c1", "c2"],
        ),
    ] {
        let query = filter.replace(' ', "%20").replace('"', "%22");
        let found = natives(server, &format!("filters={query}&sorters=nativeIdentity")).await;
        assert_eq!(found, wanted, "{filter}");
    }
    for sorter in [
        "id",
        "name",
        "created",
        "modified",
        "sourceId",
        "identityId",
        "nativeIdentity",
        "uuid",
        "manuallyCorrelated",
        "entitlements",
        "origin",
        "identity.name",
        "identity.identityState",
        "identity.correlated",
        "source.displayableName",
        "source.authoritative",
        "source.connectionType",
    ] {
        let found = natives(server, &format!("sorters=-{sorter}")).await;
        assert_eq!(found.len(), 4, "{sorter}");
    }
    let by_source = natives(server, "sorters=source.displayableName,-nativeIdentity").await;
    assert_eq!(by_source, ["c2", "c1", "2", "1"]);
    let page = server
        .get("/v3/accounts?limit=2&offset=1&sorters=nativeIdentity&count=true")
        .await;
    assert_eq!(page.header("x-total-count"), Some("4"));
    let page = page.expect(200);
    assert_eq!(page[0]["nativeIdentity"], "2");
    assert_eq!(page.as_array().unwrap().len(), 2);
    let slim = &list(server, "detailLevel=SLIM&limit=1").await[0];
    assert_eq!(slim.get("sourceOwner"), None);
    server
        .get("/v3/accounts?detailLevel=HUGE")
        .await
        .problem(400);
}

#[test]
fn accounts_are_filtered_and_sorted_on_sqlite() {
    run_on(Backend::Sqlite, accounts_are_filtered_and_sorted);
}

#[test]
fn accounts_are_filtered_and_sorted_on_postgres() {
    run_on(Backend::Postgres, accounts_are_filtered_and_sorted);
}

#[tokio::test]
async fn an_account_and_its_entitlements_are_read_in_every_spelling() {
    let server = start();
    let (hr, _) = company(&server).await;
    let ada = one(&server, "1").await;
    let id = ada["id"].as_str().unwrap();
    for base in [
        "/accounts/v1",
        "/v2026/accounts",
        "/v2025/accounts",
        "/v2024/accounts",
        "/v3/accounts",
        "/beta/accounts",
    ] {
        let shown = server.get(&format!("{base}/{id}")).await.expect(200);
        assert_eq!(shown, ada);
        assert_eq!(shown["sourceId"], json!(hr));
        assert_eq!(shown["sourceName"], "HR");
        assert_eq!(shown["authoritative"], true);
        assert_eq!(shown["identity"]["type"], "IDENTITY");
        assert_eq!(shown["attributes"]["groups"], json!(["Admins"]));
        server.get(base).await.expect(200);
        let entitlements = server.get(&format!("{base}/{id}/entitlements")).await;
        let entitlements = entitlements.expect(200);
        assert_eq!(entitlements[0]["value"], "Admins");
        assert_eq!(entitlements[0]["attribute"], "groups");
        assert_eq!(entitlements.as_array().unwrap().len(), 1);
        server.get(&format!("{base}/nothing")).await.problem(404);
    }
}

async fn a_person_says_whose_an_account_is(server: &Server) {
    company(server).await;
    let bob = one(server, "2").await["identityId"].clone();
    let stranger = one(server, "c2").await;
    let path = format!("/accounts/v1/{}", stranger["id"].as_str().unwrap());
    let to = |value: &Value| json!([{"op": "replace", "path": "/identityId", "value": value}]);
    let moved = server.patch(&path, to(&bob)).await.expect(202);
    assert_eq!(moved["identityId"], bob);
    assert_eq!(moved["manuallyCorrelated"], true);
    assert_eq!(moved["uncorrelated"], false);
    let told = server.told("idn:account-correlated");
    assert_eq!(told.last().unwrap()["account"]["nativeIdentity"], "c2");
    server.work();

    // The next file does not move it.
    let again = one(server, "c2").await;
    assert_eq!(again["identityId"], bob);

    let (code, _) = server.patch(&path, to(&json!("nobody"))).await.problem(400);
    assert_eq!(code, "400.1.404 Referenced object not found");
    let gone = json!([{"op": "remove", "path": "/identityId"}]);
    let freed = server.patch(&path, gone).await.expect(202);
    assert_eq!(freed["manuallyCorrelated"], false);
    assert_eq!(freed["uncorrelated"], true);
    assert_eq!(server.told("idn:account-uncorrelated").len(), 1);
    let both = json!([
        {"op": "add", "path": "/identityId", "value": bob},
        {"op": "replace", "path": "/manuallyCorrelated", "value": false},
    ]);
    let moved = server.patch(&path, both).await.expect(202);
    assert_eq!(moved["manuallyCorrelated"], false);
    let (code, _) = server
        .patch(
            &path,
            json!([{"op": "replace", "path": "/name", "value": "x"}]),
        )
        .await
        .problem(400);
    assert_eq!(code, "400.1.1 Illegal update attempt");
    server.work();
    let runs = server
        .get("/task-status/v1?filters=type+eq+%22IDENTITY_REFRESH%22")
        .await
        .expect(200);
    assert_eq!(runs.as_array().unwrap().len(), 3);
    assert_eq!(runs[0]["completionStatus"], "SUCCESS");
}

#[test]
fn a_person_says_whose_an_account_is_on_sqlite() {
    run_on(Backend::Sqlite, a_person_says_whose_an_account_is);
}

#[test]
fn a_person_says_whose_an_account_is_on_postgres() {
    run_on(Backend::Postgres, a_person_says_whose_an_account_is);
}

#[tokio::test]
async fn attributes_are_written_by_hand_until_the_next_file() {
    let server = start();
    let (hr, _) = company(&server).await;
    let ada = one(&server, "1").await;
    let path = format!("/v3/accounts/{}", ada["id"].as_str().unwrap());
    let name =
        |value: Value| json!([{"op": "add", "path": "/attributes/familyName", "value": value}]);
    let changed = server.patch(&path, name(json!("Byron"))).await.expect(202);
    assert_eq!(changed["attributes"]["familyName"], "Byron");
    let told = server.told("idn:account-attributes-changed");
    assert_eq!(told[0]["changes"][0]["attribute"], "familyName");
    server.work();
    let changes = server.told("idn:identity-attributes-changed");
    assert_eq!(changes[0]["changes"][0]["newValue"], "Byron");

    for (patch, wanted) in [
        (
            name(json!({"a": 1})),
            "attributes.familyName: send a single value",
        ),
        (
            json!([{"op": "add", "path": "/attributes/shoe", "value": "44"}]),
            "attributes.shoe: the account schema has no such attribute",
        ),
        (
            json!([{"op": "replace", "path": "/attributes/id", "value": "9"}]),
            "attributes.id is the Account ID",
        ),
    ] {
        let (_, text) = server.patch(&path, patch).await.problem(400);
        assert!(text.contains(wanted), "{text}");
    }

    let all = json!({"attributes": {"name": "countess", "groups": "One", "e-mail": "a@b.c"}});
    let put = server.put(&path, all).await.expect(202);
    assert!(put["id"].is_string());
    let shown = server.get(&path).await.expect(200);
    assert_eq!(shown["name"], "countess");
    assert_eq!(
        shown["attributes"],
        json!({"name": "countess", "e-mail": "a@b.c", "groups": ["One"], "id": "1"})
    );
    server.load(&hr, PEOPLE).await;
    let shown = server.get(&path).await.expect(200);
    assert_eq!(shown["name"], "ada");
    assert_eq!(shown["attributes"]["familyName"], "Lovelace");
}

#[tokio::test]
async fn an_account_is_created_and_forgotten() {
    let server = start();
    let (hr, chat) = company(&server).await;
    let create = async |source: &str, attributes: Value| {
        let mut attributes = attributes;
        attributes["sourceId"] = json!(source);
        let body = json!({ "attributes": attributes });
        server.post("/v2024/accounts", body).await
    };
    let made = create(&hr, json!({"id": "3", "name": "cyd", "givenName": "Cyd", "familyName": "Charisse", "e-mail": "cyd@example.com"})).await;
    assert!(made.expect(202)["id"].is_string());
    server.work();
    assert_eq!(server.told("idn:identity-created").len(), 3);
    let cyd = one(&server, "3").await;
    assert_eq!(cyd["uncorrelated"], false);

    // Correlated by name; a second call changes what is there.
    create(&chat, json!({"id": "c3", "name": "cyd"}))
        .await
        .expect(202);
    let first = one(&server, "c3").await;
    assert_eq!(first["identityId"], cyd["identityId"]);
    create(&chat, json!({"id": "c3", "location": "Paris"}))
        .await
        .expect(202);
    let second = one(&server, "c3").await;
    assert_eq!(second["id"], first["id"]);
    assert_eq!(second["attributes"]["location"], "Paris");
    assert_eq!(second["name"], "cyd");

    for (source, attributes, wanted) in [
        (
            chat.as_str(),
            json!({"name": "x"}),
            "attributes.id is required",
        ),
        ("nothing", json!({"id": "x"}), "attributes.sourceId"),
        (
            chat.as_str(),
            json!({"id": "x", "shoe": 1}),
            "attributes.shoe",
        ),
    ] {
        let (_, text) = create(source, attributes).await.problem(400);
        assert!(text.contains(wanted), "{text}");
    }

    let id = second["id"].as_str().unwrap();
    let task = server
        .delete(&format!("/accounts/v1/{id}"))
        .await
        .expect(202);
    server.get(&format!("/accounts/v1/{id}")).await.problem(404);
    server.work();
    let task = task["id"].as_str().unwrap();
    let task = server
        .get(&format!("/task-status/v1/{task}"))
        .await
        .expect(200);
    assert_eq!(task["completionStatus"], "SUCCESS");
    let stranger = one(&server, "c2").await;
    let id = stranger["id"].as_str().unwrap();
    let removed = server
        .post(&format!("/beta/accounts/{id}/remove"), Value::Null)
        .await
        .expect(202);
    assert_eq!(removed["type"], "TASK_RESULT");
    server.get(&format!("/accounts/v1/{id}")).await.problem(404);
}

on_both! { what_a_call_writes_is_told_as_an_aggregation_tells_it }

async fn what_a_call_writes_is_told_as_an_aggregation_tells_it(server: &Server) {
    let (_, chat) = company(server).await;
    let [created, updated, deleted] = [
        "idn:account-created",
        "idn:account-updated",
        "idn:account-deleted",
    ];
    for trigger in [created, updated, deleted] {
        let wish = json!({
            "name": trigger, "triggerId": trigger, "type": "INLINE", "inlineConfig": {},
        });
        server
            .post("/trigger-subscriptions/v1", wish)
            .await
            .expect(201);
    }
    let watching = json!({
        "enabled": true,
        "operations": ["ACCOUNT_CREATED", "ACCOUNT_UPDATED", "ACCOUNT_DELETED"],
        "allEntitlements": true, "allNonEntitlementAttributes": true,
        "selectedEntitlements": [], "selectedNonEntitlementAttributes": [],
    });
    let path = format!("/v2025/sources/{chat}/native-change-detection-config");
    server.put(&path, watching).await.expect(200);

    let correlated = server.told("idn:account-correlated").len();
    let made = json!({ "attributes": {
        "sourceId": chat, "id": "c9", "name": "bob", "groups": ["Guests"],
    }});
    server.post("/v2025/accounts", made).await.expect(202);
    let told = server.told(created);
    assert_eq!(
        told[0]["event"],
        json!({"type": "ACCOUNT_CREATED_V2", "cause": "AGGREGATION"})
    );
    assert_eq!(told[0]["account"]["nativeIdentity"], "c9");
    assert_eq!(told[0]["identity"]["alias"], "bob");
    assert_eq!(server.told("idn:account-correlated").len(), correlated + 1);

    let bob = one(server, "c9").await;
    let path = format!("/v2025/accounts/{}", bob["id"].as_str().unwrap());
    let moved = json!([
        {"op": "replace", "path": "/attributes/groups", "value": ["Guests", "Staff"]},
        {"op": "add", "path": "/attributes/location", "value": "Rome"},
    ]);
    server.patch(&path, moved).await.expect(202);
    let mut attributes = bob["attributes"].clone();
    attributes["location"] = json!("Oslo");
    server
        .put(&path, json!({ "attributes": attributes }))
        .await
        .expect(202);
    let told = server.told(updated);
    assert_eq!(told.len(), 2);
    assert_eq!(
        told[0]["singleValueAttributeChanges"],
        json!([{"name": "location", "oldValue": null, "newValue": "Rome"}])
    );
    assert_eq!(
        told[0]["entitlementChanges"][0]["added"][0]["value"],
        "Staff"
    );
    assert_eq!(
        told[1]["singleValueAttributeChanges"][0]["oldValue"],
        "Rome"
    );
    assert_eq!(
        told[1]["entitlementChanges"][0]["removed"][0]["value"],
        "Staff"
    );

    let uncorrelated = server.told("idn:account-uncorrelated").len();
    server.delete(&path).await.expect(202);
    let told = server.told(deleted);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["account"]["nativeIdentity"], "c9");
    let lost = server.told("idn:account-uncorrelated");
    assert_eq!(lost.len(), uncorrelated + 1);
    assert_eq!(lost[uncorrelated]["identity"]["name"], "Bob Builder");
    let stranger = one(server, "c2").await;
    let remove = format!(
        "/v2025/accounts/{}/remove",
        stranger["id"].as_str().unwrap()
    );
    server.post(&remove, Value::Null).await.expect(202);
    assert_eq!(server.told(deleted)[1]["account"]["correlated"], false);
    // All of them: nobody has touched the source itself.
    let all = format!("/v2025/sources/{chat}/remove-accounts");
    server.post(&all, Value::Null).await.expect(202);
    server.work();
    assert_eq!(server.told(deleted).len(), 3);
    for kind in ["created", "updated", "deleted"] {
        let native = format!("idn:native-change-account-{kind}");
        assert!(server.told(&native).is_empty(), "{native}");
    }
}
