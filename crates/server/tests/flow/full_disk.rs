//! A write that fails, as on a full disk, leaves nothing half-written: what a transaction did before is
//! undone, and the run goes on once there is room.

use muster_model::{IdentityProfile, StoredTransform};
use muster_testkit::both_backends;
use serde_json::{Value, json};

use crate::world::{HR, World, profile};

const COLUMNS: [&str; 6] = ["id", "name", "familyName", "e-mail", "town", "groups"];
const CHANGED: &str = "idn:identity-attributes-changed";

fn people(count: u32) -> String {
    let row = |number| format!("{number},user{number},Doe,u{number}@x.org,Oslo,Users\n");
    let rows: Vec<String> = (0..count).map(row).collect();
    format!("id,name,familyName,e-mail,town,groups\n{}", rows.concat())
}

fn mappings(town: &Value) -> Value {
    json!({ "uid": "name", "email": "e-mail", "lastname": "familyName", "location": town })
}

fn town() -> Value {
    json!({ "type": "accountAttribute", "attributes": {
        "sourceId": HR.to_string(), "sourceName": "HR", "attributeName": "town",
    }})
}

fn transform(kind: &str) -> StoredTransform {
    let transform = json!({
        "id": "t1", "name": "Town", "type": kind, "attributes": { "input": town() },
    });
    serde_json::from_value(transform).unwrap()
}

/// Lets nobody write to a table for a while.
fn without_room(world: &World<'_>, table: &str, act: impl FnOnce()) {
    let elsewhere = format!("{table}_elsewhere");
    let rename = |from: &str, to: &str| {
        let sql = format!("ALTER TABLE {from} RENAME TO {to}");
        world.org().write(|tx| tx.execute(&sql, &[])).unwrap();
    };
    rename(table, &elsewhere);
    act();
    rename(&elsewhere, table);
}

/// Everything that a load or a refresh writes.
fn written(world: &World<'_>) -> Vec<Vec<String>> {
    let all = |sql: &str| {
        world
            .org()
            .read(|tx| tx.fetch(sql, &[], |row| row.get::<String>(0)))
            .unwrap()
    };
    let number = |sql: &str| {
        let count = world
            .org()
            .read(|tx| tx.fetch_one(sql, &[], |row| row.get::<i64>(0)));
        vec![count.unwrap().unwrap_or(0).to_string()]
    };
    vec![
        all("SELECT attributes FROM account ORDER BY native_identity"),
        all("SELECT attributes FROM identity ORDER BY id"),
        all("SELECT value FROM identity_key ORDER BY value, sharer, owner"),
        number("SELECT COUNT(*) FROM identity_change"),
        number("SELECT CAST(SUM(version) AS BIGINT) FROM identity"),
        number("SELECT CAST(SUM(refreshed_changed) AS BIGINT) FROM task"),
    ]
}

/// A run over the profile that fails at first, and then is done once.
fn fails_and_goes_on(world: &World<'_>, people: usize, wanted: &str) {
    let before = written(world);
    let told = world.told(CHANGED).len();
    let mut task = None;
    // Events come last: all else is written by then.
    without_room(world, "event", || {
        task = Some(world.order_refresh(&world.profile_id()));
        world.run();
        assert_eq!(written(world), before);
        let run = world.task(task.unwrap());
        assert_eq!(run.completed, None, "the run waits for room");
    });
    // The next try is due by then.
    world.pass_hours(1);
    world.run();
    let run = world.task(task.unwrap());
    assert_eq!(run.completion_status.as_deref(), Some("SUCCESS"));
    assert_eq!(run.refreshed.changed as usize, people);
    let changes = world.told(CHANGED);
    assert_eq!(changes.len(), told + people, "each is told once");
    for identity in world.identities() {
        let town = identity.attributes.get("location").unwrap().to_text();
        assert_eq!(town, wanted);
    }
}

both_backends! {
    fn a_refresh_after_an_edit_is_done_whole_or_not_at_all(store: TestStore) {
        let plain = mappings(&json!("town"));
        let world = World::new(store, &COLUMNS, &plain);
        world.load(&people(25));
        // An edited profile.
        world.put(&transform("upper"));
        let by_name = json!({ "type": "reference", "attributes": { "id": "Town" } });
        world.put_profile(&profile("p1", HR, &mappings(&by_name)));
        fails_and_goes_on(&world, 25, "OSLO");
        // An edited transform.
        world.put(&transform("lower"));
        fails_and_goes_on(&world, 25, "oslo");
    }

    fn a_load_is_stored_page_by_page_or_not_at_all(store: TestStore) {
        let world = World::new(store, &COLUMNS, &mappings(&json!("town")));
        world.load(&people(3));
        let before = written(&world);
        let moved = people(5).replace("Oslo", "Rome").replace("Users", "Staff");
        let mut task = None;
        // A page writes accounts before it writes what they bring.
        without_room(&world, "entitlement", || {
            task = Some(world.order(HR, moved.as_bytes(), true));
            world.run();
            assert_eq!(written(&world), before);
            let run = world.task(task.unwrap());
            assert!(run.report.collected.is_some() && run.completed.is_none());
        });
        world.pass_hours(1);
        world.run();
        let run = world.task(task.unwrap());
        assert_eq!(run.completion_status.as_deref(), Some("SUCCESS"), "{:?}", run.report.messages);
        assert_eq!((run.report.changed, run.report.added), (3, 2));
        assert_eq!((run.refreshed.created, run.refreshed.changed), (2, 3));
        assert_eq!(world.told(CHANGED).len(), 3);
        assert_eq!(world.told("idn:account-aggregation-completed").len(), 2);
    }
}

impl World<'_> {
    /// The profile that every world has.
    fn profile_id(&self) -> String {
        let profiles = self.org().read(|tx| tx.typed::<IdentityProfile>().list());
        profiles.unwrap().remove(0).id
    }
}
