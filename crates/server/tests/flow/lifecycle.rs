//! Lifecycle states and transforms in the flow.

use muster_model::LifecycleState;
use muster_testkit::both_backends;
use serde_json::json;

use crate::world::{HR, World, profile};

const COLUMNS: [&str; 5] = ["id", "name", "familyName", "e-mail", "status"];
const HEADER: &str = "id,name,familyName,e-mail,status\n";

fn mappings() -> serde_json::Value {
    json!({
        "uid": "name", "email": "e-mail", "lastname": "familyName", "cloudLifecycleState": "status",
    })
}

both_backends! {
    fn case_48_a_value_without_an_enabled_state_gives_no_state(store: TestStore) {
        let world = World::new(store, &COLUMNS, &mappings());
        let state: LifecycleState = serde_json::from_value(json!({
            "id": "1", "name": "Active", "technicalName": "active", "enabled": true,
            "identityProfileId": profile("p1", HR, &json!({})).id,
        })).unwrap();
        world.put(&state);
        world.load(&format!("{HEADER}1,a,A,a@x.org,active\n"));
        assert_eq!(world.identity("a").lifecycle.as_deref(), Some("active"));
        world.load(&format!("{HEADER}1,a,A,a@x.org,onleave\n"));
        let person = world.identity("a");
        assert_eq!(person.lifecycle, None);
        assert_eq!(person.attributes.get("cloudLifecycleState").unwrap().to_text(), "onleave");
    }

    fn the_lifecycle_state_is_computed_from_the_new_values_of_the_others(store: TestStore) {
        let mut map = mappings();
        map["cloudLifecycleState"] = json!({
            "type": "lower", "attributes": {"input": {"type": "identityAttribute", "attributes": {"name": "status"}}}
        });
        map["status"] = json!("status");
        let world = World::new(store, &COLUMNS, &map);
        world.load(&format!("{HEADER}1,a,A,a@x.org,ACTIVE\n"));
        let state = |world: &World<'_>| {
            world.identity("a").attributes.get("cloudLifecycleState").unwrap().to_text()
        };
        assert_eq!(state(&world), "active");
        world.load(&format!("{HEADER}1,a,A,a@x.org,GONE\n"));
        assert_eq!(state(&world), "gone");
    }

    fn case_53_one_failing_transform_leaves_the_others_alone(store: TestStore) {
        let mut map = mappings();
        map["department"] = json!({"type": "lookup", "attributes": {
            "input": {"type": "accountAttribute", "attributes": {"sourceName": "HR", "attributeName": "status"}},
            "table": {"active": "Sales"},
        }});
        let world = World::new(store, &COLUMNS, &map);
        world.load(&format!("{HEADER}1,a,A,a@x.org,active\n"));
        world.load(&format!("{HEADER}1,a,B,a@x.org,unknown\n"));
        let person = world.identity("a");
        assert_eq!(person.attributes.get("department").unwrap().to_text(), "Sales");
        assert!(person.problems.unwrap().to_string().contains("Applying transform[lookup]"));
        let told = world.told("idn:identity-attributes-changed");
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["changes"].as_array().unwrap().len(), 2);
    }

    fn an_edited_mapping_is_told_when_the_profile_is_processed(store: TestStore) {
        let world = World::new(store, &COLUMNS, &mappings());
        world.load(&format!("{HEADER}1,a,A,a@x.org,active\n2,b,Bee,b@x.org,active\n"));
        let mut map = mappings();
        map["lastname"] = json!({"type": "upper", "attributes": {
            "input": {"type": "accountAttribute", "attributes": {"sourceName": "HR", "attributeName": "name"}}}});
        let edited = profile("p1", HR, &map);
        world.put_profile(&edited);
        let task = world.process(&edited.id);
        assert_eq!((task.refreshed.identities, task.refreshed.changed), (2, 1));
        let told = world.told("idn:identity-attributes-changed");
        assert_eq!(told[0]["changes"], json!([
            {"attribute": "lastname", "oldValue": "Bee", "newValue": "B"},
        ]));
    }
}
