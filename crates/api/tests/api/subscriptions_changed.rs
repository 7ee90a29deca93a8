//! Subscriptions over the wire: replacing and patching them, and what becomes of their secrets
//! (event-triggers.md §6, cases 24 to 33).

use muster_api::OrgSealer;
use muster_testkit::Backend;
use muster_trigger::subscription::{Authentication, Destination, Subscription};
use muster_trigger::{Place, Sealer};
use serde_json::{Value, json};

use crate::subscriptions::{BASE, CREATED, create, list, wish, wish_with};
use crate::support::{Server, apart, run_on, start};

const ILLEGAL_UPDATE: &str = "400.1.1 Illegal update attempt";

fn guarded(token: &Value) -> Value {
    json!({ "httpConfig": {
        "url": "https://hooks.example.com/a",
        "httpAuthenticationType": "BEARER_TOKEN",
        "bearerTokenAuthConfig": { "bearerToken": token },
    } })
}

fn path(subscription: &Value) -> String {
    format!("{BASE}/{}", subscription["id"].as_str().unwrap())
}

/// The token that deliveries would carry.
fn token(server: &Server, subscription: &Value) -> String {
    let org = server.store.org();
    let id = subscription["id"].as_str().unwrap();
    let stored = apart(|| org.read(|tx| tx.typed::<Subscription>().get(id)))
        .unwrap()
        .unwrap();
    let Destination::Http(http) = stored.destination else {
        panic!("{subscription} has no URL");
    };
    let Authentication::BearerToken { token } = http.authentication else {
        panic!("{subscription} has no token");
    };
    let sealer = apart(|| OrgSealer::new(org, &server.keyring)).unwrap();
    let place = Place {
        object: id,
        field: "httpConfig.bearerTokenAuthConfig.bearerToken",
    };
    sealer.open(&token, place).unwrap().expose().clone()
}

#[tokio::test]
async fn case_25_a_put_replaces_everything_but_secrets() {
    let server = start();
    let mut body = wish_with("HR feed", guarded(&json!("one")));
    body["description"] = json!("all of HR");
    body["filter"] = json!("$.attributes");
    let made = create(&server, body).await;
    assert_eq!(token(&server, &made), "one");

    // What a client read, it may write back.
    let mut next = made.clone();
    let members = next.as_object_mut().unwrap();
    members.remove("description");
    members.remove("filter");
    members.insert("name".into(), json!("HR"));
    let replaced = server.put(&path(&made), next.clone()).await.expect(200);
    assert_eq!(replaced, next);
    assert_eq!(token(&server, &made), "one");

    next["httpConfig"]["bearerTokenAuthConfig"]["bearerToken"] = json!("two");
    server.put(&path(&made), next.clone()).await.expect(200);
    assert_eq!(token(&server, &made), "two");

    next["httpConfig"]["bearerTokenAuthConfig"]["bearerToken"] = json!("");
    let (code, _) = server.put(&path(&made), next).await.problem(400);
    assert_eq!(code, "400.1.0 Required data missing or empty");
    assert_eq!(token(&server, &made), "two");
}

#[tokio::test]
async fn case_24_id_and_trigger_stay_as_they_were_made() {
    let server = start();
    let made = create(&server, wish("HR feed")).await;
    for (field, value) in [("triggerId", "idn:source-created"), ("id", "other")] {
        let mut next = made.clone();
        next[field] = json!(value);
        let (code, text) = server.put(&path(&made), next).await.problem(400);
        assert_eq!(code, ILLEGAL_UPDATE);
        assert!(text.starts_with(field), "{text}");
    }
    assert_eq!(list(&server).await, json!([made]));
}

#[tokio::test]
async fn case_27_a_patch_changes_what_it_names_and_keeps_the_rest() {
    let server = start();
    let made = create(&server, wish_with("HR feed", guarded(&json!("one")))).await;
    let patched = server
        .patch(
            &path(&made),
            json!([
                { "op": "replace", "path": "/enabled", "value": false },
                { "op": "add", "path": "/description", "value": "all of HR" },
                { "op": "replace", "path": "/filter", "value": "$.attributes" },
            ]),
        )
        .await
        .expect(200);
    let mut expected = made.clone();
    expected["enabled"] = json!(false);
    expected["description"] = json!("all of HR");
    expected["filter"] = json!("$.attributes");
    assert_eq!(patched, expected);
    assert_eq!(token(&server, &made), "one");
}

/// A published recipe renews the token of a subscription like this (event-triggers.md §1.5).
async fn renew(server: &Server) {
    let made = create(server, wish_with("HR feed", guarded(&json!("one")))).await;
    let patched = server
        .patch(
            &path(&made),
            json!([{
                "op": "replace",
                "path": "/httpConfig/bearerTokenAuthConfig/bearerToken",
                "value": "two",
            }]),
        )
        .await
        .expect(200);
    assert_eq!(patched, made);
    assert_eq!(token(server, &made), "two");
}

#[test]
fn case_28_a_patch_renews_a_token_in_sqlite() {
    run_on(Backend::Sqlite, renew);
}

#[test]
fn case_28_a_patch_renews_a_token_in_postgres() {
    run_on(Backend::Postgres, renew);
}

#[tokio::test]
async fn cases_29_and_31_a_patch_that_may_not_be_is_refused_and_changes_nothing() {
    let server = start();
    let made = create(&server, wish("HR feed")).await;
    for (operation, code) in [
        (
            json!({ "op": "replace", "path": "/triggerId", "value": CREATED }),
            ILLEGAL_UPDATE,
        ),
        (
            json!({ "op": "add", "path": "/foo", "value": 1 }),
            ILLEGAL_UPDATE,
        ),
        (
            json!({ "op": "remove", "path": "/httpConfig" }),
            "400.1.0 Required data missing or empty",
        ),
        (
            json!({ "op": "replace", "path": "/enabled", "value": "no" }),
            "400.1 Bad request content",
        ),
        (
            json!({ "op": "replace", "path": "/filter", "value": "$[" }),
            "400.1.3 Illegal value",
        ),
    ] {
        let refused = server
            .patch(&path(&made), json!([operation]))
            .await
            .problem(400);
        assert_eq!(refused.0, code, "{operation}: {}", refused.1);
    }
    assert_eq!(list(&server).await, json!([made]));
}

#[tokio::test]
async fn case_33_an_unknown_subscription_is_told_by_its_id() {
    let server = start();
    let path = format!("{BASE}/0f11f2a4-7c94-4bf3-a2bd-742580fe3bde");
    let replies = [
        server.put(&path, wish("x")).await,
        server.patch(&path, json!([])).await,
        server.delete(&path).await,
    ];
    for reply in replies {
        let (code, text) = reply.problem(404);
        assert_eq!(code, "404 Not found");
        assert!(text.contains("0f11f2a4"), "{text}");
    }
}

#[tokio::test]
async fn each_change_is_in_the_audit_log_without_secrets() {
    let server = start();
    let made = create(&server, wish_with("HR feed", guarded(&json!("hush-hush")))).await;
    server
        .patch(
            &path(&made),
            json!([{ "op": "replace", "path": "/enabled", "value": false }]),
        )
        .await
        .expect(200);
    server.delete(&path(&made)).await.expect(204);
    let kept = server.store.org().read(|tx| {
        let sql = "SELECT action, before, after FROM audit WHERE object_id = $1 ORDER BY seq";
        let id = made["id"].as_str().unwrap();
        tx.fetch(sql, &muster_store::args![id], |row| {
            let action: String = row.get(0)?;
            let before: Option<String> = row.get(1)?;
            let after: Option<String> = row.get(2)?;
            Ok((action, before, after))
        })
    });
    let kept = kept.unwrap();
    let actions: Vec<&str> = kept.iter().map(|(action, ..)| action.as_str()).collect();
    assert_eq!(actions, ["create", "update", "delete"]);
    assert!(!format!("{kept:?}").contains("hush"));
}
