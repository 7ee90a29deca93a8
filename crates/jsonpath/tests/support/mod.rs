//! Shared by the property tests and the differential example: a seeded generator of documents and
//! of filters over them, malformed ones among them.

use serde_json::{Map, Value, json};

/// A small generator of pseudo-random numbers (SplitMix64), so that a seed names a run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    pub(crate) fn pick<'t>(&mut self, choices: &[&'t str]) -> &'t str {
        choices[self.below(choices.len())]
    }
}

const NAMES: [&str; 10] = [
    "a", "b", "l", "id", "name", "x-y", "a b", "length", "ü", "c",
];

const TEXTS: [&str; 34] = [
    "",
    "x",
    "abc",
    "Abc",
    "1",
    "1.0",
    "01",
    "true",
    "null",
    "$.a",
    "$",
    "@",
    "[1]",
    "{}",
    "[a",
    "'q'",
    "\"q\"",
    "CORP\\\\joe",
    "it's",
    "ümlaut",
    "ÜMLAUT",
    "😀",
    "US Sales Support",
    "a\\nb",
    "a/b",
    "10",
    "2",
    "1e2",
    "-0",
    "\\\\u0041",
    "c:\\\\users",
    "a.b",
    "  ",
    "2020-04-27T18:00:00Z",
];

const NUMBERS: [&str; 22] = [
    "0",
    "1",
    "-1",
    "2",
    "3",
    "10",
    "1.0",
    "1.5",
    "-0.0",
    "1e2",
    "1E-7",
    "100",
    "0.1",
    "12345678901",
    "9007199254740993",
    "18446744073709551615",
    "12345678901234567890123",
    "1.10",
    "3.9",
    "1e10",
    "0.00001",
    "1.000000000000000000001",
];

/// A document as text, so that numbers keep their spelling.
pub(crate) fn document(random: &mut Random, depth: usize) -> String {
    match random.below(if depth == 0 { 5 } else { 11 }) {
        0 => "null".to_owned(),
        1 => random.pick(&["true", "false"]).to_owned(),
        2 => random.pick(&NUMBERS).to_owned(),
        3 | 4 => quoted(random.pick(&TEXTS)),
        5..=7 => {
            let elements: Vec<String> = (0..random.below(5))
                .map(|_| document(random, depth - 1))
                .collect();
            format!("[{}]", elements.join(","))
        }
        _ => object(random, depth),
    }
}

/// A document that is an object, as events are.
pub(crate) fn object(random: &mut Random, depth: usize) -> String {
    let mut members = Map::new();
    for _ in 0..random.below(6) {
        members.insert(random.pick(&NAMES).to_owned(), Value::Null);
    }
    let members: Vec<String> = members
        .keys()
        .map(|name| {
            format!(
                "{}:{}",
                json!(name),
                document(random, depth.saturating_sub(1))
            )
        })
        .collect();
    format!("{{{}}}", members.join(","))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\\\""))
}

/// A filter; now and then with a mutation.
pub(crate) fn filter(random: &mut Random) -> String {
    let root = if random.chance(5) { "@" } else { "$" };
    let mut text = path(random, root, 3);
    if random.chance(12) {
        text = mutated(random, &text);
    }
    text
}

fn path(random: &mut Random, root: &str, depth: usize) -> String {
    let mut text = root.to_owned();
    for _ in 0..random.below(4) {
        text.push_str(&step(random, depth));
    }
    if random.chance(15) {
        text.push_str(&call(random, depth));
    }
    text
}

fn step(random: &mut Random, depth: usize) -> String {
    match random.below(if depth == 0 { 11 } else { 16 }) {
        0..=5 => format!(
            ".{}",
            random.pick(&["a", "b", "l", "id", "name", "x-y", "length", "ü", "c"])
        ),
        6 => format!(
            "['{}']",
            random.pick(&["a", "a b", "x-y", "a\\'b", "\\u0061", "c"])
        ),
        7 => random
            .pick(&[
                "['a','b']",
                "[\"a\", \"c\"]",
                "['l','name','zz']",
                "['a','a']",
            ])
            .to_owned(),
        8 => random
            .pick(&[
                "[0]",
                "[1]",
                "[-1]",
                "[-5]",
                "[0,1]",
                "[0, 2,-1]",
                "[1:]",
                "[:2]",
                "[0:2]",
                "[-2:]",
                "[:-1]",
                "[-2:3]",
                "[-3:-1]",
                "[0:3:2]",
                "[ 0 ]",
                "[9,0]",
                "[007]",
                "[:]",
            ])
            .to_owned(),
        9 => random.pick(&["[*]", ".*", "[ * ]"]).to_owned(),
        10 => format!(
            "..{}",
            random.pick(&[
                "a",
                "id",
                "*",
                "[0]",
                "['a','b']",
                "l",
                "name",
                "[*]",
                "[?(@.a)]"
            ])
        ),
        _ => format!("[?({})]", expression(random, depth - 1)),
    }
}

fn call(random: &mut Random, depth: usize) -> String {
    let name = random.pick(&[
        "length", "size", "sum", "avg", "min", "max", "stddev", "keys", "first", "last", "index",
        "concat", "append", "nosuch",
    ]);
    let arguments = match random.below(7) {
        // A list appended to itself has no text: the engine's driver cannot print it.
        0 if depth > 0 && name != "append" => path(random, "$", depth - 1),
        1 => random.pick(&["0", "1", "-1", "-2", "1.5", "9"]).to_owned(),
        2 => format!(
            "{}, {}",
            random.pick(&["\"x\"", "1", "{\"a\":1}", "$.a"]),
            random.pick(&["2", "$.l", "\"-z\"", "'y'"])
        ),
        _ => String::new(),
    };
    format!(".{name}({arguments})")
}

fn expression(random: &mut Random, depth: usize) -> String {
    match random.below(10) {
        0 if depth > 0 => format!(
            "{} && {}",
            expression(random, depth - 1),
            expression(random, depth - 1)
        ),
        1 if depth > 0 => format!(
            "{} || {}",
            expression(random, depth - 1),
            expression(random, depth - 1)
        ),
        2 if depth > 0 => format!("!({})", expression(random, depth - 1)),
        3 if depth > 0 => format!("({})", expression(random, depth - 1)),
        4 => operand_path(random, depth),
        5 => format!("!{}", operand_path(random, depth)),
        _ => comparison(random, depth),
    }
}

fn operand_path(random: &mut Random, depth: usize) -> String {
    let root = random.pick(&["@", "@", "@", "$"]);
    path(random, root, depth.min(1))
}

fn comparison(random: &mut Random, depth: usize) -> String {
    let operator = random.pick(&[
        "==", "!=", "===", "!==", "<", "<=", ">", ">=", "=~", "in", "nin", "contains", "size",
        "empty", "subsetof", "anyof", "noneof", "IN", "all", "type", "exists", "==", "!=",
        "contains", "in",
    ]);
    let (left, right) = match operator {
        "=~" if random.chance(85) => (operand(random, depth), pattern(random)),
        "empty" if random.chance(85) => (
            operand(random, depth),
            random.pick(&["true", "false"]).to_owned(),
        ),
        "size" if random.chance(85) => (
            operand(random, depth),
            random.pick(&["0", "1", "2", "3", "-1", "3.9"]).to_owned(),
        ),
        "in" | "nin" | "IN" | "subsetof" | "anyof" | "noneof" if random.chance(75) => {
            (operand(random, depth), list(random))
        }
        _ => (operand(random, depth), operand(random, depth)),
    };
    let blank = if random.chance(10) { "" } else { " " };
    format!("{left}{blank}{operator} {right}")
}

fn operand(random: &mut Random, depth: usize) -> String {
    match random.below(14) {
        0..=6 => operand_path(random, depth),
        7 | 8 => format!("'{}'", random.pick(&TEXTS).replace('\'', "\\'")),
        9 => format!("\"{}\"", random.pick(&TEXTS).replace('"', "\\\"")),
        10 | 11 => random.pick(&NUMBERS).to_owned(),
        12 => random
            .pick(&["true", "false", "null", "TRUE", "nul", "007", ".5", "1."])
            .to_owned(),
        _ => list(random),
    }
}

fn list(random: &mut Random) -> String {
    if random.chance(8) {
        return random
            .pick(&["{}", "{\"a\":1}", "{a:'x'}", "[a", "$.l", "[[1]]", "[{}]"])
            .to_owned();
    }
    let members: Vec<String> = (0..random.below(4))
        .map(|_| match random.below(7) {
            0..=2 => format!("'{}'", random.pick(&TEXTS).replace('\'', "\\'")),
            3 => quoted(random.pick(&TEXTS)),
            4 => random.pick(&NUMBERS).to_owned(),
            5 => random
                .pick(&["true", "null", "x", "a b", "1 2", "-", "1e", "NaN"])
                .to_owned(),
            _ => random
                .pick(&["'$.a'", "'[1]'", "\"'q'\"", "'@'"])
                .to_owned(),
        })
        .collect();
    let tail = if random.chance(10) { "," } else { "" };
    format!("[{}{tail}]", members.join(random.pick(&[",", ", "])))
}

fn pattern(random: &mut Random) -> String {
    let body = random.pick(&[
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
    ]);
    format!(
        "/{body}/{}",
        random.pick(&["", "", "", "i", "iu", "x", "s", "g", "im"])
    )
}

/// Takes out, doubles or changes one character.
pub(crate) fn mutated(random: &mut Random, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    if characters.is_empty() {
        return String::new();
    }
    let at = random.below(characters.len());
    match random.below(3) {
        0 => {
            characters.remove(at);
        }
        1 => characters.insert(at, characters[at]),
        _ => {
            const REPLACEMENTS: [char; 21] = [
                ' ', '.', '[', ']', '(', ')', '\'', '"', '@', '$', '?', '*', ',', '!', '=', '&',
                '|', '/', '\\', '\t', ':',
            ];
            characters[at] = REPLACEMENTS[random.below(REPLACEMENTS.len())];
        }
    }
    characters.into_iter().collect()
}
