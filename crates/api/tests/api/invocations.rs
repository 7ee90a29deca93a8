//! Invocations over the wire: tests, and sending again (event-triggers.md §6, cases 34 to 43).

use std::sync::Arc;

use muster_api::OrgSealer;
use muster_api::sealer::fill;
use muster_event::Outbox;
use muster_model::{OrgSettings, Timestamp};
use muster_store::{DeliveryState, Outcome};
use muster_testkit::{Answer, Backend, Endpoint};
use muster_trigger::delivery::egress::{Rules, SystemResolver};
use muster_trigger::delivery::{Senders, client_config};
use muster_trigger::subscription::Subscription;
use muster_trigger::{Options, Service, Setup};
use serde_json::{Value, json};

use crate::subscriptions::{BASE, CREATED, create, wish, wish_with};
use crate::support::{NOW, Server, apart, run_on, start};

pub(crate) const TEST: &str = "/beta/trigger-invocations/test";
pub(crate) const STATUS: &str = "/beta/trigger-invocations/status";

/// The service that delivers, over the server's own store, clock and keys.
pub(crate) fn deliver(server: &Server) -> Service {
    let org = server.store.org();
    let random = server.keyring.random();
    let once = OrgSettings {
        retry_schedule_ms: vec![0],
        ..OrgSettings::default()
    };
    org.write(|tx| tx.typed().put(&once, NOW)).unwrap();
    Service::start(Setup {
        org: org.clone(),
        outbox: Outbox::default(),
        clock: server.clock.clone(),
        fill: fill(random),
        sealer: Arc::new(OrgSealer::new(org, &server.keyring).unwrap()),
        egress: Rules::allowing(["127.0.0.0/8"]).unwrap(),
        resolver: Arc::new(SystemResolver),
        tls: client_config().unwrap(),
        senders: Senders::start().unwrap(),
        options: Options {
            node: "one".into(),
            public_url: "https://acme.api.example.com".into(),
            ..Options::default()
        },
    })
}

pub(crate) async fn test(server: &Server, body: Value) -> Vec<Value> {
    let started = server.post(TEST, body).await.expect(200);
    started.as_array().unwrap().clone()
}

pub(crate) async fn status(server: &Server, query: &str) -> Vec<Value> {
    let rows = server.get(&format!("{STATUS}?{query}")).await.expect(200);
    rows.as_array().unwrap().clone()
}

pub(crate) fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

pub(crate) fn plain(content: Value) -> Value {
    let mut body = json!({ "triggerId": CREATED });
    body["contentJson"] = content;
    body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_11_34_and_42_a_test_reaches_its_endpoint_with_the_token_and_is_listed_as_complete() {
    let server = start();
    let endpoint = Endpoint::start();
    let made = create(
        &server,
        wish_with(
            "HR feed",
            json!({
                // Tests are delivered whether the subscription is enabled or not.
                "enabled": false,
                "httpConfig": {
                    "url": endpoint.url("/hook"),
                    "httpAuthenticationType": "BEARER_TOKEN",
                    "bearerTokenAuthConfig": { "bearerToken": "T" },
                },
            }),
        ),
    )
    .await;
    let service = deliver(&server);
    let started = test(&server, plain(json!({ "workflowId": 1234 }))).await;
    let received = tokio::task::block_in_place(|| endpoint.wait_for(1));
    service.rest().await;
    assert_eq!(received[0].header("authorization"), "Bearer T");
    let sent: Value = serde_json::from_slice(&received[0].body).unwrap();

    let rows = status(&server, "").await;
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!(row["id"], started[0]["id"]);
    assert_eq!(row["subscriptionId"], made["id"]);
    assert_eq!(row["subscriptionName"], "HR feed");
    assert_eq!(
        (&row["type"], &row["triggerId"]),
        (&json!("TEST"), &json!(CREATED))
    );
    assert!(row["completed"].is_string(), "{row}");
    assert_eq!(
        row["startInvocationInput"],
        json!({ "triggerId": CREATED, "input": sent, "contentJson": { "workflowId": 1234 } })
    );
    assert_eq!(
        row["completeInvocationInput"],
        json!({ "localizedError": null, "output": null })
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_43_a_failed_invocation_tells_why_and_can_be_sent_again() {
    let server = start();
    let endpoint = Endpoint::scripted(vec![Answer::Status(500)]);
    let config = json!({ "httpConfig": { "url": endpoint.url("/hook") } });
    create(&server, wish_with("HR feed", config)).await;
    let service = deliver(&server);
    let started = test(&server, plain(json!({}))).await;
    tokio::task::block_in_place(|| endpoint.wait_for(1));
    service.rest().await;
    let rows = status(&server, "").await;
    let error = &rows[0]["completeInvocationInput"]["localizedError"];
    assert_eq!(error["locale"], "en-US");
    assert!(
        error["message"].as_str().unwrap().contains("500"),
        "{error}"
    );

    let path = format!("/muster/v1/invocations/{}/resend", id(&started[0]));
    assert_eq!(
        server.post(&path, Value::Null).await.expect(202),
        Value::Null
    );
    let received = tokio::task::block_in_place(|| endpoint.wait_for(2));
    service.rest().await;
    assert_eq!(received[0].body, received[1].body);
    let path = format!("/muster/v1/invocations/{}/attempts", id(&started[0]));
    let attempts = server.get(&path).await.expect(200);
    let told = |at: usize| (&attempts[at]["number"], &attempts[at]["status"]);
    assert_eq!(told(0), (&json!(1), &json!(500)));
    assert_eq!(told(1), (&json!(2), &json!(200)));
    assert!(attempts[0]["latencyMs"].is_number() && attempts[0]["error"].is_string());
    let rows = status(&server, "").await;
    assert_eq!(
        rows[0]["completeInvocationInput"]["localizedError"],
        Value::Null
    );
}

async fn send_again(server: &Server) {
    let path = "/muster/v1/invocations/0f11f2a4-7c94-4bf3-a2bd-742580fe3bde/resend";
    let (_, text) = server.post(path, Value::Null).await.problem(404);
    assert!(text.contains("0f11f2a4"), "{text}");

    let made = create(server, wish("HR feed")).await;
    let started = test(server, plain(json!({}))).await;
    fail(server, id(&made), NOW);
    server
        .delete(&format!("{BASE}/{}", id(&made)))
        .await
        .expect(204);
    let path = format!("/muster/v1/invocations/{}/resend", id(&started[0]));
    let (code, _) = server.post(&path, Value::Null).await.problem(412);
    assert_eq!(code, "412 Precondition failed");
    // Invocations of a deleted subscription stay readable.
    assert_eq!(status(server, "").await[0]["subscriptionName"], "HR feed");
}

#[test]
fn only_what_was_invoked_is_sent_again_in_sqlite() {
    run_on(Backend::Sqlite, send_again);
}

#[test]
fn only_what_was_invoked_is_sent_again_in_postgres() {
    run_on(Backend::Postgres, send_again);
}

/// Ends all deliveries of a subscription as dead letters at `moment`.
pub(crate) fn fail(server: &Server, subscription: &str, moment: Timestamp) {
    let org = server.store.org();
    apart(|| {
        org.write(|tx| {
            let stored = tx.typed::<Subscription>().get(subscription)?.unwrap();
            let waiting = tx.deliveries().waiting(stored.number, 0, 100)?;
            let outcomes: Vec<Outcome> = waiting
                .iter()
                .map(|one| Outcome {
                    subscription: stored.number,
                    event_seq: one.event_seq,
                    state: DeliveryState::Dead,
                    attempt: 1,
                    tried: 0,
                    due: moment,
                    started: moment,
                    latency: 1,
                    status: Some(500),
                    error: Some("it answered 500".into()),
                    answer: None,
                })
                .collect();
            tx.deliveries().record(&outcomes)
        })
    })
    .unwrap();
}

#[tokio::test]
async fn case_36_a_test_of_a_trigger_without_subscriptions_has_no_content() {
    let server = start();
    let reply = server.post(TEST, plain(json!({}))).await;
    assert_eq!((reply.status.as_u16(), reply.bytes.len()), (204, 0));
    create(&server, wish("HR feed")).await;
    let mut unknown = plain(json!({}));
    unknown["subscriptionIds"] = json!(["0f11f2a4-7c94-4bf3-a2bd-742580fe3bde"]);
    server.post(TEST, unknown).await.expect(204);
}

#[tokio::test]
async fn cases_38_and_41_a_test_starts_one_invocation_for_each_chosen_subscription_that_lets_it_pass()
 {
    let server = start();
    let first = create(&server, wish("first")).await;
    let filter = json!({ "filter": "$.identity[?(@.name contains \"archer\")]" });
    create(&server, wish_with("filtered", filter)).await;
    create(&server, wish("second")).await;

    let started = test(&server, plain(json!({ "a": 1 }))).await;
    assert_eq!(started.len(), 2);
    for one in &started {
        assert_eq!(one["triggerId"], CREATED);
        assert_eq!(one["contentJson"], json!({ "a": 1 }));
        assert_eq!(one["secret"].as_str().unwrap().len(), 36);
    }

    let mut chosen = plain(json!({}));
    chosen["subscriptionIds"] = json!([first["id"], "unknown"]);
    assert_eq!(test(&server, chosen).await.len(), 1);

    let filtered = server
        .get(&format!("{BASE}?filters=name+eq+%22filtered%22"))
        .await
        .expect(200);
    let mut silent = plain(json!({}));
    silent["subscriptionIds"] = json!([filtered[0]["id"]]);
    assert_eq!(test(&server, silent).await, Vec::<Value>::new());
    assert_eq!(status(&server, "").await.len(), 3);
}

#[tokio::test]
async fn cases_39_and_40_a_test_that_could_not_happen_is_refused() {
    let server = start();
    create(&server, wish("HR feed")).await;
    for (body, code, field) in [
        (
            json!({ "triggerId": CREATED }),
            "400.1.0 Required data missing or empty",
            "contentJson",
        ),
        (
            json!({ "contentJson": {} }),
            "400.1.0 Required data missing or empty",
            "triggerId",
        ),
        (
            json!({ "triggerId": CREATED, "contentJson": {}, "input": { "identity": 5 } }),
            "400.1.3 Illegal value",
            "input",
        ),
        (
            json!({ "triggerId": "idn:nothing", "contentJson": {} }),
            "400.1.404 Referenced object not found",
            "triggerId",
        ),
    ] {
        let (found, text) = server.post(TEST, body.clone()).await.problem(400);
        assert_eq!(found, code, "{body}: {text}");
        assert!(text.starts_with(field), "{body}: {text}");
    }
    assert_eq!(status(&server, "").await, Vec::<Value>::new());
}
