//! Builds a guard for every core operation of the public API from its stated user levels and scopes
//! and checks that each one refuses by default. The description is test data from outside the
//! repository (decisions.md 25).

#![expect(
    clippy::unwrap_used,
    reason = "the lint excuses test functions, not what they call"
)]

use std::path::Path;

use muster_auth::{Caller, Guard, LevelSet, ScopeSet, Subject, UserContext, UserLevel, authorize};
use muster_model::id::IdentityId;
use serde_json::Value;

struct Operation {
    name: String,
    guard: Guard,
    levels: LevelSet,
    person_scopes: &'static [&'static str],
    application_scopes: Option<&'static [&'static str]>,
}

#[test]
fn every_core_operation_refuses_by_default() {
    let operations = core_operations();
    assert_eq!(operations.len(), 234, "core operations behind a token");
    for operation in &operations {
        let name = &operation.name;
        let allows = |caller: &Caller| authorize(caller, &operation.guard).is_ok();

        assert!(
            !allows(&person(LevelSet::NONE, "")),
            "{name}: nothing at all"
        );
        assert!(
            !allows(&person(LevelSet::NONE, "sp:scopes:all")),
            "{name}: no level"
        );
        assert!(!allows(&person(LevelSet::ANY, "")), "{name}: no scope");
        assert!(
            !allows(&person(LevelSet::ANY, "idn:unheard-of:manage")),
            "{name}: other scope"
        );
        assert!(
            !allows(&client(LevelSet::ANY, "")),
            "{name}: client without scope"
        );

        for level in UserLevel::EACH {
            assert_eq!(
                allows(&person(LevelSet::of(&[*level]), "sp:scopes:all")),
                operation.levels.contains(*level),
                "{name}: {} alone",
                level.wire_name()
            );
        }
        assert_eq!(
            allows(&client(LevelSet::ANY, "sp:scopes:all")),
            operation.application_scopes.is_some(),
            "{name}: a client without a person"
        );
    }
}

#[test]
fn every_core_operation_opens_for_a_scope_that_it_states() {
    for operation in core_operations() {
        let opens =
            |scope: &str| authorize(&person(operation.levels, scope), &operation.guard).is_ok();
        let stated = operation.person_scopes;
        if stated.is_empty() {
            assert!(opens("sp:scopes:default"), "{}", operation.name);
        } else {
            assert!(
                stated.iter().any(|scope| opens(scope)),
                "{}",
                operation.name
            );
        }
        for scope in operation.application_scopes.unwrap_or_default() {
            let caller = client(operation.levels, scope);
            assert_eq!(
                authorize(&caller, &operation.guard),
                Ok(()),
                "{}",
                operation.name
            );
        }
    }
}

#[test]
fn no_change_opens_for_a_reading_scope_when_a_changing_one_is_stated() {
    let is_reading = |scope: &&'static str| scope.ends_with(":read");
    let mut mixed_changes = 0;
    for operation in core_operations() {
        let reads = operation.name.starts_with("GET ");
        if reads || operation.person_scopes.iter().all(is_reading) {
            continue;
        }
        for scope in operation.person_scopes.iter().copied().filter(is_reading) {
            mixed_changes += 1;
            let caller = person(LevelSet::ANY, scope);
            assert!(
                authorize(&caller, &operation.guard).is_err(),
                "{}: {scope}",
                operation.name
            );
        }
    }
    assert!(mixed_changes > 0, "the description still mixes them");
}

fn core_operations() -> Vec<Operation> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/spec/api-operations.json");
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|_| panic!("missing test data: ../shared/spec/api-operations.json"));
    let description: Value = serde_json::from_str(&text).unwrap();
    description["operations"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["tier"] == 1 && entry["core"] == true && entry["family"] != "OAuth")
        .map(operation)
        .collect()
}

fn operation(entry: &Value) -> Operation {
    let newest = &entry["newest"];
    let method = entry["method"].as_str().unwrap();
    let levels = levels(&newest["userLevels"]);
    let person_scopes = scopes(&newest["security"]["userAuth"]).expect("every operation has it");
    let application_scopes = scopes(&newest["security"]["applicationAuth"]);
    let guard = match method {
        "GET" => Guard::reading(levels, person_scopes),
        _ => Guard::changing(levels, person_scopes),
    };
    let guard = match application_scopes {
        Some(scopes) => guard.for_applications_with(scopes),
        None => guard,
    };
    let application_scopes = match application_scopes {
        Some([]) => Some(&["sp:scopes:default"][..]),
        other => other,
    };
    Operation {
        name: format!("{method} {}", newest["path"].as_str().unwrap()),
        guard,
        levels,
        person_scopes,
        application_scopes,
    }
}

/// An operation that states no level is for administrators of the org only.
fn levels(stated: &Value) -> LevelSet {
    let names: Vec<&str> = stated
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    match names[..] {
        [] => LevelSet::ORG_ADMIN,
        ["Any"] => LevelSet::ANY,
        _ => names
            .iter()
            // One operation lists a scope among its levels: a slip of the description.
            .filter(|name| !name.contains(':'))
            .map(|name| name.parse::<UserLevel>().unwrap())
            .collect(),
    }
}

/// Guards hold constants; a test may leak the few it reads.
fn scopes(stated: &Value) -> Option<&'static [&'static str]> {
    let scopes = stated
        .as_array()?
        .iter()
        .map(|scope| &*Box::leak(scope.as_str().unwrap().trim().to_owned().into_boxed_str()));
    Some(Box::leak(scopes.collect::<Vec<_>>().into_boxed_slice()))
}

fn person(levels: LevelSet, scopes: &str) -> Caller {
    Caller {
        org: "acme".into(),
        subject: Subject::PersonalAccessToken("token".into()),
        person: Some(UserContext {
            identity_id: IdentityId(1),
            user_name: "ada".into(),
        }),
        levels,
        scopes: ScopeSet::parse(scopes).unwrap(),
        token_id: "jti".into(),
    }
}

fn client(levels: LevelSet, scopes: &str) -> Caller {
    Caller {
        subject: Subject::Client("client".into()),
        person: None,
        ..person(levels, scopes)
    }
}
