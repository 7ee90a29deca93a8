//! Files: what is counted, skipped, rejected, deleted, refused.

use muster_model::Severity;
use muster_testkit::both_backends;
use serde_json::json;

use crate::world::{HR, World};

const COLUMNS: [&str; 5] = ["id", "name", "familyName", "e-mail", "groups"];
const HEADER: &str = "id,name,familyName,e-mail,groups\n";

fn world(store: &muster_testkit::TestStore) -> World<'_> {
    World::new(
        store,
        &COLUMNS,
        &json!({
            "uid": "name", "email": "e-mail", "lastname": "familyName", "groups": "groups",
        }),
    )
}

fn row(number: u32) -> String {
    format!("{number},user{number},Name{number},u{number}@x.org,\n")
}

fn people(numbers: std::ops::Range<u32>) -> String {
    let rows: String = numbers.map(row).collect();
    format!("{HEADER}{rows}")
}

both_backends! {
    fn cases_1_and_2_the_same_file_again_changes_nothing(store: TestStore) {
        let world = world(store);
        let first = world.load(&people(0..3));
        assert_eq!(first.completion_status.as_deref(), Some("SUCCESS"));
        assert_eq!((first.report.added, first.report.processed, first.refreshed.created), (3, 3, 3));
        let before = world.org().read(|tx| tx.accounts().select("ORDER BY id", &[])).unwrap();
        let events = world.events().len();
        let again = world.load(&people(0..3));
        assert_eq!((again.report.scanned, again.report.unchanged, again.report.processed), (3, 3, 0));
        let after = world.org().read(|tx| tx.accounts().select("ORDER BY id", &[])).unwrap();
        assert_eq!(before, after);
        let told: Vec<String> =
            world.events()[events..].iter().map(|event| event.trigger_id.clone()).collect();
        assert_eq!(told, ["idn:aggregation-accounts-collected", "idn:account-aggregation-completed"]);
    }

    // More than a run keeps in memory between its two looks at the file.
    fn a_file_with_much_that_is_new_is_stored_like_one_with_little(store: TestStore) {
        let world = world(store);
        let long = "x".repeat(250 * 1024);
        let person = |number: u32| format!("{number},user{number},{long}{number},u{number}@x.org,\n");
        let much: Vec<String> = (0..70).map(person).collect();
        assert!(much.concat().len() > 16 * 1024 * 1024);
        let first = world.load(&format!("{HEADER}{}", much.concat()));
        assert_eq!((first.report.added, first.report.processed, first.refreshed.created), (70, 70, 70));
        let little = much.concat().replace(&format!("{long}7,u7@"), "Short,u7@");
        let next = world.load(&format!("{HEADER}{little}"));
        assert_eq!((next.report.changed, next.report.processed, next.refreshed.changed), (1, 1, 1));
        let changes = &world.told("idn:identity-attributes-changed")[0]["changes"];
        assert_eq!((&changes[0]["attribute"], &changes[0]["newValue"]), (&json!("lastname"), &json!("Short")));
    }

    fn case_3_without_optimization_everything_is_looked_at_and_nothing_told(store: TestStore) {
        let world = world(store);
        world.load(&people(0..3));
        let forced = world.load_into(HR, &people(0..3), false);
        assert_eq!((forced.report.processed, forced.refreshed.identities), (3, 3));
        assert!(world.told("idn:identity-attributes-changed").is_empty());
        assert!(world.told("idn:account-attributes-changed").is_empty());
    }

    fn cases_5_and_6_only_content_counts(store: TestStore) {
        let world = world(store);
        world.load(&format!("{HEADER}1,a,A,a@x.org,x\n1,a,A,a@x.org,y\n2,b,B,b@x.org,\n"));
        let turned = "\u{feff}groups,name,id,\"e-mail\",familyName\r\n,\"b\",2,\"b@x.org\",B\r\n\
                      y,a,1,a@x.org,A\r\nx,a,1,a@x.org,A\r\n";
        let again = world.load(turned);
        assert_eq!((again.report.unchanged, again.report.changed, again.report.added), (2, 0, 0));
    }

    fn rows_of_one_account_may_stand_apart(store: TestStore) {
        let world = world(store);
        let apart = format!("{HEADER}1,a,A,a@x.org,x\n2,b,B,b@x.org,\n1,a,A,a@x.org,y\n");
        let first = world.load(&apart);
        assert_eq!((first.report.scanned, first.report.added), (2, 2));
        assert_eq!(world.identity("a").attributes.get("groups").unwrap().to_text(), "x,y");
        let together = format!("{HEADER}1,a,A,a@x.org,y\n1,a,A,a@x.org,x\n2,b,B,b@x.org,\n");
        assert_eq!(world.load(&together).report.unchanged, 2);
        assert_eq!(world.load(&apart).report.unchanged, 2);
        let more = format!("{apart}1,a,A,a@x.org,z\n");
        let changed = world.load(&more);
        assert_eq!((changed.report.changed, changed.report.unchanged), (1, 1));
        let told = world.told("idn:identity-attributes-changed");
        assert_eq!(told[0]["changes"][0]["newValue"], json!(["x", "y", "z"]));
    }

    fn case_9_disagreeing_rows_are_a_warning_and_the_first_wins(store: TestStore) {
        let world = world(store);
        let task = world.load(&format!("{HEADER}1,a,A,a@x.org,x\n1,a,B,a@x.org,y\n"));
        assert_eq!(task.completion_status.as_deref(), Some("WARNING"));
        assert!(task.report.texts(Severity::Warn)[0].contains("line 3, column \"familyName\""));
        assert_eq!(world.identity("a").attributes.get("lastname").unwrap().to_text(), "A");
    }

    fn cases_13_and_14_the_delete_threshold_holds_only_when_exceeded(store: TestStore) {
        let world = world(store);
        let mut source = world.source(HR);
        source.delete_threshold = Some(10);
        world.put_source(&source);
        world.load(&people(0..100));
        let ten = world.load(&people(10..100));
        assert_eq!((ten.report.removed, ten.report.deleted), (10, 10));
        let eleven = world.load(&format!("{}{}", people(20..100), row(500)));
        assert_eq!((eleven.report.removed, eleven.report.deleted, eleven.report.added), (10, 0, 1));
        assert_eq!(eleven.completion_status.as_deref(), Some("WARNING"));
        assert!(eleven.report.deletion_held.unwrap().contains("10 of 90"));
    }

    fn an_empty_file_deletes_nobody(store: TestStore) {
        let world = world(store);
        world.load(&people(0..3));
        let empty = world.load(HEADER);
        assert_eq!((empty.report.scanned, empty.report.deleted), (0, 0));
        assert_eq!(world.org().read(|tx| tx.accounts().count(HR)).unwrap(), 3);
    }

    fn case_17_a_header_without_the_id_writes_nothing(store: TestStore) {
        let world = world(store);
        world.load(&people(0..3));
        let failed = world.load("name,familyName\nx,y\n");
        assert_eq!(failed.completion_status.as_deref(), Some("ERROR"));
        assert!(failed.report.texts(Severity::Error)[0].contains("\"id\""));
        assert_eq!(world.source(HR).status, "SOURCE_STATE_ERROR_ACCOUNT_FILE_IMPORT");
        assert_eq!(world.org().read(|tx| tx.accounts().count(HR)).unwrap(), 3);
        assert_eq!(world.told("idn:account-aggregation-completed")[1]["status"], "Failed");
        world.load(&people(0..3));
        assert_eq!(world.source(HR).status, "SOURCE_STATE_HEALTHY");
    }

    fn case_18_a_short_row_is_left_out_and_its_account_kept(store: TestStore) {
        let world = world(store);
        world.load(&people(0..3));
        let task = world.load(&format!("{HEADER}{}1,user1\n{}", row(0), row(2)));
        assert_eq!(task.completion_status.as_deref(), Some("WARNING"));
        assert!(task.report.texts(Severity::Warn)[0].starts_with("line 3: 2 cells instead of 5"));
        assert_eq!((task.report.rejected, task.report.deleted), (1, 0));
        assert_eq!(world.org().read(|tx| tx.accounts().count(HR)).unwrap(), 3);
    }

    fn case_19_a_second_aggregation_ends_in_error_and_the_first_goes_on(store: TestStore) {
        let world = world(store);
        let org = world.org();
        // Another node is in the middle of an aggregation: it holds the source.
        let now = muster_model::Timestamp::from_micros(1_700_000_000_000_000);
        let (lease, until) = (format!("aggregation:{HR}"), now.plus_millis(3_600_000));
        assert!(org.write(|tx| tx.leases().take(&lease, "first", now, until)).unwrap());
        let second = world.load(&people(0..9));
        assert_eq!(second.completion_status.as_deref(), Some("ERROR"));
        assert!(second.report.texts(Severity::Error)[0].contains("must finish first"));
        assert_eq!(world.source(HR).status, "");
        assert_eq!(org.read(|tx| tx.leases().holder(&lease, now)).unwrap().as_deref(), Some("first"));
        org.write(|tx| tx.leases().give_back(&lease, "first")).unwrap();
        assert_eq!(world.load(&people(0..3)).report.added, 3);
    }

    fn statistics_of_generated_files_equal_the_generators_truth(store: TestStore) {
        use muster_sample::{Layout, Version, truth, write_csv};
        let mut files = [Vec::new(), Vec::new()];
        write_csv(Layout::Template, 500, 42, Version::First, &mut files[0]).unwrap();
        write_csv(Layout::Template, 500, 42, Version::Second, &mut files[1]).unwrap();
        let [v1, v2] = files.map(|file| String::from_utf8(file).unwrap());
        let columns: Vec<&str> = v1.lines().next().unwrap().split(',').collect();
        let world = World::new(store, &columns, &json!({
            "uid": "name", "email": "e-mail", "firstname": "givenName", "lastname": "familyName",
            "identificationNumber": "id", "location": "location",
        }));
        world.load(&v1);
        let created = world.told("idn:identity-created").len();
        let report = world.load(&v2).report;
        let truth = truth(Layout::Template, 500, 42);
        let expected = serde_json::to_value(truth.v1_to_v2).unwrap();
        let counted = json!({"scanned": report.scanned, "unchanged": report.unchanged,
            "changed": report.changed, "added": report.added, "removed": report.removed});
        assert_eq!(counted, expected);
        assert_eq!(world.told("idn:identity-created").len() - created, report.added as usize);
    }
}
