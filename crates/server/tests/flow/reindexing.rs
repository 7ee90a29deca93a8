//! A correlation by another attribute finds people who were there before it.

use muster_model::Report;
use muster_model::handover::{CORRELATE, INDEX_KEYS, IndexKeys, WholeSource};
use muster_model::id::{SourceId, TaskId};
use muster_store::Task;
use muster_testkit::both_backends;
use serde_json::json;

use crate::world::{World, source};

const COLUMNS: [&str; 5] = ["id", "name", "familyName", "e-mail", "badge"];
const PEOPLE: &str = "id,name,familyName,e-mail,badge\n\
                      1,ada,Lovelace,ada@x.org,B-1\n2,bob,Builder,bob@x.org,B-2\n";
const DOORS: SourceId = SourceId(0xD0);

fn index(world: &World<'_>, attribute: &str) {
    let order = IndexKeys {
        attributes: vec![attribute.to_owned()],
    };
    let now = world.now();
    world
        .org()
        .write(|tx| tx.jobs().leave(INDEX_KEYS, INDEX_KEYS, &order, now))
        .unwrap();
}

/// Starts the run that looks for the owners of accounts that are nobody's.
fn look_for_owners(world: &World<'_>) -> TaskId {
    let (now, task) = (world.now(), TaskId(0xC0));
    let order = WholeSource {
        task,
        source: DOORS,
    };
    let kind = "CLOUD_PROCESS_UNCORRELATED_ACCOUNTS";
    world
        .org()
        .write(|tx| {
            let row = Task::accepted(task, kind, "test", Report::default(), now);
            tx.tasks().put(&row)?;
            tx.jobs().leave(CORRELATE, "", &order, now)
        })
        .unwrap();
    task
}

both_backends! {
    fn people_are_found_by_an_attribute_that_nothing_looked_them_up_by_before(store: TestStore) {
        let world = World::new(store, &COLUMNS, &json!({
            "uid": "name", "email": "e-mail", "lastname": "familyName", "badge": "badge",
        }));
        world.load(PEOPLE);
        let mut doors = source(DOORS, "Doors", &["id", "card"]);
        doors.correlation = serde_json::from_value(json!({
            "attributeAssignments": [{"property": "badge", "value": "card"}],
        })).unwrap();
        world.put_source(&doors);
        index(&world, "badge");
        world.load_into(DOORS, "id,card\nx,b-2\n", true);
        let told = world.told("idn:account-correlated");
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["identity"]["name"], "Builder");
    }

    fn accounts_look_for_their_owners_once_all_people_are_indexed(store: TestStore) {
        let world = World::new(store, &COLUMNS, &json!({
            "uid": "name", "email": "e-mail", "lastname": "familyName", "badge": "badge",
        }));
        world.load(PEOPLE);
        let mut doors = source(DOORS, "Doors", &["id", "card"]);
        world.put_source(&doors);
        world.load_into(DOORS, "id,card\nx,b-2\n", true);
        doors.correlation = serde_json::from_value(json!({
            "attributeAssignments": [{"property": "badge", "value": "card"}],
        })).unwrap();
        world.put_source(&doors);
        // The run comes first, as where another worker does the indexing meanwhile.
        let task = look_for_owners(&world);
        index(&world, "badge");
        world.run();
        assert_eq!(world.task(task).completion_status, None);
        world.pass_hours(1);
        world.run();
        assert_eq!(world.task(task).completion_status.as_deref(), Some("SUCCESS"));
        let told = world.told("idn:account-correlated");
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["identity"]["name"], "Builder");
    }

    fn what_a_person_was_found_by_long_ago_is_forgotten(store: TestStore) {
        let world = World::new(store, &COLUMNS, &json!({
            "uid": "name", "email": "e-mail", "lastname": "familyName", "badge": "badge",
        }));
        world.load(PEOPLE);
        index(&world, "badge");
        world.run();
        // Nothing looks anybody up by badges now, so their keys are not kept up to date.
        world.load(&PEOPLE.replace("B-1", "B-9"));
        let find = |value: &str| {
            world.org().read(|tx| tx.identity_keys().find("badge", value, 2)).unwrap().len()
        };
        assert_eq!(find("B-1"), 1);
        index(&world, "badge");
        world.run();
        assert_eq!((find("B-1"), find("B-9")), (0, 1));
    }
}
