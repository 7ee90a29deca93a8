//! The RFC 9535 dialect: every case of the public compliance suite, and a set of our own written
//! from the RFC's grammar.

use std::path::Path;

use muster_jsonpath::{Dialect, Filter, Outcome};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Suite {
    tests: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    selector: String,
    #[serde(default)]
    document: Value,
    result: Option<Vec<Value>>,
    results: Option<Vec<Vec<Value>>>,
    #[serde(default)]
    invalid_selector: bool,
}

fn compile(text: &str) -> Result<Filter, muster_jsonpath::CompileError> {
    Filter::compile_in(Dialect::Rfc9535, text)
}

fn nodes(filter: &Filter, document: &Value) -> Vec<Value> {
    match filter.read(document).expect("a query does not fail") {
        Outcome::List(nodes) => nodes,
        Outcome::Value(value) => panic!("a query yields a list, not {value}"),
    }
}

#[test]
fn every_case_of_the_compliance_suite_passes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/rfc9535/cts.json");
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|_| panic!("missing: the RFC 9535 compliance suite, {}", path.display()));
    let suite: Suite = serde_json::from_str(&text).expect("the suite is JSON");
    let mut wrong = Vec::new();
    for case in &suite.tests {
        let problem = match compile(&case.selector) {
            Ok(_) if case.invalid_selector => Some("should not compile".to_owned()),
            Err(_) if case.invalid_selector => None,
            Err(error) => Some(error.to_string()),
            Ok(filter) => {
                let found = nodes(&filter, &case.document);
                let printed = filter.to_string();
                let again = compile(&printed).expect("what is printed compiles");
                let expected = case
                    .results
                    .clone()
                    .or_else(|| case.result.clone().map(|one| vec![one]));
                if !expected.expect("a valid case has results").contains(&found) {
                    Some(format!("is {}", Value::Array(found)))
                } else if again.to_string() != printed || nodes(&again, &case.document) != found {
                    Some(format!("prints as {printed}"))
                } else {
                    assert_eq!(filter.fires(&case.document), !found.is_empty());
                    None
                }
            }
        };
        wrong.extend(problem.map(|problem| format!("{}: {}: {problem}", case.name, case.selector)));
    }
    assert!(
        suite.tests.len() >= 703,
        "the suite has {} cases only",
        suite.tests.len()
    );
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn our_own_set_from_the_grammar_passes() {
    let store = json!({"store": {
        "books": [{"t": "a", "p": 8}, {"t": "b", "p": 12.5, "i": "x"}, {"t": "c", "p": 8.0}],
        "bike": {"p": 400}
    }});
    let cases = [
        ("$.store.books[*].t", json!(["a", "b", "c"])),
        ("$..p", json!([8, 12.5, 8.0, 400])),
        ("$ .store [ 'books' ]\n[ 0 ] .t", json!(["a"])),
        ("$.store.books[-1].t", json!(["c"])),
        ("$.store.books[::-2].t", json!(["c", "a"])),
        ("$.store.books[0,1]['t','p']", json!(["a", 8, "b", 12.5])),
        ("$.store.books[?@.i].t", json!(["b"])),
        ("$.store.books[?!@.i && @.p<10].t", json!(["a", "c"])),
        ("$.store[?@.p == 400]", json!([{"p": 400}])),
        ("$.store.books[?@.p == 8].t", json!(["a", "c"])),
        (
            "$.store.books[?@.none == @.other].t",
            json!(["a", "b", "c"]),
        ),
        (
            "$.store.books[?length(@.t) == 1 && count(@.*) == 3].t",
            json!(["b"]),
        ),
        ("$.store.books[?match(@.t, '[ab]')].t", json!(["a", "b"])),
        (
            "$.store.books[?search(@.t, $.store.books[2].t)].t",
            json!(["c"]),
        ),
        ("$.store.books[?value(@..i) == 'x'].t", json!(["b"])),
        (
            "$.store.books[?@.p <= 8 || (@.p > 12 && @.t != \"c\")].t",
            json!(["a", "b", "c"]),
        ),
    ];
    for (text, expected) in cases {
        let filter = compile(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(Value::Array(nodes(&filter, &store)), expected, "{text}");
    }
    for text in [
        "",
        "$.",
        "$ ",
        " $",
        "$..",
        "$[",
        "$[01]",
        "$[-0]",
        "$['a",
        "$[?@.a = 1]",
        "$[?(@.a)",
        "$[?@.* == 1]",
        "$[?true]",
        "$[?length(@.a)]",
        "$[?count(1) == 1]",
        "$[?match(@.a)]",
        "$[?match(@.a, 'x') == true]",
        "$[?foo(@)]",
        "$.a-b",
        "$['\\x']",
        "$[9007199254740992]",
    ] {
        assert!(compile(text).is_err(), "{text} should not compile");
    }
}
