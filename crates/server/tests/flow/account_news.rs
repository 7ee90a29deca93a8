//! Account Created, Updated, Deleted and native changes; entitlements that accounts bring.

use muster_model::NativeChangeDetection;
use muster_model::handover::{RELOAD, Reload, START_SCHEDULED, ScheduleType, StartScheduled};
use muster_store::{NewDocument, Schedule};
use muster_testkit::both_backends;
use serde_json::{Value, json};

use crate::world::{HR, World};

const COLUMNS: [&str; 5] = ["id", "name", "familyName", "e-mail", "groups"];
const HEADER: &str = "id,name,familyName,e-mail,groups\n";
const ANN: &str = "1,ann,Boss,ann@x.org,Users\n";
const BOB: &str = "2,bob,Doe,bob@x.org,Users\n";

fn world(store: &muster_testkit::TestStore) -> World<'_> {
    World::new(
        store,
        &COLUMNS,
        &json!({ "uid": "name", "email": "e-mail", "lastname": "familyName" }),
    )
}

fn subscribe(world: &World<'_>, trigger: &str) {
    let subscription = NewDocument {
        id: trigger.to_owned(),
        name: trigger.to_owned(),
        body: json!({ "triggerId": trigger, "enabled": true }),
    };
    let now = world.now();
    world
        .org()
        .write(|tx| tx.documents("subscription").insert(&subscription, now))
        .unwrap();
}

fn file(rows: &[&str]) -> String {
    format!("{HEADER}{}", rows.concat())
}

both_backends! {
    fn nobody_hears_so_nothing_is_written(store: TestStore) {
        let world = world(store);
        world.load(&file(&[ANN, BOB]));
        world.load(&file(&[ANN]));
        assert!(world.told("idn:account-created").is_empty());
        assert!(world.told("idn:account-deleted").is_empty());
    }

    fn accounts_created_updated_and_deleted_are_told(store: TestStore) {
        let world = world(store);
        for trigger in ["idn:account-created", "idn:account-updated", "idn:account-deleted"] {
            subscribe(&world, trigger);
        }
        world.load(&file(&[ANN, BOB]));
        let created = world.told("idn:account-created");
        assert_eq!(created.len(), 2);
        assert_eq!(created[0]["event"], json!({"type": "ACCOUNT_CREATED_V2", "cause": "AGGREGATION"}));
        assert_eq!(created[0]["source"]["alias"], "HR [source]");
        assert_eq!(created[0]["account"]["attributes"]["groups"], json!(["Users"]));
        assert_eq!(created[0]["identity"]["id"], world.identity("ann").id.to_string());

        world.load(&file(&[ANN, "2,bob,Roe,bob@x.org,Users\n2,bob,Roe,bob@x.org,Admins\n"]));
        let updated = world.told("idn:account-updated");
        assert_eq!(updated.len(), 1);
        assert_eq!(updated[0]["identity"]["email"], "bob@x.org");
        assert_eq!(updated[0]["accountChangeTypes"], json!(["ATTRIBUTES_CHANGED", "ENTITLEMENTS_ADDED"]));
        assert_eq!(updated[0]["singleValueAttributeChanges"], json!([
            {"name": "familyName", "oldValue": "Doe", "newValue": "Roe"},
        ]));
        assert_eq!(updated[0]["entitlementChanges"][0]["added"][0]["value"], "Admins");

        world.load(&file(&[ANN]));
        let deleted = world.told("idn:account-deleted");
        assert_eq!(deleted.len(), 1);
        assert_eq!(deleted[0]["account"]["nativeIdentity"], "2");
        assert_eq!(world.told("idn:account-uncorrelated").len(), 1);
    }

    fn only_watched_changes_are_native_changes(store: TestStore) {
        let world = world(store);
        world.load(&file(&[ANN, BOB]));
        world.put(&NativeChangeDetection {
            source_id: HR.to_string(),
            enabled: true,
            operations: vec!["ACCOUNT_UPDATED".to_owned()],
            all_entitlements: true,
            ..NativeChangeDetection::default()
        });
        world.load(&file(&["1,ann,Changed,ann@x.org,Users\n", &BOB.replace("Users", "Admins")]));
        let told = world.told("idn:native-change-account-updated");
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["eventType"], "ACCOUNT_UPDATED");
        assert_eq!(told[0]["account"]["name"], "bob");
        assert_eq!(told[0]["accountChangeTypes"], json!(["ENTITLEMENTS_ADDED", "ENTITLEMENTS_REMOVED"]));
        assert_eq!(told[0]["singleValueAttributeChanges"], json!([]));
        world.load(&file(&[ANN]));
        assert!(world.told("idn:native-change-account-deleted").is_empty());
    }

    fn entitlements_come_from_accounts(store: TestStore) {
        let world = world(store);
        world.load(&file(&[ANN, BOB, "3,cid,Cee,cid@x.org,Guests\n"]));
        let names = |world: &World<'_>| -> Vec<String> {
            let mut names: Vec<String> = world.entitlements().into_iter().map(|one| one.name).collect();
            names.sort();
            names
        };
        assert_eq!(names(&world), ["Guests", "Users"]);
        assert!(world.entitlements().iter().all(|one| one.is_met && one.attribute == "groups"));
        let before = world.entitlements();
        world.load(&file(&[ANN, BOB, "3,cid,Cee,cid@x.org,Guests\n"]));
        assert_eq!(world.entitlements(), before);
    }

    fn one_account_is_read_again_from_the_last_file(store: TestStore) {
        let world = world(store);
        world.load(&file(&[ANN, BOB]));
        let org = world.org();
        let mut ann = org.read(|tx| tx.accounts().find_each(HR, &["1"])).unwrap().pop().flatten().unwrap();
        ann.attributes.set("familyName", "Wrong".into());
        ann.digest = [0; 16];
        org.write(|tx| tx.accounts().save(std::slice::from_ref(&ann))).unwrap();
        let reloaded = world.start("ACCOUNT_RELOAD", RELOAD, |task| Reload {
            task, source: HR, account: ann.id,
        });
        assert_eq!((reloaded.report.processed, reloaded.refreshed.identities), (1, 1));
        let stored = org.read(|tx| tx.accounts().get(ann.id)).unwrap().unwrap();
        assert_eq!(stored.attributes.get("familyName").unwrap().to_text(), "Boss");
    }

    fn case_24_a_schedule_reads_the_last_file_again(store: TestStore) {
        let world = world(store);
        world.load(&file(&[ANN]));
        let body = serde_json::to_string(&StartScheduled {
            source: HR, what: ScheduleType::AccountAggregation,
        }).unwrap();
        let cron = "0 0 5,13,21 * * ?";
        let schedule = Schedule {
            name: "source".to_owned(), kind: START_SCHEDULED.to_owned(), body,
            cron: cron.to_owned(), zone: "UTC".to_owned(),
            next: muster_work::next_time(cron, "UTC", world.now()).unwrap(),
        };
        world.org().write(|tx| tx.schedules().put(&schedule)).unwrap();
        world.run();
        assert_eq!(world.tasks().len(), 1);
        world.pass_hours(8);
        world.run();
        let tasks = world.tasks();
        assert_eq!(tasks.len(), 2);
        assert_eq!((tasks[0].launcher.as_str(), tasks[0].report.unchanged), ("schedule", 1));
        assert_eq!(tasks[0].completion_status.as_deref(), Some("SUCCESS"));
        let told: Vec<Value> = world.told("idn:account-aggregation-completed");
        assert_eq!(told.len(), 2);
    }
}
