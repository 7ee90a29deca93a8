//! Quirks 20–28: the word operators, lists, and how conditions are joined.

use super::{assert_compiles, assert_fails, assert_holds, fires};

#[test]
fn quirk_20_contains_is_for_texts_and_lists() {
    assert_holds(&[
        ("\"abc\"", "@.a contains 'b'", true),
        ("[\"1\"]", "@.a contains 1", true),
        ("[\"abc\"]", "@.a contains 'b'", false),
        ("{\"b\":1}", "@.a contains 'b'", false),
        ("\"a1\"", "@.a contains 1", false),
    ]);
}

#[test]
fn quirk_21_size_counts_elements_and_utf16_units() {
    assert_holds(&[
        ("[1,2,3]", "@.a size 3", true),
        ("\"😀\"", "@.a size 2", true),
        ("[1,2,3]", "@.a size 3.9", true),
        ("{\"b\":1}", "@.a size -1", true),
        ("{\"b\":1}", "@.a size 1", false),
    ]);
}

#[test]
fn quirk_22_empty_on_an_object_silences_the_whole_filter() {
    assert_fails(&[
        (
            "$.l[?(@.a empty true)]",
            r#"{"l":[{"a":""},{"a":{}}]}"#,
            "ClassCastException",
        ),
        (
            "$.l[?(@.a empty true)]",
            r#"{"l":[{"a":{"b":1}},{"a":""}]}"#,
            "ClassCastException",
        ),
    ]);
    assert!(!fires(
        "$.l[?(@.a empty true)]",
        r#"{"l":[{"a":""},{"a":{}}]}"#
    ));
}

#[test]
fn quirk_23_in_takes_a_list_loosely_written() {
    assert_holds(&[
        ("\"abc\"", "@.a in 'abcd'", false),
        ("1", "@.a in ['1']", true),
        ("\"1\"", "@.a in [1]", true),
        ("\"b\"", "@.a in ['a', \"b\", c,]", true),
        ("\"c\"", "@.a in ['a', \"b\", c,]", true),
    ]);
}

#[test]
fn quirk_24_list_members_that_look_like_paths_or_json_are_no_texts() {
    assert_holds(&[
        ("\"$.a\"", "@.a in ['$.a']", false),
        ("\"[1]\"", "@.a in ['[1]']", false),
        ("\"$.a\"", "@.a == '$.a'", true),
    ]);
}

#[test]
fn quirk_25_set_operators_need_two_lists() {
    for operator in ["anyof", "noneof", "subsetof"] {
        assert_holds(&[("\"a\"", &format!("@.a {operator} ['a']"), false)]);
    }
    assert_holds(&[
        ("[]", "@.a subsetof ['a']", true),
        ("[]", "@.a noneof ['a']", true),
        ("[]", "@.a anyof ['a']", false),
        ("[\"a\",\"b\"]", "@.a anyof ['b','c']", true),
        ("[\"a\",\"b\"]", "@.a subsetof ['b','c']", false),
    ]);
}

#[test]
fn quirk_26_lists_compare_as_a_whole() {
    assert_holds(&[
        ("[1]", "@.a == [1]", true),
        ("[1.0]", "@.a == [1]", false),
        ("[1]", "[1] == @.a", false),
        ("[1]", "@.a[*] == 1", false),
        ("[1]", "@.a[*] == [1]", true),
        ("[1]", "@.a[*] contains 1", true),
    ]);
}

#[test]
fn quirk_27_words_take_any_case_and_blanks_around_them() {
    assert_holds(&[
        ("\"x\"", "@.a IN ['x']", true),
        ("\"x\"", "@.a CoNtAiNs 'x'", true),
        ("\"x\"", "@.a all ['x']", false),
        ("\"x\"", "@.a type 'x'", false),
    ]);
    assert_compiles(&[
        ("$[?(@.a in['x'])]", false),
        ("$[?(@.a contains'x')]", false),
        ("$[?(@.a == 1 and @.b == 2)]", false),
        ("$[?(@.a = 1)]", false),
        ("$[?(@.a <> 1)]", false),
        ("$[?(@.a like 'x')]", false),
        ("$[?(@.a matches 'x')]", true),
    ]);
}

#[test]
fn quirk_28_and_binds_first_and_only_a_space_is_a_blank() {
    let document = r#"{"a":1,"b":1,"a&&@":1}"#;
    for (condition, expected) in [
        ("@.a == 1 || @.a == 2 && @.b == 2", true),
        ("(@.a == 1 || @.a == 2) && @.b == 2", false),
        ("@.a&&@.b", false),
        ("@.a==1&&@.b==1", true),
        ("@.a &&@.b", true),
        ("@.a\t== 1", false),
    ] {
        let filter = muster_jsonpath::Filter::compile(&format!("$[?({condition})]"));
        let fires = filter.is_ok_and(|filter| {
            let document = muster_jsonpath::Document::parse(document).expect("a document");
            filter.fires(&document)
        });
        assert_eq!(fires, expected, "{condition}");
    }
}
