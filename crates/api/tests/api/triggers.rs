//! Triggers over the wire (event-triggers.md §6, cases 1 to 7).

use axum::body::Body;
use axum::http::{Request, header};
use muster_event::catalog::feature::{Flags, POST_PROVISIONING, State};
use serde_json::{Value, json};

use crate::support::{NOW, Reply, Server, start};

/// Switches the flag of Provisioning Completed.
pub(crate) fn switch(server: &Server, state: State) {
    let org = server.store.org();
    org.write(|tx| Flags::set(tx, POST_PROVISIONING, state, NOW))
        .unwrap();
}

async fn ids(server: &Server, query: &str) -> Vec<String> {
    let path = format!("/beta/triggers?{query}");
    let list = server.get(&path).await.expect(200);
    let list = list.as_array().unwrap().iter();
    list.map(|one| one["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn cases_1_and_7_each_trigger_shows_a_schema_as_text_that_its_example_satisfies() {
    let server = start();
    switch(&server, State::On);
    let mut seen = Vec::new();
    for base in [
        "/triggers/v1",
        "/v2026/triggers",
        "/v2025/triggers",
        "/v2024/triggers",
        "/beta/triggers",
    ] {
        seen.push(server.get(base).await.expect(200));
    }
    server.get("/v3/triggers").await.problem(404);
    assert!(seen.iter().all(|list| *list == seen[0]));
    for trigger in seen[0].as_array().unwrap() {
        let schema: Value = serde_json::from_str(trigger["inputSchema"].as_str().unwrap()).unwrap();
        assert!(
            jsonschema::is_valid(&schema, &trigger["exampleInput"]),
            "{trigger}"
        );
        let silent = trigger["type"] == "FIRE_AND_FORGET";
        assert_eq!(trigger["outputSchema"] == Value::Null, silent, "{trigger}");
        assert_eq!(trigger["exampleOutput"] == Value::Null, silent, "{trigger}");
    }
}

#[tokio::test]
async fn case_2_a_flagged_trigger_is_listed_with_its_flag_only() {
    let server = start();
    let asked = "filters=id+eq+%22idn:post-provisioning%22";
    assert!(ids(&server, asked).await.is_empty());
    switch(&server, State::On);
    assert_eq!(ids(&server, asked).await, ["idn:post-provisioning"]);
    switch(&server, State::Off);
    assert!(ids(&server, asked).await.is_empty());
}

#[tokio::test]
async fn cases_3_and_4_triggers_are_filtered_sorted_paged_and_counted() {
    let server = start();
    let all = ids(&server, "").await;
    let created = "%22idn:identity-created%22";
    assert_eq!(
        ids(&server, &format!("filters=id+eq+{created}")).await,
        ["idn:identity-created"]
    );
    let below = ids(&server, &format!("filters=id+le+{created}")).await;
    let above = ids(&server, &format!("filters=id+ge+{created}")).await;
    assert_eq!(below.len() + above.len(), all.len() + 1);
    assert_eq!(below.last(), above.first());

    let page = server
        .get("/beta/triggers?sorters=-name&limit=3&offset=2&count=true")
        .await;
    assert_eq!(
        page.header("x-total-count"),
        Some(all.len().to_string().as_str())
    );
    let page = page.expect(200);
    let names: Vec<&str> = page
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 3);
    assert!(names.is_sorted_by(|one, next| one >= next), "{names:?}");

    let (code, text) = server
        .get("/beta/triggers?filters=type+eq+%22x%22")
        .await
        .problem(400);
    assert_eq!(code, "400.1.3 Illegal value");
    assert!(text.contains("id (eq, ge, le)"), "{text}");
    assert_ne!(page, json!([]));
}

#[tokio::test]
async fn case_5_a_caller_without_the_level_or_the_scope_is_told_in_the_vendors_shape() {
    let server = start();
    for token in [
        "acme||sp:scopes:all|person",
        "acme|ORG_ADMIN|idn:sources:read|person",
    ] {
        let (code, text) = asking(&server, Some(token)).await.problem(403);
        assert_eq!(code, "403 Forbidden");
        assert!(text.contains("needs one of"), "{text}");
    }
}

#[tokio::test]
async fn case_6_a_caller_without_a_token_that_holds_is_told_so() {
    let server = start();
    for token in [None, Some("expired")] {
        let body = asking(&server, token).await.expect(401);
        assert!(body["error"].is_string(), "{body}");
    }
}

async fn asking(server: &Server, token: Option<&str>) -> Reply {
    let mut request = Request::builder().uri("/beta/triggers");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    server.request(request.body(Body::empty()).unwrap()).await
}
