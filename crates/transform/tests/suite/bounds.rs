//! Nothing grows without end, and nothing panics: bounds, and a seeded walk through odd programs.

use muster_transform::{Refusal, SeededRandom, Transform, limits};
use serde_json::{Map, Value, json};

use crate::common::{run, world};

fn nested(depth: usize) -> Value {
    (1..depth).fold(
        json!({"type": "lower"}),
        |inner, _| json!({"type": "lower", "attributes": {"input": inner}}),
    )
}

#[test]
fn transforms_nest_as_deep_as_the_bound_and_no_deeper() {
    let deepest = nested(limits::NESTING_DEPTH_MAX);
    let value = run(&deepest, &json!({"input": "A"})).unwrap().unwrap();
    assert_eq!(value.to_text(), "a");
    let error = Transform::parse(&nested(limits::NESTING_DEPTH_MAX + 1)).unwrap_err();
    assert_eq!(error.refusal, Refusal::TooDeep);
}

#[test]
fn a_transform_is_at_most_400_kb_long() {
    let of_length = |length: usize| {
        let transform = json!({"type": "static", "attributes": {"value": ""}});
        let rest = length - transform.to_string().len();
        json!({"type": "static", "attributes": {"value": "x".repeat(rest)}})
    };
    assert!(Transform::parse(&of_length(limits::SOURCE_BYTES_MAX)).is_ok());
    let error = Transform::parse(&of_length(limits::SOURCE_BYTES_MAX + 1)).unwrap_err();
    assert_eq!(error.refusal, Refusal::TooLarge);
}

#[test]
fn growth_and_long_work_end_in_a_limit() {
    let doubling = format!("#set($x='xxxxxxxx'){}$x", "#set($x=\"$x$x\")".repeat(64));
    let grown = format!("#set($x='xxxxxxxx'){}$x", "#set($x=$x+$x)".repeat(64));
    for transform in [
        json!({"type": "static", "attributes": {"value": doubling}}),
        json!({"type": "static", "attributes": {"value": grown}}),
        json!({"type": "static", "attributes": {"value": "#foreach($x in [1..999999999])$x#end"}}),
        json!({"type": "static", "attributes": {
            "value": "#foreach($x in [1..9999])#foreach($y in [1..9999])$y#end#end"}}),
        json!({"type": "static", "attributes": {
            "value": "#foreach($x in [1..9999])$a.replaceAll(\"b\", 'c')#end", "a": "x".repeat(100_000)}}),
        json!({"type": "static", "attributes": {
            "value": "#set($p = 'x')#foreach($x in [1..9999])$a.matches(\"$p\")#end", "a": "x"}}),
        json!({"type": "leftPad", "attributes": {"length": 999_999_999, "input": "x"}}),
        json!({"type": "replaceAll", "attributes": {"input": "x".repeat(100), "table": {
            "x": "y".repeat(100), "y": "z".repeat(100), "z": "w".repeat(100)}}}),
        json!({"type": "static", "attributes": {"value": "$a.replace('', $a)", "a": "x".repeat(10_000)}}),
        json!({"type": "firstValid", "attributes": {"ignoreErrors": true, "values": [
            {"type": "leftPad", "attributes": {"length": 999_999_999, "input": "x"}}, "y"]}}),
    ] {
        let error = run(&transform, &json!({})).unwrap_err();
        assert_eq!(
            error.cause.class(),
            "RuntimeException",
            "{}",
            error.explain()
        );
    }
}

#[test]
fn deep_texts_are_refused_and_not_followed() {
    for depth in [1_000, 50_000] {
        for value in [
            format!("#if({}$x)a#end", "(".repeat(depth)),
            format!("#if({}$x)a#end", "!".repeat(depth)),
            format!("#set($x={}", "[".repeat(depth)),
            "#if($x)".repeat(depth / 10),
            "$x[".repeat(depth),
            "$x.a(".repeat(depth),
            format!("$x[\"{}", "$x[\"\"".repeat(depth)),
        ] {
            let transform = json!({"type": "static", "attributes": {"value": value}});
            // Either way is fine, as long as it comes back.
            if let Ok(transform) = Transform::parse(&transform) {
                drop(transform.evaluate(&world(&json!({}))));
            }
        }
        let filter = format!("{}a == 1", "(".repeat(depth));
        let transform = json!({"type": "accountAttribute", "attributes": {
            "sourceName": "a", "attributeName": "b", "accountFilter": filter}});
        assert!(Transform::parse(&transform).is_err());
        let regex = "(".repeat(depth / 10) + &")".repeat(depth / 10);
        let transform =
            json!({"type": "replace", "attributes": {"regex": regex, "replacement": ""}});
        assert!(Transform::parse(&transform).is_err());
    }
}

#[test]
fn a_long_chain_of_operators_is_flat() {
    let chain = vec!["1"; 10_000].join(" + ");
    let transform =
        json!({"type": "static", "attributes": {"value": format!("#set($x = {chain})$x")}});
    let value = run(&transform, &json!({})).unwrap().unwrap();
    assert_eq!(value.to_text(), "10000");
}

/// Odd pieces that programs are made of.
const TEXTS: [&str; 40] = [
    "",
    " ",
    "a",
    "A-b_c.D",
    "é𝄞ß\u{301}",
    "-1",
    "0",
    "9999999999999999999",
    "true",
    "now",
    "now/w",
    "+1M-999999d",
    "2024-02-29T23:59:59.999Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59+14:00",
    "yyyy-MM-dd'T'HH:mm",
    "''''",
    "GyYMLwWDdFEuaHkKhmsSzZX",
    "ISO8601",
    "EPOCH_TIME_JAVA",
    "EPOCH_TIME_WIN32",
    "[a-z&&[^b]]+(\\d*)?",
    "(?i)\\p{L}|\\x{1F600}",
    "(",
    "$1$",
    "\\",
    "$a",
    "${a",
    "$identity.manager.links[0]",
    "#if($a)#foreach($x in $a)$x#end#end",
    "#set($a=[1..9])$a[-1]",
    "$a.substring(1,0)",
    "$a.split('')[0].replaceAll('(.)','$1$1')",
    "a eq b",
    "$a eq $b",
    "gt",
    "a == \"b\" && !(c.in({\"d\"}))",
    "US",
    "+61 (0)412 345 678",
    "Cloud Services Deployment Utility",
];

const NAMES: [&str; 42] = [
    "input",
    "value",
    "values",
    "table",
    "regex",
    "replacement",
    "delimiter",
    "index",
    "throws",
    "begin",
    "end",
    "beginOffset",
    "endOffset",
    "length",
    "padding",
    "expression",
    "positiveCondition",
    "negativeCondition",
    "firstDate",
    "secondDate",
    "operator",
    "inputFormat",
    "outputFormat",
    "roundUp",
    "defaultRegion",
    "format",
    "substring",
    "separator",
    "name",
    "operation",
    "numChars",
    "uid",
    "attributeName",
    "sourceName",
    "accountFilter",
    "accountPropertyFilter",
    "id",
    "patterns",
    "ignoreErrors",
    "a",
    "b",
    "accountSortAttribute",
];

struct Odd(SeededRandom);

impl Odd {
    fn below(&self, bound: usize) -> usize {
        (self.0.next_bits() % bound as u64) as usize
    }

    fn text(&self) -> String {
        (0..=self.below(2))
            .map(|_| TEXTS[self.below(TEXTS.len())])
            .collect()
    }

    fn value(&self, depth: usize) -> Value {
        match self.below(if depth < 4 { 12 } else { 6 }) {
            0 => json!(self.below(12) as i64 - 3),
            1 => json!(self.below(2) == 0),
            2..=6 => json!(self.text()),
            7 => (0..self.below(3)).map(|_| self.value(depth + 1)).collect(),
            8 => {
                let entry = |_| (self.text(), json!(self.text()));
                Value::Object((0..self.below(3)).map(entry).collect())
            }
            _ => self.transform(depth + 1),
        }
    }

    fn transform(&self, depth: usize) -> Value {
        let operations = muster_transform::OPERATIONS;
        let operation = operations[self.below(operations.len())];
        // Reading an empty transform tells which attribute is missing; filling it in leads further.
        let mut attributes = Map::new();
        for _ in 0..self.below(4) {
            attributes.insert(NAMES[self.below(NAMES.len())].into(), self.value(depth));
        }
        for _ in 0..8 {
            let transform = json!({"type": operation, "attributes": attributes});
            match Transform::parse(&transform) {
                Err(error) if error.refusal == Refusal::Missing => {
                    let name = error.path.rsplit('.').next().unwrap_or_default();
                    let value = match name {
                        "values" | "patterns" => json!([self.value(depth), self.value(depth)]),
                        "table" => json!({self.text(): self.value(4)}),
                        _ => self.value(depth),
                    };
                    attributes.insert(name.into(), value);
                }
                _ => break,
            }
        }
        json!({"type": operation, "attributes": attributes})
    }
}

#[test]
fn a_transform_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Transform>();
}

#[test]
fn odd_programs_never_panic() {
    let odd = Odd(SeededRandom::new(20_240_229));
    let mut evaluated = 0;
    for _ in 0..20_000 {
        let json = odd.transform(0);
        let Ok(transform) = Transform::parse(&json) else {
            continue;
        };
        let world = world(&json!({
            "input": odd.text(), "now": "2024-02-29T10:20:30.400Z",
            "identity": {"uid": "u", "attributes": {"a": odd.text()}, "manager": {"uid": "m", "attributes": {}}},
            "accounts": [{"source": odd.text(), "attributes": {"a": odd.text()}}],
        }));
        let plain = transform.evaluate(&world);
        let (traced, trace) = transform.evaluate_traced(&world);
        assert_eq!(plain.is_ok(), traced.is_ok(), "{json}");
        assert!(!trace.steps.is_empty());
        evaluated += 1;
    }
    assert!(evaluated > 2_000, "only {evaluated} programs were accepted");
}
