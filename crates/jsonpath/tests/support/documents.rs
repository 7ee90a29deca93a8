//! Documents as text, so that numbers keep their spelling: names, texts and numbers that a filter
//! may stumble over.

use serde_json::{Map, Value, json};

use super::Random;

pub(super) const NAMES: [&str; 20] = [
    "a", "b", "l", "id", "name", "x-y", "a b", "length", "ü", "c", "a", "b", "l", "A", "a.b", "'",
    "$", "😀", "a]b", "",
];

/// Texts as they stand in JSON, between the quotes.
pub(super) const TEXTS: [&str; 62] = [
    "",
    "x",
    "abc",
    "Abc",
    "1",
    "1.0",
    "01",
    "true",
    "null",
    "$.a",
    "$",
    "@",
    "[1]",
    "{}",
    "[a",
    "'q'",
    "\"q\"",
    "CORP\\\\joe",
    "it's",
    "ümlaut",
    "ÜMLAUT",
    "😀",
    "US Sales Support",
    "a\\nb",
    "a/b",
    "10",
    "2",
    "1e2",
    "-0",
    "\\\\u0041",
    "c:\\\\users",
    "a.b",
    "  ",
    "2020-04-27T18:00:00Z",
    "+1",
    "-1",
    "1e400",
    "1E+2",
    "1e10",
    "1.0E+10",
    "0x10",
    " 1",
    ".5",
    "1.",
    "NaN",
    "[]",
    "[1,]",
    "{a:1}",
    "[[1]",
    "$.a b",
    "@.a[?(@.b)]",
    "$..",
    "a\\tb",
    "\\u0000x",
    "ABC",
    "\\uffff",
    "a'b",
    "ends\\\\",
    "\\u2028",
    " $.a",
    "İ",
    "ſ",
];

pub(super) const NUMBERS: [&str; 30] = [
    "0",
    "1",
    "-1",
    "2",
    "3",
    "10",
    "1.0",
    "1.5",
    "-0.0",
    "1e2",
    "1E-7",
    "100",
    "0.1",
    "12345678901",
    "9007199254740993",
    "18446744073709551615",
    "12345678901234567890123",
    "1.10",
    "3.9",
    "1e10",
    "0.00001",
    "1.000000000000000000001",
    "-0",
    "1e400",
    "-3.9",
    "2147483648",
    "4294967297",
    "1e-400",
    "100.00",
    "123456789012345678901.123456789",
];

/// A document as text, so that numbers keep their spelling.
pub(crate) fn document(random: &mut Random, depth: usize) -> String {
    match random.below(if depth == 0 { 5 } else { 11 }) {
        0 => "null".to_owned(),
        1 => random.pick(&["true", "false"]).to_owned(),
        2 => random.pick(&NUMBERS).to_owned(),
        3 | 4 => quoted(random.pick(&TEXTS)),
        5..=7 => {
            let elements: Vec<String> = (0..random.below(5))
                .map(|_| document(random, depth - 1))
                .collect();
            format!("[{}]", elements.join(","))
        }
        _ => object(random, depth),
    }
}

/// A document that is an object, as events are.
pub(crate) fn object(random: &mut Random, depth: usize) -> String {
    let mut members = Map::new();
    for _ in 0..random.below(6) {
        members.insert(random.pick(&NAMES).to_owned(), Value::Null);
    }
    let members: Vec<String> = members
        .keys()
        .map(|name| {
            format!(
                "{}:{}",
                json!(name),
                document(random, depth.saturating_sub(1))
            )
        })
        .collect();
    format!("{{{}}}", members.join(","))
}

pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\\\""))
}
