//! Subscriptions of type EVENTBRIDGE: what the operator's sink is sent (decisions.md 4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use muster_model::Timestamp;
use muster_store::DeliveryState;
use muster_testkit::{Answer, Endpoint, both_backends};
use muster_trigger::subscription::{self, Subscription};
use serde_json::{Value, json};

use crate::world::{OpenSealer, TRIGGER, World};

fn subscribe(world: &World) -> Subscription {
    let wish = json!({
        "name": "aws", "triggerId": TRIGGER, "type": "EVENTBRIDGE",
        "eventBridgeConfig": { "awsAccount": "123456789012", "awsRegion": "us-west-1" },
    });
    world.create(&wish).unwrap()
}

both_backends! {
    fn a_sink_gets_the_entry_that_aws_takes_signed_as_every_delivery_is(store: TestStore) {
        let sink = Endpoint::start();
        let mut world = World::new(store.org());
        world.event_bridge_sink = Some(sink.url("/put-partner-events"));
        let made = subscribe(&world);
        let before = World::now();
        let service = world.start();
        world.happen("ann", 7);
        let told = sink.wait_for(1).remove(0);
        assert_eq!(told.path, "/put-partner-events");
        assert_eq!(told.header("content-type"), "application/json");
        let mut body: Value = serde_json::from_slice(&told.body).unwrap();
        // The detail is JSON in a text, as PutPartnerEvents has it: the event and nothing else.
        let detail = body["Entries"][0]["Detail"].take();
        let detail: Value = serde_json::from_str(detail.as_str().unwrap()).unwrap();
        assert_eq!(detail, json!({ "subject": "ann", "number": 7 }));
        let time = body["Entries"][0]["Time"].take();
        let time: Timestamp = time.as_str().unwrap().parse().unwrap();
        assert!(time.millis_since(before) >= 0 && World::now().millis_since(time) >= 0);
        assert_eq!(body, json!({
            "Account": "123456789012", "Region": "us-west-1",
            "Entries": [{
                "Source": format!("aws.partner/muster/123456789012/{TRIGGER}"),
                "DetailType": TRIGGER, "Detail": null, "Time": null,
            }],
        }));

        let secrets = subscription::reveal(&made, &OpenSealer).unwrap();
        let key = STANDARD.decode(secrets[0].expose().strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{}.{}.", told.header("webhook-id"), told.header("webhook-timestamp")).as_bytes());
        mac.update(&told.body);
        let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        assert_eq!(told.header("webhook-signature"), signature);
        assert_eq!(world.ended(&service, &made).state, DeliveryState::Delivered);
    }

    fn a_sink_that_fails_is_tried_again_under_the_same_id(store: TestStore) {
        let sink = Endpoint::scripted(vec![Answer::Status(503)]);
        let mut world = World::new(store.org());
        world.event_bridge_sink = Some(sink.url("/"));
        let made = subscribe(&world);
        world.hurry(&made, &[0, 1]);
        let service = world.start();
        world.happen("ann", 1);
        let told = sink.wait_for(2);
        assert_eq!(told[0].header("webhook-id"), told[1].header("webhook-id"));
        assert_eq!(told[0].body, told[1].body);
        let ended = world.ended(&service, &made);
        assert_eq!((ended.state, ended.attempts), (DeliveryState::Delivered, 2));
    }

    fn without_a_sink_nothing_is_sent_and_the_invocation_says_so(store: TestStore) {
        let world = World::new(store.org());
        let made = subscribe(&world);
        let service = world.start();
        world.happen("ann", 1);
        let ended = world.ended(&service, &made);
        assert_eq!(ended.state, DeliveryState::Dead);
        assert!(ended.error.unwrap().contains("eventbridge-sink"));
    }
}
