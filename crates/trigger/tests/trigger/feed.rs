//! The pull feed, and what is removed when it is old.

use crate::world::{TRIGGER, World};
use muster_event::{Draft, SOURCE_CREATED, object};
use muster_model::{OrgSettings, Timestamp};
use muster_store::DeliveryState;
use muster_testkit::{Endpoint, both_backends};
use muster_trigger::feed::{Feed, Page, Start};
use muster_trigger::subscription::Dialect;
use muster_trigger::{Error, Result, retention};
use serde_json::json;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

fn fetch(world: &World, triggers: &[&str], filter: &str, after: i64, limit: usize) -> Result<Page> {
    world.org.read(|tx| {
        let feed = Feed::of(tx, triggers, Some(filter), Dialect::Jayway)?;
        feed.read(tx, after, limit)
    })
}

fn cursor(world: &World, start: Start) -> Result<i64> {
    world.org.read(|tx| start.cursor(tx))
}

fn numbers(page: &Page) -> Vec<i64> {
    let number = |(_, event): &(i64, serde_json::Value)| event["event"]["number"].as_i64().unwrap();
    page.events.iter().map(number).collect()
}

/// Removes everything that is old at `now`.
fn purge(world: &World, now: Timestamp) {
    while world.org.write(|tx| retention::step(tx, now)).unwrap() {}
}

both_backends! {
    fn events_are_fetched_in_order_with_a_cursor_that_passes_what_is_not_wanted(store: TestStore) {
        let world = World::new(store.org());
        world.happen_all(&(1..=7).map(|number| ("ann", number)).collect::<Vec<_>>());
        world.create(&json!({ "name": "feed", "triggerId": TRIGGER, "type": "INLINE" })).unwrap();
        world.test(&json!({ "triggerId": TRIGGER, "contentJson": {} }), World::now()).unwrap().unwrap();
        let other = Draft {
            trigger: SOURCE_CREATED,
            subject: "source".into(),
            identity: vec![],
            created: World::now(),
            cause: "call".into(),
            value: object([("number", 9.into())]),
        };
        world.org.write(|tx| world.outbox.append(tx, vec![other])).unwrap();

        let all = fetch(&world, &[], "", 0, 100).unwrap();
        // The test in between was for its subscription alone.
        assert_eq!((numbers(&all), all.cursor, all.more), (vec![1, 2, 3, 4, 5, 6, 7, 9], 9, false));
        let shown = &all.events[0].1;
        assert_eq!((&shown["cursor"], &shown["triggerId"], &shown["subject"]), (&json!("1"), &json!(TRIGGER), &json!("ann")));
        assert_eq!(shown["id"].as_str().unwrap().len(), 36);
        let first = fetch(&world, &[TRIGGER], "", 0, 3).unwrap();
        assert_eq!((numbers(&first), first.cursor, first.more), (vec![1, 2, 3], 3, true));
        let next = fetch(&world, &[TRIGGER], "", first.cursor, 100).unwrap();
        assert_eq!((numbers(&next), next.cursor, next.more), (vec![4, 5, 6, 7], 9, false));
        let some = fetch(&world, &[], "$[?(@.number > 6)]", 0, 100).unwrap();
        assert_eq!((numbers(&some), some.cursor), (vec![7, 9], 9));
        // Any event that is kept can be read again from before it.
        assert_eq!(numbers(&fetch(&world, &[], "", 4, 1).unwrap()), [5]);
        assert_eq!(cursor(&world, Start::Latest).unwrap(), 9);
        assert_eq!(cursor(&world, Start::Oldest).unwrap(), 0);
        assert_eq!(cursor(&world, Start::Since(World::now().plus_millis(-60_000))).unwrap(), 0);
        assert_eq!(cursor(&world, Start::Since(World::now().plus_millis(60_000))).unwrap(), 9);
    }

    fn a_feed_that_makes_no_sense_is_refused(store: TestStore) {
        let world = World::new(store.org());
        let ask = |trigger: &str, filter: &str, after| fetch(&world, &[trigger], filter, after, 10);
        assert!(matches!(ask("idn:no", "", 0), Err(Error::ReferencedNotFound { .. })));
        // Behind a flag that is off, a trigger does not exist.
        assert!(matches!(ask("idn:post-provisioning", "", 0), Err(Error::ReferencedNotFound { .. })));
        assert!(matches!(ask(TRIGGER, "$[?(", 0), Err(Error::IllegalValue { field: "filter", .. })));
        assert!(matches!(ask(TRIGGER, "", 1), Err(Error::IllegalValue { field: "after", .. })));
    }

    fn what_is_old_is_removed_but_for_what_still_has_to_be_sent(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = Endpoint::start();
        let told = world.subscribe("told", &endpoint.url("/"));
        let service = world.start();
        world.happen_all(&[("ann", 1), ("ann", 2)]);
        endpoint.wait_for(2);
        world.rest(&service);
        world.runtime.block_on(service.drain());
        // Dispatched and not sent.
        world.happen_all(&[("ann", 3), ("ann", 4)]);
        world.org.write(|tx| {
            tx.deliveries().add([(told.number, 3)], World::now())?;
            tx.events().set_dispatched(2, 4)
        }).unwrap();

        purge(&world, World::now().plus_millis(29 * DAY_MS));
        assert_eq!(numbers(&fetch(&world, &[], "", 0, 10).unwrap()), [1, 2, 3, 4]);
        let later = World::now().plus_millis(31 * DAY_MS);
        purge(&world, later);
        let oldest = cursor(&world, Start::Oldest).unwrap();
        assert_eq!((oldest, numbers(&fetch(&world, &[], "", oldest, 10).unwrap())), (2, vec![3, 4]));
        assert!(matches!(fetch(&world, &[], "", 1, 10), Err(Error::CursorTooOld { oldest: 2 })));
        let kept: Vec<i64> = world.deliveries(&told).iter().map(|one| one.event_seq).collect();
        assert_eq!((kept, world.deliveries(&told)[0].state), (vec![3], DeliveryState::Pending));

        // Nothing holds the rest back when nobody waits for it any more.
        let off = json!({ "type": "HTTP", "httpConfig": { "url": endpoint.url("/") }, "enabled": false });
        world.org.write(|tx| muster_trigger::subscription::replace(tx, &world.desk(), &told.id, &off)).unwrap();
        purge(&world, later);
        assert_eq!((cursor(&world, Start::Oldest).unwrap(), world.deliveries(&told).len()), (4, 0));
        world.happen("ann", 5);
        assert_eq!(numbers(&fetch(&world, &[], "", 4, 10).unwrap()), [5]);
    }

    fn an_org_says_how_long_its_log_is_kept_and_questions_go_with_it(store: TestStore) {
        let world = World::new(store.org());
        let settings = OrgSettings { retention_days: 3, ..OrgSettings::default() };
        world.org.write(|tx| tx.typed().put(&settings, World::now())).unwrap();
        let inline = json!({ "output": { "approved": true } });
        world.create(&json!({ "name": "asked", "triggerId": "test:request-response", "type": "INLINE", "inlineConfig": inline })).unwrap();
        let test = json!({ "triggerId": "test:request-response", "contentJson": {} });
        let started = world.test(&test, World::now()).unwrap().unwrap();
        let id = started[0]["id"].as_str().unwrap();
        let is_there = || world.org.read(|tx| tx.invocations().get(id)).unwrap().is_some();
        purge(&world, World::now().plus_millis(2 * DAY_MS));
        assert!(is_there());
        purge(&world, World::now().plus_millis(4 * DAY_MS));
        assert!(!is_there());
    }
}
