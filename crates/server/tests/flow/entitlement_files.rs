//! Files of entitlements.

use muster_model::handover::{AGGREGATE_ENTITLEMENTS, AggregateEntitlements};
use muster_model::{Schema, Severity};
use muster_store::{Entitlement, Kin, Selection, Task};
use muster_testkit::both_backends;
use serde_json::json;

use crate::world::{HR, World};

const COLUMNS: [&str; 5] = ["id", "name", "familyName", "e-mail", "groups"];
const HEADER: &str = "id,name,displayName,description,memberOf\n";

fn world(store: &muster_testkit::TestStore) -> World<'_> {
    let world = World::new(
        store,
        &COLUMNS,
        &json!({ "uid": "name", "email": "e-mail", "lastname": "familyName" }),
    );
    let mut source = world.source(HR);
    let columns = ["id", "name", "displayName", "description", "memberOf"];
    let mut schema = Schema::default_group().with_columns(&columns).unwrap();
    schema.attributes[4].is_multi = true;
    schema.hierarchy_attribute = Some("memberOf".to_owned());
    source.schema_objects.push(schema);
    world.put_source(&source);
    world
}

fn load(world: &World<'_>, rows: &str) -> Task {
    let upload = world.upload(&format!("{HEADER}{rows}"));
    world.start("CLOUD_GROUP_AGGREGATION", AGGREGATE_ENTITLEMENTS, |task| {
        AggregateEntitlements {
            task,
            source: HR,
            upload: Some(upload.clone()),
        }
    })
}

fn named(world: &World<'_>, value: &str) -> Option<Entitlement> {
    let all = world.entitlements();
    all.into_iter().find(|one| one.value == value)
}

both_backends! {
    fn a_file_names_what_accounts_brought_and_adds_the_rest(store: TestStore) {
        let world = world(store);
        world.load("id,name,familyName,e-mail,groups\n1,ann,Boss,ann@x.org,g1\n");
        let met = named(&world, "g1").unwrap();
        let task = load(&world, "g1,g1,Group One,The first,\ng2,g2,Group Two,,g1\n");
        assert_eq!((task.report.scanned, task.report.added, task.report.changed), (2, 1, 1));
        let one = named(&world, "g1").unwrap();
        assert_eq!((one.id, one.name.as_str(), one.description.as_deref()), (met.id, "Group One", Some("The first")));
        assert!(one.is_met && one.is_listed);
        let everything = Selection { condition: None, order: "id".to_owned(), limit: 10, offset: 0 };
        let two = named(&world, "g2").unwrap();
        let kin = |kin| world.org().read(|tx| tx.entitlements().list(&everything, kin)).unwrap();
        assert_eq!(kin(Kin::ParentsOf(two.id)), std::slice::from_ref(&one));
        assert_eq!(kin(Kin::ChildrenOf(one.id)), [two]);

        let again = load(&world, "g1,g1,Group One,The first,\ng2,g2,Group Two,,g1\n");
        assert_eq!((again.report.unchanged, again.report.processed), (2, 0));
        assert_eq!(named(&world, "g1").unwrap().modified, one.modified);
    }

    fn what_the_file_lacks_goes_unless_accounts_have_it(store: TestStore) {
        let world = world(store);
        world.load("id,name,familyName,e-mail,groups\n1,ann,Boss,ann@x.org,g1\n");
        load(&world, "g1,g1,One,,\ng2,g2,Two,,\ng3,g3,Three,,\n");
        let task = load(&world, "g3,g3,Three,,\n");
        assert_eq!((task.report.removed, task.report.deleted), (2, 1));
        assert!(named(&world, "g2").is_none());
        assert!(!named(&world, "g1").unwrap().is_listed);
    }

    fn too_many_missing_entitlements_all_stay(store: TestStore) {
        let world = world(store);
        let mut source = world.source(HR);
        source.delete_threshold = Some(10);
        world.put_source(&source);
        load(&world, "g1,g1,One,,\ng2,g2,Two,,\ng3,g3,Three,,\n");
        let task = load(&world, "g3,g3,Three,,\n");
        assert_eq!(task.completion_status.as_deref(), Some("WARNING"));
        assert!(task.report.texts(Severity::Warn)[0].contains("2 of 3 entitlements are missing"));
        assert_eq!(world.entitlements().len(), 3);
    }

    fn names_that_people_set_outlive_files(store: TestStore) {
        let world = world(store);
        load(&world, "g1,g1,One,,\n");
        let mut one = named(&world, "g1").unwrap();
        one.name = String::from("Ours");
        one.other.insert("manuallyUpdatedFields".to_owned(), json!({"DISPLAY_NAME": true}));
        world.org().write(|tx| tx.entitlements().save(std::slice::from_ref(&one))).unwrap();
        load(&world, "g1,g1,Theirs,New words,\n");
        let one = named(&world, "g1").unwrap();
        assert_eq!((one.name.as_str(), one.description.as_deref()), ("Ours", Some("New words")));
    }

    fn a_row_that_cannot_be_read_deletes_nothing(store: TestStore) {
        let world = world(store);
        load(&world, "g1,g1,One,,\ng2,g2,Two,,\n");
        let task = load(&world, "g1\n");
        assert_eq!((task.report.rejected, task.report.deleted), (1, 0));
        assert_eq!(world.entitlements().len(), 2);
    }

    fn a_source_whose_accounts_have_no_entitlements_refuses_the_file(store: TestStore) {
        let world = world(store);
        let mut source = world.source(HR);
        for attribute in &mut source.schema_objects[0].attributes {
            attribute.is_entitlement = false;
        }
        world.put_source(&source);
        let task = load(&world, "g1,g1,One,,\n");
        assert_eq!(task.completion_status.as_deref(), Some("ERROR"));
        assert!(task.report.texts(Severity::Error)[0].contains("isEntitlement"));
    }
}
