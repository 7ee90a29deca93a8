//! What runs hold back for an administrator.

use muster_model::handover::{AGGREGATE, Aggregate, RELEASE, Release};
use muster_model::{HeldKind, Hold, Reading};
use muster_testkit::both_backends;
use serde_json::json;

use crate::world::{HR, World};

const COLUMNS: [&str; 4] = ["id", "name", "familyName", "e-mail"];
const HEADER: &str = "id,name,familyName,e-mail\n";

fn world(store: &muster_testkit::TestStore) -> World<'_> {
    let world = World::new(
        store,
        &COLUMNS,
        &json!({ "uid": "name", "email": "e-mail", "lastname": "familyName" }),
    );
    let mut source = world.source(HR);
    source.delete_threshold = Some(10);
    world.put_source(&source);
    world
}

fn people(numbers: std::ops::Range<u32>, name: &str) -> String {
    let rows: Vec<String> = numbers
        .map(|number| format!("{number},user{number},{name}{number},u{number}@x.org\n"))
        .collect();
    format!("{HEADER}{}", rows.concat())
}

fn hold(world: &World<'_>) -> Option<Hold> {
    let mut holds = world.org().read(|tx| tx.typed::<Hold>().list()).unwrap();
    assert!(holds.len() < 2);
    holds.pop()
}

fn accounts(world: &World<'_>) -> i64 {
    world.org().read(|tx| tx.accounts().count(HR)).unwrap()
}

both_backends! {
    fn held_deletions_are_done_once_they_are_released(store: TestStore) {
        let world = world(store);
        world.load(&people(0..20, "A"));
        let held = world.load(&people(5..20, "A"));
        assert_eq!((held.report.removed, held.report.deleted), (5, 0));
        let hold = hold(&world).unwrap();
        assert_eq!((hold.kind, hold.count), (HeldKind::Deletions, 5));
        let id = hold.id.parse().unwrap();
        assert_eq!(world.org().read(|tx| tx.held_accounts().count(id)).unwrap(), 5);
        assert_eq!(accounts(&world), 20);

        let released = world.start("ACCOUNT_DELETION", RELEASE, |task| Release {
            task, source: HR, hold: id,
        });
        assert_eq!((released.report.deleted, released.completion_status.as_deref()), (5, Some("SUCCESS")));
        assert_eq!(accounts(&world), 15);
        assert!(self::hold(&world).is_none());
        assert_eq!(world.identity("user3").stage, muster_store::Stage::Withdrawn);
        assert_eq!(world.told("idn:account-uncorrelated").len(), 5);
    }

    fn a_file_that_brings_them_back_takes_the_holds_place(store: TestStore) {
        let world = world(store);
        world.load(&people(0..20, "A"));
        world.load(&people(5..20, "A"));
        let id = hold(&world).unwrap().id.parse().unwrap();
        world.load(&people(0..20, "A"));
        assert!(hold(&world).is_none());
        let late = world.start("ACCOUNT_DELETION", RELEASE, |task| Release {
            task, source: HR, hold: id,
        });
        assert_eq!((late.report.deleted, late.completion_status.as_deref()), (0, Some("WARNING")));
        assert_eq!(accounts(&world), 20);
    }

    fn an_account_that_changed_since_is_not_deleted(store: TestStore) {
        let world = world(store);
        world.load(&people(0..20, "A"));
        world.load(&people(5..20, "A"));
        let id = hold(&world).unwrap().id.parse().unwrap();
        let org = world.org();
        org.write(|tx| {
            let mut held = tx.held_accounts().page(id, 1, 0)?;
            held[0].modified = held[0].modified.plus_millis(3_600_000);
            tx.accounts().save(&held)
        }).unwrap();
        let released = world.start("ACCOUNT_DELETION", RELEASE, |task| Release {
            task, source: HR, hold: id,
        });
        assert_eq!((released.report.deleted, released.completion_status.as_deref()), (4, Some("WARNING")));
        assert_eq!(accounts(&world), 16);
    }

    fn too_many_changes_stop_a_run_until_it_is_released(store: TestStore) {
        let world = world(store);
        world.load(&people(0..20, "A"));
        let org = world.org();
        let mut reading = org.read(|tx| tx.typed::<Reading>().get(&HR.to_string())).unwrap().unwrap();
        reading.change_threshold = Some(50);
        world.put(&reading);
        let events = world.told("idn:identity-attributes-changed").len();
        let held = world.load(&people(0..20, "B"));
        assert_eq!(held.completion_status.as_deref(), Some("WARNING"));
        assert_eq!((held.report.changed, held.report.processed), (20, 0));
        assert_eq!(world.identity("user1").attributes.get("lastname").unwrap().to_text(), "A1");
        assert_eq!(world.told("idn:account-aggregation-completed")[1]["status"], "Terminated");
        let hold = hold(&world).unwrap();
        assert_eq!((hold.kind, hold.count), (HeldKind::Changes, 20));

        org.write(|tx| tx.typed::<Hold>().delete(&hold.id)).unwrap();
        let released = world.start("CLOUD_ACCOUNT_AGGREGATION", AGGREGATE, |task| Aggregate {
            task, source: HR, upload: hold.upload.clone(), optimized: true,
            approved_changes: Some(20),
        });
        assert_eq!((released.report.processed, released.completion_status.as_deref()), (20, Some("SUCCESS")));
        assert_eq!(world.told("idn:identity-attributes-changed").len(), events + 20);
        // At the threshold is not above it.
        let half = format!("{}{}", people(0..10, "C"), people(10..20, "B").replace(HEADER, ""));
        assert_eq!(world.load(&half).report.processed, 10);
    }

    fn a_change_of_the_settings_is_no_change_of_the_accounts(store: TestStore) {
        let world = world(store);
        world.load(&people(0..20, "A"));
        let org = world.org();
        let mut reading = org.read(|tx| tx.typed::<Reading>().get(&HR.to_string())).unwrap().unwrap();
        reading.change_threshold = Some(0);
        world.put(&reading);
        let mut source = world.source(HR);
        source.reading_version += 1;
        world.put_source(&source);
        let read_anew = world.load(&people(0..20, "A"));
        assert_eq!((read_anew.report.processed, read_anew.completion_status.as_deref()), (20, Some("SUCCESS")));
        assert!(hold(&world).is_none());
    }

    fn the_last_complete_file_stays_and_no_other(store: TestStore) {
        let world = world(store);
        let first = world.load(&people(0..3, "A")).id;
        let second = world.load(&people(0..4, "A")).id;
        world.load("name\nx\n");
        let size = |task: &dyn ToString| {
            let upload = format!("upload-{}", task.to_string());
            world.org().read(|tx| tx.uploads().size(&upload)).unwrap()
        };
        assert_eq!(size(&first), None);
        assert!(size(&second).is_some());
        let reading = world.org().read(|tx| tx.typed::<Reading>().get(&HR.to_string())).unwrap();
        assert_eq!(reading.unwrap().accounts.unwrap().upload, format!("upload-{second}"));
    }
}
