//! Properties that hold for any filter and any document, on seeded input: the smoke run of the
//! fuzz targets.

mod support;

use muster_jsonpath::{Dialect, Document, Filter, FilterSet, Node, Outcome, limits};
use serde_json::Value;
use support::documents::document;
use support::filters::mutated;
use support::{Random, filter, object};

fn fires_as_read<N: Node>(filter: &Filter, document: N) -> bool {
    let expected = match filter.read(document) {
        Ok(Outcome::Value(value)) => !value.is_null(),
        Ok(Outcome::List(values)) => !values.is_empty(),
        Err(_) => false,
    };
    filter.fires(document) == expected
}

#[test]
fn firing_agrees_with_reading_on_any_document() {
    let mut random = Random::new(5);
    for _ in 0..20_000 {
        let text = if random.chance(20) {
            document(&mut random, 3)
        } else {
            object(&mut random, 3)
        };
        let filter_text = filter(&mut random);
        let Ok(filter) = Filter::compile(&filter_text) else {
            continue;
        };
        let borrowed = Document::parse(&text).expect("a document");
        // An owned value has no place for a number beyond all doubles.
        let text = text.replace("1e400", "1e300");
        let owned: Value = serde_json::from_str(&text).expect("a document");
        assert!(fires_as_read(&filter, &borrowed), "{filter_text} on {text}");
        assert!(fires_as_read(&filter, &owned), "{filter_text} on {text}");
    }
}

#[test]
fn printing_and_compiling_again_is_stable() {
    let mut random = Random::new(6);
    for _ in 0..20_000 {
        let text = filter(&mut random);
        for dialect in [Dialect::Jayway, Dialect::Rfc9535] {
            let Ok(filter) = Filter::compile_in(dialect, &text) else {
                continue;
            };
            let printed = filter.to_string();
            let again = Filter::compile_in(dialect, &printed)
                .unwrap_or_else(|error| panic!("{text} prints as {printed}: {error}"));
            assert_eq!(again.to_string(), printed, "{text}");
        }
    }
}

#[test]
fn what_the_fuzzer_found_stays_fixed() {
    for text in [
        "h(hanges[0]['oldValue']=~/.*/\u{18}==$0)]",
        "$[?($..*[?(null =~ //)] in ['[a'])].c",
        "$[?(@['a']['a','a'][?(@.x-y.b)] || (@.a.length()))].x-y.name",
        "$[\"changes\"][?(@.][?(@.attribute =~ /.*/)]attribute =~ /.*/)]",
        "$[1].c.?(1. != 'it\\'s' && !(@.length))]",
    ] {
        let printed = Filter::compile(text).expect("a filter").to_string();
        assert_eq!(
            Filter::compile(&printed).map(|again| again.to_string()),
            Ok(printed),
            "{text}"
        );
    }
}

#[test]
fn mutated_texts_never_break_the_compiler_or_the_explanation() {
    let mut random = Random::new(7);
    for _ in 0..10_000 {
        let mut text = filter(&mut random);
        for _ in 0..=random.below(4) {
            text = mutated(&mut random, &text);
        }
        let event = object(&mut random, 3);
        let event = Document::parse(&event).expect("a document");
        for dialect in [Dialect::Jayway, Dialect::Rfc9535] {
            match Filter::compile_in(dialect, &text) {
                Ok(filter) => {
                    let explanation = filter.explain(&event);
                    assert_eq!(explanation.fires, filter.fires(&event), "{text}");
                    let set = FilterSet::compile([((), &filter)]);
                    assert_eq!(
                        set.matching(&event).count() == 1,
                        filter.fires(&event),
                        "{text}"
                    );
                }
                Err(error) => assert!(text.is_char_boundary(error.offset), "{text}"),
            }
        }
    }
}

#[test]
fn limits_are_errors_and_not_crashes() {
    let nested = |open: &str, close: &str, count: usize| {
        format!("$[?({}@.a{})]", open.repeat(count), close.repeat(count))
    };
    assert!(Filter::compile(&nested("(", ")", limits::FILTER_NESTING_MAX * 4)).is_err());
    assert!(Filter::compile(&nested("!(", ")", limits::FILTER_NESTING_MAX * 4)).is_err());
    assert!(Filter::compile(&nested("@[?(", ")]", limits::FILTER_NESTING_MAX * 4)).is_err());
    assert!(Filter::compile(&format!("${}", ".a".repeat(limits::PATH_STEPS_MAX * 2))).is_err());
    assert!(Filter::compile(&"a".repeat(limits::FILTER_BYTES_MAX + 1)).is_err());
    let list = vec!["1"; limits::LIST_MEMBERS_MAX + 1].join(",");
    assert!(Filter::compile(&format!("$[?(@.a in [{list}])]")).is_err());
    let pattern = format!("$[?(@.a =~ /{}a{}/)]", "(".repeat(500), ")".repeat(500));
    assert!(Filter::compile(&pattern).is_err());
    assert!(Filter::compile("$[?(@.a =~ /(((a{99}){99}){99}){99}/)]").is_err());
    let rfc = |text: &str| Filter::compile_in(Dialect::Rfc9535, text);
    assert!(rfc(&format!("$[?{}@.a{}]", "(".repeat(500), ")".repeat(500))).is_err());
    assert!(rfc(&format!("$[?{}@.a{}]", "@[?".repeat(500), "]".repeat(500))).is_err());
}

#[test]
fn a_filter_that_takes_too_long_is_an_error() {
    let list: Vec<u32> = (0..3_000).collect();
    let event = serde_json::json!({"l": list});
    let filter = Filter::compile("$.l[?(@ != -1 && $.l[?(@ < 0)] empty false)]").expect("a filter");
    let error = filter.read(&event).expect_err("it takes too many steps");
    assert_eq!(error.kind, muster_jsonpath::FaultKind::Limit);
    assert!(!filter.fires(&event));
}

#[test]
fn a_document_that_is_too_deep_is_an_error() {
    let mut event = serde_json::json!(1);
    for _ in 0..2_000 {
        event = serde_json::json!({"a": event});
    }
    let filter = Filter::compile("$..b").expect("a filter");
    assert_eq!(
        filter.read(&event).map_err(|error| error.kind),
        Err(muster_jsonpath::FaultKind::Limit)
    );
}
