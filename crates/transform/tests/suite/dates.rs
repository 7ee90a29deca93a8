//! Dates: formats, arithmetic and comparison, against what OpenJDK 17 printed.

use serde_json::{Value, json};

use crate::operations::check;

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

/// Input format, text, output format, and what OpenJDK 17 prints in UTC (empty: it throws).
const PRINTED_BY_JAVA: [[&str; 4]; 53] = [
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
    [
        "yyyy-MM-dd HH:mm z",
        "2024-01-15 10:00 BST",
        "HH:mm",
        "09:00",
    ],
    [
        "yyyy-MM-dd HH:mm z",
        "2024-01-15 10:00 WEST",
        "HH:mm",
        "09:00",
    ],
    [
        "yyyy-MM-dd HH:mm z",
        "2024-01-15 10:00 IST",
        "HH:mm",
        "08:00",
    ],
    [
        "yyyy-MM-dd HH:mm z",
        "2024-01-15 10:00 NPT",
        "HH:mm",
        "04:15",
    ],
    [
        "yyyy-MM-dd HH:mm z",
        "2024-01-15 10:00 SGT",
        "HH:mm",
        "02:00",
    ],
    [
        "yyyy-MM-dd HH:mm z",
        "2024-01-15 10:00 AEST",
        "HH:mm",
        "00:00",
    ],
    [
        "yyyy-MM-dd HH:mm z",
        "2024-01-15 10:00 NZST",
        "HH:mm",
        "22:00",
    ],
    [
        "yyyy-MM-dd HH:mm z",
        "2024-01-15 10:00 NST",
        "HH:mm",
        "13:30",
    ],
    [
        "yyyy-MM-dd HH:mm z",
        "2024-01-15 10:00 CLT",
        "HH:mm",
        "14:00",
    ],
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
