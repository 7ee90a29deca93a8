//! The store's promises, each on both backends.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use muster_model::attribute_sync::{PlannedChange, PlannedSync};
use muster_model::id::{AccountId, EventId, IdentityId, SourceId, TaskId, time_ordered};
use muster_model::{AttributeValue, Timestamp};
use muster_store::{
    Account, DeliveryState, Error, Identity, NewDocument, NewEvent, NewJob, Origin, Outcome, Part,
    Replaced, Result, Seen, Stage, Store, Topic,
};
use muster_testkit::both_backends;
use serde_json::json;

const SOURCE: SourceId = SourceId(7);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn account(number: u128, identity: Option<u128>) -> Account {
    Account {
        id: AccountId(time_ordered(at(1), number)),
        source_id: SOURCE,
        native_identity: format!("native-{number}"),
        digest: [number as u8; 16],
        identity_id: identity.map(IdentityId),
        name: format!("Name {number}"),
        disabled: false,
        locked: number == 2,
        manually_correlated: false,
        uncorrelated_reason: None,
        created: at(1),
        modified: at(1),
        attributes: [("dept".into(), AttributeValue::from("Sales"))]
            .into_iter()
            .collect(),
        origin: None,
    }
}

fn identity(number: u128) -> Identity {
    muster_testkit::identity(number, at(1))
}

fn event(number: u128) -> NewEvent {
    NewEvent {
        id: EventId(number),
        trigger_id: "test:fire-and-forget",
        subject: "s".into(),
        created: at(1),
        cause: "c".into(),
        body: "{}".into(),
    }
}

fn job(kind: &'static str, lane: &'static str, due: i64) -> NewJob<'static> {
    NewJob {
        kind,
        lane,
        body: "{}".into(),
        due: at(due),
    }
}

#[test]
fn an_org_that_another_process_makes_is_heard_of_at_once() {
    let url = std::env::var("MUSTER_TEST_POSTGRES")
        .expect("MUSTER_TEST_POSTGRES names a PostgreSQL server; `cargo xtask test` starts one");
    let prefix = format!("hint{}_", std::process::id());
    let [here, there] = [(); 2].map(|()| Store::open_postgres(&url, &prefix).unwrap());
    // Listening begins in the background: until it has, a hint may get lost, and is given again.
    for attempt in 0.. {
        assert!(attempt < 100, "no hint came");
        let seen = here.hints().seen(Topic::Orgs);
        there.create_org(&format!("late{attempt}"), at(1)).unwrap();
        here.hints()
            .wait(Topic::Orgs, seen, Duration::from_millis(300));
        if here.hints().seen(Topic::Orgs) != seen {
            here.refresh_orgs().unwrap();
            assert!(here.org(&format!("late{attempt}")).is_some());
            break;
        }
    }
    drop(there);
    here.destroy().unwrap();
}

both_backends! {
    fn a_failed_transaction_leaves_nothing_behind(store: TestStore) {
        let failed: Result<()> = store.org().write(|tx| {
            tx.settings().set("a", "1")?;
            Err(Error::Corrupt("on purpose".into()))
        });
        assert!(failed.is_err());
        let value = store.org().read(|tx| tx.settings().get("a")).unwrap();
        assert_eq!(value, None);
    }

    fn a_hint_is_given_after_the_commit_and_only_then(store: TestStore) {
        let org = store.org();
        let seen = org.hints().seen(Topic::Work);
        let _: Result<()> = org.write(|tx| {
            tx.hint(Topic::Work);
            Err(Error::Corrupt("on purpose".into()))
        });
        assert_eq!(org.hints().seen(Topic::Work), seen);
        org.write(|tx| { tx.hint(Topic::Work); Ok::<_, Error>(()) }).unwrap();
        org.hints().wait(Topic::Work, seen, Duration::from_secs(5));
        assert!(org.hints().seen(Topic::Work) > seen);
    }

    fn documents_are_found_by_id_and_by_name_and_follow_changes(store: TestStore) {
        let org = store.org();
        let new = NewDocument { id: "1".into(), name: "Ünï".into(), body: json!({"a": 1}) };
        org.write(|tx| tx.documents("thing").insert(&new, at(1))).unwrap();
        let found = org.read(|tx| tx.documents("thing").find_by_name("üNÏ")).unwrap().unwrap();
        assert_eq!((found.version, &found.body), (1, &json!({"a": 1})));

        let next = NewDocument { body: json!({"a": 2}), ..new };
        org.write(|tx| tx.documents("thing").update(&next, 1, at(2))).unwrap();
        let found = org.read(|tx| tx.documents("thing").get("1")).unwrap().unwrap();
        assert_eq!((found.version, &found.body), (2, &json!({"a": 2})));
        assert_eq!((found.created, found.modified), (at(1), at(2)));

        let late = org.write(|tx| tx.documents("thing").update(&next, 1, at(3)));
        assert!(matches!(late, Err(Error::Conflict(_))));
        assert!(org.write(|tx| tx.documents("thing").delete("1")).unwrap());
        assert!(org.read(|tx| tx.documents("thing").get("1")).unwrap().is_none());
    }

    fn orgs_do_not_see_each_other(store: TestStore) {
        let other = store.create_org("other", at(1)).unwrap();
        store.org().write(|tx| tx.settings().set("a", "1")).unwrap();
        assert_eq!(other.read(|tx| tx.settings().get("a")).unwrap(), None);
        assert!(matches!(store.create_org("other", at(1)), Err(Error::OrgExists(_))));
        assert!(matches!(store.create_org("no/such", at(1)), Err(Error::OrgName(_))));
    }

    fn an_account_is_held_as_it_was_seen(store: TestStore) {
        let org = store.org();
        let accounts = [1, 2].map(|number| account(number, None));
        org.write(|tx| tx.accounts().save(&accounts)).unwrap();
        let seen = |one: &Account| Some(Seen::from(one));
        let are_as = |expected: &[(&str, Option<Seen>)]| {
            org.write(|tx| tx.accounts().hold_as(SOURCE, expected)).unwrap()
        };
        let [one, two] = [seen(&accounts[0]), seen(&accounts[1])];
        assert!(are_as(&[]));
        assert!(are_as(&[("native-1", one), ("native-2", two), ("native-3", None)]));
        assert!(!are_as(&[("native-1", one), ("native-2", None)]), "one came");
        assert!(!are_as(&[("native-1", one), ("native-3", two)]), "one is gone");
        let owned = Account { identity_id: Some(IdentityId(5)), ..accounts[1].clone() };
        org.write(|tx| tx.accounts().save(std::slice::from_ref(&owned))).unwrap();
        assert!(!are_as(&[("native-1", one), ("native-2", two)]), "one has an owner now");
        assert!(are_as(&[("native-2", seen(&owned))]));
    }

    fn a_read_sees_one_moment_whatever_is_written_meanwhile(store: TestStore) {
        let org = store.org();
        let owned_by = |person| account(1, Some(person));
        org.write(|tx| {
            tx.identities().insert(&[identity(7), identity(8)])?;
            tx.accounts().save(&[owned_by(7)])
        }).unwrap();
        org.read(|tx| {
            let before = tx.accounts().page_of(SOURCE, None, 9)?;
            std::thread::scope(|scope| {
                let write = || org.write(|tx| {
                    tx.identities().delete(IdentityId(7))?;
                    tx.accounts().save(&[owned_by(8)])
                });
                scope.spawn(write).join().unwrap()
            })?;
            assert!(tx.identities().get(IdentityId(7))?.is_some());
            assert_eq!(tx.accounts().page_of(SOURCE, None, 9)?, before);
            Ok::<_, Error>(())
        }).unwrap();
        assert_eq!(org.read(|tx| tx.identities().get(IdentityId(7))).unwrap(), None);
    }

    fn an_account_has_one_plan_which_goes_with_it(store: TestStore) {
        let org = store.org();
        let accounts = [1, 2, 3].map(|number| account(number, Some(number)));
        let ids = [&accounts[0], &accounts[1], &accounts[2]].map(|one| one.id);
        let planned = |at: usize, task: u128| PlannedSync {
            account_id: ids[at],
            source_id: SOURCE,
            identity_id: IdentityId(at as u128 + 1),
            task: TaskId(task),
            changes: vec![PlannedChange {
                name: "department".into(),
                target: "dept".into(),
                current: None,
                wanted: AttributeValue::from("Board"),
            }],
        };
        org.write(|tx| {
            tx.accounts().save(&accounts)?;
            tx.sync_plans().replace(&ids, &[planned(0, 1), planned(2, 1)])?;
            tx.sync_plans().replace(&ids[..2], &[planned(1, 2)])
        }).unwrap();
        let listed = || org.read(|tx| {
            let page = tx.sync_plans().page(SOURCE, 1, 0)?;
            Ok::<_, Error>((page, tx.sync_plans().count(SOURCE)?))
        }).unwrap();
        let first = (planned(1, 2), "Name 2".to_owned(), "native-2".to_owned());
        assert_eq!(listed(), (vec![first.clone()], 2));
        org.write(|tx| tx.sync_plans().forget_others(SOURCE, TaskId(2))).unwrap();
        assert_eq!(listed(), (vec![first], 1));
        let moved = Account { identity_id: Some(IdentityId(9)), ..accounts[1].clone() };
        org.write(|tx| tx.accounts().save(std::slice::from_ref(&moved))).unwrap();
        assert_eq!(listed(), (vec![], 0), "it is not for this person any more");
        org.write(|tx| tx.accounts().save(std::slice::from_ref(&accounts[1]))).unwrap();
        assert_eq!(listed().1, 1);
        org.write(|tx| tx.accounts().delete(&ids)).unwrap();
        assert_eq!(listed(), (vec![], 0));
    }

    fn an_account_is_stored_once_per_source_and_key(store: TestStore) {
        let org = store.org();
        let one = account(1, Some(1));
        org.write(|tx| tx.accounts().save(&[one.clone(), account(2, Some(1))])).unwrap();
        let changed = Account { name: "New".into(), modified: at(2), ..one.clone() };
        org.write(|tx| tx.accounts().save(std::slice::from_ref(&changed))).unwrap();
        org.read(|tx| {
            assert_eq!(tx.accounts().count(SOURCE)?, 2);
            let found = tx.accounts().find_each(SOURCE, &["native-9", "native-1"])?;
            assert_eq!(found, vec![None, Some(changed.clone())]);
            assert_eq!(tx.accounts().of_each(&[IdentityId(5), IdentityId(1)])?[1].len(), 2);
            let mut known = Vec::new();
            tx.accounts().each_known(SOURCE, Part::Whole, |native, digest| {
                known.push((native.to_owned(), digest));
                Ok(())
            })?;
            known.sort();
            assert_eq!(known, vec![("native-1".into(), [1; 16]), ("native-2".into(), [2; 16])]);
            Ok::<_, Error>(())
        }).unwrap();
    }

    fn an_identity_changed_in_between_is_a_conflict(store: TestStore) {
        let org = store.org();
        org.write(|tx| tx.identities().insert(&[identity(1)])).unwrap();
        let before = identity(1);
        let next = Identity { version: 2, name: "Next".into(), ..before.clone() };
        let replaced = [Replaced { before: &before, after: next.clone() }];
        org.write(|tx| tx.identities().update(&replaced)).unwrap();
        let late = org.write(|tx| tx.identities().update(&replaced));
        assert!(matches!(late, Err(Error::Conflict(_))));
        assert_eq!(org.read(|tx| tx.identities().get(IdentityId(1))).unwrap(), Some(next));
    }

    fn an_account_keeps_the_line_it_was_last_read_from(store: TestStore) {
        let org = store.org();
        let read = |line, task| Account { origin: Some(Origin { line, task: TaskId(task) }), ..account(1, None) };
        org.write(|tx| tx.accounts().insert(&[read(7, u128::MAX)])).unwrap();
        let stored = || org.read(|tx| tx.accounts().get(account(1, None).id)).unwrap().unwrap();
        assert_eq!(stored(), read(7, u128::MAX));
        org.write(|tx| tx.accounts().save(&[read(8, 1)])).unwrap();
        assert_eq!(stored(), read(8, 1));
        org.write(|tx| tx.accounts().save(&[account(1, None)])).unwrap();
        assert_eq!(stored().origin, None);
    }

    fn what_an_identity_was_is_kept_from_its_announcement_to_its_deletion(store: TestStore) {
        let org = store.org();
        let version = |number: i64| Identity {
            version: number,
            revision: number - 1,
            stage: if number == 1 { Stage::Held } else { Stage::Active },
            modified: at(number),
            cause: TaskId(time_ordered(at(number), 1)),
            attributes: [("department".into(), AttributeValue::from(format!("D{number}")))].into_iter().collect(),
            ..identity(1)
        };
        org.write(|tx| tx.identities().insert(&[version(1), identity(2)])).unwrap();
        for number in 2..=5 {
            let before = version(number - 1);
            let replaced = [Replaced { before: &before, after: version(number) }];
            org.write(|tx| tx.identities().update(&replaced)).unwrap();
        }
        let versions = |limit| org.read(|tx| {
            tx.identity_changes().versions(version(5), limit)?.collect::<Result<Vec<_>>>()
        }).unwrap();
        // Nobody was told of the first.
        assert_eq!(versions(9), [5, 4, 3, 2].map(version));
        assert_eq!(versions(2), [5, 4].map(version));
        assert_eq!(versions(0), []);
        let count = |id| org.read(|tx| tx.identity_changes().count(IdentityId(id))).unwrap();
        assert_eq!((count(1), count(2)), (3, 0));
        org.write(|tx| tx.identities().delete(IdentityId(1))).unwrap();
        assert_eq!(count(1), 0);
    }

    fn only_so_many_versions_of_an_identity_are_kept(store: TestStore) {
        let org = store.org();
        let version = |number: i64| Identity { version: number, revision: number, ..identity(1) };
        let step = |number: i64| {
            let before = version(number);
            let replaced = [Replaced { before: &before, after: version(number + 1) }];
            org.write(|tx| tx.identities().update(&replaced)).unwrap();
        };
        org.write(|tx| tx.identities().insert(&[version(1)])).unwrap();
        step(1);
        let late = 256 * 40;
        org.write(|tx| tx.execute("UPDATE identity SET version = $1", &muster_store::args![late - 1])).unwrap();
        step(late - 1);
        let count = org.read(|tx| tx.identity_changes().count(IdentityId(1))).unwrap();
        assert_eq!(count, 1, "what lies ten thousand versions back is forgotten");
    }

    fn keys_find_identities_whatever_the_case(store: TestStore) {
        let org = store.org();
        org.write(|tx| tx.identity_keys().add(&[("uid", "Jo.Doe".into(), IdentityId(3))])).unwrap();
        let found = org.read(|tx| tx.identity_keys().find_each("uid", &["nobody", "JO.DOE"])).unwrap();
        assert_eq!(found, vec![vec![], vec![IdentityId(3)]]);
        let mut jo = identity(3);
        jo.attributes.set("uid", "jo.doe".into());
        org.write(|tx| tx.identity_keys().forget(&jo)).unwrap();
        assert!(org.read(|tx| tx.identity_keys().find("uid", "jo.doe", 2)).unwrap().is_empty());
    }

    fn events_are_numbered_without_gaps_in_the_order_of_commits(store: TestStore) {
        let org = store.org();
        let first = org.write(|tx| tx.events().append(&[event(1), event(2)])).unwrap();
        let _: Result<()> = org.write(|tx| {
            tx.events().append(&[event(9)])?;
            Err(Error::Corrupt("on purpose".into()))
        });
        let next = org.write(|tx| tx.events().append(&[event(3)])).unwrap();
        assert_eq!((first, next), (1, 3));
        let rows = org.read(|tx| tx.events().range(2, 3)).unwrap();
        assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [EventId(2), EventId(3)]);
        assert!(org.write(|tx| tx.events().set_dispatched(0, 2)).unwrap());
        assert!(!org.write(|tx| tx.events().set_dispatched(0, 3)).unwrap());
        assert_eq!(org.read(|tx| tx.events().dispatched()).unwrap(), 2);
    }

    fn a_delivery_waits_until_its_outcome_is_recorded(store: TestStore) {
        let org = store.org();
        org.write(|tx| tx.deliveries().add([(4, 1), (4, 2), (5, 1)], at(1))).unwrap();
        let outcome = Outcome {
            subscription: 4, event_seq: 1, state: DeliveryState::Delivered, attempt: 1, tried: 0, due: at(1),
            started: at(2), latency: 1500, status: Some(200), error: None, answer: None,
        };
        org.write(|tx| tx.deliveries().record(std::slice::from_ref(&outcome))).unwrap();
        let waiting = org.read(|tx| tx.deliveries().waiting(4, 0, 10)).unwrap();
        assert_eq!(waiting.iter().map(|one| one.event_seq).collect::<Vec<_>>(), [2]);
        let told = org.read(|tx| tx.deliveries().get(4, 1)).unwrap().unwrap();
        assert_eq!((told.state, told.status), (DeliveryState::Delivered, Some(200)));
        assert_eq!(org.read(|tx| tx.deliveries().counts()).unwrap(), [2, 1, 0]);
    }

    fn a_job_is_done_by_one_worker_and_comes_back_when_its_lease_runs_out(store: TestStore) {
        let org = store.org();
        org.write(|tx| tx.jobs().add(&job("a", "", 5), at(1))).unwrap();
        assert!(org.write(|tx| tx.jobs().claim("one", at(4), at(9))).unwrap().is_none());
        let mine = org.write(|tx| tx.jobs().claim("one", at(6), at(9))).unwrap().unwrap();
        assert_eq!((mine.kind.as_str(), mine.attempt), ("a", 1));
        assert!(org.write(|tx| tx.jobs().claim("two", at(7), at(9))).unwrap().is_none());
        let theirs = org.write(|tx| tx.jobs().claim("two", at(10), at(20))).unwrap().unwrap();
        assert_eq!((theirs.id, theirs.attempt), (mine.id, 2));
        assert!(!org.write(|tx| tx.jobs().finish(mine.id, "one")).unwrap());
        assert!(org.write(|tx| tx.jobs().finish(mine.id, "two")).unwrap());
        assert_eq!(org.read(|tx| tx.jobs().counts()).unwrap(), (0, 0));
    }

    fn jobs_of_one_lane_are_done_in_order(store: TestStore) {
        let org = store.org();
        org.write(|tx| {
            tx.jobs().add(&job("first", "lane", 1), at(1))?;
            tx.jobs().add(&job("second", "lane", 1), at(1))?;
            tx.jobs().add(&job("apart", "", 1), at(1))
        }).unwrap();
        let claim = || org.write(|tx| tx.jobs().claim("w", at(2), at(9))).unwrap();
        let first = claim().unwrap();
        assert_eq!((first.kind.as_str(), claim().unwrap().kind.as_str()), ("first", "apart"));
        assert!(claim().is_none());
        org.write(|tx| tx.jobs().finish(first.id, "w")).unwrap();
        assert_eq!(claim().unwrap().kind, "second");
    }

    fn a_lease_has_one_holder_until_it_runs_out(store: TestStore) {
        let org = store.org();
        let take = |owner, now, until| {
            org.write(|tx| tx.leases().take("x", owner, at(now), at(until))).unwrap()
        };
        assert!(take("one", 1, 5));
        assert!(take("one", 2, 6));
        assert!(!take("two", 3, 9));
        assert!(take("two", 7, 9));
    }

    fn an_upload_reads_back_byte_for_byte(store: TestStore) {
        use std::io::Read;
        let org = store.org();
        org.write(|tx| {
            tx.uploads().begin("u", "a.csv", at(1))?;
            tx.uploads().append("u", 0, &[b"ab".to_vec(), b"c".to_vec()])?;
            tx.uploads().append("u", 2, &[b"def".to_vec()])?;
            tx.uploads().complete("u", 6)
        }).unwrap();
        let mut text = String::new();
        muster_store::ChunkReader::new(org.clone(), "u").read_to_string(&mut text).unwrap();
        assert_eq!(text, "abcdef");
        org.write(|tx| tx.uploads().remove("u")).unwrap();
        assert_eq!(org.read(|tx| tx.uploads().size("u")).unwrap(), None);
    }
}

#[test]
fn a_folder_belongs_to_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let address = muster_store::Address::Folder(folder.path().into());
    let first = muster_store::Store::open(&address).unwrap();
    assert!(matches!(
        muster_store::Store::open(&address),
        Err(Error::Locked(_))
    ));
    first.create_org("acme", at(1)).unwrap();
    drop(first);
    assert!(
        muster_store::Store::open(&address)
            .unwrap()
            .org("acme")
            .is_some()
    );
}

#[test]
fn nodes_that_start_at_once_make_the_schema_once() {
    let url = std::env::var("MUSTER_TEST_POSTGRES").unwrap();
    let prefix = format!("t{}_at_once_", std::process::id());
    let stores: Vec<Store> = std::thread::scope(|scope| {
        let open = || scope.spawn(|| Store::open_postgres(&url, &prefix).unwrap());
        let opening: Vec<_> = std::iter::repeat_with(open).take(8).collect();
        opening.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let all_see_none = stores.iter().all(|store| store.orgs().is_empty());
    for store in stores {
        store.destroy().unwrap();
    }
    assert!(all_see_none);
}

both_backends! {
    fn whoever_hears_of_an_org_while_it_is_made_shares_it(store: TestStore) {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        store.refresh_orgs().unwrap();
                    }
                });
            }
            for number in 0..5 {
                store.create_org(&format!("org-{number}"), at(1)).unwrap();
            }
        });
        assert_eq!(store.orgs().len(), 6);
    }
}
