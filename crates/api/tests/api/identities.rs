//! Identities over the wire, on both backends: lists are asked of their table.

use muster_model::Source;
use muster_model::id::IdentityId;
use muster_store::{Identity, Stage};
use muster_testkit::Backend;
use serde_json::{Value, json};

use crate::people::{HR, a_profile, add_account, add_people, jobs_of, person};
use crate::support::{NOW, Server, run_on, start};

/// Ada manages Bob and is active; Cara's account is gone; Dan was never announced; Eve has a problem.
async fn staff(server: &Server) -> Vec<Identity> {
    let profile = a_profile(server).await;
    let names = ["Ada", "Bob", "Cara", "Dan", "Eve"];
    let mut people: Vec<Identity> = (1..)
        .zip(names)
        .map(|(number, name)| person(number, &profile, name))
        .collect();
    people[0].lifecycle = Some("active".to_owned());
    people[1].manager_id = Some(people[0].id);
    people[2].stage = Stage::Withdrawn;
    people[3].stage = Stage::Faulty;
    people[4].problems =
        Some(json!([{ "attribute": "title", "reason": "it failed", "severity": "ERROR" }]));
    add_people(server, &people);
    people
}

async fn names(server: &Server, query: &str) -> Vec<String> {
    let list = server
        .get(&format!("/v2025/identities?{query}"))
        .await
        .expect(200);
    let aliases = list.as_array().unwrap().iter();
    aliases
        .map(|each| each["alias"].as_str().unwrap().to_owned())
        .collect()
}

async fn the_list_is_asked_in_sql(server: &Server) {
    let people = staff(server).await;
    for (query, expected) in [
        ("", &["ada", "bob", "eve"][..]),
        ("defaultFilter=CORRELATED_ONLY", &["ada", "bob", "eve"]),
        ("defaultFilter=NONE", &["ada", "bob", "cara", "eve"]),
        (
            "defaultFilter=NONE&filters=correlated%20eq%20false",
            &["cara"],
        ),
        ("filters=correlated%20eq%20false", &[]),
        ("filters=protected%20eq%20false", &["ada", "bob", "eve"]),
        ("filters=protected%20eq%20true", &[]),
        ("filters=name%20sw%20%22AD%22", &["ada"]),
        ("filters=alias%20eq%20%22Bob%22", &["bob"]),
        ("filters=firstname%20eq%20%22eve%22", &["eve"]),
        ("filters=lastname%20eq%20%22doe%22&limit=2", &["ada", "bob"]),
        ("filters=email%20sw%20%22EVE@%22", &["eve"]),
        ("filters=processingState%20eq%20%22ERROR%22", &["eve"]),
        (
            "filters=not%20processingState%20eq%20%22ERROR%22",
            &["ada", "bob"],
        ),
        (
            "filters=cloudStatus%20eq%20%22ACTIVE%22",
            &["ada", "bob", "eve"],
        ),
        ("sorters=-name", &["eve", "bob", "ada"]),
        ("sorters=-alias&offset=1&limit=1", &["bob"]),
        (
            "defaultFilter=NONE&sorters=-cloudStatus,name",
            &["cara", "ada", "bob", "eve"],
        ),
    ] {
        assert_eq!(names(server, query).await, expected, "{query}");
    }
    let some = format!(
        "filters=id%20in%20(%22{}%22,%22{}%22)",
        people[1].id, people[3].id
    );
    assert_eq!(names(server, &some).await, ["bob"]);
    let counted = server.get("/beta/identities?count=true&limit=1").await;
    assert_eq!(counted.header("x-total-count"), Some("3"));
    server
        .get("/beta/identities?defaultFilter=ALL")
        .await
        .problem(400);
    server
        .get("/beta/identities?sorters=email")
        .await
        .problem(400);
}

#[test]
fn the_list_is_asked_in_sqlite() {
    run_on(Backend::Sqlite, the_list_is_asked_in_sql);
}

#[test]
fn the_list_is_asked_in_postgres() {
    run_on(Backend::Postgres, the_list_is_asked_in_sql);
}

#[tokio::test]
async fn an_identity_shows_its_manager_state_and_attributes() {
    let server = start();
    let people = staff(&server).await;
    for base in [
        "/identities/v1",
        "/v2026/identities",
        "/v2025/identities",
        "/v2024/identities",
        "/beta/identities",
    ] {
        let ada = server
            .get(&format!("{base}/{}", people[0].id))
            .await
            .expect(200);
        assert_eq!(
            ada,
            json!({
                "id": people[0].id.to_string(),
                "name": "Ada Doe",
                "created": NOW.to_string(),
                "modified": NOW.to_string(),
                "alias": "ada",
                "emailAddress": "ada@example.com",
                "processingState": "OK",
                "identityStatus": "ACTIVE",
                "managerRef": null,
                "isManager": true,
                "lastRefresh": NOW.to_string(),
                "attributes": {
                    "uid": "ada",
                    "email": "ada@example.com",
                    "firstname": "Ada",
                    "lastname": "Doe",
                },
                "lifecycleState": { "stateName": "active", "manuallyUpdated": false },
            })
        );
        let bob = server
            .get(&format!("{base}/{}", people[1].id))
            .await
            .expect(200);
        let manager =
            json!({ "type": "IDENTITY", "id": people[0].id.to_string(), "name": "Ada Doe" });
        assert_eq!(
            (&bob["managerRef"], &bob["isManager"]),
            (&manager, &json!(false))
        );
        assert_eq!(bob.get("lifecycleState"), None);
        let cara = server
            .get(&format!("{base}/{}", people[2].id))
            .await
            .expect(200);
        assert_eq!(cara["identityStatus"], "DEACTIVATED");
        server
            .get(&format!("{base}/{}", people[3].id))
            .await
            .problem(404);
        server.get(&format!("{base}/me")).await.problem(404);
    }
}

async fn a_needed_identity_stays(server: &Server) {
    let people = staff(server).await;
    let path = |number: usize| format!("/v2024/identities/{}", people[number].id);
    let refusal = server.delete(&path(0)).await.expect(400);
    assert_eq!(
        refusal["associationDetails"],
        json!([{
            "associationType": "IDENTITY_MANAGER",
            "entities": [{
                "identityEntity": {
                    "id": people[1].id.to_string(),
                    "name": "Bob Doe",
                    "type": "IDENTITY_MANAGER",
                },
            }],
        }])
    );
    let mut source = server.read(|tx| tx.typed::<Source>().get(HR)).unwrap();
    source.owner = Some(muster_model::Reference::identity(
        people[4].id.to_string(),
        "Eve",
    ));
    server.write(|tx| tx.typed::<Source>().put(&source, NOW));
    let refusal = server.delete(&path(4)).await.expect(400);
    assert_eq!(
        refusal["associationDetails"][0]["associationType"],
        "SOURCE_OWNER"
    );

    add_account(server, &people[1], &[("name", "bob")]);
    assert_eq!(server.delete(&path(1)).await.expect(204), Value::Null);
    server.get(&path(1)).await.problem(404);
    let accounts = server.read(|tx| tx.accounts().page_of(HR.parse().unwrap(), None, 10));
    assert_eq!(accounts[0].identity_id, None);
    let mut told: Vec<(String, String)> = server.read(|tx| {
        tx.fetch(
            "SELECT trigger_id, body FROM event ORDER BY seq",
            &[],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    });
    let (trigger, body) = told.pop().unwrap();
    assert_eq!(trigger, "idn:identity-deleted");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&body["identity"]["name"], &body["attributes"]["uid"]),
        (&json!("Bob Doe"), &json!("bob"))
    );
    let (trigger, body) = told.pop().unwrap();
    assert_eq!(trigger, "idn:account-uncorrelated");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&body["identity"]["name"], &body["account"]["name"]),
        (&json!("Bob Doe"), &json!("bob"))
    );
    server.delete(&path(0)).await.expect(204);
    server.delete(&path(3)).await.problem(404);
}

#[test]
fn a_needed_identity_stays_in_sqlite() {
    run_on(Backend::Sqlite, a_needed_identity_stays);
}

#[test]
fn a_needed_identity_stays_in_postgres() {
    run_on(Backend::Postgres, a_needed_identity_stays);
}

#[tokio::test]
async fn processing_takes_1_to_250_identities() {
    let server = start();
    let people = staff(&server).await;
    let nobody = IdentityId(77).to_string();
    let request = json!({ "identityIds": [people[0].id.to_string(), nobody] });
    let accepted = server
        .post("/beta/identities/process", request)
        .await
        .expect(202);
    assert_eq!(accepted["type"], "TASK_RESULT");
    let task = accepted["id"].as_str().unwrap();
    let refresh = json!({
        "task": task,
        "identities": [people[0].id.to_string()],
        "managersMayCome": false,
    });
    assert_eq!(
        jobs_of(&server, task),
        [
            ("refresh-identities".to_owned(), refresh),
            ("settle-refresh".to_owned(), json!({ "task": task })),
        ]
    );
    let stored = server
        .store
        .org()
        .read(|tx| tx.tasks().get(task.parse().unwrap()));
    let messages = stored.unwrap().unwrap().report.messages;
    assert_eq!(messages[0].text, format!("there is no identity {nobody}"));
    let many: Vec<&str> = std::iter::repeat_n(nobody.as_str(), 251).collect();
    for (ids, code) in [
        (json!(many), "400.1.4 Limit violation"),
        (json!([]), "400.1.0 Required data missing or empty"),
        (json!(["x"]), "400.1.3 Illegal value"),
    ] {
        let reply = server
            .post("/identities/v1/process", json!({ "identityIds": ids }))
            .await;
        assert_eq!(reply.problem(400).0, code);
    }
    let all = json!({ "identityIds": &many[..250] });
    server.post("/identities/v1/process", all).await.expect(202);
}

#[tokio::test]
async fn a_helpdesk_may_look_and_process_but_not_delete() {
    let server = start();
    for (method, path, status) in [
        ("GET", "/beta/identities", 200),
        ("DELETE", "/beta/identities/1", 403),
        ("POST", "/beta/identities/process", 400),
    ] {
        let request = axum::http::Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", "Bearer acme|HELPDESK|sp:scopes:all|person")
            .body(axum::body::Body::empty())
            .unwrap();
        assert_eq!(
            server.request(request).await.status,
            status,
            "{method} {path}"
        );
    }
}
