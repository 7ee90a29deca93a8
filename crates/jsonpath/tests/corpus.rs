//! The reference's own answers: every case of the corpus must compile, fail, yield and fire as
//! Jayway JsonPath 2.10.0 does. Only cases marked `suspect` (its shared scan state) are left out.

mod compare;

use std::io::Read;

use compare::same_by_value;
use flate2::read::GzDecoder;
use muster_jsonpath::{Document, Filter};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

const CORPUS: &[u8] = include_bytes!("data/jayway-corpus.ndjson.gz");

#[derive(Deserialize)]
struct Case<'a> {
    id: &'a str,
    filter: String,
    #[serde(borrow)]
    input: &'a RawValue,
    valid: bool,
    definite: bool,
    outcome: &'a str,
    error: Option<&'a str>,
    result: Value,
    fires: bool,
    suspect: Option<&'a str>,
}

/// What a case came out as, in the corpus's words.
#[derive(Debug, PartialEq)]
struct Verdict {
    outcome: &'static str,
    error: Option<String>,
    result: Value,
    fires: bool,
}

fn verdict(filter: &Filter, input: &str) -> Verdict {
    let document: Value = serde_json::from_str(input).expect("the input is JSON");
    let fires = filter.fires(&document);
    let borrowed = Document::parse(input).expect("the input is JSON");
    assert_eq!(
        filter.fires(&borrowed),
        fires,
        "both kinds of document fire alike"
    );
    match filter.read(&borrowed) {
        Ok(outcome) => {
            let result = outcome.into_value();
            Verdict {
                outcome: "value",
                error: None,
                result,
                fires,
            }
        }
        Err(error) => {
            let kind = error.kind.to_string();
            let outcome = match kind.as_str() {
                "PathNotFoundException" => "path_not_found",
                _ => "error",
            };
            Verdict {
                outcome,
                error: Some(kind),
                result: Value::Null,
                fires,
            }
        }
    }
}

fn check(case: &Case<'_>) -> Result<(), String> {
    let filter = match Filter::compile(&case.filter) {
        Ok(filter) => filter,
        Err(error) if case.valid => return Err(format!("should compile: {error}")),
        Err(_) => return Ok(()),
    };
    if !case.valid {
        return Err("should not compile".to_owned());
    }
    if filter.is_definite() != case.definite {
        return Err(format!("definite should be {}", case.definite));
    }
    let verdict = verdict(&filter, case.input.get());
    let same = verdict.outcome == case.outcome
        && verdict.error.as_deref() == case.error
        && verdict.fires == case.fires
        && same_by_value(&verdict.result, &case.result);
    if same {
        return Ok(());
    }
    Err(format!(
        "should be {} {:?} {} fires {}, is {verdict:?}",
        case.outcome, case.error, case.result, case.fires
    ))
}

#[test]
fn every_case_of_the_corpus_comes_out_as_in_the_reference() {
    let mut text = String::new();
    GzDecoder::new(CORPUS)
        .read_to_string(&mut text)
        .expect("the corpus unpacks");
    let (mut checked, mut wrong) = (0, Vec::new());
    for line in text.lines() {
        let case: Case<'_> = serde_json::from_str(line).expect("a case of the corpus");
        if case.suspect.is_some() {
            continue;
        }
        checked += 1;
        if let Err(problem) = check(&case) {
            wrong.push(format!(
                "{} {} on {}: {problem}",
                case.id, case.filter, case.input
            ));
        }
    }
    assert!(checked > 5_000, "the corpus has {checked} cases only");
    assert!(
        wrong.is_empty(),
        "{} of {checked} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn printing_a_filter_of_the_corpus_and_reading_it_again_is_stable() {
    let mut text = String::new();
    GzDecoder::new(CORPUS)
        .read_to_string(&mut text)
        .expect("the corpus unpacks");
    for line in text.lines() {
        let case: Case<'_> = serde_json::from_str(line).expect("a case of the corpus");
        let Ok(filter) = Filter::compile(&case.filter) else {
            continue;
        };
        let printed = filter.to_string();
        let again = Filter::compile(&printed)
            .unwrap_or_else(|error| panic!("{} prints as {printed}: {error}", case.filter));
        assert_eq!(again.to_string(), printed, "{}", case.filter);
        assert_eq!(
            verdict(&again, case.input.get()),
            verdict(&filter, case.input.get()),
            "{} prints as {printed}",
            case.filter
        );
    }
}
