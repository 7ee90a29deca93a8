//! Keys of new people that wait in memory for their rows: found all the same, whatever happens.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use muster_model::id::IdentityId;
use muster_model::{AttributeMap, Timestamp};
use muster_store::{Address, Error, Identity, Org, Replaced, Store};
use muster_testkit::both_backends;

/// So many that their keys may wait.
const MANY: u128 = 1_500;

fn identity(number: u128) -> Identity {
    let mut attributes = AttributeMap::default();
    attributes.set("email", email(number).as_str().into());
    Identity {
        name: format!("Jo {number}"),
        alias: email(number),
        attributes,
        ..muster_testkit::identity(number, Timestamp::from_micros(1))
    }
}

/// Two people share each.
fn email(number: u128) -> String {
    format!("Jo.{}", number / 2)
}

fn keys(people: &[Identity]) -> Vec<(&'static str, String, IdentityId)> {
    let key = |one: &Identity| Some(("email", one.key("email")?, one.id));
    people.iter().filter_map(key).collect()
}

/// Stores new people as a refresh does.
fn load(org: &Org, numbers: std::ops::Range<u128>) -> Vec<Identity> {
    let people: Vec<Identity> = numbers.map(identity).collect();
    org.write(|tx| {
        tx.identities().insert(&people)?;
        tx.identity_keys().add_late(keys(&people))
    })
    .unwrap();
    people
}

fn find(org: &Org, value: &str) -> Vec<u128> {
    let each = org.read(|tx| tx.identity_keys().find_each("email", &["nobody", value]));
    let [none, found] = each.unwrap().try_into().unwrap();
    assert!(none.is_empty());
    let one_by_one = org.read(|tx| tx.identity_keys().find("email", value, 2));
    assert_eq!(found, one_by_one.unwrap());
    found.into_iter().map(|id| id.0).collect()
}

fn write(org: &Org) {
    org.write(|tx| tx.identity_keys().write_late()).unwrap();
}

both_backends! {
    fn people_are_found_before_their_keys_are_rows_and_after(store: TestStore) {
        let org = store.org();
        load(org, 10..MANY);
        assert_eq!(find(org, "JO.7"), [14, 15]);
        // A third one with the same value has its row at once.
        org.write(|tx| tx.identity_keys().add(&[("email", "jo.7".into(), IdentityId(3))])).unwrap();
        assert_eq!(find(org, "jo.7"), [3, 14]);
        write(org);
        assert_eq!(find(org, "jo.7"), [3, 14]);
        load(org, MANY..2 * MANY);
        write(org);
        write(org);
        assert_eq!((find(org, "jo.8"), find(org, "jo.1000")), (vec![16, 17], vec![2_000, 2_001]));
    }

    fn a_reader_who_began_before_the_rows_were_written_finds_them_too(store: TestStore) {
        let org = store.org();
        load(org, 10..MANY);
        org.read(|tx| {
            // The view is as of the first look.
            assert!(tx.identities().get(IdentityId(14))?.is_some());
            std::thread::scope(|scope| scope.spawn(|| write(org)).join()).unwrap();
            assert_eq!(tx.identity_keys().find("email", "jo.7", 2)?, [IdentityId(14), IdentityId(15)]);
            Ok::<_, Error>(())
        }).unwrap();
    }

    fn whom_a_transaction_did_not_store_nobody_finds(store: TestStore) {
        let org = store.org();
        let people: Vec<Identity> = (10..MANY).map(identity).collect();
        let failed: Result<(), Error> = org.write(|tx| {
            tx.identities().insert(&people)?;
            tx.identity_keys().add_late(keys(&people))?;
            Err(Error::Conflict("a test".into()))
        });
        failed.unwrap_err();
        assert!(find(org, "jo.7").is_empty());
        assert_eq!(org.read(|tx| tx.settings().get("identity-keys-missing")).unwrap(), None);
    }

    fn what_a_person_is_not_found_by_any_more_goes_wherever_it_is(store: TestStore) {
        let org = store.org();
        let people = load(org, 10..MANY);
        org.write(|tx| tx.identity_keys().remove("email", "JO.7", IdentityId(14))).unwrap();
        org.write(|tx| tx.identity_keys().forget(&people[6])).unwrap();
        assert_eq!((find(org, "jo.7"), find(org, "jo.8")), (vec![15], vec![17]));
        write(org);
        org.write(|tx| tx.identity_keys().remove("email", "jo.7", IdentityId(15))).unwrap();
        assert_eq!((find(org, "jo.7"), find(org, "jo.8")), (vec![], vec![17]));
    }

    fn a_copy_finds_everybody(store: TestStore) {
        load(store.org(), 10..MANY);
        let scratch = store.scratch(store.org(), || false).unwrap();
        assert_eq!(find(scratch.org(), "jo.7"), [14, 15]);
        write(store.org());
        assert_eq!(find(store.org(), "jo.7"), [14, 15]);
    }
}

#[test]
fn a_process_that_is_killed_leaves_everybody_to_be_found() {
    let folder = tempfile::tempdir().unwrap();
    let address = Address::Folder(folder.path().to_owned());
    let store = Store::open(&address).unwrap();
    let org = store.create_org("acme", Timestamp::from_micros(0)).unwrap();
    load(&org, 10..100);
    load(&org, 1_000..1_000 + MANY);
    // One of them has changed since: the key is that of today.
    let before = identity(1_008);
    let mut after = Identity {
        version: 2,
        ..before.clone()
    };
    after.attributes.set("email", "ada".into());
    org.write(|tx| {
        tx.identity_keys()
            .remove("email", "jo.504", IdentityId(1_008))?;
        tx.identity_keys()
            .add(&[("email", "ada".into(), IdentityId(1_008))])?;
        let before = &before;
        tx.identities().update(&[Replaced { before, after }])
    })
    .unwrap();
    let rows = "SELECT COUNT(*) FROM identity_key";
    let count = |org: &Org| org.read(|tx| tx.fetch_one(rows, &[], |row| row.get::<i64>(0)));
    assert_eq!(count(&org).unwrap(), Some(91), "the others wait");
    // Nothing is written down at the end: that of a process that is killed is no other.
    drop((org, store));
    let store = Store::open(&address).unwrap();
    let org = store.org("acme").unwrap();
    assert_eq!(count(&org).unwrap(), Some(90 + MANY as i64));
    assert_eq!(
        (
            find(&org, "jo.503"),
            find(&org, "jo.504"),
            find(&org, "ada")
        ),
        (vec![1_006, 1_007], vec![1_009], vec![1_008])
    );
    assert_eq!(find(&org, "jo.7"), [14, 15]);
}
