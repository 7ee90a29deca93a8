//! Quirks 8–14: what is missing, and what is null.

use super::{assert_holds, fires};

/// A document without the member that the conditions name.
fn absent(condition: &str) -> bool {
    fires(&format!("$[?({condition})]"), "{\"b\":1}")
}

#[test]
fn quirk_08_a_missing_attribute_is_not_null() {
    assert!(!absent("@.a == null"));
    assert!(absent("@.a != null"));
    assert_holds(&[
        ("null", "@.a == null", true),
        ("null", "@.a != null", false),
    ]);
}

#[test]
fn quirk_09_a_missing_attribute_equals_nothing() {
    assert!(absent("@.a != 'x'"));
    assert!(absent("@.a nin ['x']"));
    assert!(!absent("@.a noneof ['x']"));
    assert!(!absent("@.a == @.alsoMissing"));
    assert!(!absent("@.a in ['x']"));
}

#[test]
fn quirk_10_existence_asks_for_presence_only() {
    for present in ["null", "false", "0", "\"\"", "[]"] {
        assert_holds(&[(present, "@.a", true), (present, "!@.a", false)]);
    }
    assert!(!absent("@.a"));
    assert!(absent("!@.a"));
}

#[test]
fn quirk_11_an_indefinite_path_always_exists() {
    for path in ["@..zzz", "@.*", "@.b[?(@ > 5)]"] {
        assert!(fires(&format!("$[?({path})]"), "{\"b\":[1]}"), "{path}");
        assert!(!fires(&format!("$[?(!{path})]"), "{\"b\":[1]}"), "!{path}");
    }
    assert!(!fires("$[?($.b[?(@ > 5)] empty false)]", "{\"b\":[1]}"));
    assert!(fires("$[?($.b[?(@ > 5)] empty false)]", "{\"b\":[6]}"));
}

#[test]
fn quirk_12_a_not_before_a_comparison_is_ignored() {
    assert_holds(&[
        ("\"x\"", "!@.a == 'x'", true),
        ("\"y\"", "!@.a == 'x'", false),
        ("\"x\"", "!(@.a == 'x')", false),
        ("\"y\"", "!(@.a == 'x')", true),
    ]);
}

#[test]
fn quirk_13_what_is_missing_or_null_is_neither_empty_nor_not() {
    for condition in ["@.a empty true", "@.a empty false"] {
        assert!(!absent(condition), "{condition}");
        assert_holds(&[("null", condition, false)]);
    }
}

#[test]
fn quirk_14_a_pattern_sees_the_empty_text_where_nothing_is() {
    assert!(absent("@.a =~ /.*/"));
    assert!(!absent("@.a =~ /.+/"));
    assert_holds(&[("null", "@.a =~ /.*/", true)]);
}
