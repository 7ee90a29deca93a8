//! The reference's quirks by number, one test each, as its own engine answers them; the README says
//! in which file each lives. [`comparison`] holds 1–7, [`missing`] 8–14, [`matching`] 15–19,
//! [`operators`] 20–28, [`paths`] 29–36, [`functions`] 37–45.

mod comparison;
mod functions;
mod matching;
mod missing;
mod operators;
mod paths;

use muster_jsonpath::{Document, Filter};
use serde_json::Value;

/// What becomes of a filter on a document.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    /// The filter does not compile.
    Refused,
    /// It ends with the error of that name.
    Fails(String),
    /// It yields this, read loosely: numbers by value.
    Yields(Value),
}

fn outcome(filter: &str, document: &str) -> Outcome {
    let Ok(filter) = Filter::compile(filter) else {
        return Outcome::Refused;
    };
    let document = Document::parse(document).expect("a document");
    match filter.read(&document) {
        Ok(found) => Outcome::Yields(found.into_value()),
        Err(error) => Outcome::Fails(error.kind.to_string()),
    }
}

/// Whether a filter on the member `a` of an object holds for it.
fn holds(condition: &str, a: &str) -> bool {
    fires(&format!("$[?({condition})]"), &format!("{{\"a\":{a}}}"))
}

fn fires(filter: &str, document: &str) -> bool {
    let filter = Filter::compile(filter).expect("a filter");
    filter.fires(&Document::parse(document).expect("a document"))
}

/// Asserts conditions on the member `a`: what it is, the condition, whether it holds.
fn assert_holds(cases: &[(&str, &str, bool)]) {
    for (a, condition, expected) in cases {
        assert_eq!(holds(condition, a), *expected, "{condition} for {a}");
    }
}

/// Asserts what filters yield on documents.
fn assert_yields(cases: &[(&str, &str, &str)]) {
    for (filter, document, expected) in cases {
        let expected: Value = serde_json::from_str(expected).expect("JSON");
        assert_eq!(
            outcome(filter, document),
            Outcome::Yields(expected),
            "{filter} on {document}"
        );
    }
}

/// Asserts with which error filters end on documents.
fn assert_fails(cases: &[(&str, &str, &str)]) {
    for (filter, document, error) in cases {
        assert_eq!(
            outcome(filter, document),
            Outcome::Fails((*error).to_owned()),
            "{filter} on {document}"
        );
    }
}

/// Asserts which texts compile.
fn assert_compiles(cases: &[(&str, bool)]) {
    for (filter, expected) in cases {
        assert_eq!(Filter::compile(filter).is_ok(), *expected, "{filter}");
    }
}
