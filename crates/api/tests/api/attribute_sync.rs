//! Attribute synchronisation over the wire: what follows what, and what differs.

use serde_json::{Value, json};

use crate::support::people::PEOPLE;
use crate::support::{Server, on_both};

on_both! {
    what_follows_what_is_set_attribute_by_attribute
    what_differs_is_planned_and_nothing_is_written
    the_accounts_of_one_person_are_compared
}

/// People from `HR`, and accounts of theirs at `Chat`.
async fn company(server: &Server) -> (String, String) {
    let hr = server.source("HR").await;
    server.profile(&hr);
    server.load(&hr, PEOPLE).await;
    let chat = server.source("Chat").await;
    let accounts = "c1,ada,Ada,Byron,,,,,,\n\
                    c2,bob,Bob,Builder,old@example.com,,,,,\n\
                    c3,stranger,Nobody,At All,x@example.com,,,,,\n";
    server.load(&chat, accounts).await;
    (hr, chat)
}

fn pair(name: &str, target: &str, enabled: bool) -> Value {
    json!({ "name": name, "displayName": "", "enabled": enabled, "target": target })
}

/// The configuration that enables these.
async fn enable(server: &Server, source: &str, pairs: &[Value]) -> Value {
    let path = format!("/v2025/sources/{source}/attribute-sync-config");
    let body = json!({ "source": { "type": "SOURCE", "id": source }, "attributes": pairs });
    server.put(&path, body).await.expect(200)
}

/// The plan: key of the account, and what would become of it.
async fn plan(server: &Server, source: &str) -> Vec<(String, Value)> {
    let path = format!("/muster/v1/sources/{source}/attribute-sync-plan?count=true");
    let reply = server.get(&path).await;
    let total = reply.header("x-total-count").unwrap().to_owned();
    let plan = reply.expect(200).as_array().unwrap().clone();
    assert_eq!(total, plan.len().to_string());
    let row = |one: &Value| {
        let key = one["nativeIdentity"].as_str().unwrap().to_owned();
        (key, one["changes"].clone())
    };
    let mut rows: Vec<_> = plan.iter().map(row).collect();
    rows.sort_by(|one, other| one.0.cmp(&other.0));
    rows
}

/// How a job ended, and what it said.
async fn ended(server: &Server, job: &Value) -> (String, Vec<String>) {
    let path = format!("/v2025/task-status/{}", job["id"].as_str().unwrap());
    let task = server.get(&path).await.expect(200);
    assert_eq!(
        task["attributes"]["type"],
        "CLOUD_ATTRIBUTE_SYNCHRONIZATION"
    );
    assert_eq!(task["attributes"]["updated"], 0);
    let texts = task["messages"].as_array().unwrap().iter();
    let texts = texts.map(|one| one["localizedText"]["message"].as_str().unwrap().to_owned());
    (
        task["completionStatus"].as_str().unwrap().to_owned(),
        texts.collect(),
    )
}

async fn what_follows_what_is_set_attribute_by_attribute(server: &Server) {
    let (_, chat) = company(server).await;
    for base in [
        "/sources/v1",
        "/v2026/sources",
        "/v2025/sources",
        "/v2024/sources",
        "/beta/sources",
    ] {
        let path = format!("{base}/{chat}/attribute-sync-config");
        let offered = server.get(&path).await.expect(200);
        assert_eq!(
            offered["source"],
            json!({ "type": "SOURCE", "id": chat, "name": "Chat" })
        );
        let email = json!({
            "name": "email", "displayName": "Work Email", "enabled": false, "target": "e-mail",
        });
        let attributes = offered["attributes"].as_array().unwrap();
        assert!(attributes.contains(&email), "{offered:#}");
        // Nobody's key changes, and a manager is no value.
        let names: Vec<&Value> = attributes.iter().map(|one| &one["name"]).collect();
        assert!(
            !names.contains(&&json!("manager")) && !names.contains(&&json!("identificationNumber"))
        );

        // As a client does it: read, switch one on, write all back.
        let mut next = offered.clone();
        for one in next["attributes"].as_array_mut().unwrap() {
            one["enabled"] = json!(one["name"] == "email");
        }
        let kept = server.put(&path, next.clone()).await.expect(200);
        assert_eq!(kept, next);
        assert_eq!(server.get(&path).await.expect(200), next);
        server.put(&path, offered.clone()).await.expect(200);
    }
    let path = format!("/v2025/sources/{chat}/attribute-sync-config");
    for (attributes, wanted) in [
        (
            json!([pair("shoeSize", "location", true)]),
            "attributes[0].name: \"shoeSize\"",
        ),
        (
            json!([pair("manager", "manager", true)]),
            "attributes[0].name: \"manager\"",
        ),
        (
            json!([pair("email", "mail", true)]),
            "no attribute \"mail\"",
        ),
        (json!([pair("uid", "id", true)]), "\"id\" is the Account ID"),
        (
            json!([
                pair("email", "e-mail", true),
                pair("email", "location", false)
            ]),
            "attributes[1].name: \"email\" is there twice",
        ),
        (
            json!([
                pair("email", "e-mail", true),
                pair("personalEmail", "e-mail", true)
            ]),
            "attributes[1].target: \"e-mail\" already follows",
        ),
    ] {
        let body = json!({ "source": { "id": chat }, "attributes": attributes });
        let (_, text) = server.put(&path, body).await.problem(400);
        assert!(text.contains(wanted), "{text}");
    }
    let body = json!({ "source": { "id": "other" }, "attributes": [] });
    server.put(&path, body).await.problem(400);
    let helpdesk = "acme|HELPDESK|sp:scopes:all|person";
    server
        .send_as(helpdesk, "GET", &path, None)
        .await
        .expect(200);
    server
        .send_as(helpdesk, "PUT", &path, None)
        .await
        .problem(403);
}

async fn what_differs_is_planned_and_nothing_is_written(server: &Server) {
    let (_, chat) = company(server).await;
    let start = async || {
        let path = format!("/v2025/sources/{chat}/synchronize-attributes");
        let job = server.post(&path, json!(null)).await.expect(202);
        server.work();
        job
    };
    // Nothing is enabled.
    let job = start().await;
    assert_eq!(job["status"], "QUEUED");
    assert_eq!(
        job["payload"],
        json!({
            "type": "SYNCHRONIZE_SOURCE_ATTRIBUTES",
            "dataJson": json!({ "sourceId": chat }).to_string(),
        })
    );
    let (status, texts) = ended(server, &job).await;
    assert_eq!(status, "SUCCESS");
    assert!(texts[0].contains("no account was compared"), "{texts:?}");

    enable(
        server,
        &chat,
        &[
            pair("email", "e-mail", true),
            pair("lastname", "familyName", true),
            pair("firstname", "location", false),
        ],
    )
    .await;
    let accounts = server.get("/v3/accounts").await.expect(200);
    let events = server.read(|tx| tx.events().last());
    let (status, texts) = ended(server, &start().await).await;
    assert_eq!(status, "WARNING");
    assert_eq!(
        texts[0],
        "accounts compared: 2; that differ: 2; attributes that differ: 3"
    );
    assert!(
        texts[1].starts_with("nothing was written to a source"),
        "{texts:?}"
    );
    assert!(texts[1].contains(&format!("/muster/v1/sources/{chat}/attribute-sync-plan")));
    let ada = json!([
        { "name": "email", "target": "e-mail", "current": null, "wanted": "ada@example.com" },
        { "name": "lastname", "target": "familyName", "current": "Byron", "wanted": "Lovelace" },
    ]);
    let bob = json!([
        { "name": "email", "target": "e-mail", "current": "old@example.com", "wanted": "bob@example.com" },
    ]);
    let planned = [("c1".to_owned(), ada), ("c2".to_owned(), bob)];
    assert_eq!(plan(server, &chat).await, planned);
    assert_eq!(server.get("/v3/accounts").await.expect(200), accounts);
    assert_eq!(server.read(|tx| tx.events().last()), events);

    let all = json!([{"op": "add", "path": "/deleteThreshold", "value": 100}]);
    server
        .patch(&format!("/v3/sources/{chat}"), all)
        .await
        .expect(200);
    // The source catches up, and loses an account: the plan does too.
    server
        .load(&chat, "c1,ada,Ada,Lovelace,ada@example.com,,,,,\n")
        .await;
    let (status, texts) = ended(server, &start().await).await;
    assert_eq!(
        (status.as_str(), texts[0].as_str()),
        (
            "SUCCESS",
            "accounts compared: 1; that differ: 0; attributes that differ: 0"
        )
    );
    assert!(plan(server, &chat).await.is_empty());
    let rows = server.read(|tx| {
        tx.fetch("SELECT account_id FROM sync_plan", &[], |row| {
            row.get::<String>(0)
        })
    });
    assert!(rows.is_empty(), "{rows:?}");
}

async fn the_accounts_of_one_person_are_compared(server: &Server) {
    let (hr, chat) = company(server).await;
    enable(server, &chat, &[pair("lastname", "familyName", true)]).await;
    enable(server, &hr, &[pair("email", "location", true)]).await;
    let found = server
        .get("/v2025/identities?filters=alias+eq+%22ada%22")
        .await
        .expect(200);
    let ada = found[0]["id"].as_str().unwrap();
    for base in ["/identities/v1", "/v2025/identities", "/beta/identities"] {
        let path = format!("{base}/{ada}/synchronize-attributes");
        let job = server.post(&path, json!(null)).await.expect(202);
        assert_eq!(job["payload"]["type"], "SYNCHRONIZE_IDENTITY_ATTRIBUTES");
        server.work();
        let (status, texts) = ended(server, &job).await;
        assert_eq!(
            (status.as_str(), texts[0].as_str()),
            (
                "WARNING",
                "accounts compared: 2; that differ: 2; attributes that differ: 2"
            )
        );
        let nobody = format!("{base}/nobody/synchronize-attributes");
        server.post(&nobody, json!(null)).await.problem(404);
    }
    assert_eq!(plan(server, &chat).await.len(), 1);
    assert_eq!(plan(server, &hr).await.len(), 1);

    // Who is away for long is left alone.
    let states = format!("/v3/identity-profiles/{:032x}/lifecycle-states", 0xB1);
    let away = json!({ "name": "Away", "technicalName": "away", "enabled": true, "identityState": "INACTIVE_LONG_TERM" });
    let away = server.post(&states, away).await.expect(201);
    let set = format!("/v3/identities/{ada}/set-lifecycle-state");
    server
        .post(&set, json!({ "lifecycleStateId": away["id"] }))
        .await
        .expect(200);
    server.work();
    let path = format!("/v2025/identities/{ada}/synchronize-attributes");
    let job = server.post(&path, json!(null)).await.expect(202);
    server.work();
    let (status, texts) = ended(server, &job).await;
    assert_eq!(status, "SUCCESS", "{texts:?}");
    assert!(plan(server, &chat).await.is_empty());

    // A source that goes takes its configuration along.
    server
        .delete(&format!("/v3/sources/{chat}"))
        .await
        .expect(202);
    let left = server.read(|tx| tx.typed::<muster_model::AttributeSync>().list());
    assert_eq!(left.len(), 1);
}
