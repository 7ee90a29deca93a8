//! A correlation by another attribute finds people who were there before it.

use muster_model::handover::{INDEX_KEYS, IndexKeys};
use muster_model::id::SourceId;
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
