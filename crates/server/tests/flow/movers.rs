//! Joiner, mover, leaver.

use muster_store::Stage;
use muster_testkit::both_backends;
use serde_json::{Value, json};

use crate::world::World;

const COLUMNS: [&str; 8] = [
    "id",
    "name",
    "givenName",
    "familyName",
    "e-mail",
    "department",
    "manager",
    "status",
];

fn mappings() -> Value {
    json!({
        "uid": "name", "email": "e-mail", "firstname": "givenName", "lastname": "familyName",
        "identificationNumber": "id", "department": "department", "cloudLifecycleState": "status",
    })
}

const HEADER: &str = "id,name,givenName,familyName,e-mail,department,manager,status\n";
const BOSS: &str = "1,ann.boss,Ann,Boss,ann@x.org,Board,,active\n";
const JOHN: &str = "2,john.doe,John,Doe,john@x.org,Sales,1,active\n";

fn file(rows: &[&str]) -> String {
    format!("{HEADER}{}", rows.concat())
}

both_backends! {
    fn a_changed_department_is_told_once_in_the_shape_of_the_seed(store: TestStore) {
        let world = World::new(store, &COLUMNS, &mappings());
        world.load(&file(&[BOSS, JOHN]));
        let john = world.identity("john.doe");
        let moved = JOHN.replace("Sales", "Marketing");
        world.load(&file(&[BOSS, &moved]));
        assert_eq!(world.told("idn:identity-attributes-changed"), [json!({
            "identity": {"id": john.id.to_string(), "name": "John Doe", "type": "IDENTITY"},
            "changes": [{"attribute": "department", "oldValue": "Sales", "newValue": "Marketing"}],
        })]);
        world.load(&file(&[BOSS, &moved]));
        assert_eq!(world.told("idn:identity-attributes-changed").len(), 1);
    }

    fn case_56_three_changes_of_one_row_are_one_event(store: TestStore) {
        let world = World::new(store, &COLUMNS, &mappings());
        let other = "3,mary.major,Mary,Major,mary@x.org,Board,,active\n";
        world.load(&file(&[BOSS, JOHN, other]));
        let (ann, mary) = (world.identity("ann.boss").id, world.identity("mary.major").id);
        world.load(&file(&[BOSS, "2,john.doe,John,Doe,jd@x.org,Marketing,3,active\n", other]));
        let told = world.told("idn:identity-attributes-changed");
        assert_eq!(told.len(), 1);
        let reference = |id: &dyn ToString, name: &str| {
            json!({"id": id.to_string(), "name": name, "type": "IDENTITY"})
        };
        assert_eq!(told[0]["changes"], json!([
            {"attribute": "email", "oldValue": "john@x.org", "newValue": "jd@x.org"},
            {"attribute": "department", "oldValue": "Sales", "newValue": "Marketing"},
            {"attribute": "manager", "oldValue": reference(&ann, "Ann Boss"),
             "newValue": reference(&mary, "Mary Major")},
        ]));
    }

    fn case_37_a_manager_further_down_is_in_the_created_event(store: TestStore) {
        let world = World::new(store, &COLUMNS, &mappings());
        world.load(&file(&[JOHN, BOSS]));
        let created = world.told("idn:identity-created");
        let of = |name: &str| {
            created.iter().find(|event| event["identity"]["name"] == name).unwrap().clone()
        };
        assert_eq!(created.len(), 2);
        assert_eq!(of("John Doe")["attributes"]["manager"]["name"], "Ann Boss");
        assert_eq!(world.identity("john.doe").manager_id, Some(world.identity("ann.boss").id));
        assert!(world.told("idn:identity-attributes-changed").is_empty());
    }

    fn a_manager_who_joins_later_is_told_then(store: TestStore) {
        let world = World::new(store, &COLUMNS, &mappings());
        world.load(&file(&[JOHN]));
        assert_eq!(world.told("idn:identity-created").len(), 1);
        world.load(&file(&[JOHN, BOSS]));
        let told = world.told("idn:identity-attributes-changed");
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["changes"][0]["attribute"], "manager");
        assert_eq!(told[0]["changes"][0]["oldValue"], Value::Null);
        assert_eq!(told[0]["changes"][0]["newValue"]["name"], "Ann Boss");
    }

    fn case_39_nobody_is_their_own_manager(store: TestStore) {
        let world = World::new(store, &COLUMNS, &mappings());
        world.load(&file(&["1,ann.boss,Ann,Boss,ann@x.org,Board,1,active\n"]));
        let ann = world.identity("ann.boss");
        assert_eq!((ann.manager_id, ann.stage), (None, Stage::Active));
        assert!(!ann.has_errors());
        let problems = ann.problems.unwrap();
        assert_eq!(problems[0]["severity"], "WARN");
        assert!(problems[0]["reason"].as_str().unwrap().contains("own manager"));
    }

    fn someone_who_leaves_and_returns_is_the_same_person(store: TestStore) {
        let world = World::new(store, &COLUMNS, &mappings());
        world.load(&file(&[BOSS, JOHN]));
        let john = world.identity("john.doe");
        world.load(&file(&[BOSS]));
        assert_eq!(world.identity("john.doe").stage, Stage::Withdrawn);
        assert_eq!(world.identity("john.doe").attributes, john.attributes);
        world.load(&file(&[BOSS, &JOHN.replace("Sales", "Marketing")]));
        let back = world.identity("john.doe");
        assert_eq!((back.id, back.stage), (john.id, Stage::Active));
        assert_eq!(world.told("idn:identity-created").len(), 2);
        let told = world.told("idn:identity-attributes-changed");
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["changes"][0]["attribute"], "department");
    }

    fn case_63_a_new_user_name_keeps_the_person(store: TestStore) {
        let world = World::new(store, &COLUMNS, &mappings());
        world.load(&file(&[BOSS, JOHN]));
        let john = world.identity("john.doe");
        world.load(&file(&[BOSS, "2,john.roe,John,Roe,roe@x.org,Sales,1,active\n"]));
        assert_eq!(world.identity("john.roe").id, john.id);
        let told = world.told("idn:identity-attributes-changed");
        let changed: Vec<&str> = told[0]["changes"].as_array().unwrap().iter()
            .map(|change| change["attribute"].as_str().unwrap()).collect();
        assert_eq!(changed, ["uid", "email", "lastname"]);
        world.load(&file(&[BOSS, "2,john.roe,John,Roe,roe@x.org,Sales,1,active\n",
            "9,john.doe,Jon,Doe,jon@x.org,Sales,1,active\n"]));
        assert_ne!(world.identity("john.doe").id, john.id);
    }

    fn case_40_and_42_a_missing_required_attribute_tells_nothing(store: TestStore) {
        let world = World::new(store, &COLUMNS, &mappings());
        world.load(&file(&[BOSS, JOHN]));
        let nameless = "2,john.doe,John,,john@x.org,Marketing,1,active\n";
        let mailless = "4,new.comer,New,Comer,,Sales,1,active\n";
        world.load(&file(&[BOSS, nameless, mailless]));
        let john = world.identity("john.doe");
        assert_eq!(john.attributes.get("lastname").unwrap().to_text(), "Doe");
        assert!(john.problems.is_some());
        assert_eq!(world.identity("new.comer").stage, Stage::Faulty);
        assert!(world.told("idn:identity-attributes-changed").is_empty());
        assert_eq!(world.told("idn:identity-created").len(), 2);

        let mended = JOHN.replace("Sales", "Marketing");
        world.load(&file(&[BOSS, &mended, "4,new.comer,New,Comer,new@x.org,Sales,1,active\n"]));
        assert!(world.identity("john.doe").problems.is_none());
        assert_eq!(world.told("idn:identity-attributes-changed").len(), 1);
        assert_eq!(world.told("idn:identity-created").len(), 3);
    }

    fn a_taken_user_name_makes_the_newcomer_faulty(store: TestStore) {
        let world = World::new(store, &COLUMNS, &json!({
            "uid": "name", "email": "e-mail", "lastname": "familyName", "identificationNumber": "id",
        }));
        world.load(&file(&[BOSS, JOHN]));
        // The id differs, so it is another account; its name would make it the same user.
        let twin = "7,JOHN.DOE,Johnny,Doe,johnny@x.org,Sales,1,active\n";
        world.load(&file(&[BOSS, JOHN, twin]));
        // Correlation by user name gives the account to John, so there is no second John.
        assert_eq!(world.identities().len(), 2);
        let both = "8,dup.name,A,A,a@x.org,Sales,,active\n9,dup.name,B,B,b@x.org,Sales,,active\n";
        world.load(&file(&[BOSS, JOHN, twin, both]));
        let stages: Vec<Stage> = world.identities().iter()
            .filter(|identity| identity.alias == "dup.name").map(|identity| identity.stage).collect();
        assert_eq!(stages.len(), 2);
        assert!(stages.contains(&Stage::Active) && stages.contains(&Stage::Faulty));
    }
}
