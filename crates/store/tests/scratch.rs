//! Copies of an org: what they have, that they leave the org alone, and that they go away.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use muster_model::id::{EventId, IdentityId};
use muster_model::{Document, Source, Timestamp};
use muster_store::{Address, Error, NewDocument, NewEvent, NewJob, Store, Topic};
use muster_testkit::both_backends;
use serde_json::json;

const NOW: Timestamp = Timestamp::from_micros(1_000_000);

fn event() -> NewEvent {
    NewEvent {
        id: EventId(1),
        trigger_id: "idn:identity-created",
        subject: "1".to_owned(),
        created: NOW,
        cause: "test".to_owned(),
        body: "{}".to_owned(),
    }
}

fn document(id: &str) -> NewDocument {
    NewDocument {
        id: id.to_owned(),
        name: id.to_owned(),
        body: json!({ "id": id }),
    }
}

fn fill(store: &Store) {
    let org = store.org("acme").unwrap();
    org.write(|tx| {
        tx.documents(Source::KIND).insert(&document("a"), NOW)?;
        tx.identity_keys()
            .add(&[("uid", "ada".to_owned(), IdentityId(7))])?;
        let job = NewJob {
            kind: "some",
            lane: "",
            body: "{}".to_owned(),
            due: NOW,
        };
        tx.jobs().add(&job, NOW)?;
        tx.events().append(&[event()])?;
        Ok::<_, Error>(())
    })
    .unwrap();
}

both_backends! {
    fn a_copy_has_what_a_run_reads_and_leaves_the_org_alone(store: TestStore) {
        fill(store);
        let org = store.org();
        let scratch = store.scratch(org, || false).unwrap();
        let copy = scratch.org();
        assert_eq!(copy.name(), org.name());
        copy.read(|tx| {
            assert_eq!(tx.documents(Source::KIND).list()?.len(), 1);
            assert_eq!(tx.identity_keys().find_each("uid", &["ADA"])?[0].len(), 1);
            // Neither what happened nor what is to be done; numbers go on where they were.
            assert_eq!(tx.jobs().counts()?, (0, 0));
            assert!(tx.events().get(1)?.is_none());
            assert_eq!(tx.events().last()?, 1);
            Ok::<_, Error>(())
        })
        .unwrap();
        let heard = [org.hints().seen(Topic::Work), store.hints().seen(Topic::Work)];
        copy.write(|tx| {
            tx.documents(Source::KIND).insert(&document("b"), NOW)?;
            tx.hint(Topic::Work);
            Ok::<_, Error>(())
        })
        .unwrap();
        // The org goes on meanwhile, and neither sees the other.
        org.write(|tx| tx.documents(Source::KIND).insert(&document("c"), NOW)).unwrap();
        let ids = |of: &muster_store::Org| -> Vec<String> {
            let all = of.read(|tx| tx.documents(Source::KIND).list()).unwrap();
            all.iter().map(|one| one.id.clone()).collect()
        };
        assert_eq!(ids(copy), ["a", "b"]);
        assert_eq!(ids(org), ["a", "c"]);
        let hears = [org.hints().seen(Topic::Work), store.hints().seen(Topic::Work)];
        assert_eq!(hears, heard, "work in a copy is nobody's work");
    }

    fn there_is_one_copy_at_a_time(store: TestStore) {
        let org = store.org();
        let other = store.create_org("globex", NOW).unwrap();
        let scratch = store.scratch(org, || false).unwrap();
        let refused = store.scratch(org, || false).err().unwrap();
        assert!(matches!(refused, Error::CopyInUse(name) if name == "acme"));
        drop(store.scratch(&other, || false).unwrap());
        drop(scratch);
        drop(store.scratch(org, || false).unwrap());
    }

    fn nothing_happens_in_a_copy_that_nobody_waits_for(store: TestStore) {
        let given_up = Arc::<AtomicBool>::default();
        let asked = Arc::clone(&given_up);
        let scratch = store.scratch(store.org(), move || asked.load(Ordering::SeqCst)).unwrap();
        let copy = scratch.org().clone();
        copy.read(|tx| tx.jobs().counts()).unwrap();
        given_up.store(true, Ordering::SeqCst);
        assert!(matches!(copy.read(|tx| tx.jobs().counts()), Err(Error::GivenUp)));
        given_up.store(false, Ordering::SeqCst);
        drop(scratch);
        // It is gone, whatever its last user thinks.
        assert!(matches!(copy.write(|tx| tx.jobs().counts()), Err(Error::GivenUp)));
    }
}

#[test]
fn what_a_crash_left_behind_is_removed_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let address = Address::Folder(folder.path().to_owned());
    let store = Store::open(&address).unwrap();
    let org = store.create_org("acme", NOW).unwrap();
    let scratch = store.scratch(&org, || false).unwrap();
    let place = folder.path().join("scratch");
    assert_eq!(place.read_dir().unwrap().count(), 1);
    drop(scratch);
    assert_eq!(place.read_dir().unwrap().count(), 0);
    drop((org, store));
    std::fs::create_dir(place.join("acme-x")).unwrap();
    std::fs::write(place.join("acme-x/org.db"), "half a file").unwrap();
    let store = Store::open(&address).unwrap();
    assert!(!place.exists());
    drop(
        store
            .scratch(&store.org("acme").unwrap(), || false)
            .unwrap(),
    );
}

#[test]
fn another_nodes_copy_stays_and_that_of_a_dead_one_goes() {
    let url = std::env::var("MUSTER_TEST_POSTGRES")
        .expect("MUSTER_TEST_POSTGRES names a PostgreSQL server; `cargo xtask test` starts one");
    let prefix = format!("t{}_nodes_", std::process::id());
    let first = Store::open_postgres(&url, &prefix).unwrap();
    let org = first.create_org("acme", NOW).unwrap();
    org.write(|tx| tx.documents(Source::KIND).insert(&document("a"), NOW))
        .unwrap();
    let schemas = || -> Vec<String> {
        let sql = "SELECT CAST(nspname AS TEXT) FROM pg_namespace
                    WHERE starts_with(CAST(nspname AS TEXT), $1) ORDER BY 1";
        let start = format!("{prefix}scratch_");
        let rows = first.control().read(|tx| {
            tx.fetch(sql, &muster_store::args![&start], |row| {
                row.get::<String>(0)
            })
        });
        rows.unwrap()
    };
    let scratch = first.scratch(&org, || false).unwrap();
    // As a node leaves it that died.
    let dead = format!("CREATE SCHEMA \"{prefix}scratch_gone\"");
    first.control().write(|tx| tx.execute(&dead, &[])).unwrap();
    assert_eq!(schemas().len(), 2);
    let second = Store::open_postgres(&url, &prefix).unwrap();
    assert_eq!(schemas(), [format!("{prefix}scratch_acme")]);
    scratch
        .org()
        .read(|tx| tx.documents(Source::KIND).list())
        .unwrap();
    let there = second.org("acme").unwrap();
    assert!(matches!(
        second.scratch(&there, || false),
        Err(Error::CopyInUse(_))
    ));
    drop(scratch);
    drop(second.scratch(&there, || false).unwrap());
    assert!(schemas().is_empty());
    drop((there, second, org));
    first.destroy().unwrap();
}
