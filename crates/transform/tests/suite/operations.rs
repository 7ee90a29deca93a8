//! One table per family of operations: null, defaults, numbers and booleans as text, nesting.

use serde_json::{Value, json};

use crate::common::run;

/// A row: operation, attributes, input, and the expected value (null is null, `{}` any error).
pub(crate) type Row = (&'static str, Value, Value, Value);

pub(crate) fn check(rows: Vec<Row>) {
    for (operation, attributes, input, expected) in rows {
        let transform = json!({"type": operation, "attributes": attributes});
        let given = run(
            &transform,
            &json!({ "input": input, "now": "2024-02-29T10:20:30.400Z" }),
        );
        let shown = format!("{transform} of {input}");
        match given {
            Err(error) => assert!(expected.is_object(), "{shown}: {}", error.explain()),
            Ok(None) => assert!(expected.is_null(), "{shown}: null"),
            Ok(Some(value)) => assert_eq!(json!(value), expected, "{shown}"),
        }
    }
}

#[test]
fn null_in_is_null_out() {
    for (operation, attributes) in [
        ("lower", json!({})),
        ("upper", json!(null)),
        ("trim", json!({})),
        ("base64Encode", json!({})),
        ("base64Decode", json!({})),
        ("decomposeDiacriticalMarks", json!({})),
        ("normalizeNames", json!({})),
        ("e164phone", json!({})),
        ("iso3166", json!({})),
        ("rfc5646", json!({})),
        ("leftPad", json!({"length": 3})),
        ("rightPad", json!({"length": 3})),
        ("substring", json!({"begin": 0, "end": 9})),
        ("indexOf", json!({"substring": "a"})),
        ("lastIndexOf", json!({"substring": "a"})),
        ("split", json!({"delimiter": ",", "index": 7})),
        ("replace", json!({"regex": "a", "replacement": "b"})),
        ("replaceAll", json!({"table": {"a": "b"}})),
        ("lookup", json!({"table": {"a": "b"}})),
        ("dateFormat", json!({"outputFormat": "yyyy"})),
        ("dateMath", json!({"expression": "+1d"})),
        ("lower", json!({"input": null})),
    ] {
        let transform = json!({"type": operation, "attributes": attributes});
        let given = run(&transform, &json!({}));
        assert_eq!(given, Ok(None), "{transform}");
    }
}

#[test]
fn an_explicit_null_input_beats_the_implicit_one() {
    check(vec![(
        "lower",
        json!({"input": null}),
        json!("ABC"),
        json!(null),
    )]);
}

#[test]
fn texts_are_changed_as_java_changes_them() {
    check(vec![
        ("lower", json!({}), json!("ÀÉÎ ΟΔΟΣ"), json!("àéî οδος")),
        ("upper", json!({}), json!("straße"), json!("STRASSE")),
        ("trim", json!({}), json!("\t a\u{a0}\n"), json!("a\u{a0}")),
        ("base64Encode", json!({}), json!("Zoë"), json!("Wm/Dqw==")),
        ("base64Decode", json!({}), json!("Wm/Dqw=="), json!("Zoë")),
        ("base64Decode", json!({}), json!("Wm/Dqw"), json!("Zoë")),
        ("base64Decode", json!({}), json!("?"), json!({})),
        ("base64Decode", json!({}), json!("/w=="), json!({})),
        (
            "decomposeDiacriticalMarks",
            json!({}),
            json!("Łódź ø ß"),
            json!("Łodz ø ß"),
        ),
        (
            "leftPad",
            json!({"length": "5", "padding": "ab"}),
            json!("xyz"),
            json!("abxyz"),
        ),
        ("leftPad", json!({"length": 2}), json!("xyz"), json!("xyz")),
        (
            "rightPad",
            json!({"length": 5, "padding": ""}),
            json!("xyz"),
            json!("xyz  "),
        ),
        (
            "indexOf",
            json!({"substring": "b"}),
            json!("𝄞b"),
            json!("2"),
        ),
        ("lower", json!({}), json!(true), json!("true")),
        (
            "leftPad",
            json!({"length": 4, "padding": "0"}),
            json!(42),
            json!("0042"),
        ),
        ("lower", json!({}), json!(["A", "B"]), json!("a,b")),
    ]);
}

#[test]
fn slices_obey_offsets_and_bounds() {
    check(vec![
        (
            "substring",
            json!({"begin": "2", "end": "4"}),
            json!("abcdef"),
            json!("cd"),
        ),
        (
            "substring",
            json!({"begin": -1, "beginOffset": 2, "end": 3}),
            json!("abcdef"),
            json!("abc"),
        ),
        (
            "substring",
            json!({"begin": 2, "end": -1, "endOffset": 1}),
            json!("abcdef"),
            json!("cdef"),
        ),
        (
            "substring",
            json!({"begin": 3, "end": 3}),
            json!("abc"),
            json!(""),
        ),
        ("substring", json!({"begin": 4}), json!("abc"), json!({})),
        (
            "substring",
            json!({"begin": 2, "end": 1}),
            json!("abc"),
            json!({}),
        ),
        ("substring", json!({"begin": -2}), json!("abc"), json!({})),
        (
            "substring",
            json!({"begin": {"type": "indexOf", "attributes": {"substring": "@"}}, "beginOffset": 1}),
            json!("ann@example.com"),
            json!("example.com"),
        ),
        (
            "substring",
            json!({"begin": 0, "end": {"type": "indexOf", "attributes": {"substring": "@"}}}),
            json!("ann@example.com"),
            json!("ann"),
        ),
        (
            "split",
            json!({"delimiter": "[@.]", "index": "2"}),
            json!("a@b.c"),
            json!("c"),
        ),
        (
            "split",
            json!({"delimiter": "|", "index": 1}),
            json!("a|b"),
            json!("|"),
        ),
        (
            "split",
            json!({"delimiter": "\\|", "index": 1}),
            json!("a|b"),
            json!("b"),
        ),
        (
            "split",
            json!({"delimiter": ",", "index": 1, "throws": "false"}),
            json!("a,"),
            json!(null),
        ),
        (
            "split",
            json!({"delimiter": ",", "index": -1}),
            json!("a,b"),
            json!({}),
        ),
        (
            "rule",
            json!({"name": "Cloud Services Deployment Utility", "operation": "getEndOfString", "numChars": 3}),
            json!("abc"),
            json!("abc"),
        ),
    ]);
}

#[test]
fn replacements_know_groups_and_stay_apart_from_templates() {
    check(vec![
        (
            "replace",
            json!({"regex": "(\\w+), (\\w+)", "replacement": "$2 $1"}),
            json!("Lee, Ann"),
            json!("Ann Lee"),
        ),
        (
            "replace",
            json!({"regex": "(?<a>\\w)\\w*", "replacement": "${a}."}),
            json!("Ann"),
            json!("A."),
        ),
        (
            "replace",
            json!({"regex": "[aeiou]$", "replacement": ""}),
            json!("Anna"),
            json!("Ann"),
        ),
        (
            "replace",
            json!({"regex": "x", "replacement": "$9"}),
            json!("abc"),
            json!("abc"),
        ),
        (
            "replace",
            json!({"regex": "a", "replacement": "$9"}),
            json!("abc"),
            json!({}),
        ),
        (
            "replace",
            json!({"regex": "$what", "replacement": "-", "what": "b"}),
            json!("abc"),
            json!("a-c"),
        ),
        (
            "replace",
            json!({"regex": "b", "replacement": "$what", "what": "[$input]"}),
            json!("abc"),
            json!({}),
        ),
        (
            "replaceAll",
            json!({"table": {"a": "b", "b": "c"}}),
            json!("ab"),
            json!("cc"),
        ),
        ("replaceAll", json!({"table": {}}), json!("ab"), json!("ab")),
        (
            "replaceAll",
            json!({"table": {".": "-"}}),
            json!("ab"),
            json!("--"),
        ),
    ]);
}

#[test]
fn tables_match_exactly() {
    check(vec![
        (
            "lookup",
            json!({"table": {"A": "1", "default": "0"}}),
            json!("a"),
            json!("0"),
        ),
        (
            "lookup",
            json!({"table": {"A": "1"}}),
            json!("a"),
            json!({}),
        ),
        (
            "lookup",
            json!({"table": {"1": "one"}}),
            json!(1),
            json!("one"),
        ),
        (
            "lookup",
            json!({"table": {"true": "yes"}}),
            json!(true),
            json!("yes"),
        ),
        (
            "lookup",
            json!({"table": {"a": {"type": "upper"}}}),
            json!("a"),
            json!("A"),
        ),
        (
            "iso3166",
            json!({"format": "numeric"}),
            json!("af"),
            json!("004"),
        ),
        (
            "iso3166",
            json!({"format": "alpha3"}),
            json!("deutschland"),
            json!("DEU"),
        ),
        (
            "iso3166",
            json!({}),
            json!("Korea, Republic of"),
            json!("KR"),
        ),
        ("iso3166", json!({}), json!("Côte d'Ivoire"), json!("CI")),
        ("iso3166", json!({}), json!("CÔTE D’IVOIRE"), json!("CI")),
        ("iso3166", json!({}), json!("4"), json!("AF")),
        ("iso3166", json!({}), json!(""), json!(null)),
        (
            "e164phone",
            json!({"defaultRegion": "GB"}),
            json!("020 7946 0018"),
            json!("+442079460018"),
        ),
        (
            "e164phone",
            json!({}),
            json!("+61 412 345 678"),
            json!("+61412345678"),
        ),
        ("e164phone", json!({}), json!("911"), json!(null)),
        ("e164phone", json!({}), json!(""), json!(null)),
    ]);
}

/// What libphonenumber 9 makes of them.
#[test]
fn phone_numbers_are_read_as_people_write_them() {
    let phone = |region: &str, text: &str, expected: Value| {
        (
            "e164phone",
            json!({ "defaultRegion": region }),
            json!(text),
            expected,
        )
    };
    check(vec![
        phone("US", "+44 (0)20 7946 0018", json!("+442079460018")),
        phone("US", "+49(0)89-12345678", json!("+498912345678")),
        phone("US", "+41 (0) 44 668 18 00", json!("+41446681800")),
        phone("US", "+44 020 7946 0018", json!("+442079460018")),
        phone("US", "+55 (11) 91234-5678", json!("+5511912345678")),
        phone("US", "+86 10 8888 8888", json!("+861088888888")),
        phone("US", "+39 02 1234 5678", json!("+390212345678")),
        phone("US", "011 44 (0)20 7946 0018", json!("+442079460018")),
        phone("US", "+1 (512) 777-2222", json!("+15127772222")),
        phone("US", "(512) 777-2222 ext. 5", json!("+15127772222")),
        phone("US", "tel:+1-512-777-2222", json!("+15127772222")),
        phone("US", "１５１２７７７２２２２", json!("+15127772222")),
        phone("US", "＋١٥١٢٧٧٧٢٢٢٢", json!("+15127772222")),
        phone("US", "call 512-777-2222", json!("+15127772222")),
        phone("US", "+1 555 0100", json!(null)),
        phone("US", "+999123456789", json!(null)),
        phone("US", "+", json!(null)),
        phone("US", "N/A", json!(null)),
        phone("GB", "(020) 7946 0018", json!("+442079460018")),
        phone("GB", "00 1 512 777 2222", json!("+15127772222")),
        phone("GB", "+44 7911 123456", json!("+447911123456")),
        phone("DE", "030/123456", json!("+4930123456")),
        phone("FR", "01 42 68 53 00", json!("+33142685300")),
        phone("AU", "(02) 9374 4000", json!("+61293744000")),
        phone("IN", "09876543210", json!("+919876543210")),
    ]);
}

#[test]
fn joining_treats_null_as_empty() {
    check(vec![
        (
            "concat",
            json!({"values": ["a", null, 1, true]}),
            json!(null),
            json!("a1true"),
        ),
        (
            "join",
            json!({"values": ["a", null, "b"]}),
            json!(null),
            json!("a,,b"),
        ),
        ("join", json!({"values": []}), json!(null), json!("")),
        (
            "concat",
            json!({"values": ["<", {"type": "lower"}, ">"]}),
            json!("X"),
            json!("<x>"),
        ),
        (
            "firstValid",
            json!({"values": [null, {"type": "trim"}, "x"]}),
            json!(null),
            json!("x"),
        ),
        (
            "firstValid",
            json!({"values": [null]}),
            json!("y"),
            json!(null),
        ),
        (
            "firstValid",
            json!({"ignoreErrors": true, "values": [{"type": "lookup", "attributes": {"table": {}}}, "x"]}),
            json!("y"),
            json!("x"),
        ),
    ]);
}

#[test]
fn the_conditional_compares_exactly() {
    let compare = |expression: &str, value: Value| json!({"expression": expression, "positiveCondition": "y", "negativeCondition": "$value", "value": value});
    check(vec![
        (
            "conditional",
            compare("$value eq a eq b", json!("a eq b")),
            json!(null),
            json!("y"),
        ),
        (
            "conditional",
            compare("$value eq ", json!("x")),
            json!(null),
            json!({}),
        ),
        (
            "conditional",
            compare("x eq x", json!(null)),
            json!(null),
            json!("y"),
        ),
        (
            "conditional",
            compare("x eq y", json!(null)),
            json!(null),
            json!({}),
        ),
        (
            "conditional",
            compare("x == x", json!(null)),
            json!(null),
            json!({}),
        ),
    ]);
}
