//! The case file: examples and statements of the vendor's pages, part of them checked against
//! OpenJDK 17, Velocity 1.7 and libphonenumber. What we decide for the unsure ones stands in the
//! crate's README.

use crate::common::world;
use muster_model::AttributeValue;
use muster_transform::Transform;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    id: String,
    transform: Value,
    context: Value,
    expect: String,
    expected: Option<String>,
}

#[test]
fn every_case_of_the_file_holds() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("fixtures/transform-cases.json")).unwrap();
    assert_eq!(cases.len(), 160);
    let failures: Vec<String> = cases.iter().filter_map(failure).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What is wrong with a case, if anything.
fn failure(case: &Case) -> Option<String> {
    let world = world(&case.context);
    let given = match Transform::parse(&case.transform) {
        // A rule that cannot be run is refused when it is saved: an error either way.
        Err(_) if case.expect == "error" && case.expected.as_deref() == Some("error") => {
            return None;
        }
        Err(error) => return Some(format!("{}: {error}", case.id)),
        Ok(transform) => transform.evaluate(&world),
    };
    let expected = case.expected.as_deref().unwrap_or_default();
    let holds = match (case.expect.as_str(), &given) {
        ("null", Ok(value)) => value.is_none(),
        ("value", Ok(value)) => shown(value.as_ref()) == case.expected,
        ("pattern", Ok(value)) => {
            let pattern = regex::Regex::new(expected).expect("patterns of the file compile");
            shown(value.as_ref()).is_some_and(|text| pattern.is_match(&text))
        }
        ("error", Err(error)) => expected == "error" || expected == error.cause.class(),
        _ => false,
    };
    let id = &case.id;
    (!holds).then(|| format!("{id}: expected {:?}, got {given:?}", case.expected))
}

/// A list of one compares as its item (note at accountAttribute-10).
fn shown(value: Option<&AttributeValue>) -> Option<String> {
    value.map(AttributeValue::to_text)
}
