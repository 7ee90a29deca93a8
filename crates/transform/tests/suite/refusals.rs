//! What cannot be saved, with the place and the reason.

use muster_transform::{OPERATIONS, Refusal, Transform};
use serde_json::{Value, json};

fn refused(transform: &Value) -> String {
    match Transform::parse(transform) {
        Ok(_) => panic!("{transform} was accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_refusal_names_the_place_and_the_reason() {
    for (transform, expected) in [
        (
            json!([]),
            "transform: expected a transform: an object with a type",
        ),
        (json!({}), "type: expected the name of an operation"),
        (
            json!({"type": "Lower"}),
            "type: there is no operation \"Lower\", did you mean \"lower\"?",
        ),
        (
            json!({"type": "lower", "attributes": 1}),
            "attributes: expected an object",
        ),
        (
            json!({"type": "concat"}),
            "attributes.values: the attribute is required",
        ),
        (
            json!({"type": "concat", "attributes": {"values": "a"}}),
            "attributes.values: expected a list",
        ),
        (
            json!({"type": "concat", "attributes": {"values": ["a", {"type": "upper", "attributes": {"input": {"type": "what"}}}]}}),
            "attributes.values[1].attributes.input.type: there is no operation \"what\"",
        ),
        (
            json!({"type": "replace", "attributes": {"regex": "(?=a)", "replacement": ""}}),
            "attributes.regex: the regular expression is not accepted: lookahead is not supported",
        ),
        (
            json!({"type": "dateFormat", "attributes": {"outputFormat": "yyyy-bb"}}),
            "attributes.outputFormat: the date pattern is not accepted: 'b' is no pattern letter; quote plain text",
        ),
        (
            json!({"type": "static", "attributes": {"value": "#if($x)a"}}),
            "attributes.value: the template does not parse: #if without its #end",
        ),
        (
            json!({"type": "static", "attributes": {"value": "#macro(x)a#end"}}),
            "attributes.value: the template does not parse: the directive #macro is not supported",
        ),
        (
            json!({"type": "accountAttribute", "attributes": {"sourceName": "a", "attributeName": "b", "accountFilter": "x ="}}),
            "attributes.accountFilter: the account filter is not accepted: an operator was expected at \"=\"",
        ),
        (
            json!({"type": "leftPad", "attributes": {"length": "x"}}),
            "attributes.length: expected a whole number",
        ),
        (
            json!({"type": "randomNumeric", "attributes": {"length": 451}}),
            "attributes.length: expected a length from 0 to 450",
        ),
        (
            json!({"type": "split", "attributes": {"delimiter": ",", "index": 0, "throws": "maybe"}}),
            "attributes.throws: expected true or false",
        ),
        (
            json!({"type": "rule", "attributes": {"name": "My Rule"}}),
            "attributes.name: the rule \"My Rule\" is a BeanShell program, and those are not run here; \
             use static with a template, or conditional, lookup, firstValid, replace, split and \
             substring in its place",
        ),
    ] {
        assert_eq!(refused(&transform), expected, "{transform}");
    }
}

#[test]
fn every_operation_is_known_and_says_what_it_misses() {
    assert_eq!(OPERATIONS.len(), 36);
    for name in OPERATIONS {
        if let Err(error) = Transform::parse(&json!({ "type": name })) {
            assert_eq!(error.refusal, Refusal::Missing, "{name}: {error}");
            assert_eq!(&error.operation, name);
            assert!(error.path.starts_with("attributes."), "{name}: {error}");
        }
    }
}

#[test]
fn traps_are_warned_of() {
    let warned = |transform: Value| {
        let transform = Transform::parse(&transform).unwrap();
        transform
            .warnings()
            .first()
            .map(|warning| warning.path.clone())
    };
    for (transform, path) in [
        (
            json!({"type": "dateFormat", "attributes": {"inputFormat": "YYYY-MM-dd"}}),
            "attributes.inputFormat",
        ),
        (
            json!({"type": "substring", "attributes": {"start": 5, "end": 7}}),
            "attributes.begin",
        ),
        (
            json!({"type": "dateMath", "attributes": {"expression": "now/w"}}),
            "attributes.expression",
        ),
        (
            json!({"type": "replace", "attributes": {"regex": "a", "replacement": "$1"}}),
            "attributes.replacement",
        ),
        (
            json!({"type": "lower", "attributes": {"extra": {"no": "type"}}}),
            "attributes.extra",
        ),
    ] {
        assert_eq!(
            warned(transform.clone()).as_deref(),
            Some(path),
            "{transform}"
        );
    }
    assert_eq!(
        warned(json!({"type": "lower", "attributes": {"extra": "text"}})),
        None
    );
}
