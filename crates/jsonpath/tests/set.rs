//! A set of filters answers as its filters one by one.

mod support;

use std::io::Read;

use flate2::read::GzDecoder;
use muster_jsonpath::{Dialect, Document, Filter, FilterSet};
use serde_json::{Value, json};
use support::{Random, filter, object};

const CORPUS: &[u8] = include_bytes!("data/jayway-corpus.ndjson.gz");

#[test]
fn a_set_of_the_whole_corpus_fires_as_its_filters_do() {
    let mut text = String::new();
    GzDecoder::new(CORPUS)
        .read_to_string(&mut text)
        .expect("the corpus unpacks");
    let cases: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a case"))
        .collect();
    let filters: Vec<Filter> = cases
        .iter()
        .filter_map(|case| Filter::compile(case["filter"].as_str().expect("a text")).ok())
        .collect();
    let set = FilterSet::compile(filters.iter().enumerate());
    assert_eq!(set.len(), filters.len());
    for case in cases.iter().step_by(97) {
        let input = &case["input"];
        let expected: Vec<usize> = (0..filters.len())
            .filter(|at| filters[*at].fires(input))
            .collect();
        let found: Vec<usize> = set.matching(input).copied().collect();
        assert_eq!(found, expected, "on {input}");
    }
}

#[test]
fn a_set_of_generated_filters_fires_as_they_do() {
    let mut random = Random::new(11);
    for _ in 0..40 {
        let filters: Vec<Filter> = (0..200)
            .filter_map(|_| Filter::compile(&filter(&mut random)).ok())
            .collect();
        let set = FilterSet::compile(filters.iter().enumerate());
        for _ in 0..20 {
            let text = object(&mut random, 3);
            let document = Document::parse(&text).expect("a document");
            let found: Vec<usize> = set.matching(&document).copied().collect();
            for (at, filter) in filters.iter().enumerate() {
                assert_eq!(
                    found.contains(&at),
                    filter.fires(&document),
                    "{} on {text}",
                    filter.source()
                );
            }
        }
    }
}

#[test]
fn look_ups_keep_the_coercions_and_the_errors() {
    let texts = [
        "$.l[?(@.a == '1')]",
        "$.l[?(@.a == 1)]",
        "$.l[?(@.a == '1.0')]",
        "$.l[?(@.a === '1')]",
        "$.l[?(@.a in ['1', 2, null])]",
        "$.l[?(@.a in ['x', 1.0])]",
        "$.l[?(@.b empty true && @.a == '1')]",
        "$.l[?(@.a == '1' && @.b empty true)]",
        "$.l[?(@.b contains 'x' || @.a == '1')]",
    ];
    let filters: Vec<Filter> = texts
        .iter()
        .map(|text| Filter::compile(text).expect("a filter"))
        .collect();
    let query = Filter::compile_in(Dialect::Rfc9535, "$.l[?@.a == 1]").expect("a query");
    let all = filters.iter().chain([&query, &filters[0]]);
    let set = FilterSet::compile(all.clone().enumerate());
    for document in [
        json!({"l": [{"a": 1}]}),
        json!({"l": [{"a": "1"}, {"a": "1", "b": {}}]}),
        json!({"l": [{"a": 1.0, "b": ""}]}),
        json!({"l": [{"a": null}, {"a": "x"}]}),
        json!({"l": [{"a": "1.0", "b": ["x", {}]}]}),
        json!({"l": {"a": "1"}}),
        json!({"l": 5}),
        json!(null),
    ] {
        let expected: Vec<usize> = all
            .clone()
            .enumerate()
            .filter(|(_, filter)| filter.fires(&document))
            .map(|(at, _)| at)
            .collect();
        let found: Vec<usize> = set.matching(&document).copied().collect();
        assert_eq!(found, expected, "on {document}");
    }
}
