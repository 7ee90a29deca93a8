//! Quirks 29–36: paths.

use super::{assert_compiles, assert_fails, assert_yields, fires};

#[test]
fn quirk_29_a_filter_on_an_object_tests_the_object_itself() {
    assert_yields(&[
        ("$[?(@.a == 1)]", r#"{"a":1}"#, r#"[{"a":1}]"#),
        ("$.o[?(@.a == 1)]", r#"{"o":{"x":{"a":1}}}"#, "[]"),
        (
            "$.o.*[?(@.a == 1)]",
            r#"{"o":{"x":{"a":1}}}"#,
            r#"[{"a":1}]"#,
        ),
    ]);
    assert_fails(&[
        ("$.a[?(@ == 1)]", r#"{"a":1}"#, "InvalidPathException"),
        ("$.a[?(@ == 1)]", r#"{"a":null}"#, "InvalidPathException"),
    ]);
}

#[test]
fn quirk_30_a_filter_needs_parentheses_and_a_comparison() {
    assert_compiles(&[
        ("$[?@.a == 1]", false),
        ("$[?(true)]", false),
        ("$[?(1 == 1)]", true),
        ("$.changes[(@.length-1)]", false),
    ]);
}

#[test]
fn quirk_31_a_missing_step_fails_unless_something_before_it_was_indefinite() {
    assert_fails(&[
        ("$.x", r#"{"a":1}"#, "PathNotFoundException"),
        ("$.x[*]", r#"{"a":1}"#, "PathNotFoundException"),
        ("$.x[?(@.b)]", r#"{"a":1}"#, "PathNotFoundException"),
    ]);
    assert_yields(&[
        ("$.*.x", r#"{"a":{"b":1}}"#, "[]"),
        ("$..x", r#"{"a":1}"#, "[]"),
    ]);
}

#[test]
fn quirk_32_several_names_at_the_end_make_one_object() {
    assert_yields(&[
        ("$['a','b']", r#"{"a":1,"b":2,"c":3}"#, r#"{"a":1,"b":2}"#),
        ("$['x','y']", r#"{"a":1}"#, "{}"),
        ("$['a','b'].c", r#"{"a":{"c":1},"b":{"c":2}}"#, "[1,2]"),
        ("$.l[?(@.a)]['b','c']", r#"{"l":[{"a":1}]}"#, "[{}]"),
    ]);
    assert!(fires("$['x','y']", r#"{"a":1}"#));
}

#[test]
fn quirk_33_slices_have_no_step_and_count_in_their_own_way() {
    let three = "[1,2,3]";
    assert_yields(&[
        ("$[0:3:2]", three, "[1,2,3]"),
        ("$[0:-1]", three, "[]"),
        ("$[-3:-1]", three, "[1,2]"),
        ("$[-2:3]", three, "[2,3,1,2,3]"),
        ("$[:-1]", three, "[1,2]"),
        ("$[-2:]", three, "[2,3]"),
    ]);
    assert_compiles(&[("$[:]", false), ("$[::2]", false), ("$[1:2:]", true)]);
}

#[test]
fn quirk_34_indexes_out_of_range_are_skipped_and_unions_are_of_one_kind() {
    assert_yields(&[("$[0,9]", "[1]", "[1]"), ("$[9,0,-1]", "[1,2]", "[1,2]")]);
    assert_fails(&[("$[9]", "[1]", "PathNotFoundException")]);
    assert_compiles(&[
        ("$[1,?(@.a)]", false),
        ("$[*,1]", false),
        ("$['a',0]", false),
    ]);
}

#[test]
fn quirk_35_the_dollar_may_be_left_out_and_names_run_on() {
    assert_compiles(&[
        ("a", true),
        ("a[?(@.b)]", true),
        ("@.a", true),
        ("$a", false),
        ("$.a.", false),
        ("$ ['a']", false),
        ("$.a b", false),
    ]);
    assert_yields(&[
        ("a", r#"{"a":1}"#, "1"),
        ("$.a-b", r#"{"a-b":1}"#, "1"),
        ("$.a*", r#"{"a*":1}"#, "1"),
        ("$.'a'", r#"{"'a'":1}"#, "1"),
    ]);
}

#[test]
fn quirk_36_the_dollar_is_the_document_in_nested_filters_too() {
    assert_yields(&[
        (
            "$.l[?(@.a == $.b)]",
            r#"{"l":[{"a":1},{"a":2}],"b":2}"#,
            r#"[{"a":2}]"#,
        ),
        (
            "$.l[?(@.m[?(@ == $.b)] empty false)]",
            r#"{"l":[{"m":[1]},{"m":[2]}],"b":2}"#,
            r#"[{"m":[2]}]"#,
        ),
    ]);
    assert_compiles(&[("$[?(a == 1)]", false)]);
}
