//! Tests of subscriptions and the listing of invocations (event-triggers.md §1.10, §1.11).

use crate::world::World;
use muster_model::Timestamp;
use muster_testkit::{Answer, Endpoint, both_backends};
use muster_trigger::invocation::{InvocationKey, Listing, Order, Page, Refusal, list};
use muster_trigger::subscription::{self, Subscription};
use muster_trigger::{Error, Result};
use serde_json::{Value, json};

fn test(world: &World, body: &Value) -> Result<Result<Vec<Value>, Refusal>> {
    world.test(body, World::now())
}

pub(crate) fn listed(world: &World, ask: &Listing, now: Timestamp) -> Page {
    world
        .org
        .write(|tx| {
            let key = InvocationKey::load(tx, &world.fill)?;
            list(tx, &key, ask, now)
        })
        .unwrap()
}

pub(crate) fn all() -> Listing {
    Listing {
        limit: 250,
        ..Listing::default()
    }
}

fn subscribe(world: &World, endpoint: &Endpoint, name: &str, filter: &str) -> Subscription {
    let body = json!({
        "name": name, "triggerId": "test:fire-and-forget", "type": "HTTP", "filter": filter,
        "httpConfig": { "url": endpoint.url("/") },
    });
    world.create(&body).unwrap()
}

both_backends! {
    fn case_37_a_test_reaches_every_subscription_even_a_disabled_one(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = Endpoint::start();
        let one = subscribe(&world, &endpoint, "one", "");
        world.create(&json!({
            "name": "two", "triggerId": "test:fire-and-forget", "type": "HTTP", "enabled": false,
            "httpConfig": { "url": endpoint.url("/disabled") },
        })).unwrap();
        let service = world.start();
        let items = test(&world, &json!({ "triggerId": "test:fire-and-forget", "contentJson": {} })).unwrap().unwrap();
        let received = endpoint.wait_for(2);
        world.rest(&service);
        assert_eq!(received[0].body, r#"{"identityId":"201327fda1c44704ac01181e963d463c"}"#);
        assert!(items.iter().all(|item| item["secret"].is_string() && item["contentJson"] == json!({})));
        let page = listed(&world, &all(), World::now());
        assert_eq!(page.total, 2);
        for item in &page.items {
            assert_eq!((&item["type"], &item["startInvocationInput"]["contentJson"]), (&json!("TEST"), &json!({})));
            assert_eq!(item["completeInvocationInput"], json!({ "localizedError": null, "output": null }));
            assert!(item["completed"].is_string());
            assert!(items.iter().any(|made| made["id"] == item["id"]));
        }
        let only = Listing { subscription_id: Some(one.id.clone()), ..all() };
        assert_eq!(listed(&world, &only, World::now()).items[0]["subscriptionName"], "one");
    }

    fn a_test_goes_only_to_those_named_and_only_past_their_filters(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = Endpoint::start();
        let one = subscribe(&world, &endpoint, "one", "");
        let deaf = subscribe(&world, &endpoint, "deaf", "$[?(@.identityId == 'archer')]");
        let test = |ids: Value| test(&world, &json!({ "triggerId": "test:fire-and-forget", "contentJson": {}, "subscriptionIds": ids })).unwrap();
        assert_eq!(test(json!([one.id, "unknown"])).unwrap().len(), 1);
        assert_eq!(test(json!([deaf.id])), Ok(vec![]));
        assert_eq!(test(json!(["unknown"])), Err(Refusal::Nobody));
        assert_eq!(listed(&world, &all(), World::now()).total, 1);
    }

    fn a_test_that_makes_no_sense_is_refused(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = Endpoint::start();
        let ask = |body: Value| test(&world, &body);
        assert_eq!(ask(json!({ "triggerId": "test:fire-and-forget", "contentJson": {} })).unwrap(), Err(Refusal::Nobody));
        subscribe(&world, &endpoint, "one", "");
        assert!(matches!(ask(json!({ "contentJson": {} })), Err(Error::RequiredMissing { field: "triggerId" })));
        assert!(matches!(ask(json!({ "triggerId": "test:fire-and-forget" })), Err(Error::RequiredMissing { field: "contentJson" })));
        assert!(matches!(ask(json!({ "triggerId": "idn:no", "contentJson": {} })), Err(Error::ReferencedNotFound { .. })));
        let wrong = json!({ "triggerId": "test:fire-and-forget", "contentJson": {}, "input": { "identityId": 7 } });
        assert!(matches!(ask(wrong), Err(Error::IllegalValue { field: "input", .. })));
        assert_eq!(listed(&world, &all(), World::now()).total, 0);
    }

    fn a_failure_is_listed_longer_than_a_success_and_outlives_its_subscription(store: TestStore) {
        let world = World::new(store.org());
        let good = Endpoint::start();
        let bad = Endpoint::answering(|_, _| Answer::Status(500));
        let names = [world.subscribe("good", &good.url("/")), world.subscribe("bad", &bad.url("/"))];
        world.hurry(&names[1], &[0]);
        let service = world.start();
        world.happen("ann", 1);
        good.wait_for(1);
        bad.wait_for(1);
        world.rest(&service);
        world.org.write(|tx| subscription::delete(tx, &names[1].id, World::now())).unwrap();
        let names_after = |hours: i64| {
            let ask = Listing { order: vec![(Order::SubscriptionName, false)], ..all() };
            let page = listed(&world, &ask, World::now().plus_millis(hours * 60 * 60 * 1_000));
            page.items.iter().map(|item| item["subscriptionName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names_after(0), ["bad", "good"]);
        assert_eq!(names_after(25), ["bad"]);
        assert_eq!(names_after(49), [""; 0]);
        let failed = &listed(&world, &Listing { subscription_id: Some(names[1].id.clone()), ..all() }, World::now()).items[0];
        let error = &failed["completeInvocationInput"]["localizedError"];
        assert_eq!(error, &json!({ "locale": "en-US", "message": "the endpoint answered 500 Internal Server Error" }));
        assert_eq!(failed["type"], "REAL_TIME");
    }

    fn case_45_at_most_two_thousand_invocations_can_be_reached(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = Endpoint::start();
        for name in ["one", "two"] {
            world.subscribe(name, &endpoint.url("/"));
        }
        let service = world.start();
        let names: Vec<(String, i64)> = (0..1_250).map(|number| (format!("p{number}"), number)).collect();
        world.happen_all(&names.iter().map(|(name, number)| (name.as_str(), *number)).collect::<Vec<_>>());
        endpoint.wait_for(2_500);
        world.rest(&service);
        let ask = Listing { offset: 1_990, ..all() };
        let page = listed(&world, &ask, World::now());
        assert_eq!((page.total, page.items.len()), (2_000, 10));
        assert_eq!(page.items[9]["startInvocationInput"]["input"]["number"], 250);
    }
}
