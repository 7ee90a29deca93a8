//! Subscriptions that are refused, by code and field (event-triggers.md §1.13 and §6, cases 12 to
//! 23).

use muster_event::catalog::feature::State;
use muster_model::OrgSettings;
use serde_json::{Value, json};

use crate::subscriptions::{BASE, CREATED, REQUIRED, create, list, wish, wish_with};
use crate::support::{NOW, start};
use crate::triggers::switch;

const ILLEGAL: &str = "400.1.3 Illegal value";

#[tokio::test]
async fn cases_12_to_14_what_cannot_be_a_subscription_is_refused_by_its_code_and_field() {
    let server = start();
    let http = |members: Value| {
        let mut wish = wish("x");
        for (name, value) in members.as_object().unwrap() {
            wish["httpConfig"][name] = value.clone();
        }
        wish
    };
    for (body, code, field) in [
        (wish_with("x", json!({ "name": null })), REQUIRED, "name"),
        (
            wish_with("x", json!({ "triggerId": " " })),
            REQUIRED,
            "triggerId",
        ),
        (wish_with("x", json!({ "type": null })), REQUIRED, "type"),
        (
            wish_with("x", json!({ "httpConfig": null })),
            REQUIRED,
            "httpConfig",
        ),
        (
            wish_with("x", json!({ "type": "EVENTBRIDGE" })),
            REQUIRED,
            "eventBridgeConfig",
        ),
        (http(json!({ "url": null })), REQUIRED, "httpConfig.url"),
        (
            http(json!({ "httpAuthenticationType": "BASIC_AUTH" })),
            REQUIRED,
            "httpConfig.basicAuthConfig",
        ),
        (http(json!({ "url": "ftp://x" })), ILLEGAL, "httpConfig.url"),
        (
            wish_with(
                "x",
                json!({ "type": "EVENTBRIDGE",
                "eventBridgeConfig": { "awsAccount": "12", "awsRegion": "eu-west-1" } }),
            ),
            ILLEGAL,
            "eventBridgeConfig.awsAccount",
        ),
        (wish_with("x", json!({ "type": "SCRIPT" })), ILLEGAL, "type"),
        (
            wish_with("x", json!({ "name": "x".repeat(256) })),
            "400.1.2 Value length out of range",
            "name",
        ),
        (
            wish_with("x", json!({ "type": "MAIL" })),
            "400.1 Bad request content",
            "type",
        ),
        (
            http(json!({ "url": 5 })),
            "400.1 Bad request content",
            "httpConfig.url",
        ),
        (
            wish_with("x", json!({ "enabled": "yes" })),
            "400.1 Bad request content",
            "enabled",
        ),
    ] {
        let (found, text) = server.post(BASE, body.clone()).await.problem(400);
        assert_eq!(found, code, "{body}: {text}");
        assert!(text.starts_with(field), "{body}: {text}");
    }
    assert_eq!(list(&server).await, json!([]));
}

#[tokio::test]
async fn case_20_a_response_deadline_is_a_positive_duration() {
    let server = start();
    for (text, status) in [
        ("PT1H", 201),
        ("P3D", 201),
        ("PT0S", 400),
        ("-PT1H", 400),
        ("1h", 400),
        ("", 400),
    ] {
        let body = wish_with(
            text,
            json!({ "name": format!("<{text}>"), "responseDeadline": text }),
        );
        server.post(BASE, body).await.expect(status);
    }
}

#[tokio::test]
async fn case_15_an_unknown_trigger_is_refused_with_those_that_there_are() {
    let server = start();
    let unknown = wish_with("x", json!({ "triggerId": "idn:access-requested" }));
    let (code, text) = server.post(BASE, unknown).await.problem(400);
    assert_eq!(code, "400.1.404 Referenced object not found");
    assert!(text.contains("\"idn:access-requested\""), "{text}");
    assert!(text.contains(CREATED), "{text}");
    assert!(!text.contains("idn:post-provisioning"), "{text}");
}

#[tokio::test]
async fn a_flagged_trigger_is_unknown_without_its_flag() {
    let server = start();
    let wish = wish_with("x", json!({ "triggerId": "idn:post-provisioning" }));
    let (code, _) = server.post(BASE, wish.clone()).await.problem(400);
    assert_eq!(code, "400.1.404 Referenced object not found");
    switch(&server, State::On);
    create(&server, wish).await;
}

#[tokio::test]
async fn case_16_the_number_of_subscriptions_of_a_trigger_is_limited() {
    let server = start();
    let mut last = Value::Null;
    for number in 0..50 {
        last = create(&server, wish(&number.to_string())).await;
    }
    let (code, text) = server.post(BASE, wish("one more")).await.problem(400);
    assert_eq!(code, "400.1.4 Limit violation");
    assert!(text.contains("50"), "{text}");
    server
        .delete(&format!("{BASE}/{}", last["id"].as_str().unwrap()))
        .await
        .expect(204);
    create(&server, wish("one more")).await;

    let asking = json!({ "triggerId": "test:request-response", "type": "INLINE" });
    create(&server, wish_with("first", asking.clone())).await;
    let second = server.post(BASE, wish_with("second", asking)).await;
    assert_eq!(second.problem(400).0, "400.1.4 Limit violation");
}

#[tokio::test]
async fn the_limits_are_settings_of_the_org() {
    let server = start();
    let settings = OrgSettings {
        subscriptions_max: 1,
        request_response_subscriptions_max: 2,
        ..OrgSettings::default()
    };
    let org = server.store.org();
    org.write(|tx| tx.typed().put(&settings, NOW)).unwrap();
    create(&server, wish("first")).await;
    let (code, _) = server.post(BASE, wish("second")).await.problem(400);
    assert_eq!(code, "400.1.4 Limit violation");

    let asking = json!({ "triggerId": "test:request-response", "type": "INLINE" });
    create(&server, wish_with("one", asking.clone())).await;
    create(&server, wish_with("two", asking.clone())).await;
    let third = server.post(BASE, wish_with("three", asking)).await;
    let (code, text) = third.problem(400);
    assert_eq!(code, "400.1.4 Limit violation");
    assert!(text.contains("2 of 2"), "{text}");
}

#[tokio::test]
async fn case_19_a_name_is_taken_whatever_its_case() {
    let server = start();
    let first = create(&server, wish("HR feed")).await;
    let (code, text) = server.post(BASE, wish("hr FEED")).await.problem(400);
    assert_eq!(code, "400.1.409 Reference conflict");
    assert!(text.contains("\"HR feed\""), "{text}");
    assert_eq!(list(&server).await, json!([first]));
}

#[tokio::test]
async fn case_21_a_filter_that_does_not_compile_is_refused_with_place_and_remedy() {
    let server = start();
    let wish = wish_with("x", json!({ "filter": "$[?($.warnings size 1]" }));
    let (code, text) = server.post(BASE, wish).await.problem(400);
    assert_eq!(code, ILLEGAL);
    assert!(
        text.starts_with("filter does not compile: at byte "),
        "{text}"
    );
    assert!(text.contains("; ") && text.ends_with('.'), "{text}");
    for blank in [json!(""), Value::Null] {
        let made = create(
            &server,
            wish_with(&blank.to_string(), json!({ "filter": blank })),
        )
        .await;
        assert_eq!(made.get("filter"), None);
    }
}
