//! A user name belongs to one person, whoever writes at the same time.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Barrier;

use muster_model::id::IdentityId;
use muster_model::{AttributeMap, Timestamp};
use muster_store::{Error, Identity, Org, Replaced, Result};
use muster_testkit::both_backends;

/// So many that their keys may wait in memory.
const MANY: u128 = 1_500;

fn named(number: u128, name: &str) -> Identity {
    let mut attributes = AttributeMap::default();
    attributes.set("uid", name.into());
    Identity {
        alias: name.to_owned(),
        attributes,
        ..muster_testkit::identity(number, Timestamp::from_micros(1))
    }
}

fn keys(people: &[Identity]) -> Vec<(&'static str, String, IdentityId)> {
    let key = |one: &Identity| Some(("uid", one.key("uid")?, one.id));
    people.iter().filter_map(key).collect()
}

/// Stores new people as a refresh does whose batch has nobody but them.
fn load(org: &Org, people: &[Identity]) -> Result<()> {
    org.write(|tx| {
        tx.identities().insert(people)?;
        tx.identity_keys().add_late(keys(people))
    })
}

/// Stores one as a refresh does whose batch has others.
fn add(org: &Org, person: &Identity) -> Result<()> {
    org.write(|tx| {
        tx.identities().insert(std::slice::from_ref(person))?;
        tx.identity_keys().add(&keys(std::slice::from_ref(person)))
    })
}

fn owners(org: &Org, name: &str) -> Vec<IdentityId> {
    org.read(|tx| tx.identity_keys().find("uid", name, 9))
        .unwrap()
}

fn people(numbers: std::ops::Range<u128>) -> Vec<Identity> {
    numbers
        .map(|number| named(number, &format!("Jo.{number}")))
        .collect()
}

both_backends! {
    fn one_of_two_who_write_at_once_gets_a_user_name(store: TestStore) {
        let org = store.org();
        for round in 0..20 {
            let name = format!("jo.{round}");
            let rivals = [named(2 * round + 1, &name), named(2 * round + 2, &name.to_uppercase())];
            let both_have_looked = Barrier::new(2);
            let ended = std::thread::scope(|scope| {
                let ended = rivals.each_ref().map(|rival| scope.spawn(|| {
                    assert_eq!(owners(org, &rival.alias), []);
                    both_have_looked.wait();
                    add(org, rival)
                }));
                ended.map(|ended| ended.join().unwrap())
            });
            let won = ended.iter().position(Result::is_ok).unwrap();
            assert!(matches!(&ended[1 - won], Err(Error::Conflict(_))), "{ended:?}");
            assert_eq!(owners(org, &name), [rivals[won].id]);
            let lost = rivals[1 - won].id;
            assert_eq!(org.read(|tx| tx.identities().get(lost)).unwrap(), None);
        }
    }

    fn a_name_whose_key_waits_belongs_to_somebody_too(store: TestStore) {
        let org = store.org();
        load(org, &people(10..MANY)).unwrap();
        for is_written in [false, true] {
            let rival = named(5_000, "JO.77");
            assert!(matches!(add(org, &rival), Err(Error::Conflict(_))), "{is_written}");
            let mut others = people(6_000..6_000 + MANY);
            others.push(rival);
            assert!(matches!(load(org, &others), Err(Error::Conflict(_))), "{is_written}");
            assert_eq!(owners(org, "jo.77"), [IdentityId(77)]);
            assert_eq!(owners(org, "jo.6000"), []);
            org.write(|tx| tx.identity_keys().write_late()).unwrap();
        }
        load(org, &people(6_000..6_000 + MANY)).unwrap();
        assert_eq!(owners(org, "jo.6000"), [IdentityId(6_000)]);
    }

    fn a_name_changes_hands_in_one_transaction(store: TestStore) {
        let org = store.org();
        let loaded = people(10..MANY);
        load(org, &loaded).unwrap();
        for (number, heir) in [(77, 5_000), (78, 5_001)] {
            let name = format!("jo.{number}");
            let before = &loaded[number - 10];
            let after = Identity { version: 2, ..named(before.id.0, &format!("Ada.{number}")) };
            let heir = named(heir, &name);
            org.write(|tx| {
                tx.identity_keys().remove("uid", &name, before.id)?;
                tx.identities().insert(std::slice::from_ref(&heir))?;
                let mut keys = keys(&[after.clone(), heir.clone()]);
                tx.identities().update(&[Replaced { before, after }])?;
                keys.reverse();
                tx.identity_keys().add(&keys)
            }).unwrap();
            assert_eq!(owners(org, &name), [heir.id]);
            assert_eq!(owners(org, &format!("ada.{number}")), [before.id]);
            // The second time, all keys have rows.
            org.write(|tx| tx.identity_keys().write_late()).unwrap();
        }
    }
}
