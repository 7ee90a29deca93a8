//! Cases of aggregation-refresh.md §9 by number: files, correlation, events.

use muster_model::handover::{CORRELATE, INDEX_KEYS, IndexKeys, REFRESH, Refresh, WholeSource};
use muster_model::id::SourceId;
use muster_model::source::AttributeAssignment;
use muster_model::{AttributeType, OrgSettings, Severity};
use muster_store::Account;
use muster_testkit::{TestStore, both_backends};
use serde_json::{Value, json};

use crate::world::{HR, World, profile, source};

const COLUMNS: [&str; 6] = ["id", "name", "familyName", "e-mail", "department", "groups"];
const HEADER: &str = "id,name,familyName,e-mail,department,groups\n";
const ANN: &str = "1,ann,Boss,ann@x.org,Board,a\n";
const JOHN: &str = "2,jdoe,Doe,jdoe@example.com,Sales,a\n";
/// A source that makes nobody.
const AD: SourceId = SourceId(0xB2);
const CHANGED: &str = "idn:identity-attributes-changed";

fn mappings() -> Value {
    json!({
        "uid": "name", "email": "e-mail", "lastname": "familyName", "department": "department",
        "employeeNumber": "id", "groups": "groups",
    })
}

fn world(store: &TestStore) -> World<'_> {
    World::new(store, &COLUMNS, &mappings())
}

fn file(rows: &[&str]) -> String {
    format!("{HEADER}{}", rows.concat())
}

/// A source AD whose accounts are correlated by these pairs of identity and account attribute.
fn directory(world: &World<'_>, pairs: &[(&str, &str, bool)]) {
    let mut ad = source(AD, "AD", &["id", "name", "mail", "number"]);
    ad.correlation.attribute_assignments = pairs
        .iter()
        .map(|(property, value, ignore_case)| AttributeAssignment {
            property: (*property).to_owned(),
            value: (*value).to_owned(),
            operation: "EQ".to_owned(),
            complex: false,
            ignore_case: *ignore_case,
            match_mode: None,
            filter_string: None,
        })
        .collect();
    world.put_source(&ad);
}

/// As a changed correlation does.
fn reindex(world: &World<'_>) {
    let order = IndexKeys {
        attributes: ["email", "employeeNumber", "department"]
            .map(str::to_owned)
            .to_vec(),
    };
    let now = world.now();
    world
        .org()
        .write(|tx| tx.jobs().leave(INDEX_KEYS, INDEX_KEYS, &order, now))
        .unwrap();
}

fn account(world: &World<'_>, source: SourceId, native: &str) -> Account {
    let found = world
        .org()
        .read(|tx| tx.accounts().find_each(source, &[native]));
    found.unwrap().pop().flatten().unwrap()
}

fn set_attributes(world: &World<'_>, attributes: &[(&str, Value)]) {
    let mut hr = world.source(HR);
    for (name, value) in attributes {
        hr.connector_attributes
            .insert((*name).to_owned(), value.clone());
    }
    world.put_source(&hr);
}

both_backends! {
    fn case_4_one_department_is_one_change_in_one_event(store: TestStore) {
        let world = world(store);
        let third = "3,cid,Cee,cid@x.org,Sales,a\n";
        world.load(&file(&[ANN, JOHN, third]));
        let task = world.load(&file(&[ANN, &JOHN.replace("Sales", "Marketing"), third]));
        assert_eq!((task.report.changed, task.report.unchanged), (1, 2));
        let told = world.told(CHANGED);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["changes"], json!([
            {"attribute": "department", "oldValue": "Sales", "newValue": "Marketing"},
        ]));
    }

    fn case_10_quoted_cells_hold_delimiters_and_quotes(store: TestStore) {
        let world = world(store);
        world.load(&file(&["1,ann,\"O'Brien, \"\"Bob\"\"\",ann@x.org,Board,a\n"]));
        let name = world.identity("ann").attributes.get("lastname").unwrap().to_text();
        assert_eq!(name, "O'Brien, \"Bob\"");
    }

    fn case_11_another_delimiter_and_comments(store: TestStore) {
        let world = world(store);
        set_attributes(&world, &[("delimiter", json!(";"))]);
        let task = world.load(&format!("# made at night\n{}", file(&[ANN]).replace(',', ";")));
        assert_eq!((task.report.scanned, task.completion_status.as_deref()), (1, Some("SUCCESS")));
        assert_eq!(world.identities().len(), 1);
    }

    fn case_12_a_file_with_tabs(store: TestStore) {
        let world = world(store);
        set_attributes(&world, &[("delimiter", json!("\\u0009"))]);
        assert_eq!(world.load(&file(&[ANN]).replace(',', "\t")).report.added, 1);
        assert_eq!(world.identity("ann").attributes.get("department").unwrap().to_text(), "Board");
    }

    fn cases_27_and_28_case_is_ignored_unless_a_pair_says_otherwise(store: TestStore) {
        let world = world(store);
        world.load(&file(&[JOHN]));
        directory(&world, &[("email", "mail", true)]);
        reindex(&world);
        let csv = "id,name,mail,number\nx1,x1,JDOE@EXAMPLE.COM,\n";
        world.load_into(AD, csv, true);
        assert_eq!(account(&world, AD, "x1").identity_id, Some(world.identity("jdoe").id));
        directory(&world, &[("email", "mail", false)]);
        world.load_into(AD, &format!("{csv}x2,x2,JDOE@example.com,\nx3,x3,jdoe@example.com,\n"), true);
        assert_eq!(account(&world, AD, "x2").identity_id, None);
        assert_eq!(account(&world, AD, "x3").identity_id, Some(world.identity("jdoe").id));
    }

    fn case_29_the_first_pair_that_matches_wins(store: TestStore) {
        let world = world(store);
        world.load(&file(&[ANN, JOHN]));
        directory(&world, &[("employeeNumber", "number", true), ("email", "mail", true)]);
        reindex(&world);
        world.load_into(AD, "id,name,mail,number\nx1,x1,jdoe@example.com,1\n", true);
        assert_eq!(account(&world, AD, "x1").identity_id, Some(world.identity("ann").id));
    }

    fn an_ambiguous_account_is_nobodys_and_names_the_candidates(store: TestStore) {
        let world = world(store);
        world.load(&file(&[ANN, &JOHN.replace("Sales", "Board")]));
        directory(&world, &[("department", "mail", true)]);
        reindex(&world);
        let task = world.load_into(AD, "id,name,mail,number\nx1,x1,board,\n", true);
        let nobodys = account(&world, AD, "x1");
        assert_eq!(nobodys.identity_id, None);
        let reason = nobodys.uncorrelated_reason.unwrap();
        assert!(reason.starts_with("AMBIGUOUS") && reason.contains("Boss") && reason.contains("Doe"), "{reason}");
        assert!(task.report.texts(Severity::Warn)[0].contains("AMBIGUOUS"));
    }

    fn case_31_owners_who_come_later_are_found_without_reading_the_source(store: TestStore) {
        let world = world(store);
        directory(&world, &[("email", "mail", true)]);
        world.load_into(AD, "id,name,mail,number\nx1,x1,jdoe@example.com,\n", true);
        assert_eq!(account(&world, AD, "x1").identity_id, None);
        world.load(&file(&[JOHN]));
        let found = world.start("CLOUD_PROCESS_UNCORRELATED_ACCOUNTS", CORRELATE, |task| WholeSource {
            task, source: AD,
        });
        assert_eq!(found.completion_status.as_deref(), Some("SUCCESS"));
        assert_eq!(account(&world, AD, "x1").identity_id, Some(world.identity("jdoe").id));
        assert_eq!(world.told("idn:account-correlated").len(), 1);
    }

    fn case_32_what_a_person_decided_outlives_runs_that_look_at_everything(store: TestStore) {
        let world = world(store);
        world.load(&file(&[ANN, JOHN]));
        directory(&world, &[("email", "mail", true)]);
        reindex(&world);
        let csv = "id,name,mail,number\nx1,x1,jdoe@example.com,\n";
        world.load_into(AD, csv, true);
        let mut moved = account(&world, AD, "x1");
        moved.identity_id = Some(world.identity("ann").id);
        moved.manually_correlated = true;
        world.org().write(|tx| tx.accounts().save(std::slice::from_ref(&moved))).unwrap();
        world.load_into(AD, csv, false);
        let after = account(&world, AD, "x1");
        assert_eq!((after.identity_id, after.manually_correlated), (moved.identity_id, true));
    }

    fn case_35_an_authoritative_row_that_matches_someone_makes_nobody(store: TestStore) {
        let world = world(store);
        world.load(&file(&[ANN, JOHN]));
        let other = SourceId(0xC3);
        world.put_source(&source(other, "Contractors", &COLUMNS));
        world.put_profile(&profile("p2", other, &json!({"uid": "name", "email": "e-mail", "lastname": "familyName"})));
        world.load_into(other, &file(&["77,JDOE,Doe,jd@else.org,,\n"]), true);
        assert_eq!(world.identities().len(), 2);
        assert_eq!(account(&world, other, "77").identity_id, Some(world.identity("jdoe").id));
    }

    fn a_better_profile_takes_a_person_over_in_one_event(store: TestStore) {
        let world = world(store);
        let staff = SourceId(0xC3);
        world.put_source(&source(staff, "Staff", &COLUMNS));
        let definition = |attribute: &str| json!({
            "type": "accountAttribute",
            "attributes": {"sourceName": "Staff", "attributeName": attribute},
        });
        let mut better = profile("p0", staff, &json!({
            "uid": definition("name"), "email": definition("e-mail"),
            "lastname": definition("familyName"), "department": definition("department"),
        }));
        better.priority = 1;
        world.put_profile(&better);
        world.load(&file(&[JOHN]));
        let before = world.identity("jdoe");
        world.load_into(staff, &file(&["9,jdoe,Doe-Roe,john@staff.org,Sales,\n"]), true);
        let after = world.identity("jdoe");
        assert_eq!((after.id, after.profile_id), (before.id, Some(better.profile_id())));
        let told = world.told(CHANGED);
        assert_eq!(told.len(), 1);
        let names: Vec<&str> = told[0]["changes"].as_array().unwrap().iter()
            .map(|change| change["attribute"].as_str().unwrap()).collect();
        assert_eq!(names, ["email", "lastname", "employeeNumber", "groups"]);
        world.load_into(staff, HEADER, true);
        assert_eq!(world.told(CHANGED).len(), 1, "an empty file takes nobody back");
    }

    fn case_52_a_mapping_reads_the_source_it_names(store: TestStore) {
        let world = world(store);
        let mut map = mappings();
        map["department"] = json!({
            "type": "accountAttribute", "attributes": {"sourceName": "AD", "attributeName": "mail"},
        });
        world.put_profile(&profile("p1", HR, &map));
        directory(&world, &[]);
        world.load(&file(&[JOHN]));
        world.load_into(AD, "id,name,mail,number\nx1,jdoe,Research,\n", true);
        assert_eq!(world.identity("jdoe").attributes.get("department").unwrap().to_text(), "Research");
        let told = world.told(CHANGED).len();
        world.load(&file(&[&JOHN.replace("Sales", "Marketing")]));
        assert_eq!(world.told(CHANGED).len(), told);
    }

    fn case_58_a_set_changes_when_a_member_does(store: TestStore) {
        let world = world(store);
        let two = "2,jdoe,Doe,jdoe@example.com,Sales,b\n";
        world.load(&file(&[JOHN, two]));
        world.load(&file(&[two, JOHN]));
        assert!(world.told(CHANGED).is_empty());
        world.load(&file(&[JOHN, two, "2,jdoe,Doe,jdoe@example.com,Sales,c\n"]));
        assert_eq!(world.told(CHANGED)[0]["changes"], json!([
            {"attribute": "groups", "oldValue": ["a", "b"], "newValue": ["a", "b", "c"]},
        ]));
    }

    fn case_59_long_values_are_cut_alike_where_the_vendors_limit_is_copied(store: TestStore) {
        let world = world(store);
        world.put(&OrgSettings { vendor_quirks: true, ..OrgSettings::default() });
        let long = |tail: &str| format!("{}{tail}", "é".repeat(500));
        let row = |value: &str| JOHN.replace("Sales", value);
        world.load(&file(&[&row(&long("old"))]));
        world.load(&file(&[&row(&long("new"))]));
        let told = world.told(CHANGED);
        let change = &told[0]["changes"][0];
        assert_eq!(change["oldValue"], change["newValue"]);
        assert_eq!(change["newValue"].as_str().unwrap().chars().count(), 450);
    }

    fn case_60_flags_are_flags_and_numbers_are_text(store: TestStore) {
        let world = world(store);
        let mut hr = world.source(HR);
        hr.schema_objects[0].attributes[4].kind = AttributeType::Boolean;
        hr.schema_objects[0].attributes[0].kind = AttributeType::String;
        hr.schema_objects[0].attributes[5].kind = AttributeType::Int;
        hr.schema_objects[0].attributes[5].is_multi = false;
        hr.schema_objects[0].attributes[5].is_entitlement = false;
        world.put_source(&hr);
        world.load(&file(&["2,jdoe,Doe,jdoe@example.com,true,7\n"]));
        world.load(&file(&["2,jdoe,Doe,jdoe@example.com,false,8\n"]));
        assert_eq!(world.told(CHANGED)[0]["changes"], json!([
            {"attribute": "department", "oldValue": true, "newValue": false},
            {"attribute": "groups", "oldValue": "7", "newValue": "8"},
        ]));
    }

    fn case_61_a_transform_that_comes_to_the_same_tells_nothing(store: TestStore) {
        let world = world(store);
        let mut map = mappings();
        map["department"] = json!({"type": "lower", "attributes": {"input": {
            "type": "accountAttribute", "attributes": {"sourceName": "HR", "attributeName": "department"}}}});
        world.put_profile(&profile("p1", HR, &map));
        world.load(&file(&[JOHN]));
        let task = world.load(&file(&[&JOHN.replace("Sales", "SALES")]));
        assert_eq!((task.report.changed, task.refreshed.identities), (1, 1));
        assert!(world.told(CHANGED).is_empty());
    }

    fn case_65_two_requests_in_one_batch_are_one_event(store: TestStore) {
        let world = world(store);
        world.load(&file(&[JOHN]));
        let mut john = account(&world, HR, "2");
        john.attributes.set("department", "Marketing".into());
        world.org().write(|tx| tx.accounts().save(std::slice::from_ref(&john))).unwrap();
        let id = world.identity("jdoe").id;
        world.start("IDENTITY_REFRESH", REFRESH, |task| Refresh {
            task, identities: vec![id, id], managers_may_come: false,
        });
        assert_eq!(world.told(CHANGED).len(), 1);
    }
}
