//! The filters and sorters that the vendor's public API description names can all be read.
//!
//! The description is read from `shared/spec` beside the repository; it is not part of it.

#![expect(clippy::unwrap_used, reason = "a failing test may panic anywhere")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use muster_query::{Filter, Operator};
use serde_json::Value;

/// Examples of the description that are no filters by its own grammar, and what we say to them.
const BROKEN: [(&str, &str); 7] = [
    (
        "AppType eq 'ActiveDirectory' and Statuses eq 'Passed'",
        "write \"ActiveDirectory\"",
    ),
    (
        "TaskTypeName eq \"DataClassification and EndBeforeTime eq 1762240800",
        "the missing `\"`",
    ),
    (
        "filters=status eq \"PENDING\" and type eq \"ACCESS_REQUEST_APPROVAL\"",
        "leave out `filters=`",
    ),
    ("filters=status eq PENDING", "leave out `filters=`"),
    (
        "id eq '2c918086749d78830174a1a40e121518'",
        "write \"2c918086749d78830174a1a40e121518\"",
    ),
    (
        "method eq \"GET\", startDate gt \"2025-08-01\"",
        "write `and` instead of the comma",
    ),
    (
        "name co \"identity\", owner co \"john\", status eq \"active\", \
         description co \"some description\"",
        "write `and` instead of the comma",
    ),
];

fn variants() -> Vec<Value> {
    let shared = "shared/spec/api-operations.json";
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../..")
        .join(shared);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{} is missing: {error}", path.display()));
    let description: Value = serde_json::from_str(&text).unwrap();
    let mut variants = Vec::new();
    for operation in description["operations"].as_array().unwrap() {
        variants.push(operation["newest"].clone());
        variants.extend(operation["older"].as_array().into_iter().flatten().cloned());
    }
    variants
}

#[test]
fn every_example_of_the_description_reads_or_is_known_to_be_broken() {
    let variants = variants();
    let examples: BTreeSet<&str> = variants
        .iter()
        .filter_map(|variant| variant["filtersExample"].as_str())
        .collect();
    assert!(examples.len() > 50);
    assert!(BROKEN.iter().all(|(text, _)| examples.contains(text)));
    for example in examples {
        let broken = BROKEN.iter().find(|(text, _)| *text == example);
        match (Filter::parse(example), broken) {
            (Ok(_), None) => {}
            (Err(error), Some((_, remedy))) => {
                assert!(error.remedy().contains(remedy), "{example}: {error}");
            }
            (Ok(_), Some(_)) => panic!("reads now: {example}"),
            (Err(error), None) => panic!("{example}: {error}"),
        }
    }
}

#[test]
fn every_field_reads_with_every_operator_it_is_named_with() {
    let mut read = 0;
    for variant in variants() {
        for (field, operators) in variant["filters"].as_object().into_iter().flatten() {
            // A sentence of the prose that the description's reader took for a field.
            if field == "Supported composite operators" {
                continue;
            }
            for word in operators.as_array().unwrap() {
                let word = word.as_str().unwrap();
                let known = Operator::ALL
                    .into_iter()
                    .find(|operator| operator.word() == word);
                let text = match known.unwrap_or_else(|| panic!("{field} {word}")) {
                    Operator::In | Operator::ContainsAll => format!("{field} {word} (\"x\")"),
                    Operator::IsNull | Operator::Present => format!("{field} {word}"),
                    _ => format!("{field} {word} \"x\""),
                };
                assert!(Filter::parse(&text).is_ok(), "{text}");
                read += 1;
            }
        }
    }
    assert!(read > 1_000, "only {read} comparisons were named");
}
