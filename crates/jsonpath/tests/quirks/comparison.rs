//! Quirks 1–7: comparing.

use super::{assert_compiles, assert_holds};

#[test]
fn quirk_01_the_left_side_decides_how_a_number_and_a_text_compare() {
    assert_holds(&[
        ("1", "1 == '1'", true),
        ("\"1.0\"", "@.a == 1", false),
        ("\"1\"", "@.a == 1.0", false),
        ("\"1\"", "@.a == 1", true),
        ("1", "@.a == '1.0'", true),
        ("\"1.0\"", "1 == @.a", true),
        ("\"72619262\"", "@.a == 72619262", true),
        ("\"1e2\"", "100 == @.a", true),
        ("1e400", "1 == 1", true),
        ("12345678901234567890", "@.a == 12345678901234567891", false),
    ]);
}

#[test]
fn quirk_02_the_strict_operators_compare_like_with_like() {
    assert_holds(&[
        ("\"1\"", "@.a === 1", false),
        ("1", "@.a === 1", true),
        ("1.0", "@.a === 1", true),
        ("\"1\"", "@.a !== 1", true),
        ("null", "@.a === null", true),
    ]);
}

#[test]
fn quirk_03_an_order_never_coerces_and_texts_go_by_utf16_unit() {
    assert_holds(&[
        ("1", "@.a < '2'", false),
        ("1", "@.a > '2'", false),
        ("\"10\"", "@.a < '2'", true),
        ("10", "@.a < 2", false),
        // U+FFFF is the larger unit, 😀 the larger character.
        ("\"\\uffff\"", "@.a > '😀'", true),
    ]);
}

#[test]
fn quirk_04_dates_are_texts() {
    assert_holds(&[
        (
            "\"2020-04-27T18:00:00+05:00\"",
            "@.a > '2020-04-27T16:48:33.200Z'",
            true,
        ),
        (
            "\"2020-04-27T16:48:33.2Z\"",
            "@.a == '2020-04-27T16:48:33.200Z'",
            false,
        ),
    ]);
}

#[test]
fn quirk_05_words_are_written_small_and_equal_no_text() {
    assert_holds(&[
        ("true", "@.a == 'true'", false),
        ("true", "@.a == true", true),
    ]);
    assert_compiles(&[
        ("$[?(@.a == TRUE)]", false),
        ("$[?(@.a == False)]", false),
        ("$[?(@.a == NULL)]", false),
        ("$[?(@.a == null)]", true),
    ]);
}

#[test]
fn quirk_06_null_and_booleans_have_no_order() {
    assert_holds(&[
        ("null", "@.a <= null", false),
        ("true", "@.a >= true", false),
        ("1", "@.a <= 1", true),
    ]);
}

#[test]
fn quirk_07_numbers_are_read_generously() {
    assert_holds(&[
        ("7", "@.a == 007", true),
        ("0.5", "@.a == .5", true),
        ("100", "@.a == 1e2", true),
        ("1", "@.a == 1.", true),
        ("0", "@.a == -0", true),
    ]);
    assert_compiles(&[
        ("$[?(@.a == +1)]", false),
        ("$[?(@.a == 0x1)]", false),
        ("$[?(@.a == 1e)]", false),
        ("$[?(@.a == 1e400)]", true),
        ("$[?(@.a == 1e99999999999)]", false),
    ]);
}
