//! What Muster adds to subscriptions, over the wire: settings, signing secrets, rejected events,
//! sending again, notices.

use muster_event::{Draft, Outbox, Value as Told, object};
use muster_testkit::{Answer, Endpoint};
use serde_json::{Value, json};

use crate::invocations::{deliver, id};
use crate::subscriptions::{CREATED, create, wish, wish_with};
use crate::support::{NOW, Server, start};

fn path(subscription: &Value, rest: &str) -> String {
    format!("/muster/v1/subscriptions/{}/{rest}", id(subscription))
}

/// Events about these people happen.
fn happen(server: &Server, people: &[&str]) {
    let draft = |person: &&str| Draft {
        trigger: CREATED,
        subject: (*person).to_owned(),
        identity: vec![person.as_bytes().to_vec()],
        created: NOW,
        cause: "run".into(),
        value: object([("person", Told::from((*person).to_owned()))]),
    };
    let drafts = people.iter().map(draft).collect();
    let org = server.store.org();
    org.write(|tx| Outbox::default().append(tx, drafts))
        .unwrap();
}

#[tokio::test]
async fn settings_are_patched_and_secrets_among_them_stay_and_are_never_shown() {
    let server = start();
    let made = create(&server, wish("HR feed")).await;
    let settings = path(&made, "settings");
    let fresh = server.get(&settings).await.expect(200);
    assert_eq!(
        fresh,
        json!({
            "retryScheduleMs": [], "ordering": "subject", "dialect": "jayway",
            "ratePerSecond": null, "concurrentMax": null, "headers": [],
            "tls": {"certificateAuthority": null, "clientCertificate": null, "clientKey": null},
        })
    );
    let patch = json!([
        { "op": "replace", "path": "/ratePerSecond", "value": 5 },
        { "op": "add", "path": "/headers/-", "value": { "name": "X-Key", "value": "s3cret" } },
    ]);
    let next = server.patch(&settings, patch).await.expect(200);
    assert_eq!(next["ratePerSecond"], 5);
    assert_eq!(next["headers"], json!([{ "name": "x-key", "value": null }]));
    let again = json!([{ "op": "replace", "path": "/ordering", "value": "none" }]);
    let next = server.patch(&settings, again).await.expect(200);
    assert_eq!(next["headers"], json!([{ "name": "x-key", "value": null }]));

    let host =
        json!([{ "op": "add", "path": "/headers/-", "value": { "name": "Host", "value": "x" } }]);
    let (code, text) = server.patch(&settings, host).await.problem(400);
    assert_eq!(code, "400.1.3 Illegal value");
    assert!(text.starts_with("headers.name `host`"), "{text}");
    let unknown = "/muster/v1/subscriptions/0f11f2a4-7c94-4bf3-a2bd-742580fe3bde/settings";
    server.get(unknown).await.problem(404);
}

#[tokio::test]
async fn a_signing_secret_is_shown_once_and_withdrawn_when_the_next_one_is_in_place() {
    let server = start();
    let made = create(&server, wish("HR feed")).await;
    let secrets = path(&made, "signing-secrets");
    let first = server.get(&secrets).await.expect(200)[0]["id"].clone();
    let next = server.post(&secrets, Value::Null).await.expect(201);
    assert!(next["secret"].as_str().unwrap().starts_with("whsec_"));
    let both = server.get(&secrets).await.expect(200);
    assert_eq!((&both[0]["id"], &both[1]["id"]), (&next["id"], &first));
    assert!(both[0].get("secret").is_none());
    let old = format!("{secrets}/{}", first.as_str().unwrap());
    server.delete(&old).await.expect(204);
    server.delete(&old).await.problem(404);
    let last = format!("{secrets}/{}", id(&next));
    let (_, text) = server.delete(&last).await.problem(400);
    assert!(text.contains("only signing secret"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rejected_events_are_counted_and_explained() {
    let server = start();
    let endpoint = Endpoint::start();
    let config = json!({
        "filter": "$[?(@.person == 'ann')]", "httpConfig": { "url": endpoint.url("/") },
    });
    let made = create(&server, wish_with("HR feed", config)).await;
    let service = deliver(&server);
    happen(&server, &["ann", "bob", "carl"]);
    tokio::task::block_in_place(|| endpoint.wait_for(1));
    service.rest().await;
    let rejected = server.get(&path(&made, "rejected")).await.expect(200);
    assert_eq!(rejected["count"], 2);
    let events = rejected["events"].as_array().unwrap();
    let numbers: Vec<&Value> = events.iter().map(|one| &one["sequence"]).collect();
    assert_eq!(numbers, [&json!(3), &json!(2)]);
    let newest = &events[0];
    assert_eq!(
        (&newest["passesNow"], &newest["explanation"]["fires"]),
        (&json!(false), &json!(false))
    );
    assert!(newest["explanation"]["reason"].is_string(), "{newest}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_sent_again_by_time_filter_and_state() {
    let server = start();
    let endpoint = Endpoint::scripted(vec![Answer::Status(404); 3]);
    let config = json!({ "httpConfig": { "url": endpoint.url("/") } });
    let made = create(&server, wish_with("HR feed", config)).await;
    let service = deliver(&server);
    happen(&server, &["ann", "bob", "carl"]);
    tokio::task::block_in_place(|| endpoint.wait_for(3));
    service.rest().await;
    let resend = path(&made, "resend");
    let ask = json!({ "filter": "$[?(@.person != 'bob')]", "since": NOW, "states": ["FAILED"] });
    let done = server.post(&resend, ask).await.expect(202);
    assert_eq!(done, json!({ "resent": 2, "examined": 3 }));
    tokio::task::block_in_place(|| endpoint.wait_for(5));
    service.rest().await;
    // Nothing is said: what failed.
    let done = server.post(&resend, json!({})).await.expect(202);
    assert_eq!(done["resent"], 1);
    tokio::task::block_in_place(|| endpoint.wait_for(6));
    service.rest().await;
    let none = json!({ "until": NOW, "states": ["DELIVERED"] });
    assert_eq!(server.post(&resend, none).await.expect(202)["resent"], 0);
    let broken = json!({ "filter": "$[?(" });
    server.post(&resend, broken).await.problem(400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_administrators_are_told_of_a_subscription_that_was_disabled() {
    let server = start();
    let endpoint = Endpoint::scripted(vec![Answer::Status(410)]);
    let config = json!({ "httpConfig": { "url": endpoint.url("/") } });
    let made = create(&server, wish_with("HR feed", config)).await;
    let service = deliver(&server);
    assert_eq!(
        server.get("/muster/v1/notices").await.expect(200),
        json!([])
    );
    happen(&server, &["ann"]);
    tokio::task::block_in_place(|| endpoint.wait_for(1));
    service.rest().await;
    let notices = server.get("/muster/v1/notices").await.expect(200);
    assert_eq!(notices[0]["type"], "subscription-disabled");
    assert_eq!(notices[0]["objectId"], made["id"]);
    assert!(notices[0]["message"].as_str().unwrap().contains("410 Gone"));
}

#[tokio::test]
async fn a_subscription_and_its_settings_are_made_read_and_replaced_as_one() {
    let server = start();
    let base = "/muster/v1/subscriptions";
    // Only RFC 9535 has this comparison of absent members, so the settings must be in place first.
    let strict = "$.changes[?@.newValue != @.oldValue]";
    let settings = json!({
        "dialect": "rfc9535", "ratePerSecond": 5,
        "headers": [{ "name": "X-Key", "value": "s3cret" }],
    });
    let body = wish_with("HR feed", json!({ "filter": strict, "settings": settings }));
    let made = server.post(base, body).await.expect(201);
    assert_eq!(made["filter"], strict);
    assert_eq!(made["settings"]["ratePerSecond"], 5);
    let path = format!("{base}/{}", id(&made));
    let mut seen = server.get(&path).await.expect(200);
    assert_eq!(seen, made);

    // What was read can be sent back: secrets stay, and what is changed is changed.
    seen["name"] = json!("People feed");
    seen["settings"]["ratePerSecond"] = Value::Null;
    let next = server.put(&path, seen).await.expect(200);
    assert_eq!(next["name"], "People feed");
    assert_eq!(next["settings"]["ratePerSecond"], Value::Null);
    assert_eq!(next["settings"]["headers"][0]["name"], "x-key");

    // The vendor's PUT has no settings, and without them they stay.
    let mut plain = next.clone();
    plain.as_object_mut().unwrap().remove("settings");
    assert_eq!(server.put(&path, plain).await.expect(200), next);
    let unknown = format!("{base}/0f11f2a4-7c94-4bf3-a2bd-742580fe3bde");
    server.get(&unknown).await.problem(404);
    server.put(&unknown, next).await.problem(404);
}

#[tokio::test]
async fn a_setting_that_is_refused_leaves_nothing_behind() {
    let server = start();
    let base = "/muster/v1/subscriptions";
    for (settings, expected) in [
        (json!({ "ratePerSecond": 0 }), "settings.ratePerSecond is 0"),
        (json!({ "ordering": "never" }), "settings.ordering: "),
        (
            json!({ "headers": [{ "name": "x" }] }),
            "settings.headers.value is missing",
        ),
        (
            json!({ "tls": { "clientCertificate": "x" } }),
            "settings.tls.clientKey is missing",
        ),
    ] {
        let body = wish_with("HR feed", json!({ "settings": settings }));
        let (_, text) = server.post(base, body).await.problem(400);
        assert!(text.starts_with(expected), "{text}");
        assert_eq!(crate::subscriptions::list(&server).await, json!([]));
    }
    let made = server.post(base, wish("HR feed")).await.expect(201);
    let mut wrong = wish("Renamed");
    wrong["settings"] = json!({ "concurrentMax": 65 });
    let path = format!("{base}/{}", id(&made));
    server.put(&path, wrong).await.problem(400);
    assert_eq!(server.get(&path).await.expect(200), made);
}
