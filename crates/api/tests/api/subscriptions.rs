//! Subscriptions over the wire: making, listing and deleting them, and trying filters
//! (event-triggers.md §6, cases 8 to 11, 32 and 72).

use serde_json::{Value, json};

use crate::support::{Server, start};

pub(crate) const BASE: &str = "/beta/trigger-subscriptions";
pub(crate) const CREATED: &str = "idn:identity-created";
pub(crate) const REQUIRED: &str = "400.1.0 Required data missing or empty";

/// A body with everything that is needed.
pub(crate) fn wish(name: &str) -> Value {
    json!({
        "name": name,
        "triggerId": CREATED,
        "type": "HTTP",
        "httpConfig": { "url": "https://hooks.example.com/a", "httpDispatchMode": "SYNC" },
    })
}

/// The same with other members.
pub(crate) fn wish_with(name: &str, members: Value) -> Value {
    let Value::Object(members) = members else {
        panic!("{members} is no object");
    };
    let mut wish = wish(name);
    for (name, value) in members {
        wish[name.as_str()] = value;
    }
    wish
}

pub(crate) async fn create(server: &Server, body: Value) -> Value {
    server.post(BASE, body).await.expect(201)
}

pub(crate) async fn list(server: &Server) -> Value {
    server.get(BASE).await.expect(200)
}

#[tokio::test]
async fn cases_8_and_32_a_subscription_lives_from_creation_to_deletion_in_every_spelling() {
    let server = start();
    for base in [
        "/trigger-subscriptions/v1",
        "/v2026/trigger-subscriptions",
        "/v2025/trigger-subscriptions",
        "/v2024/trigger-subscriptions",
        BASE,
    ] {
        let made = server.post(base, wish("HR feed")).await.expect(201);
        let id = made["id"].as_str().unwrap();
        assert_eq!((id.len(), &id[14..15]), (36, "4"));
        let expected = json!({
            "id": id,
            "name": "HR feed",
            "triggerId": CREATED,
            "triggerName": "Identity Created",
            "type": "HTTP",
            "responseDeadline": "PT1H",
            "enabled": true,
            "httpConfig": {
                "url": "https://hooks.example.com/a",
                "httpDispatchMode": "SYNC",
                "httpAuthenticationType": "NO_AUTH",
                "basicAuthConfig": null,
                "bearerTokenAuthConfig": null,
            },
        });
        assert_eq!(made, expected);
        assert_eq!(server.get(base).await.expect(200), json!([expected]));
        let path = format!("{base}/{id}");
        assert_eq!(server.delete(&path).await.expect(204), Value::Null);
        let (code, text) = server.delete(&path).await.problem(404);
        assert_eq!(code, "404 Not found");
        assert!(text.contains(id), "{text}");
    }
    server.get("/v3/trigger-subscriptions").await.problem(404);
}

/// What `create_subscription` of the official Python client sends (api-surface.md §1).
#[tokio::test]
async fn the_body_that_the_official_client_sends_is_understood() {
    let server = start();
    let made = create(
        &server,
        json!({
            "name": "n",
            "description": "d",
            "triggerId": "idn:identity-attributes-changed",
            "type": "HTTP",
            "responseDeadline": "PT1H",
            "httpConfig": {
                "url": "https://hooks.example.com/a",
                "httpDispatchMode": "SYNC",
                "httpAuthenticationType": "NO_AUTH",
                "basicAuthConfig": null,
                "bearerTokenAuthConfig": null,
            },
            "eventBridgeConfig": null,
            "enabled": true,
            "filter": "$.changes[?(@.attribute == \"department\")]",
        }),
    )
    .await;
    assert_eq!(made["description"], "d");
    assert_eq!(
        made["filter"],
        "$.changes[?(@.attribute == \"department\")]"
    );
}

#[tokio::test]
async fn case_9_a_url_alone_is_enough_for_a_published_client() {
    let server = start();
    let wish = wish_with(
        "zapier-1",
        json!({ "httpConfig": { "url": "https://hooks.example.com/z" } }),
    );
    let made = create(&server, wish).await;
    assert_eq!(made["httpConfig"]["httpDispatchMode"], "SYNC");
    assert_eq!(made["httpConfig"]["httpAuthenticationType"], "NO_AUTH");
}

#[tokio::test]
async fn case_10_secrets_go_in_and_never_come_out() {
    let server = start();
    for (name, config, expected) in [
        (
            "basic",
            json!({ "httpAuthenticationType": "BASIC_AUTH",
                    "basicAuthConfig": { "userName": "ada", "password": "hush-hush" } }),
            json!({ "userName": "ada", "password": null }),
        ),
        (
            "bearer",
            json!({ "httpAuthenticationType": "BEARER_TOKEN",
                    "bearerTokenAuthConfig": { "bearerToken": "hush-hush" } }),
            json!({ "bearerToken": null }),
        ),
    ] {
        let mut wish = wish(name);
        for (field, value) in config.as_object().unwrap() {
            wish["httpConfig"][field] = value.clone();
        }
        let made = create(&server, wish).await;
        let shown = if name == "basic" {
            "basicAuthConfig"
        } else {
            "bearerTokenAuthConfig"
        };
        assert_eq!(made["httpConfig"][shown], expected);
    }
    assert!(!list(&server).await.to_string().contains("hush"));
    let stored = server.store.org().read(|tx| {
        let documents = tx.documents("subscription").list()?;
        let texts: Vec<String> = documents.iter().map(|one| one.body.to_string()).collect();
        Ok::<_, muster_store::Error>(texts.join("\n"))
    });
    assert!(!stored.unwrap().contains("hush"));
}

#[tokio::test]
async fn cases_72_and_73_a_filter_is_tried_on_an_input() {
    let server = start();
    let path = "/v2025/trigger-subscriptions/validate-filter";
    let input = json!({ "identityId": "201327fda1c44704ac01181e963d463c" });
    let hit = "$[?($.identityId == \"201327fda1c44704ac01181e963d463c\")]";
    for (filter, expected) in [
        (hit, [true, true, true]),
        ("$[?($.identityId == \"other\")]", [false, true, false]),
        ("$.a != null", [false, false, false]),
        ("$[?($.warnings size 1]", [false, false, false]),
    ] {
        let verdict = server
            .post(path, json!({ "input": input, "filter": filter }))
            .await
            .expect(200);
        let found = ["isValid", "isValidJSONPath", "isPathExist"].map(|name| verdict[name] == true);
        assert_eq!(found, expected, "{verdict}");
        assert_eq!(verdict["error"].is_string(), !expected[1], "{verdict}");
    }
    for body in [json!({ "input": input }), json!({ "filter": hit })] {
        let (code, _) = server.post(path, body).await.problem(400);
        assert_eq!(code, REQUIRED);
    }
}

#[tokio::test]
async fn subscriptions_are_filtered_sorted_and_counted() {
    let server = start();
    create(&server, wish("first")).await;
    let changed = json!({ "triggerId": "idn:account-correlated", "type": "INLINE" });
    let second = create(&server, wish_with("second", changed)).await;
    let names = async |query: &str| {
        let list = server.get(&format!("{BASE}?{query}")).await.expect(200);
        let list = list.as_array().unwrap().iter();
        list.map(|one| one["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let id = second["id"].as_str().unwrap();
    assert_eq!(names("").await, ["first", "second"]);
    assert_eq!(
        names(&format!("filters=id+eq+%22{id}%22")).await,
        ["second"]
    );
    assert_eq!(
        names("filters=triggerId+eq+%22idn:identity-created%22").await,
        ["first"]
    );
    assert_eq!(names("filters=type+eq+%22INLINE%22").await, ["second"]);
    assert_eq!(names("filters=type+le+%22HTTP%22").await, ["first"]);
    assert_eq!(names("filters=name+eq+%22SECOND%22").await, ["second"]);
    assert_eq!(names("sorters=triggerId").await, ["second", "first"]);
    assert_eq!(names("sorters=-triggerName").await, ["first", "second"]);
    let counted = server.get(&format!("{BASE}?count=true&limit=1")).await;
    assert_eq!(counted.header("x-total-count"), Some("2"));
    server
        .get(&format!("{BASE}?filters=enabled+eq+true"))
        .await
        .problem(400);
}
