//! What Muster adds to a subscription: limits, headers, TLS, the breaker, sending again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use muster_model::FixedClock;
use muster_store::DeliveryState;
use muster_testkit::{Answer, Endpoint, both_backends};
use muster_trigger::subscription;
use serde_json::json;

use crate::world::{OpenSealer, World, number};

both_backends! {
    fn headers_of_ones_own_travel_with_each_request_and_are_never_shown(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = Endpoint::start();
        let made = world.subscribe("feed", &endpoint.url("/"));
        let next = world.set(&made, "headers", &json!([{ "name": "X-Api-Key", "value": "k1" }]));
        assert_eq!(subscription::settings_to_wire(&next.settings)["headers"], json!([{ "name": "x-api-key", "value": null }]));
        // Null means as it was.
        let next = world.set(&made, "headers", &json!([{ "name": "x-api-key" }, { "name": "x-team", "value": "iam" }]));
        assert!(!serde_json::to_string(&subscription::settings_to_wire(&next.settings)).unwrap().contains("k1"));
        let service = world.start();
        world.happen("ann", 1);
        let told = endpoint.wait_for(1).remove(0);
        assert_eq!((told.header("x-api-key"), told.header("x-team")), ("k1", "iam"));
        world.rest(&service);
    }

    fn a_rate_limit_lets_no_more_through_than_it_says(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = Endpoint::start();
        let made = world.subscribe("feed", &endpoint.url("/"));
        world.set(&made, "ratePerSecond", &json!(3));
        let clock = Arc::new(FixedClock::at(World::now()));
        let service = world.start_with("one", Arc::<FixedClock>::clone(&clock));
        for count in 0..7 {
            world.happen(&format!("p{count}"), count);
        }
        endpoint.wait_for(3);
        world.rest(&service);
        assert_eq!(endpoint.received().len(), 3);
        clock.advance_micros(1_000_000);
        endpoint.wait_for(6);
        world.rest(&service);
        assert_eq!(endpoint.received().len(), 6);
    }

    fn a_concurrency_limit_keeps_the_order_of_one_connection(store: TestStore) {
        let world = World::new(store.org());
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (entered, seen) = (Arc::clone(&now), Arc::clone(&most));
        let endpoint = Endpoint::answering(move |_, _| {
            seen.fetch_max(entered.fetch_add(1, SeqCst) + 1, SeqCst);
            entered.fetch_sub(1, SeqCst);
            Answer::Status(200)
        });
        let made = world.subscribe("feed", &endpoint.url("/"));
        world.set(&made, "concurrentMax", &json!(1));
        let service = world.start();
        let names: Vec<String> = (0..60).map(|count| format!("p{count}")).collect();
        let events: Vec<(&str, i64)> = names.iter().map(String::as_str).zip(0..).collect();
        world.happen_all(&events);
        let received = endpoint.wait_for(60);
        // With a single connection nothing overtakes.
        assert!(received.iter().map(number).is_sorted());
        assert_eq!(most.load(SeqCst), 1);
        world.rest(&service);
    }

    fn an_endpoint_that_fails_again_and_again_is_left_alone_and_then_asked_once(store: TestStore) {
        let world = World::new(store.org());
        let broken = Arc::new(AtomicUsize::new(1));
        let state = Arc::clone(&broken);
        let endpoint = Endpoint::answering(move |_, _| Answer::Status(if state.load(SeqCst) == 1 { 503 } else { 200 }));
        let made = world.subscribe("feed", &endpoint.url("/"));
        world.set(&made, "concurrentMax", &json!(1));
        let clock = Arc::new(FixedClock::at(World::now()));
        let service = world.start_with("one", Arc::<FixedClock>::clone(&clock));
        let names: Vec<String> = (0..50).map(|count| format!("p{count}")).collect();
        let events: Vec<(&str, i64)> = names.iter().map(String::as_str).zip(0..).collect();
        world.happen_all(&events);
        endpoint.wait_for(10);
        world.rest(&service);
        assert_eq!(endpoint.received().len(), 10);
        clock.advance_micros(1_000_000);
        endpoint.wait_for(11);
        world.rest(&service);
        assert_eq!(endpoint.received().len(), 11);
        broken.store(0, SeqCst);
        clock.advance_micros(60_000_000);
        while world.deliveries(&made).iter().any(|one| one.state != DeliveryState::Delivered) {
            world.rest(&service);
        }
        // What waited used up none of its tries.
        let tries: Vec<i64> = world.deliveries(&made).iter().map(|one| one.attempts).collect();
        assert_eq!(tries.iter().filter(|count| **count == 1).count(), 39);
    }

    fn tries_before_and_after_a_resend_are_all_kept(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = Endpoint::scripted(vec![Answer::Status(200), Answer::Status(404)]);
        let made = world.subscribe("feed", &endpoint.url("/"));
        let service = world.start();
        world.happen("ann", 1);
        endpoint.wait_for(1);
        world.rest(&service);
        let resend = || world.org.write(|tx| tx.deliveries().resend(made.number, &[1], World::now())).unwrap();
        world.hurry(&made, &[0, 1]);
        resend();
        endpoint.wait_for(3);
        world.rest(&service);
        resend();
        endpoint.wait_for(4);
        while world.deliveries(&made)[0].state != DeliveryState::Delivered {
            world.rest(&service);
        }
        let tries = world.org.read(|tx| tx.deliveries().attempts(made.number, 1)).unwrap();
        let told: Vec<(i64, Option<i64>)> = tries.iter().map(|one| (one.number, one.status)).collect();
        assert_eq!(told, [(1, Some(200)), (2, Some(404)), (3, Some(200)), (4, Some(200))]);
        let sent: Vec<String> = endpoint.received().iter().map(|one| one.header("muster-attempt").to_owned()).collect();
        assert_eq!(sent, ["1", "2", "3", "4"]);
        world.rest(&service);
    }

    fn with_the_vendors_quirks_an_event_is_sent_once_only(store: TestStore) {
        let world = World::new(store.org());
        let quirks = muster_model::OrgSettings { vendor_quirks: true, ..muster_model::OrgSettings::default() };
        world.org.write(|tx| tx.typed().put(&quirks, World::now())).unwrap();
        let endpoint = Endpoint::scripted(vec![Answer::Status(500)]);
        let made = world.subscribe("feed", &endpoint.url("/"));
        let service = world.start();
        world.happen("ann", 1);
        endpoint.wait_for(1);
        while world.deliveries(&made).first().is_none_or(|one| one.state == DeliveryState::Pending) {
            world.rest(&service);
        }
        assert_eq!(world.deliveries(&made)[0].state, DeliveryState::Dead);
    }
}

#[test]
fn settings_that_cannot_work_are_refused_with_their_remedy() {
    let store = muster_testkit::start(muster_testkit::Backend::Sqlite);
    let world = World::new(store.org());
    let made = world.subscribe("feed", "https://hooks.example/");
    let header = |name: &str| json!([{ "name": name, "value": "v" }]);
    for (name, value, expected) in [
        ("retryScheduleMs", json!(vec![0; 33]), "retryScheduleMs"),
        ("retryScheduleMs", json!([0, u64::MAX]), "a week"),
        ("ratePerSecond", json!(0), "ratePerSecond"),
        ("concurrentMax", json!(65), "1 to 64"),
        ("headers", header("Host"), "belongs to HTTP or to Muster"),
        (
            "headers",
            header("Connection"),
            "belongs to HTTP or to Muster",
        ),
        (
            "headers",
            header("webhook-id"),
            "belongs to HTTP or to Muster",
        ),
        ("headers", header("a b"), "is no name of a header"),
        ("headers", json!([{ "name": "x" }]), "headers.value"),
        (
            "headers",
            json!([{ "name": "x", "value": "a\nb" }]),
            "does not fit into a header",
        ),
        (
            "tls",
            json!({ "certificateAuthority": "x" }),
            "holds no certificate",
        ),
        ("tls", json!({ "clientCertificate": "x" }), "tls.clientKey"),
        ("tls", json!({ "clientKey": "x" }), "tls.clientCertificate"),
        ("ordering", json!("never"), "unknown variant"),
        ("colour", json!("red"), "unknown field"),
    ] {
        let refused = world.try_set(&made, name, &value).unwrap_err().to_string();
        assert!(refused.contains(expected), "{name} {value}: {refused}");
    }
}

#[test]
fn a_filter_must_fit_the_dialect_that_it_is_said_to_be_in() {
    let store = muster_testkit::start(muster_testkit::Backend::Sqlite);
    let world = World::new(store.org());
    let made = world
        .create(&json!({
            "name": "feed", "triggerId": crate::world::TRIGGER, "type": "HTTP",
            "httpConfig": { "url": "https://hooks.example/" },
            "filter": "$.changes[?(@.attribute == 'a' && @.b empty true)]",
        }))
        .unwrap();
    let refused = world.try_set(&made, "dialect", &json!("rfc9535"));
    assert!(refused.unwrap_err().to_string().starts_with("`dialect`"));
}

#[test]
fn a_signing_secret_is_withdrawn_but_never_the_last_one() {
    let store = muster_testkit::start(muster_testkit::Backend::Sqlite);
    let world = World::new(store.org());
    let made = world.subscribe("feed", "https://hooks.example/");
    let desk = world.desk();
    let first = made.settings.signing_secrets[0].id.clone();
    let withdraw = |id: &str| {
        world
            .org
            .write(|tx| subscription::withdraw(tx, &desk, &made.id, id))
    };
    assert!(
        withdraw(&first)
            .unwrap_err()
            .to_string()
            .contains("only signing secret")
    );
    let next = world
        .org
        .write(|tx| subscription::rotate(tx, &desk, &made.id))
        .unwrap();
    withdraw(&first).unwrap();
    let kept = world
        .org
        .read(|tx| subscription::find(tx, &made.id))
        .unwrap();
    let plain = subscription::reveal(&kept, &OpenSealer).unwrap();
    assert_eq!(plain.len(), 1);
    assert_eq!(plain[0].expose(), next.plain.expose());
    assert!(withdraw("made-up").is_err());
}
