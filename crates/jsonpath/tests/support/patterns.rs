//! Java regular expressions: everyday ones, odd ones, and some from a small grammar.

use super::Random;

/// A pattern with its slashes and flags.
pub(super) fn pattern(random: &mut Random) -> String {
    let body = if random.chance(45) {
        everyday(random)
    } else {
        alternation(random, 2)
    };
    let flags = random.pick(&[
        "", "", "", "", "i", "iu", "x", "s", "g", "im", "m", "d", "U", "iU", "u", "ix", "ms", "xi",
    ]);
    format!("/{body}/{flags}")
}

fn everyday(random: &mut Random) -> String {
    random
        .pick(&[
            ".*",
            "",
            "a.*",
            "[A-Z]+",
            "abc",
            "x|abc",
            "\\d+",
            "\\w+",
            "ümlaut",
            ".*Support",
            "US.*",
            "(?i)abc",
            "[^a-c]*",
            "1\\.0",
            "it's",
            "a\\/b",
            "[(]x",
            "\\p{L}+",
            "a{1,2}",
            "(a|A)bc",
            "[",
            "*",
            "(?=a).*",
            "(?!x).*",
            ".",
            "\\s*",
            "\\Qa.b\\E",
            "true|false",
            "[a-z&&[^b]]+",
            "^a.*$",
            "(?i:A)bc",
            "(?-i)abc",
            "(?<n>a)bc",
            "(?<=a)bc",
            ".*(?<!c)",
            "\\bUS\\b.*",
            "[\\w.-]+",
            "[^\\d\\s]+",
            "\\p{Upper}.*",
            "\\p{IsAlphabetic}+",
            "\\p{javaLowerCase}+",
            "\\P{Digit}+",
            "\\d{4}-\\d{2}-.*",
            "a{2}|b{0,}|c{,2}",
            "[]a]",
            "[a-]",
            "[-a]+",
            "[a\\]b]+",
            "(abc",
            "abc)",
            "a**",
            "a++",
            "a*?",
            "a{,2}",
            "a{2,1}",
            "\\",
            "\\z",
            "\\Z",
            "\\h+",
            "\\R",
            "\\x61bc",
            "\\u0061bc",
            "\\0101bc",
            "\\cA",
            "(a)\\1",
            "(?>a)bc",
            "[\\p{L}&&[^\\p{Lu}]]+",
            "\\N{DIGIT ONE}",
            "\\p{InGreek}",
            "\\p{IsLatin}+",
            "\\p{Lu}+",
            "\\pL+",
            "[a-c[x-z]]+",
            "[^a[b]]+",
            "[a&&b&&c]*",
            "[&&a]",
            "[a&&]",
            "(?x) a b c # d",
            "(?s).*",
            "[a-z]*+",
            "#abc",
            "a b",
            "\\e",
            "\\y",
            "(?z)a",
            "()",
            "(|a)bc",
            "^*",
            "\\Q",
            "\\E",
            "$",
            "^",
            "a$",
            "\\A.*\\z",
            "\\B.*",
            ".*\\b",
            "[😀]",
            "..",
            "[İi]+",
            "s",
            "K",
        ])
        .to_owned()
}

fn alternation(random: &mut Random, depth: usize) -> String {
    let branches: Vec<String> = (0..=random.below(2))
        .map(|_| sequence(random, depth))
        .collect();
    branches.join("|")
}

fn sequence(random: &mut Random, depth: usize) -> String {
    let mut text = String::new();
    for _ in 0..random.below(4) {
        text.push_str(&atom(random, depth));
        text.push_str(random.pick(&[
            "", "", "", "", "*", "+", "?", ".*", "{1}", "{0,2}", "{1,}", "*?", "+?", "??", "++",
            "?+", "{0}",
        ]));
    }
    text
}

fn atom(random: &mut Random, depth: usize) -> String {
    match random.below(if depth == 0 { 9 } else { 13 }) {
        0..=3 => random
            .pick(&[
                "a", "b", "c", "A", "x", "1", "US", "abc", "ü", "😀", "q", "it's", "0", "-", ":",
            ])
            .to_owned(),
        4 | 5 => random
            .pick(&[
                ".",
                "\\d",
                "\\w",
                "\\s",
                "\\D",
                "\\W",
                "\\S",
                "\\.",
                "\\-",
                "\\h",
                "\\v",
                "\\H",
                "\\p{Alpha}",
                "\\p{Punct}",
                "\\p{Lower}",
                "\\p{IsDigit}",
                "\\P{L}",
                "\\p{Space}",
                "\\t",
                "\\n",
                "\\x41",
                "\\u0041",
                "\\R",
                "\\\\",
                "\\'",
                "\\$",
            ])
            .to_owned(),
        6 | 7 => class(random, 1),
        8 => random
            .pick(&["^", "$", "\\b", "\\B", "\\A", "\\z", "\\Z", "\\G"])
            .to_owned(),
        9 => format!("(?i){}", alternation(random, depth - 1)),
        10 => format!("(?:{})", alternation(random, depth - 1)),
        11 => {
            let look = random.pick(&["?=", "?!", "?<=", "?<!", "?>", "?i:", "?-i:", "?<g>", "?s:"]);
            format!("({look}{})", alternation(random, depth - 1))
        }
        _ => format!("({})", alternation(random, depth - 1)),
    }
}

fn class(random: &mut Random, depth: usize) -> String {
    let negated = if random.chance(25) { "^" } else { "" };
    let members: String = (0..=random.below(3))
        .map(|_| match random.below(if depth == 0 { 8 } else { 10 }) {
            0..=2 => random
                .pick(&[
                    "a", "b", "c", "A", "1", "ü", ".", "-", "*", "'", "(", "😀", "$", "^", "|",
                ])
                .to_owned(),
            3 | 4 => random
                .pick(&[
                    "a-z", "A-Z", "0-9", "a-c", "!--", "à-ü", "z-a", " -~", "A-z",
                ])
                .to_owned(),
            5 | 6 => random
                .pick(&[
                    "\\d", "\\w", "\\s", "\\W", "\\]", "\\\\", "\\-", "\\p{L}", "\\P{Lu}", "\\D",
                    "\\t",
                ])
                .to_owned(),
            7 => random
                .pick(&["a-", "-a", "&", "a&&b", "&&b", "#", " "])
                .to_owned(),
            8 => class(random, depth - 1),
            _ => format!("&&{}", class(random, depth - 1)),
        })
        .collect();
    format!("[{negated}{members}]")
}
