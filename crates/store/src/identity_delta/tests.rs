//! Whatever changes, what it was is found again.

use super::*;
use muster_model::id::time_ordered;
use serde_json::json;

fn cause(second: i64) -> TaskId {
    TaskId(time_ordered(Timestamp::from_micros(second * 1_000_000), 99))
}

fn person(attributes: &[(&str, AttributeValue)]) -> Identity {
    Identity {
        id: IdentityId(7),
        version: 4,
        revision: 2,
        profile_id: Some(ProfileId(1)),
        stage: Stage::Active,
        name: "Jo Doe".into(),
        alias: "jo.doe".into(),
        manager_id: None,
        lifecycle: None,
        created: Timestamp::from_micros(5),
        modified: Timestamp::from_micros(1_700_000_000_123_456),
        cause: cause(1_700_000_000),
        attributes: attributes
            .iter()
            .map(|(name, value)| ((*name).into(), value.clone()))
            .collect(),
        problems: None,
    }
}

/// `change` makes the next version; what it was is found again, in so many bytes.
#[track_caller]
fn found_again(before: &Identity, change: impl FnOnce(&mut Identity)) -> usize {
    let mut after = Identity {
        version: before.version + 1,
        modified: Timestamp::from_micros(1_700_000_900_000_000),
        cause: cause(1_700_000_890),
        ..before.clone()
    };
    change(&mut after);
    let bytes = pack(before, &after).unwrap();
    assert_eq!(unpack(&bytes, &after).unwrap(), *before);
    for end in 0..bytes.len() {
        // Cut short it may be something else, but nothing falls over.
        let _ = unpack(&bytes[..end], &after);
    }
    bytes.len()
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::from(value)
}

#[test]
fn a_changed_department_takes_a_few_bytes_beside_the_run_and_the_moment() {
    let before = person(&[("uid", text("jo")), ("department", text("Sales"))]);
    let size = found_again(&before, |after| {
        after.revision += 1;
        after.attributes.set("department", text("Marketing"));
    });
    // Flags, run, moment; number, length and text of the attribute.
    assert_eq!(size, (1 + 16 + 3) + (1 + 1 + 5));
}

#[test]
fn every_kind_of_value_is_found_again_at_its_place() {
    let boss = |name: &str| Reference::identity(IdentityId(0xB055).to_string(), name);
    let before = person(&[
        ("uid", text("jo")),
        ("own name", text("é")),
        ("flag", AttributeValue::Boolean(true)),
        ("number", AttributeValue::Integer(-3)),
        (
            "groups",
            AttributeValue::List(vec!["a".into(), String::new()]),
        ),
        ("manager", AttributeValue::Reference(boss("The Boss"))),
        (
            "odd",
            AttributeValue::Reference(Reference::source("HR", "HR")),
        ),
        ("last", text("")),
    ]);
    let names: Vec<String> = before
        .attributes
        .iter()
        .map(|(name, _)| name.to_string())
        .collect();
    for name in &names {
        found_again(&before, |after| drop(after.attributes.remove(name)));
        found_again(&before, |after| {
            after.attributes.set(name.as_str(), text("other"));
        });
    }
    found_again(&before, |after| after.attributes = AttributeMap::default());
    found_again(&before, |after| after.attributes.set("new", text("x")));
    let mut turned: Vec<_> = before.attributes.iter().collect();
    turned.reverse();
    let turned = turned.into_iter();
    let turned = turned.map(|(name, value)| (name.clone(), value.clone()));
    found_again(&before, |after| after.attributes = turned.collect());
    found_again(&person(&[]), |after| {
        after.attributes = before.attributes.clone();
    });
    // The same manager under a new name is another value here.
    found_again(&before, |after| {
        after
            .attributes
            .set("manager", AttributeValue::Reference(boss("New Name")));
    });
}

#[test]
fn every_member_is_found_again() {
    let mut before = person(&[("cloudLifecycleState", text("active"))]);
    before.lifecycle = Some("active".into());
    found_again(&before, |after| after.stage = Stage::Withdrawn);
    found_again(&before, |after| after.profile_id = None);
    found_again(&before, |after| after.profile_id = Some(ProfileId(9)));
    found_again(&before, |after| {
        (after.name, after.alias) = (String::new(), "x".into());
    });
    found_again(&before, |after| after.lifecycle = None);
    found_again(&before, |after| {
        after.problems = Some(json!([{"reason": "x"}]));
    });
    before.lifecycle = Some("other".into());
    before.problems = Some(json!([{"reason": "y"}]));
    before.manager_id = Some(IdentityId(3));
    before.profile_id = None;
    found_again(&before, |after| {
        after.lifecycle = None;
        after.problems = None;
        after.manager_id = None;
        after.profile_id = Some(ProfileId(1));
    });
    let boss = Reference::identity(IdentityId(3).to_string(), "Boss");
    before
        .attributes
        .set("manager", AttributeValue::Reference(boss));
    found_again(&before, |after| {
        after.manager_id = None;
        after.attributes = AttributeMap::default();
    });
    found_again(&before, |after| after.manager_id = Some(IdentityId(8)));
}

#[test]
fn what_is_no_version_is_an_error() {
    let after = person(&[]);
    for bytes in [&[][..], &[0; 5], &[WHOLE | 0x40; 40]] {
        assert!(unpack(bytes, &after).is_err(), "{bytes:?}");
    }
}
