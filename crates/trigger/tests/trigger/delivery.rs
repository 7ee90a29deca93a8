//! Telling endpoints: matching, order, retries, the guard, crashes.

use crate::world::{OpenSealer, TRIGGER, World, number, subject};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use muster_model::FixedClock;
use muster_store::DeliveryState;
use muster_testkit::{Answer, Endpoint, both_backends};
use muster_trigger::delivery::egress::Rules;
use muster_trigger::subscription;
use serde_json::json;

both_backends! {
    fn every_event_arrives_once_at_a_healthy_endpoint(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = Endpoint::start();
        let subscription = world.subscribe("feed", &endpoint.url("/hook?x=1"));
        let service = world.start();
        let names: Vec<String> = (0..300).map(|number| format!("person-{}", number % 40)).collect();
        for (part, some) in names.chunks(50).enumerate() {
            let events: Vec<(&str, i64)> = some.iter().zip(part as i64 * 50..).map(|(name, number)| (name.as_str(), number)).collect();
            world.happen_all(&events);
        }
        endpoint.wait_for(300);
        world.rest(&service);
        let received = endpoint.received();
        let mut numbers: Vec<i64> = received.iter().map(number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..300).collect::<Vec<_>>());
        for name in &names {
            let of_one: Vec<i64> = received.iter().filter(|one| subject(one) == *name).map(number).collect();
            assert!(of_one.is_sorted(), "{name}: {of_one:?}");
        }
        let deliveries = world.deliveries(&subscription);
        assert!(deliveries.iter().all(|one| one.state == DeliveryState::Delivered && one.attempts == 1 && one.status == Some(200)));
        assert_eq!((deliveries.len(), received[0].path.as_str()), (300, "/hook?x=1"));
    }

    fn the_request_carries_the_documented_headers_and_a_signature_that_verifies(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = Endpoint::start();
        let made = world.create(&json!({
            "name": "signed", "triggerId": TRIGGER, "type": "HTTP",
            "httpConfig": { "url": endpoint.url("/"), "httpAuthenticationType": "BASIC_AUTH",
                "basicAuthConfig": { "userName": "ann", "password": "pä:ss" } },
        })).unwrap();
        let _service = world.start();
        world.happen("ann", 1);
        let told = endpoint.wait_for(1).remove(0);
        assert_eq!(told.header("authorization"), format!("Basic {}", STANDARD.encode("ann:pä:ss")));
        assert_eq!(told.header("content-type"), "application/json");
        assert_eq!(told.header("accept"), "application/json");
        assert!(told.header("user-agent").starts_with("Muster/"));
        assert_eq!(told.header("muster-trigger-id"), TRIGGER);
        assert_eq!((told.header("muster-attempt"), told.header("muster-sequence")), ("1", "1"));
        assert_eq!(told.header("traceparent").len(), 55);
        let secrets = subscription::reveal(&made, &OpenSealer).unwrap();
        let key = STANDARD.decode(secrets[0].expose().strip_prefix("whsec_").unwrap()).unwrap();
        let signed = format!("{}.{}.", told.header("webhook-id"), told.header("webhook-timestamp"));
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
        mac.update(signed.as_bytes());
        mac.update(&told.body);
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        assert_eq!(told.header("webhook-signature"), expected);
    }

    fn filters_keep_events_away_without_a_trace(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = Endpoint::start();
        let filtered = |name: &str, filter: &str| world.create(&json!({
            "name": name, "triggerId": TRIGGER, "type": "HTTP", "filter": filter,
            "httpConfig": { "url": endpoint.url(&format!("/{name}")) },
        })).unwrap();
        let some = filtered("some", "$[?(@.number > 1)]");
        let none = filtered("none", "$.missing[?(@.number == 1)]");
        filtered("all", " ");
        let service = world.start();
        world.happen_all(&[("ann", 1), ("bob", 2)]);
        endpoint.wait_for(3);
        world.rest(&service);
        let mut told: Vec<(String, i64)> = endpoint.received().iter().map(|one| (one.path.clone(), number(one))).collect();
        told.sort();
        assert_eq!(told, [("/all".into(), 1), ("/all".into(), 2), ("/some".into(), 2)]);
        assert_eq!((world.deliveries(&some).len(), world.deliveries(&none).len()), (1, 0));
        let rejected = |one: &subscription::Subscription| world.org.read(|tx| tx.rejections().of(one.number)).unwrap();
        assert_eq!((rejected(&some).count, rejected(&some).recent), (1, vec![1]));
        assert_eq!((rejected(&none).count, rejected(&none).recent), (2, vec![1, 2]));
    }

    fn a_failing_head_holds_back_its_own_subject_only_and_keeps_its_id(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = Endpoint::answering(|number, told| match (number, subject(told).as_str()) {
            (_, "ann") if told.header("muster-attempt") == "1" => Answer::Status(500),
            _ => Answer::Status(204),
        });
        let subscription = world.subscribe("feed", &endpoint.url("/"));
        world.hurry(&subscription, &[0, 40, 40]);
        let _service = world.start();
        world.happen_all(&[("ann", 1), ("ann", 2), ("bob", 3), ("bob", 4)]);
        let received = endpoint.wait_for(6);
        let of = |name: &str| received.iter().filter(|one| subject(one) == name).map(number).collect::<Vec<_>>();
        assert_eq!(of("bob"), [3, 4]);
        assert_eq!(of("ann"), [1, 1, 2, 2]);
        let ids: Vec<&str> = received.iter().filter(|one| number(one) == 1).map(|one| one.header("webhook-id")).collect();
        assert_eq!(ids[0], ids[1]);
        assert!(received.iter().position(|one| number(one) == 4) < received.iter().position(|one| number(one) == 2));
    }

    fn a_delivery_that_never_succeeds_ends_dead_and_can_be_sent_again(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = Endpoint::scripted(vec![Answer::Full(500, "x-why", "because".into(), 3); 2]);
        let subscription = world.subscribe("feed", &endpoint.url("/"));
        world.hurry(&subscription, &[0, 1]);
        let service = world.start();
        world.happen("ann", 1);
        endpoint.wait_for(2);
        while world.deliveries(&subscription).first().is_none_or(|one| one.state != DeliveryState::Dead) {
            std::thread::yield_now();
        }
        let dead = &world.deliveries(&subscription)[0];
        assert_eq!((dead.attempts, dead.status), (2, Some(500)));
        assert_eq!(dead.error.as_deref(), Some("the endpoint answered 500 Internal Server Error"));
        world.org.write(|tx| tx.deliveries().resend(subscription.number, &[1], World::now())).unwrap();
        let received = endpoint.wait_for(3);
        world.rest(&service);
        assert_eq!(world.deliveries(&subscription)[0].state, DeliveryState::Delivered);
        assert_eq!(received[0].header("webhook-id"), received[2].header("webhook-id"));
    }

    fn of_tries_that_follow_at_once_the_last_one_is_what_is_written_down(store: TestStore) {
        let world = World::new(store.org());
        // An answer that says nothing against the endpoint, so that nothing slows the tries down.
        let endpoint = Endpoint::answering(|_, told| match told.header("muster-attempt") {
            "4" => Answer::Status(200),
            _ => Answer::Status(409),
        });
        let subscription = world.subscribe("feed", &endpoint.url("/"));
        world.hurry(&subscription, &[0, 0, 0, 0]);
        let service = world.start();
        let names: Vec<String> = (0..500).map(|number| format!("person-{number}")).collect();
        let events: Vec<(&str, i64)> = names.iter().map(String::as_str).zip(0..).collect();
        world.happen_all(&events);
        endpoint.wait_for(2_000);
        world.rest(&service);
        let deliveries = world.deliveries(&subscription);
        let wrong: Vec<_> = deliveries.iter().filter(|one| one.state != DeliveryState::Delivered || one.attempts != 4).collect();
        assert!(deliveries.len() == 500 && wrong.is_empty(), "{wrong:?}");
    }

    fn a_redirect_is_not_followed_and_no_credentials_leave(store: TestStore) {
        let world = World::new(store.org());
        let elsewhere = Endpoint::start();
        let target = elsewhere.url("/stolen");
        let endpoint = Endpoint::answering(move |_, _| Answer::Full(302, "location", target.clone(), 0));
        let subscription = world.subscribe("feed", &endpoint.url("/"));
        world.hurry(&subscription, &[0]);
        let service = world.start();
        world.happen("ann", 1);
        endpoint.wait_for(1);
        world.rest(&service);
        let delivery = &world.deliveries(&subscription)[0];
        assert_eq!((delivery.state, delivery.status), (DeliveryState::Dead, Some(302)));
        assert!(elsewhere.received().is_empty());
    }

    fn a_huge_answer_is_not_read_to_its_end(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = Endpoint::answering(|_, _| Answer::Full(200, "x-size", "huge".into(), 10_000_000));
        let subscription = world.subscribe("feed", &endpoint.url("/"));
        let service = world.start();
        world.happen_all(&[("ann", 1), ("bob", 2)]);
        endpoint.wait_for(2);
        world.rest(&service);
        assert!(world.deliveries(&subscription).iter().all(|one| one.state == DeliveryState::Delivered));
    }

    fn an_inner_address_is_not_called(store: TestStore) {
        let mut world = World::new(store.org());
        world.egress = Rules::default();
        let endpoint = Endpoint::start();
        let subscription = world.subscribe("feed", &endpoint.url("/"));
        world.hurry(&subscription, &[0]);
        let service = world.start();
        world.happen("ann", 1);
        while world.deliveries(&subscription).first().is_none_or(|one| one.state == DeliveryState::Pending) {
            world.rest(&service);
        }
        let refused = &world.deliveries(&subscription)[0];
        let error = refused.error.clone().unwrap_or_default();
        assert!(error.contains("loopback address, which egress rules refuse"), "{error}");
        assert!(endpoint.received().is_empty());
    }

    fn gone_disables_the_subscription_and_what_happens_then_is_not_for_it(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = Endpoint::scripted(vec![Answer::Status(410)]);
        let subscription = world.subscribe("feed", &endpoint.url("/"));
        let service = world.start();
        world.happen("ann", 1);
        endpoint.wait_for(1);
        let read = || world.org.read(|tx| tx.typed::<subscription::Subscription>().get(&subscription.id)).unwrap().unwrap();
        while read().enabled {
            std::thread::yield_now();
        }
        assert_eq!(read().disabled_because.as_deref(), Some("the endpoint answered 410 Gone"));
        world.happen("bob", 2);
        world.rest(&service);
        world.org.write(|tx| subscription::patch(tx, &world.desk(), &subscription.id, |mut wire| {
            wire["enabled"] = true.into();
            Ok::<_, muster_trigger::Error>(wire)
        })).unwrap();
        world.happen("carl", 3);
        let received = endpoint.wait_for(2);
        world.rest(&service);
        assert_eq!(received.iter().map(number).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(endpoint.received().len(), 2);
    }

    fn what_happens_right_after_a_subscription_is_enabled_again_arrives(store: TestStore) {
        const ROUNDS: i64 = 25;
        let world = World::new(store.org());
        let endpoint = Endpoint::start();
        let subscription = world.subscribe("feed", &endpoint.url("/"));
        let service = world.start();
        for round in 1..=ROUNDS {
            for enabled in [false, true] {
                world.org.write(|tx| subscription::patch(tx, &world.desk(), &subscription.id, |mut wire| {
                    wire["enabled"] = enabled.into();
                    Ok::<_, muster_trigger::Error>(wire)
                })).unwrap();
            }
            world.happen("ann", round);
            endpoint.wait_for(round as usize);
        }
        world.rest(&service);
        let told: Vec<i64> = endpoint.received().iter().map(number).collect();
        assert_eq!(told, (1..=ROUNDS).collect::<Vec<_>>());
    }

    fn an_endpoint_that_fails_for_five_days_is_left_alone(store: TestStore) {
        const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
        let world = World::new(store.org());
        let endpoint = Endpoint::answering(|_, _| Answer::Status(500));
        let subscription = world.subscribe("feed", &endpoint.url("/"));
        world.hurry(&subscription, &[0]);
        let clock = Arc::new(FixedClock::at(World::now()));
        let service = world.start_with("one", Arc::<FixedClock>::clone(&clock));
        let read = || world.org.read(|tx| tx.typed::<subscription::Subscription>().get(&subscription.id)).unwrap().unwrap();
        let dead = || world.deliveries(&subscription).iter().filter(|one| one.state == DeliveryState::Dead).count();
        for day in 0..3 {
            world.happen("ann", day);
            while dead() <= day as usize {
                world.rest(&service);
            }
            assert_eq!(read().enabled, day < 2, "after {} days", day * 3);
            clock.advance_micros(3 * DAY_MICROS);
        }
        assert_eq!(read().disabled_because.as_deref(), Some("the endpoint failed for five days"));
    }

    fn a_fixed_answer_needs_no_endpoint(store: TestStore) {
        let world = World::new(store.org());
        let inline = |name: &str, config: serde_json::Value| world.create(&json!({
            "name": name, "triggerId": TRIGGER, "type": "INLINE", "inlineConfig": config,
        })).unwrap();
        let good = inline("good", json!({ "output": {} }));
        let bad = inline("bad", json!({ "error": "no" }));
        let service = world.start();
        world.happen("ann", 1);
        while [&good, &bad].iter().any(|one| world.deliveries(one).first().is_none_or(|one| one.state == DeliveryState::Pending)) {
            world.rest(&service);
        }
        assert_eq!(world.deliveries(&good)[0].state, DeliveryState::Delivered);
        let failed = &world.deliveries(&bad)[0];
        assert_eq!((failed.state, failed.error.as_deref()), (DeliveryState::Dead, Some("no")));
    }

    fn nothing_is_lost_when_the_service_dies_and_starts_again(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = Endpoint::start();
        let subscription = world.subscribe("feed", &endpoint.url("/"));
        let service = world.start();
        let names: Vec<String> = (0..400).map(|number| format!("person-{}", number % 30)).collect();
        let events: Vec<(&str, i64)> = names.iter().zip(0..).map(|(name, number)| (name.as_str(), number)).collect();
        world.happen_all(&events[..200]);
        endpoint.wait_for(20);
        drop(service);
        world.happen_all(&events[200..]);
        let service = world.start();
        while world.deliveries(&subscription).iter().filter(|one| one.state == DeliveryState::Delivered).count() < 400 {
            world.rest(&service);
        }
        let received = endpoint.received();
        for name in &names {
            let mut of_one: Vec<i64> = Vec::new();
            for one in received.iter().filter(|one| subject(one) == *name) {
                if !of_one.contains(&number(one)) {
                    of_one.push(number(one));
                }
            }
            assert!(of_one.is_sorted(), "{name}: {of_one:?}");
        }
        world.runtime.block_on(service.drain());
    }

    fn draining_lets_what_is_in_flight_end(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = Endpoint::start();
        let subscription = world.subscribe("feed", &endpoint.url("/"));
        let service = world.start();
        let events: Vec<(String, i64)> = (0..200).map(|number| (format!("p{number}"), number)).collect();
        world.happen_all(&events.iter().map(|(name, number)| (name.as_str(), *number)).collect::<Vec<_>>());
        endpoint.wait_for(1);
        world.runtime.block_on(service.drain());
        let done = world.deliveries(&subscription).iter().filter(|one| one.state == DeliveryState::Delivered).count();
        assert_eq!(done, endpoint.received().len());
    }

    fn what_had_happened_when_the_service_starts_arrives_whole(store: TestStore) {
        const EVENTS: i64 = 2_500;
        let world = World::new(store.org());
        let endpoints: Vec<Endpoint> = (0..3).map(|_| Endpoint::start()).collect();
        for (at, endpoint) in endpoints.iter().enumerate() {
            world.subscribe(&format!("feed {at}"), &endpoint.url("/"));
        }
        let names: Vec<String> = (0..EVENTS).map(|number| format!("p{number}")).collect();
        let events: Vec<(&str, i64)> = names.iter().zip(0..).map(|(name, number)| (name.as_str(), number)).collect();
        world.happen_all(&events);
        let _service = world.start();
        for endpoint in &endpoints {
            endpoint.wait_for(EVENTS as usize);
            let mut numbers: Vec<i64> = endpoint.received().iter().map(number).collect();
            numbers.sort_unstable();
            assert!(numbers.into_iter().eq(0..EVENTS));
        }
    }

    fn what_was_told_beside_one_that_hangs_is_not_told_again_after_a_crash(store: TestStore) {
        let world = World::new(store.org());
        let hanging = Endpoint::answering(|_, _| Answer::Hang);
        let healthy = Endpoint::start();
        world.subscribe("hanging", &hanging.url("/"));
        let told = world.subscribe("healthy", &healthy.url("/"));
        let service = world.start();
        world.happen("p1", 1);
        healthy.wait_for(1);
        let is_recorded = || {
            let rows = world.deliveries(&told);
            rows.iter().any(|row| row.state == DeliveryState::Delivered)
        };
        let started = std::time::Instant::now();
        while !is_recorded() {
            assert!(started.elapsed() < std::time::Duration::from_secs(30));
            std::thread::yield_now();
        }
        drop(service);
        let _service = world.start();
        world.happen("p1", 2);
        healthy.wait_for(2);
        let numbers: Vec<i64> = healthy.received().iter().map(number).collect();
        assert_eq!(numbers, [1, 2]);
    }

    fn an_endpoint_that_hangs_costs_its_neighbours_nothing(store: TestStore) {
        let world = World::new(store.org());
        let hanging = Endpoint::answering(|_, _| Answer::Hang);
        let healthy = Endpoint::start();
        world.subscribe("hanging", &hanging.url("/"));
        world.subscribe("healthy", &healthy.url("/"));
        let _service = world.start();
        let events: Vec<(String, i64)> = (0..300).map(|number| (format!("p{number}"), number)).collect();
        world.happen_all(&events.iter().map(|(name, number)| (name.as_str(), *number)).collect::<Vec<_>>());
        let started = std::time::Instant::now();
        healthy.wait_for(300);
        assert!(started.elapsed() < std::time::Duration::from_secs(9));
    }
}

#[test]
fn two_nodes_share_a_store_and_nothing_is_told_twice() {
    let store = muster_testkit::start(muster_testkit::Backend::Postgres);
    let world = World::new(store.org());
    let endpoint = Endpoint::start();
    let subscription = world.subscribe("feed", &endpoint.url("/"));
    let services = [world.start_as("one"), world.start_as("two")];
    for part in 0..10 {
        let events: Vec<(String, i64)> = (part * 20..part * 20 + 20)
            .map(|number| (format!("p{}", number % 7), number))
            .collect();
        world.happen_all(
            &events
                .iter()
                .map(|(name, number)| (name.as_str(), *number))
                .collect::<Vec<_>>(),
        );
    }
    endpoint.wait_for(200);
    for service in &services {
        world.rest(service);
    }
    assert_eq!(endpoint.received().len(), 200);
    let [one, two] = services;
    world.runtime.block_on(one.drain());
    // Whichever of them held the lane, the other takes over.
    world.happen("late", 200);
    endpoint.wait_for(201);
    world.rest(&two);
    assert!(
        world
            .deliveries(&subscription)
            .iter()
            .all(|one| one.state == DeliveryState::Delivered)
    );
}
