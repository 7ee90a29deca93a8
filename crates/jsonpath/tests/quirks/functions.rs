//! Quirks 37–45: functions, and the escapes of names and texts.

use super::{assert_compiles, assert_fails, assert_holds, assert_yields, fires};

#[test]
fn quirk_37_the_length_of_a_text_is_null() {
    assert_yields(&[
        ("$.a.length()", r#"{"a":"abc"}"#, "null"),
        ("$.a.length()", r#"{"a":{"b":1,"c":2}}"#, "2"),
        ("$.a.size()", r#"{"a":[1,2,3]}"#, "3"),
    ]);
    assert!(!fires("$.a.length()", r#"{"a":"abc"}"#));
    assert_holds(&[
        ("\"abc\"", "@.a.length() == 3", false),
        ("\"abc\"", "@.a size 3", true),
    ]);
}

#[test]
fn quirk_38_behind_an_indefinite_path_a_function_sees_each_value() {
    assert_yields(&[
        (
            "$.l[?(@.a)].length()",
            r#"{"l":[{"a":1},{"a":1,"b":2},{}]}"#,
            "[1,2]",
        ),
        (
            "$.l[?(@.a)].a.sum()",
            r#"{"l":[{"a":[1,2]},{"a":[3]}]}"#,
            "[3.0,3.0]",
        ),
        ("$..a.sum()", r#"{"a":1,"l":[{"a":2}]}"#, "3.0"),
    ]);
}

#[test]
fn quirk_39_numeric_functions_give_doubles_and_max_is_never_negative() {
    assert_yields(&[
        ("$.sum()", "[1,2]", "3.0"),
        ("$.avg()", "[1,2]", "1.5"),
        ("$.max()", "[-2,-1]", "5e-324"),
        ("$.min(0)", "[1,2,\"x\"]", "0.0"),
    ]);
    for function in ["sum", "avg", "min", "max", "stddev"] {
        assert_fails(&[(
            &format!("$.l.{function}()"),
            r#"{"l":[]}"#,
            "JsonPathException",
        )]);
    }
}

#[test]
fn quirk_40_the_last_of_one_fails_as_does_the_first_of_none() {
    assert_fails(&[
        ("$.last()", "[1]", "JsonPathException"),
        ("$.index(-1)", "[1]", "JsonPathException"),
        ("$.first()", "[]", "IndexOutOfBoundsException"),
        (
            "$[?(@.a.last() == 1)]",
            r#"[{"a":[1,1]},{"a":[1]}]"#,
            "JsonPathException",
        ),
    ]);
    assert_yields(&[("$.last()", "[1,2]", "2"), ("$.index(1)", "[1,2]", "2")]);
    assert!(!fires(
        "$[?(@.a.last() == 1)]",
        r#"[{"a":[1,1]},{"a":[1]}]"#
    ));
}

#[test]
fn quirk_41_an_unknown_function_is_a_valid_path_that_does_not_exist() {
    assert_compiles(&[("$.a.nosuch()", true)]);
    assert_fails(&[("$.a.nosuch()", r#"{"a":1}"#, "InvalidPathException")]);
}

#[test]
fn quirk_42_concat_takes_double_quotes_and_drops_the_text_it_stands_behind() {
    assert_yields(&[
        ("$.concat(\"-z\")", r#"["x","y"]"#, "\"xy-z\""),
        ("$.a.concat(\"-z\")", r#"{"a":"x"}"#, "\"-z\""),
        ("$.concat(\"x\", $.a)", r#"{"a":"y"}"#, "\"xy\""),
    ]);
}

#[test]
fn quirk_43_append_makes_a_new_list_and_leaves_the_document_alone() {
    let filter = muster_jsonpath::Filter::compile("$.append(3).length()").expect("a filter");
    let document = serde_json::json!([1, 2]);
    for _ in 0..2 {
        let read = filter.read(&document).expect("a value");
        assert_eq!(read.into_value(), serde_json::json!(3));
    }
}

#[test]
fn quirk_44_a_function_without_parentheses_is_a_name() {
    assert_yields(&[
        ("$.length", r#"{"length":7}"#, "7"),
        ("$.first", r#"{"first":1}"#, "1"),
    ]);
    assert_fails(&[("$.l.length", r#"{"l":[1]}"#, "PathNotFoundException")]);
}

#[test]
fn quirk_45_escapes_resolve_and_unknown_ones_keep_their_character() {
    assert_yields(&[
        ("$['a\\.b']", r#"{"a.b":1}"#, "1"),
        ("$['\\u0061']", r#"{"a":1}"#, "1"),
        ("$['a\\'b']", r#"{"a'b":1}"#, "1"),
        ("$[\"a\\\"b\"]", r#"{"a\"b":1}"#, "1"),
    ]);
    assert_holds(&[
        ("\"ü\"", "@.a == '\\u00fc'", true),
        ("\"a.b\"", "@.a == 'a\\.b'", true),
        ("\"it's\"", "@.a == 'it\\'s'", true),
    ]);
    assert_compiles(&[("$['\\u00zz']", false)]);
}
