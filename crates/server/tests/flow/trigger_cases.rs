//! Cases 75 to 80 of event-triggers.md §6: what a file makes subscribers hear.

use muster_model::{AttributeValue, OrgSettings};
use muster_testkit::{TestStore, both_backends};
use serde_json::{Value, json};

use crate::world::{HR, World};

const COLUMNS: [&str; 7] = [
    "id",
    "name",
    "familyName",
    "e-mail",
    "department",
    "manager",
    "status",
];
const HEADER: &str = "id,name,familyName,e-mail,department,manager,status\n";
const ANN: &str = "1,ann.boss,Boss,ann@x.org,board,,active\n";
const BOB: &str = "2,bob.boss,Boss,bob@x.org,board,,active\n";
const JOHN: &str = "3,john.doe,Doe,john@x.org,sales,1,active\n";

const CHANGED: &str = "idn:identity-attributes-changed";
const CREATED: &str = "idn:identity-created";
const COMPLETED: &str = "idn:account-aggregation-completed";

fn world(store: &TestStore) -> World<'_> {
    let mappings = json!({
        "uid": "name", "email": "e-mail", "lastname": "familyName", "identificationNumber": "id",
        "department": "department", "cloudLifecycleState": "status",
    });
    World::new(store, &COLUMNS, &mappings)
}

fn file(rows: &[&str]) -> String {
    format!("{HEADER}{}", rows.concat())
}

fn people(numbers: std::ops::Range<u32>) -> String {
    let row = |number| format!("{number},user{number},Doe,u{number}@x.org,sales,,active\n");
    let rows: Vec<String> = numbers.map(row).collect();
    format!("{HEADER}{}", rows.concat())
}

both_backends! {
    fn case_75_a_new_department_and_a_new_manager_are_one_event(store: TestStore) {
        let world = world(store);
        world.load(&file(&[ANN, BOB, JOHN]));
        let [ann, bob] = ["ann.boss", "bob.boss"].map(|alias| world.identity(alias).id.to_string());
        world.load(&file(&[ANN, BOB, &JOHN.replace("sales,1", "marketing,2")]));
        let told = world.told(CHANGED);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["changes"], json!([
            {"attribute": "department", "oldValue": "sales", "newValue": "marketing"},
            {"attribute": "manager",
             "oldValue": {"id": ann, "name": "Boss", "type": "IDENTITY"},
             "newValue": {"id": bob, "name": "Boss", "type": "IDENTITY"}},
        ]));
    }

    fn case_76_the_same_file_again_changes_nobody_and_is_told_of(store: TestStore) {
        let world = world(store);
        let same = file(&[ANN, JOHN]);
        world.load(&same);
        let before = world.events().len();
        world.load(&same);
        let completed = world.told(COMPLETED);
        assert_eq!(completed[1]["stats"], json!({
            "scanned": 2, "unchanged": 2, "changed": 0, "added": 0, "removed": 0,
        }));
        // Accounts collected and aggregation completed, and nothing else.
        assert_eq!(world.events().len(), before + 2);
        assert!(world.told(CHANGED).is_empty());
    }

    fn case_78_a_joiner_is_created_with_all_attributes_and_has_not_changed(store: TestStore) {
        let world = world(store);
        world.load(&file(&[ANN]));
        world.load(&file(&[ANN, JOHN]));
        let created = world.told(CREATED);
        assert_eq!(created.len(), 2);
        let attributes = created[1]["attributes"].as_object().unwrap();
        let of = |name: &str| attributes.get(name).unwrap_or(&Value::Null).clone();
        assert_eq!(
            ["uid", "email", "lastname", "department", "cloudLifecycleState"].map(of),
            ["john.doe", "john@x.org", "Doe", "sales", "active"].map(Value::from)
        );
        assert_eq!(attributes["manager"]["name"], "Boss");
        assert!(world.told(CHANGED).is_empty());
    }

    fn case_79_where_the_vendors_quirks_are_copied_a_first_state_is_not_told(store: TestStore) {
        let world = world(store);
        world.put(&OrgSettings { vendor_quirks: true, ..OrgSettings::default() });
        let stateless = JOHN.replace(",active", ",");
        world.load(&file(&[ANN, &stateless]));
        world.load(&file(&[ANN, JOHN]));
        assert!(world.told(CHANGED).is_empty());
        let state = world.identity("john.doe").attributes.get("cloudLifecycleState").cloned();
        assert_eq!(state, Some(AttributeValue::from("active")));
        world.load(&file(&[ANN, &JOHN.replace("active", "inactive")]));
        assert_eq!(world.told(CHANGED)[0]["changes"], json!([
            {"attribute": "cloudLifecycleState", "oldValue": "active", "newValue": "inactive"},
        ]));
    }

    fn case_80_a_file_that_lacks_too_many_is_told_as_terminated_and_deletes_nobody(store: TestStore) {
        let world = world(store);
        let mut source = world.source(HR);
        source.delete_threshold = Some(10);
        world.put_source(&source);
        world.load(&people(0..200));
        let before = world.events().len();
        world.load(&people(21..200));
        let completed = &world.told(COMPLETED)[1];
        assert_eq!(completed["status"], "Terminated");
        assert_eq!(completed["stats"]["removed"], 21);
        assert!(completed["warnings"][0].as_str().unwrap().contains("21 of 200 accounts"));
        assert_eq!(world.events().len(), before + 2, "events of the run, and of nobody");
        assert_eq!(world.org().read(|tx| tx.accounts().count(HR)).unwrap(), 200);
    }
}
