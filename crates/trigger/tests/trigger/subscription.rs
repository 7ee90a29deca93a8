//! The rules of subscriptions (event-triggers.md §1.4–1.7, §1.13, cases of §6).

use crate::world::{OpenSealer, TRIGGER, World, number};
use muster_event::catalog::feature::{Flags, POST_PROVISIONING, State};
use muster_testkit::{Endpoint, both_backends};
use muster_trigger::subscription::{self, Limits, Subscription, to_wire};
use muster_trigger::{Error, Result};
use serde_json::{Value, json};

fn http(name: &str) -> Value {
    json!({
        "name": name, "triggerId": TRIGGER, "type": "HTTP",
        "httpConfig": { "url": "https://hooks.example/in" },
    })
}

/// A subscription with these members changed; null takes one away.
fn with(name: &str, changes: impl Into<Value>) -> Value {
    let (mut body, changes) = (http(name), changes.into());
    for (member, value) in changes.as_object().unwrap() {
        if value.is_null() {
            body.as_object_mut().unwrap().remove(member);
        } else {
            body[member] = value.clone();
        }
    }
    body
}

fn patch(world: &World, id: &str, change: impl FnOnce(&mut Value)) -> Result<Subscription> {
    world.org.write(|tx| {
        subscription::patch(tx, &world.desk(), id, |mut wire| {
            change(&mut wire);
            Ok::<_, Error>(wire)
        })
    })
}

fn replace(world: &World, id: &str, body: &Value) -> Result<Subscription> {
    world
        .org
        .write(|tx| subscription::replace(tx, &world.desk(), id, body))
}

fn bearer(token: impl Into<Value>) -> Value {
    json!({
        "url": "https://hooks.example/in", "httpAuthenticationType": "BEARER_TOKEN",
        "bearerTokenAuthConfig": { "bearerToken": token.into() },
    })
}

both_backends! {
    fn a_subscription_with_a_url_alone_gets_the_documented_defaults(store: TestStore) {
        let world = World::new(store.org());
        let wire = to_wire(&world.create(&http("zapier-1")).unwrap());
        assert_eq!(wire["id"].as_str().unwrap().len(), 36);
        assert_eq!(wire["triggerName"], "Identity Created");
        assert_eq!((&wire["enabled"], &wire["responseDeadline"]), (&json!(true), &json!("PT1H")));
        assert_eq!(wire["httpConfig"]["httpDispatchMode"], "SYNC");
        assert_eq!(wire["httpConfig"]["httpAuthenticationType"], "NO_AUTH");
    }

    fn what_breaks_a_rule_is_refused_with_its_own_code(store: TestStore) {
        let world = World::new(store.org());
        let code = |changes: Value| match world.create(&with("x", changes)) {
            Ok(_) => "created",
            Err(Error::BadContent { .. }) => "400.1",
            Err(Error::RequiredMissing { .. }) => "400.1.0",
            Err(Error::LengthOutOfRange { .. }) => "400.1.2",
            Err(Error::IllegalValue { .. }) => "400.1.3",
            Err(Error::ReferencedNotFound { .. }) => "400.1.404",
            Err(other) => panic!("{other}"),
        };
        for (changes, expected) in [
            (json!({ "name": null }), "400.1.0"),
            (json!({ "name": " " }), "400.1.0"),
            (json!({ "triggerId": null }), "400.1.0"),
            (json!({ "type": null }), "400.1.0"),
            (json!({ "httpConfig": null }), "400.1.0"),
            (json!({ "httpConfig": {} }), "400.1.0"),
            (json!({ "type": "EVENTBRIDGE" }), "400.1.0"),
            (json!({ "type": "CARRIER_PIGEON" }), "400.1"),
            (json!({ "enabled": "yes" }), "400.1"),
            (json!({ "type": "SCRIPT" }), "400.1.3"),
            (json!({ "name": "x".repeat(256) }), "400.1.2"),
            (json!({ "triggerId": "idn:nothing" }), "400.1.404"),
            (json!({ "triggerId": "idn:post-provisioning" }), "400.1.404"),
            (json!({ "responseDeadline": "PT0S" }), "400.1.3"),
            (json!({ "responseDeadline": "-PT1H" }), "400.1.3"),
            (json!({ "responseDeadline": "1h" }), "400.1.3"),
            (json!({ "responseDeadline": "" }), "400.1.3"),
            (json!({ "responseDeadline": "P31D" }), "400.1.3"),
            (json!({ "filter": "$[?($.warnings size 1]" }), "400.1.3"),
            (json!({ "httpConfig": { "url": "ftp://hooks.example" } }), "400.1.3"),
            (json!({ "httpConfig": { "url": "https://ann:secret@hooks.example" } }), "400.1.3"),
            (json!({ "httpConfig": { "url": "https://x.example", "httpAuthenticationType": "BASIC_AUTH" } }), "400.1.0"),
            (json!({ "httpConfig": bearer(Value::Null) }), "400.1.0"),
            (json!({ "httpConfig": bearer(json!("")) }), "400.1.0"),
            (json!({ "httpConfig": bearer(json!("a\r\nb")) }), "400.1.3"),
            (json!({ "type": "EVENTBRIDGE", "eventBridgeConfig": { "awsAccount": "12", "awsRegion": "us-east-1" } }), "400.1.3"),
        ] {
            assert_eq!(code(changes.clone()), expected, "{changes}");
        }
        assert_eq!(code(json!({ "responseDeadline": "P3D", "filter": "" })), "created");
        let refused = world.create(&with("y", json!({ "filter": "$[?($.warnings size 1]" }))).unwrap_err();
        assert!(refused.to_string().contains("at byte"), "{refused}");
    }

    fn names_are_unique_whatever_their_case(store: TestStore) {
        let world = World::new(store.org());
        world.create(&http("HR feed")).unwrap();
        let again = world.create(&http("hr FEED"));
        assert!(matches!(again, Err(Error::ReferenceConflict { name }) if name == "HR feed"));
        let other = world.create(&http("other")).unwrap();
        assert!(matches!(patch(&world, &other.id, |wire| wire["name"] = "Hr Feed".into()), Err(Error::ReferenceConflict { .. })));
        patch(&world, &other.id, |wire| wire["name"] = "OTHER".into()).unwrap();
    }

    fn writing_back_what_was_read_keeps_the_secret(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = Endpoint::start();
        let mut config = bearer(json!("first"));
        config["url"] = endpoint.url("/").into();
        let made = world.create(&with("feed", json!({ "httpConfig": config }))).unwrap();
        let wire = to_wire(&made);
        assert_eq!(wire["httpConfig"]["bearerTokenAuthConfig"], json!({ "bearerToken": null }));
        replace(&world, &made.id, &wire).unwrap();
        let service = world.start();
        world.happen("ann", 1);
        assert_eq!(endpoint.wait_for(1)[0].header("authorization"), "Bearer first");
        world.rest(&service);
        patch(&world, &made.id, |wire| wire["httpConfig"]["bearerTokenAuthConfig"]["bearerToken"] = "second".into()).unwrap();
        world.rest(&service);
        world.happen("ann", 2);
        let told = endpoint.wait_for(2);
        assert_eq!((number(&told[1]), told[1].header("authorization")), (2, "Bearer second"));
        let stored = world.org.read(|tx| tx.documents("subscription").get(&made.id)).unwrap().unwrap();
        assert!(stored.body.to_string().contains("|second"), "sealed in its place");
        assert!(!to_wire(&stored.read().unwrap()).to_string().contains("second"));
    }

    fn a_replacement_takes_away_what_it_does_not_say(store: TestStore) {
        let world = World::new(store.org());
        let made = world.create(&with("feed", json!({ "description": "why", "filter": "$.identity", "enabled": false }))).unwrap();
        let next = replace(&world, &made.id, &json!({ "httpConfig": { "url": "https://other.example/" } })).unwrap();
        assert_eq!((next.description, next.filter, next.enabled), (None, None, true));
        assert_eq!((next.name, next.number), (made.name, made.number));
    }

    fn what_is_fixed_cannot_be_changed(store: TestStore) {
        let world = World::new(store.org());
        let id = world.create(&http("feed")).unwrap().id;
        let illegal = |done: Result<Subscription>| matches!(done, Err(Error::IllegalUpdate { .. }));
        assert!(illegal(replace(&world, &id, &with("feed", json!({ "triggerId": "idn:source-created" })))));
        assert!(illegal(replace(&world, &id, &with("feed", json!({ "id": "another" })))));
        assert!(illegal(patch(&world, &id, |wire| wire["triggerId"] = "idn:source-created".into())));
        assert!(illegal(patch(&world, &id, |wire| wire["foo"] = 1.into())));
        let without = patch(&world, &id, |wire| { wire.as_object_mut().unwrap().remove("httpConfig"); });
        assert!(matches!(without, Err(Error::RequiredMissing { field: "httpConfig" })));
    }

    fn a_deleted_subscription_is_gone(store: TestStore) {
        let world = World::new(store.org());
        let id = world.create(&http("feed")).unwrap().id;
        let delete = || world.org.write(|tx| subscription::delete(tx, &id, World::now()));
        delete().unwrap();
        assert!(matches!(delete(), Err(Error::NotFound)));
        assert!(matches!(replace(&world, &id, &http("feed")), Err(Error::NotFound)));
        assert!(matches!(patch(&world, &id, |_| {}), Err(Error::NotFound)));
    }

    fn the_limit_holds_when_many_write_at_once(store: TestStore) {
        let mut world = World::new(store.org());
        world.limits = Limits { fire_and_forget: 5, request_response: 1 };
        let made: usize = std::thread::scope(|scope| {
            let world = &world;
            let writers: Vec<_> = (0..4).map(|writer| scope.spawn(move || {
                (0..4).filter(|count| world.create(&http(&format!("{writer}-{count}"))).is_ok()).count()
            })).collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).sum()
        });
        assert_eq!(made, 5);
        let refused = world.create(&http("one more"));
        assert!(matches!(refused, Err(Error::LimitViolation { limit: 5, .. })));
        let first = world.org.read(|tx| tx.typed::<Subscription>().list()).unwrap().remove(0);
        world.org.write(|tx| subscription::delete(tx, &first.id, World::now())).unwrap();
        world.create(&http("one more")).unwrap();
        let asks = |name: &str| with(name, json!({ "triggerId": "test:request-response" }));
        world.create(&asks("ask")).unwrap();
        assert!(matches!(world.create(&asks("ask too")), Err(Error::LimitViolation { limit: 1, .. })));
    }

    fn a_trigger_behind_a_flag_can_be_subscribed_to_with_the_flag(store: TestStore) {
        let world = World::new(store.org());
        world.org.write(|tx| Flags::set(tx, POST_PROVISIONING, State::On, World::now())).unwrap();
        world.create(&with("feed", json!({ "triggerId": "idn:post-provisioning" }))).unwrap();
    }

    fn a_rotated_signing_secret_stays_valid_beside_the_new_one(store: TestStore) {
        let world = World::new(store.org());
        let made = world.create(&http("feed")).unwrap();
        let rotate = || {
            world.org.write(|tx| subscription::rotate(tx, &world.desk(), &made.id)).unwrap();
            world.org.read(|tx| subscription::find(tx, &made.id)).unwrap()
        };
        let first = subscription::reveal(&made, &OpenSealer).unwrap();
        let second = subscription::reveal(&rotate(), &OpenSealer).unwrap();
        assert_eq!((second.len(), second[1].expose()), (2, first[0].expose()));
        let third = subscription::reveal(&rotate(), &OpenSealer).unwrap();
        assert_eq!((third.len(), third[1].expose()), (2, second[0].expose()));
    }
}
