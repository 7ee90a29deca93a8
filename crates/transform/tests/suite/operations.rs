//! One table per family of operations: null, defaults, numbers and booleans as text, nesting.

use serde_json::{Value, json};

use crate::common::run;

/// A row: operation, attributes, input, and the expected value (null is null, `{}` any error).
type Row = (&'static str, Value, Value, Value);

fn check(rows: Vec<Row>) {
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
fn dates_are_read_and_written_as_simple_date_format_does() {
    let format = |input: &str, output: &str| json!({"inputFormat": input, "outputFormat": output});
    check(vec![
        (
            "dateFormat",
            format("yyyyMMdd", "EEE, d MMM yyyy"),
            json!("20240229"),
            json!("Thu, 29 Feb 2024"),
        ),
        (
            "dateFormat",
            format("dd-MMM-yy", "yyyy-MM-dd"),
            json!("01-jan-45"),
            json!("1945-01-01"),
        ),
        (
            "dateFormat",
            format("dd-MMM-yy", "yyyy-MM-dd"),
            json!("1-January-44"),
            json!("2044-01-01"),
        ),
        (
            "dateFormat",
            format("MM/dd/yyyy", "yyyy-MM-dd"),
            json!("13/32/2023"),
            json!("2024-02-01"),
        ),
        (
            "dateFormat",
            format("yyyy-MM-dd", "yyyy"),
            json!("2023-11-01T10:00"),
            json!("2023"),
        ),
        (
            "dateFormat",
            format("YYYY-MM-dd", "yyyy-MM-dd"),
            json!("2023-11-01"),
            json!("2023-01-01"),
        ),
        (
            "dateFormat",
            format("h:mm a", "HH:mm"),
            json!("12:05 am"),
            json!("00:05"),
        ),
        (
            "dateFormat",
            format("yyyy-MM-dd'T'HH:mm:ssZ", "ISO8601"),
            json!("2024-01-01T00:00:00-0530"),
            json!("2024-01-01T05:30:00.000Z"),
        ),
        (
            "dateFormat",
            format("yyyy-MM-dd'T'HH:mm:ssXXX", "ISO8601"),
            json!("2024-01-01T00:00:00+01:00"),
            json!("2023-12-31T23:00:00.000Z"),
        ),
        (
            "dateFormat",
            format("EEE MMM dd HH:mm:ss z yyyy", "ISO8601"),
            json!("Thu Feb 29 10:00:00 EST 2024"),
            json!("2024-02-29T15:00:00.000Z"),
        ),
        (
            "dateFormat",
            format("ISO8601", "LDAP"),
            json!("2020-10-28T12:00:00Z"),
            json!("20201028120000.+0000"),
        ),
        (
            "dateFormat",
            format("ISO8601", "yyyy-MM-dd"),
            json!("0001-01-01T00:00:00.000Z"),
            json!("0001-01-01"),
        ),
        (
            "dateFormat",
            format("ISO8601", "EPOCH_TIME_JAVA"),
            json!("9999-12-31T23:59:59.999+00:00"),
            json!("253402300799999"),
        ),
        (
            "dateFormat",
            format("EPOCH_TIME_WIN32", "yyyy-MM-dd"),
            json!("132539328000000000"),
            json!("2021-01-01"),
        ),
        (
            "dateFormat",
            format("PEOPLE_SOFT", "''yy D w u k K h a S 'o''clock'"),
            json!("02/29/2024"),
            json!("'24 60 9 4 24 0 12 AM 0 o'clock"),
        ),
        (
            "dateFormat",
            json!({}),
            json!("2024-01-01T00:00:00.000-01:00"),
            json!("2024-01-01T01:00:00.000Z"),
        ),
        ("dateFormat", json!({}), json!("2024-01-01"), json!({})),
        ("dateFormat", json!({}), json!(""), json!({})),
        (
            "dateFormat",
            format("yyyy-MM-dd", "ISO8601"),
            json!("20240101"),
            json!({}),
        ),
    ]);
}

#[test]
fn date_arithmetic_follows_the_calendar() {
    let math =
        |expression: &str, round_up: Value| json!({"expression": expression, "roundUp": round_up});
    check(vec![
        (
            "dateMath",
            math("now+1y", json!(false)),
            json!(null),
            json!("2025-02-28T10:20"),
        ),
        (
            "dateMath",
            math("now-1M/M", json!("true")),
            json!(null),
            json!("2024-02-01T00:00"),
        ),
        (
            "dateMath",
            math("now / y", json!("false")),
            json!(null),
            json!("2024-01-01T00:00"),
        ),
        (
            "dateMath",
            math("+1M-1d", json!(null)),
            json!("2024-01-31T00:00:00Z"),
            json!("2024-02-28T00:00"),
        ),
        (
            "dateMath",
            math("+36h/h+5m", json!(null)),
            json!("2024-01-31T00:00:00Z"),
            json!("2024-02-01T12:05"),
        ),
        (
            "dateMath",
            math("now+d", json!(null)),
            json!(null),
            json!({}),
        ),
        (
            "dateMath",
            math("now+1x", json!(null)),
            json!(null),
            json!({}),
        ),
        (
            "dateMath",
            math("now+99999999999999999999d", json!(null)),
            json!(null),
            json!({}),
        ),
        (
            "dateMath",
            math("", json!(null)),
            json!("2024-01-31T00:00:00Z"),
            json!({}),
        ),
        (
            "dateMath",
            math("+1d", json!(null)),
            json!("2024-01-31"),
            json!({}),
        ),
    ]);
    let compare = |first: &str, operator: &str| {
        json!({"firstDate": first, "secondDate": "2024-02-29T00:00:00Z", "operator": operator,
               "positiveCondition": "y", "negativeCondition": "n"})
    };
    check(vec![
        (
            "dateCompare",
            compare("2024-02-29T01:00:00+01:00", "gte"),
            json!(null),
            json!("y"),
        ),
        ("dateCompare", compare("now", "Gt"), json!(null), json!("y")),
        ("dateCompare", compare("", "gt"), json!(null), json!({})),
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

/// Input format, text, output format, and what OpenJDK 17 prints in UTC (empty: it throws).
const PRINTED_BY_JAVA: [[&str; 4]; 44] = [
    ["dd-MMM-yy", "1-Jan-44", "yyyy-MM-dd", "2044-01-01"],
    [
        "yyyy-MM-dd",
        "0001-01-01",
        "yyyy-MM-dd G u EEE",
        "0001-01-01 AD 6 Sat",
    ],
    ["yyyy-MM-dd", "1582-10-10", "yyyy-MM-dd", "1582-10-20"],
    [
        "yyyy-MM-dd",
        "1500-02-29",
        "yyyy-MM-dd EEE D w W F",
        "1500-02-29 Sat 60 9 5 5",
    ],
    [
        "yyyy-MM-dd",
        "2024-12-31",
        "YYYY w W F E EEEE M MM MMM MMMM L y yy yyy yyyyy",
        "2025 1 5 5 Tue Tuesday 12 12 Dec December 12 2024 24 2024 02024",
    ],
    ["yyyy DDD", "2024 366", "yyyy-MM-dd", "2024-12-31"],
    ["yyyy ww u", "2024 10 3", "yyyy-MM-dd", "2024-03-06"],
    [
        "yyyy-MM-dd HH:mm:ss.S",
        "2024-01-01 24:61:61.1234",
        "yyyy-MM-dd HH:mm:ss.SSS",
        "2024-01-02 01:02:02.234",
    ],
    ["M/d/yy", "4/1/75", "yyyy-MM-dd", "1975-04-01"],
    ["M/d/yy", "4/1/1975", "yyyy-MM-dd", "1975-04-01"],
    ["M/d/yyyy", "4/1/75", "yyyy-MM-dd", "0075-04-01"],
    ["yyyyMMddHHmmss.Z", "20201028120000.0Z", "yyyy", ""],
    ["yyyy-MM-dd", "-5-1-1", "G yyyy-MM-dd", "BC 0006-01-01"],
    ["yyyy-MM-dd", "0-1-1", "G yyyy-MM-dd", "BC 0001-01-01"],
    ["yyyyMMdd", "2024229", "yyyy-MM-dd", "2025-10-09"],
    ["yyMMdd", "240229", "yyyy-MM-dd", "2024-02-29"],
    ["yyyy-MM-dd", " 2024- 2- 3", "yyyy-MM-dd", "2024-02-03"],
    ["yyyy-MM-dd", "2024-2-", "yyyy", ""],
    ["dd.MM.yyyy", "29.02.2024.", "yyyy-MM-dd", "2024-02-29"],
    ["MMM d, yyyy", "Sept 3, 2024", "yyyy-MM-dd", ""],
    ["MMMM d, yyyy", "Sep 3, 2024", "yyyy-MM-dd", "2024-09-03"],
    ["EEEE d", "Thu 3", "yyyy-MM-dd", "1970-01-03"],
    [
        "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
        "2024-01-01T00:00:00.000Z",
        "yyyy",
        "2024",
    ],
    ["X", "+5", "HH", ""],
    ["X", "+0530", "HH:mm", "19:00"],
    ["Z", "+05:30", "HH:mm", ""],
    ["z", "GMT+05:30", "HH:mm", "18:30"],
    ["z", "Z", "HH:mm", ""],
    ["yyyy-MM-dd hh:mm", "2024-01-01 13:00", "HH:mm", "13:00"],
    ["HH:mm a", "13:00 AM", "HH:mm", "13:00"],
    ["hh:mm a", "11:00 PM", "kk:mm KK hh a", "23:00 11 11 PM"],
    [
        "yyyy-MM-dd",
        "2024-01-01",
        "z zzzz Z X XX XXX",
        "UTC Coordinated Universal Time +0000 Z Z Z",
    ],
    ["yyyy'年'MM月", "2024年2月", "yyyy-MM", "2024-02"],
    ["GGGG y", "BC 5", "G y", "BC 5"],
    ["EEE", "Mon", "yyyy-MM-dd", "1970-01-05"],
    ["YYYY", "2024", "yyyy-MM-dd", "2023-12-31"],
    ["yyyy W E", "2024 2 Tue", "yyyy-MM-dd", "2024-01-09"],
    ["MMyyyy", "22024", "yyyy-MM", "0025-10"],
    ["dMyyyy", "1122024", "yyyy-MM-dd", "22024-01-01"],
    [
        "yyyy-MM-dd'T'HH:mm:ssZ",
        "2024-01-01T00:00:00-0530",
        "HH:mm X",
        "05:30 Z",
    ],
    ["dd-MMM-yy", "01-jan-45", "yyyy-MM-dd", "1945-01-01"],
    ["h:mm a", "12:05 am", "HH:mm", "00:05"],
    ["YYYY-MM-dd", "2023-11-01", "yyyy-MM-dd", "2023-01-01"],
    ["yyyy-MM-dd", "20240101", "yyyy-MM-dd", ""],
];

#[test]
fn dates_agree_with_the_java_runtime() {
    for [input, text, output, printed] in PRINTED_BY_JAVA {
        let expected = if printed.is_empty() {
            json!({})
        } else {
            json!(printed)
        };
        let formats = json!({"inputFormat": input, "outputFormat": output});
        check(vec![("dateFormat", formats, json!(text), expected)]);
    }
}
