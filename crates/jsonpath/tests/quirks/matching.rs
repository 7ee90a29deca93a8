//! Quirks 15–19: patterns.

use super::{assert_compiles, assert_holds};

#[test]
fn quirk_15_the_whole_value_must_match() {
    assert_holds(&[
        ("\"abc\"", "@.a =~ /b/", false),
        ("\"abc\"", "@.a =~ /.*b.*/", true),
        ("\"ab\"", "@.a =~ /a|ab/", true),
    ]);
}

#[test]
fn quirk_16_numbers_and_booleans_match_by_text_and_lists_by_any_member() {
    assert_holds(&[
        ("5", "@.a =~ /5/", true),
        ("1.50", "@.a =~ /1\\.5/", true),
        ("true", "@.a =~ /true/", true),
        ("[\"x\",\"abc\"]", "@.a =~ /abc/", true),
        ("[]", "@.a =~ /.*/", false),
        ("{\"b\":1}", "@.a =~ /.+/", false),
        ("{\"b\":1}", "@.a =~ /.*/", true),
    ]);
}

#[test]
fn quirk_17_flags_and_syntax_are_javas() {
    assert_holds(&[
        ("\"ümlaut\"", "@.a =~ /ÜMLAUT.*/i", false),
        ("\"ümlaut\"", "@.a =~ /ÜMLAUT.*/iu", true),
        ("\"ABC\"", "@.a =~ /abc/i", true),
        ("\"a\\nb\"", "@.a =~ /a.b/", false),
        ("\"a\\nb\"", "@.a =~ /a.b/s", true),
        ("\"ab\"", "@.a =~ /a b # both/x", true),
        ("\"é\"", "@.a =~ /\\w/", false),
        ("\"é\"", "@.a =~ /\\w/U", true),
        ("\"ac\"", "@.a =~ /[a-z&&[^b]]+/", true),
        ("\"ab\"", "@.a =~ /[a-z&&[^b]]+/", false),
        ("\"aa\"", "@.a =~ /(a)\\1/", true),
    ]);
    assert_compiles(&[
        ("$[?(@.a =~ /b/g)]", false),
        ("$[?(@.a =~ /b/dixmsuU)]", true),
    ]);
}

#[test]
fn quirk_18_a_text_is_no_pattern_and_a_pattern_may_stand_on_the_left() {
    assert_holds(&[
        ("\"abc\"", "@.a =~ 'abc'", false),
        ("\"abc\"", "/abc/ =~ @.a", true),
        ("\"abc\"", "/abc/ =~ /abc/", false),
    ]);
}

#[test]
fn quirk_19_only_the_slash_is_escaped_and_a_bad_pattern_is_refused() {
    assert_holds(&[
        ("\"a/b\"", "@.a =~ /a\\/b/", true),
        ("\"it's\"", "@.a =~ /it's.*/", true),
        ("\"(x\"", "@.a =~ /[(]x/", true),
    ]);
    assert_compiles(&[("$[?(@.a =~ /[/)]", false), ("$[?(@.a =~ /*/)]", false)]);
}
