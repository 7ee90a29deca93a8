//! Literals of filters: texts, numbers and words, lists and objects in the loose JSON that the
//! reference reads.

use super::Random;
use super::documents::{NUMBERS, TEXTS, quoted};

/// A text in either sort of quotes.
pub(super) fn quoted_text(random: &mut Random) -> String {
    let text = random.pick(&TEXTS);
    if random.chance(30) {
        format!("\"{}\"", text.replace('"', "\\\""))
    } else {
        format!("'{}'", text.replace('\'', "\\'"))
    }
}

/// A number or a word; some are neither.
pub(super) fn scalar(random: &mut Random) -> String {
    if random.chance(65) {
        return random.pick(&NUMBERS).to_owned();
    }
    random
        .pick(&[
            "true",
            "false",
            "null",
            "TRUE",
            "nul",
            "007",
            ".5",
            "1.",
            "-",
            "--1",
            "1-1",
            "1e",
            "e1",
            ".",
            "-.5",
            "+1",
            "1e+2",
            "0x1",
            "1..2",
            "truely",
            "nullx",
            "NaN",
            "1e99999999999",
            "1_0",
            "/a/",
            "#",
        ])
        .to_owned()
}

/// A list; some are odd, some are none.
pub(super) fn list(random: &mut Random) -> String {
    if random.chance(8) {
        return random
            .pick(&[
                "{}",
                "{\"a\":1}",
                "{a:'x'}",
                "[a",
                "$.l",
                "@.l",
                "[[1]]",
                "[{}]",
                "'abc'",
                "1",
            ])
            .to_owned();
    }
    let members: Vec<String> = (0..random.below(4)).map(|_| member(random)).collect();
    let open = random.pick(&["[", "[", "[", "[", "[", "[ ", "[,"]);
    let close = random.pick(&["]", "]", "]", "]", "]", ",]", " ]", ",,]"]);
    format!(
        "{open}{}{close}",
        members.join(random.pick(&[",", ", ", ", ", ",,", " ", " , "]))
    )
}

fn member(random: &mut Random) -> String {
    match random.below(9) {
        0..=2 => format!("'{}'", random.pick(&TEXTS).replace('\'', "\\'")),
        3 => quoted(random.pick(&TEXTS)),
        4 => random.pick(&NUMBERS).to_owned(),
        5 => random
            .pick(&[
                "true",
                "null",
                "x",
                "a b",
                "1 2",
                "-",
                "1e",
                "NaN",
                "tru",
                "nullx",
                "1a",
                "1.",
                ".5",
                "+1",
                "- 1",
                "1e400",
                "0x10",
                "1/2",
                "a:b",
                "-a",
                "1e+2",
                "1.5x",
                "true ",
                "a'b",
                "é",
                "1é",
                "--1",
                "1-",
                "False",
                "TRUE",
                "1e5",
                "12345678901234567890.5",
            ])
            .to_owned(),
        6 => random
            .pick(&[
                "'$.a'",
                "'[1]'",
                "\"'q'\"",
                "'@'",
                "'a\\zb'",
                "'\\u0041'",
                "'\\x41'",
                "'\\u00g0'",
            ])
            .to_owned(),
        7 => random
            .pick(&[
                "[]",
                "[1]",
                "{}",
                "{a:1}",
                "['a','b']",
                "[[",
                "{\"a\":[1,2]}",
            ])
            .to_owned(),
        _ => random
            .pick(&["1", "'a'", "'x'", "\"abc\"", "null", "true", "1.0"])
            .to_owned(),
    }
}

/// An object, loosely written.
pub(super) fn object(random: &mut Random) -> String {
    random
        .pick(&[
            "{}",
            "{\"a\":1}",
            "{'a':'b'}",
            "{a:1}",
            "{a:1,}",
            "{,a:1}",
            "{a}",
            "{a:}",
            "{a:b c}",
            "{\"a\":[1,{\"b\":null}]}",
            "{a:1,a:2}",
            "{ a : 1 }",
            "{'a' :1 , \"b\": 2}",
            "{a:1 b:2}",
            "{a:{b:{}}}",
            "{1:1}",
            "{a:1.0}",
            "{a:'}'}",
            "{\"id\":1,\"name\":\"x\"}",
            "{a:null}",
        ])
        .to_owned()
}
