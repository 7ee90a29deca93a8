//! What people see: where a filter is wrong and what to write instead, and why a filter decided as
//! it did.

use muster_jsonpath::{CompileError, Dialect, Filter};
use serde_json::json;

fn error(text: &str) -> CompileError {
    match Filter::compile(text) {
        Ok(_) => panic!("{text} should not compile"),
        Err(error) => error,
    }
}

#[test]
fn known_mistakes_come_with_a_suggestion() {
    let cases = [
        ("$[?(@.a = 1)]", "write `==` instead of `=`"),
        ("$[?(@.a == 1 and @.b == 2)]", "write `&&` instead of `and`"),
        ("$[?(@.a == 1 or @.b == 2)]", "write `||` instead of `or`"),
        ("$[?(@.a <> 1)]", "write `!=` instead of `<>`"),
        ("$[?(@.a => 1)]", "write `>=` instead of `=>`"),
        ("$[?(@.a contains'x')]", "put a blank behind `contains`"),
        ("$[?(@.a in['x'])]", "put a blank behind `in`"),
        ("$[?($.warnings size 1]", "a closing `)` is missing"),
        ("$.changes[?(@.a == 1)", "a closing `]` is missing"),
        ("$[?@.a == 1]", "put the condition in parentheses: `[?(…)]`"),
        (
            "$.a == 'x'",
            "put the condition in a filter: `$[?($.a == 'x')]`",
        ),
        (
            "$.a != null",
            "put the condition in a filter: `$[?($.a != null)]`",
        ),
        (
            "$.changes[(@.length-1)]",
            "expressions in brackets are not supported; the last one is `[-1]`",
        ),
        ("$[?(@.a == TRUE)]", "write `true` in lower case"),
        ("$[?(@.a == Sales)]", "put the text in quotes: 'Sales'"),
        ("$.l[:]", "write `[*]` for all elements"),
        (" $.a", "remove the blanks before the filter"),
        ("$.a.", "remove the `.` at the end"),
    ];
    for (text, suggestion) in cases {
        assert_eq!(
            error(text).suggestion.as_deref(),
            Some(suggestion),
            "{text}"
        );
    }
    let rfc = Filter::compile_in(Dialect::Rfc9535, "$[?@.a =~ 'x']").err();
    assert_eq!(
        rfc.and_then(|error| error.suggestion).as_deref(),
        Some("RFC 9535 has match(value, 'pattern') instead of `=~`")
    );
}

#[test]
fn an_error_points_at_the_byte_where_it_is() {
    assert_eq!(error("$[?(@.a = 1)]").offset, 8);
    assert_eq!(error("$[?(@.ä = 1)]").offset, 9);
    assert_eq!(error("$.a[?(@.b == x)]").offset, 13);
    assert_eq!(error("$[?(@.a == 1 and @.b)]").offset, 13);
    assert_eq!(error("$[?(@.a =~ /[/)]").offset, 11);
    assert!(
        error("$[?(@.a =~ /(a+)\\1/)]")
            .to_string()
            .contains("linear time")
    );
}

#[test]
fn an_explanation_tells_what_each_part_saw() {
    let filter = Filter::compile("$.changes[?(@.attribute == 'department' && @.newValue != 'x')]")
        .expect("a filter");
    let event = json!({"changes": [
        {"attribute": "department"},
        {"attribute": "email", "newValue": "x"}
    ]});
    let explanation = filter.explain(&event);
    assert!(explanation.fires);
    let step = explanation.steps.last().expect("a step");
    assert_eq!(step.found, 1);
    let department = &step.items[0].predicate;
    assert_eq!(department.holds, Some(true));
    let trap = &department.parts[1];
    assert_eq!(trap.left.as_deref(), Some("absent"));
    assert_eq!((trap.when_absent, trap.when_null), (Some(true), Some(true)));
    assert_eq!(step.items[1].predicate.holds, Some(false));
    let text = explanation.to_string();
    assert!(
        text.contains("[when absent: yes, when null: yes]"),
        "{text}"
    );
    assert!(
        serde_json::to_string(&explanation)
            .expect("it serialises")
            .contains("whenAbsent")
    );
}

#[test]
fn an_explanation_names_the_error_that_silenced_a_filter() {
    let filter = Filter::compile("$.l[?(@.a empty true)]").expect("a filter");
    let explanation = filter.explain(&json!({"l": [{"a": ""}, {"a": {}}]}));
    assert!(!explanation.fires);
    assert!(
        explanation.reason.contains("`empty` cannot take an object"),
        "{explanation}"
    );
    let explanation = filter.explain(&json!({}));
    assert!(explanation.reason.contains("no result") || explanation.error.is_some());
}

#[test]
fn an_explanation_of_the_other_dialect_tells_the_same() {
    let filter = Filter::compile_in(Dialect::Rfc9535, "$.l[?@.a != 1]").expect("a query");
    let explanation = filter.explain(&json!({"l": [{"a": 1}, {}]}));
    let items = &explanation.steps[1].items;
    assert_eq!(items[0].predicate.holds, Some(false));
    assert_eq!(items[1].predicate.left.as_deref(), Some("absent"));
    assert_eq!(items[1].predicate.when_absent, Some(true));
}
