//! One changed row touches only what depends on it: a change that nobody reads is stored and told of
//! the account, and nobody is refreshed.

use muster_model::StoredTransform;
use muster_testkit::{TestStore, both_backends};
use serde_json::json;

use crate::world::{HR, World};

const COLUMNS: [&str; 5] = ["id", "name", "familyName", "e-mail", "note"];
const BEFORE: &str = "id,name,familyName,e-mail,note\n1,a,A,a@x.org,old\n2,b,B,b@x.org,old\n";
const AFTER: &str = "id,name,familyName,e-mail,note\n1,a,A,a@x.org,new\n2,b,B,b@x.org,old\n";

fn world(store: &TestStore) -> World<'_> {
    let mappings = json!({"uid": "name", "email": "e-mail", "lastname": "familyName"});
    World::new(store, &COLUMNS, &mappings)
}

/// Processed accounts and refreshed identities of the second day.
fn second_day(world: &World<'_>, optimized: bool) -> (i64, i64) {
    let task = world.load_into(HR, AFTER, optimized);
    (task.report.processed, task.refreshed.identities)
}

both_backends! {
    fn a_change_that_nobody_reads_refreshes_nobody(store: TestStore) {
        let world = world(store);
        world.load(BEFORE);
        assert_eq!(second_day(&world, true), (1, 0));
        let told = world.told("idn:account-attributes-changed");
        assert_eq!(told[0]["changes"], json!([{"attribute": "note", "oldValue": "old", "newValue": "new"}]));
        let notes = world.org().read(|tx| tx.accounts().select("ORDER BY native_identity", &[])).unwrap();
        assert_eq!(notes[0].attributes.get("note").unwrap().to_text(), "new");
    }

    fn without_optimization_everybody_is_refreshed(store: TestStore) {
        let world = world(store);
        world.load(BEFORE);
        assert_eq!(second_day(&world, false), (2, 2));
    }

    fn what_a_stored_transform_reads_counts(store: TestStore) {
        let world = world(store);
        world.put(&StoredTransform {
            id: "1".into(),
            name: "Note".into(),
            kind: "upper".into(),
            attributes: json!({"input": {"type": "accountAttribute", "attributes": {
                "sourceName": "HR", "attributeName": "note",
            }}}),
            internal: false,
        });
        world.load(BEFORE);
        assert_eq!(second_day(&world, true), (1, 1));
    }

    fn what_depends_on_time_reads_everything(store: TestStore) {
        let world = world(store);
        world.put(&StoredTransform {
            id: "1".into(),
            name: "Now".into(),
            kind: "dateMath".into(),
            attributes: json!({"expression": "now/d", "roundUp": false}),
            internal: false,
        });
        world.load(BEFORE);
        assert_eq!(second_day(&world, true), (1, 1));
    }

    fn a_change_of_the_name_counts_without_any_mapping(store: TestStore) {
        let world = world(store);
        world.load(BEFORE);
        let renamed = AFTER.replace("1,a,", "1,z,");
        let task = world.load(&renamed);
        assert_eq!((task.report.processed, task.refreshed.identities), (1, 1));
    }
}
