//! Many rows in one call: the same as one row after the other, on both backends.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use muster_model::id::{AccountId, IdentityId, SourceId, TaskId};
use muster_model::{AttributeValue, Timestamp};
use muster_store::{Account, Error, Identity, Part, Replaced};
use muster_testkit::both_backends;

const SOURCE: SourceId = SourceId(7);
/// More rows than one statement takes.
const MANY: u128 = 2_500;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn account(number: u128) -> Account {
    Account {
        id: AccountId(number),
        source_id: SOURCE,
        native_identity: format!("native-{number}"),
        digest: number.to_be_bytes(),
        // Every third account is nobody's; two belong to one identity.
        identity_id: (!number.is_multiple_of(3)).then_some(IdentityId(number / 3)),
        name: format!("Name \"{number}\", {{Ünï}} \\ NULL"),
        disabled: number.is_multiple_of(2),
        locked: false,
        manually_correlated: false,
        uncorrelated_reason: number.is_multiple_of(5).then(String::new),
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

both_backends! {
    fn accounts_inserted_together_are_found_each_at_its_place(store: TestStore) {
        let org = store.org();
        let accounts: Vec<Account> = (1..=MANY).map(account).collect();
        org.write(|tx| tx.accounts().insert(&accounts)).unwrap();
        org.read(|tx| {
            let natives: Vec<String> = (0..=MANY).rev().map(|number| format!("native-{number}")).collect();
            let natives: Vec<&str> = natives.iter().map(String::as_str).collect();
            let mut found = tx.accounts().find_each(SOURCE, &natives)?;
            assert_eq!(found.pop(), Some(None), "nobody has the number 0");
            let found: Vec<Account> = found.into_iter().rev().map(Option::unwrap).collect();
            assert_eq!(found, accounts);

            let ids: Vec<IdentityId> = (0..=MANY).map(IdentityId).collect();
            let of_each = tx.accounts().of_each(&ids)?;
            assert_eq!(of_each[1], [account(4), account(5)]);
            assert!(of_each[MANY as usize].is_empty());
            Ok::<_, Error>(())
        }).unwrap();
    }

    fn an_account_that_is_there_is_not_inserted_again(store: TestStore) {
        let org = store.org();
        org.write(|tx| tx.accounts().insert(&[account(2)])).unwrap();
        let other = Account { id: AccountId(99), ..account(2) };
        assert!(org.write(|tx| tx.accounts().insert(&[account(1), other])).is_err());
        let count = org.read(|tx| tx.accounts().count(SOURCE)).unwrap();
        assert_eq!(count, 1, "the failed transaction left nothing behind");
    }

    fn two_parts_of_a_source_are_the_whole(store: TestStore) {
        let org = store.org();
        let accounts: Vec<Account> = (1..=MANY).map(account).collect();
        org.write(|tx| tx.accounts().insert(&accounts)).unwrap();
        let known = |part: Part<'_>| {
            let mut known = Vec::new();
            org.read(|tx| tx.accounts().each_known(SOURCE, part, |native, digest| {
                known.push((native.to_owned(), digest));
                Ok(())
            })).unwrap();
            known.sort_unstable();
            known
        };
        let middle = org.read(|tx| tx.accounts().key_after(SOURCE, MANY as i64 / 2)).unwrap().unwrap();
        let (before, rest) = (known(Part::Below(&middle)), known(Part::From(&middle)));
        assert_eq!((before.len(), &rest[0].0), (MANY as usize / 2, &middle));
        assert_eq!([before, rest].concat(), known(Part::Whole));
        assert_eq!(org.read(|tx| tx.accounts().key_after(SOURCE, MANY as i64)).unwrap(), None);
    }

    fn each_value_finds_its_first_two_identities_in_order(store: TestStore) {
        let org = store.org();
        let keys: Vec<(&str, String, IdentityId)> = (1..=MANY)
            .rev()
            .map(|number| ("email", format!("Jo.{}", number / 4), IdentityId(number)))
            .collect();
        org.write(|tx| tx.identity_keys().add(&keys)).unwrap();
        let again = [("email", "JO.1".to_owned(), IdentityId(4)), ("email", "jo.1".to_owned(), IdentityId(4))];
        org.write(|tx| tx.identity_keys().add(&again)).unwrap();
        let values: Vec<String> = (0..MANY).map(|number| format!("JO.{number}")).collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let found = org.read(|tx| tx.identity_keys().find_each("email", &values)).unwrap();
        assert_eq!(found[1], [IdentityId(4), IdentityId(5)]);
        assert_eq!(found[600], [IdentityId(2_400), IdentityId(2_401)]);
        assert!(found[MANY as usize - 1].is_empty());
    }

    fn identities_changed_together_remember_what_each_was(store: TestStore) {
        let org = store.org();
        let before: Vec<Identity> = (1..=MANY).map(identity).collect();
        let after = |one: &Identity| Identity { version: 2, name: format!("New {}", one.alias), ..one.clone() };
        let replaced: Vec<Replaced<'_>> = before.iter().map(|one| Replaced { before: one, after: after(one) }).collect();
        org.write(|tx| {
            tx.identities().insert(&before)?;
            tx.identities().update(&replaced)
        }).unwrap();
        org.read(|tx| {
            for one in before.iter().step_by(499) {
                let versions = tx.identity_changes().all_versions(after(one))?;
                assert_eq!(versions.collect::<Result<Vec<_>, Error>>()?, [after(one), one.clone()]);
            }
            Ok::<_, Error>(())
        }).unwrap();
    }

    fn one_look_tells_whether_any_of_a_range_is_stored(store: TestStore) {
        let org = store.org();
        org.write(|tx| tx.identities().insert(&[identity(5)])).unwrap();
        org.read(|tx| {
            let mut any = |first, last| tx.identities().any_between(IdentityId(first), IdentityId(last));
            assert_eq!((any(1, 4)?, any(5, 5)?, any(1, 9)?, any(6, u128::MAX)?), (false, true, true, false));
            Ok::<_, Error>(())
        }).unwrap();
    }

    fn identities_inserted_together_can_wait_for_managers(store: TestStore) {
        let org = store.org();
        let identities: Vec<Identity> = (1..=MANY).map(identity).collect();
        let ids: Vec<IdentityId> = identities.iter().map(|one| one.id).collect();
        org.write(|tx| {
            tx.identities().insert(&identities)?;
            tx.identity_keys().await_manager("uid", "Boss", IdentityId(3), Some(TaskId(1)))
        }).unwrap();
        org.read(|tx| {
            let stored: Vec<Identity> = tx.identities().get_each(&ids)?.into_iter().flatten().collect();
            assert_eq!(stored, identities);
            let waiting = tx.identity_keys().which_await(&ids)?;
            assert_eq!(waiting.iter().filter(|waits| **waits).count(), 1);
            assert!(waiting[2]);
            Ok::<_, Error>(())
        }).unwrap();
    }
}
