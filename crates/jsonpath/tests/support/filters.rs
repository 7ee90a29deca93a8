//! Filters from a grammar of the Jayway dialect and its neighbourhood: most compile, some come
//! close. A few are damaged by a character or two.

use super::Random;
use super::literals::{list, object, quoted_text, scalar};
use super::patterns::pattern;

/// A filter; now and then with a mutation.
pub(crate) fn filter(random: &mut Random) -> String {
    let root = match random.below(40) {
        0 | 1 => "@",
        2 => "",
        3 => " $",
        _ => "$",
    };
    let mut text = path(random, root, 3);
    if root.is_empty() {
        text = text.trim_start_matches('.').to_owned();
    }
    if random.chance(4) {
        text.push_str(random.pick(&[" ", "  ", ".", "..", ")", "]", "\t", "*", "$", ".*"]));
    }
    if random.chance(12) {
        for _ in 0..=random.below(2) {
            text = mutated(random, &text);
        }
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
    if random.chance(2) {
        text.push_str(&step(random, 0));
    }
    text
}

fn step(random: &mut Random, depth: usize) -> String {
    match random.below(if depth == 0 { 11 } else { 16 }) {
        0..=5 => format!(
            ".{}",
            random.pick(&[
                "a", "b", "l", "id", "name", "x-y", "length", "ü", "c", "a", "b", "l", "A", "😀",
                "'a'", "a)", "1", "a&&b", "a,b", "$", "a'b",
            ])
        ),
        6 => format!("[{}]", bracketed_name(random)),
        7 => random
            .pick(&[
                "['a','b']",
                "[\"a\", \"c\"]",
                "['l','name','zz']",
                "['a','a']",
                "['a' , 'b' ]",
                "['a',\"b\"]",
                "['a',]",
                "['a' 'b']",
                "['b','a','c','l']",
            ])
            .to_owned(),
        8 => position(random),
        9 => random.pick(&["[*]", ".*", "[ * ]", "*", ".**"]).to_owned(),
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
                "[?(@.a)]",
                "[0,1]",
                "[-1]",
                "[1:]",
                "['a']",
                "[?(@ == 1)]",
                "[?(@.length() > 1)]",
                "length()",
                "b",
            ])
        ),
        _ => {
            let expression = expression(random, depth - 1);
            if random.chance(90) {
                return format!("[?({expression})]");
            }
            let blanks = random.pick(&["[ ?(E)]", "[? (E)]", "[?( E)]", "[?(E )]", "[?(E) ]"]);
            blanks.replace('E', &expression)
        }
    }
}

fn bracketed_name(random: &mut Random) -> String {
    if random.chance(20) {
        return format!(
            "\"{}\"",
            random.pick(&["a", "a b", "a.b", "b", "l", "a\\\"b"])
        );
    }
    let name = random.pick(&[
        "a", "a b", "x-y", "a\\'b", "\\u0061", "c", "a.b", "\\'", "$", "😀", "a]b", "", "a\\b",
        "a\\u00", "\\u00zz", "\\", "a,b",
    ]);
    let (before, after) = (
        if random.chance(8) { " " } else { "" },
        if random.chance(8) { " " } else { "" },
    );
    format!("{before}'{name}'{after}")
}

fn position(random: &mut Random) -> String {
    if random.chance(70) {
        return random
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
                "[0 , 1]",
                "[ 1:2]",
                "[1: 2]",
                "[0,]",
                "[,0]",
                "[1:2:]",
                "[::2]",
                "[-0]",
                "[2147483647]",
                "[2147483648]",
                "[-2147483648:]",
                "[1-1]",
                "[--1]",
                "[0,0]",
                "[-9:-1]",
                "[-1:9]",
                "[5:1]",
                "[0:0]",
                "[1:1:1]",
                "[0:2,1]",
                "[0 1]",
            ])
            .to_owned();
    }
    let mut bound = || match random.below(4) {
        0 => String::new(),
        _ => (random.below(9) as i64 - 4).to_string(),
    };
    format!("[{}:{}]", bound(), bound())
}

fn call(random: &mut Random, depth: usize) -> String {
    let name = random.pick(&[
        "length", "size", "sum", "avg", "min", "max", "stddev", "keys", "first", "last", "index",
        "concat", "append", "nosuch", "Length", "length",
    ]);
    let count = match random.below(10) {
        0..=5 => 0,
        6 | 7 => 1,
        8 => 2,
        _ => 3,
    };
    let arguments: Vec<String> = (0..count).map(|_| argument(random, name, depth)).collect();
    let tail = if random.chance(4) { " " } else { "" };
    format!(
        ".{name}({}{tail})",
        arguments.join(random.pick(&[",", ", ", " ,"]))
    )
}

fn argument(random: &mut Random, name: &str, depth: usize) -> String {
    match random.below(8) {
        // A list appended to itself has no text: the engine's driver cannot print it.
        0 | 1 if depth > 0 && name != "append" => {
            let root = random.pick(&["$", "$", "@"]);
            path(random, root, depth - 1)
        }
        2 => random
            .pick(&[
                "0",
                "1",
                "-1",
                "-2",
                "1.5",
                "9",
                "-",
                "1e1",
                "1x",
                "\"1\"",
                "2147483648",
            ])
            .to_owned(),
        3 => random
            .pick(&[
                "\"x\"",
                "\"\"",
                "\"a,b\"",
                "\"a\\\"b\"",
                "\")\"",
                "\"(\"",
                "\"]\"",
                "\"{\"",
            ])
            .to_owned(),
        4 => random
            .pick(&["'y'", "y", "true", "[1]", "null", "'a,b'", ""])
            .to_owned(),
        5 => object(random),
        _ => random.pick(&["1", "2", "\"z\"", "10"]).to_owned(),
    }
}

fn expression(random: &mut Random, depth: usize) -> String {
    match random.below(10) {
        0 if depth > 0 => joined(random, depth, &[" && ", " && ", " && ", "&&", " &&", "&& "]),
        1 if depth > 0 => joined(random, depth, &[" || ", " || ", " || ", "||", " ||", "|| "]),
        2 if depth > 0 => {
            let sign = random.pick(&["!", "!", "! ", "!!"]);
            format!("{sign}({})", expression(random, depth - 1))
        }
        3 if depth > 0 => {
            let inner = expression(random, depth - 1);
            if random.chance(10) {
                format!("( {inner} )")
            } else {
                format!("({inner})")
            }
        }
        4 => operand_path(random, depth),
        5 => {
            let sign = random.pick(&["!", "!", "! ", "!!"]);
            format!("{sign}{}", operand_path(random, depth))
        }
        _ => comparison(random, depth),
    }
}

fn joined(random: &mut Random, depth: usize, words: &[&str]) -> String {
    let left = expression(random, depth - 1);
    let word = random.pick(words);
    format!("{left}{word}{}", expression(random, depth - 1))
}

fn operand_path(random: &mut Random, depth: usize) -> String {
    let root = random.pick(&["@", "@", "@", "$"]);
    path(random, root, depth.min(1))
}

fn comparison(random: &mut Random, depth: usize) -> String {
    let operator = random.pick(&[
        "==", "!=", "===", "!==", "<", "<=", ">", ">=", "=~", "in", "nin", "contains", "size",
        "empty", "subsetof", "anyof", "noneof", "IN", "all", "type", "exists", "==", "!=",
        "contains", "in", "=~", "Contains", "matches", "=", "==~", "<>", "and", "not",
    ]);
    let (left, right) = match operator {
        "=~" if random.chance(85) => {
            let sides = (operand(random, depth), pattern(random));
            if random.chance(8) {
                (sides.1, sides.0)
            } else {
                sides
            }
        }
        "empty" if random.chance(85) => (
            operand(random, depth),
            random.pick(&["true", "false"]).to_owned(),
        ),
        "size" if random.chance(85) => (
            operand(random, depth),
            random
                .pick(&[
                    "0",
                    "1",
                    "2",
                    "3",
                    "-1",
                    "3.9",
                    "4294967297",
                    "1e0",
                    "'1'",
                    "-0.9",
                ])
                .to_owned(),
        ),
        "in" | "nin" | "IN" | "subsetof" | "anyof" | "noneof" if random.chance(75) => {
            (operand(random, depth), list(random))
        }
        _ => (operand(random, depth), operand(random, depth)),
    };
    let before = random.pick(&[" ", " ", " ", " ", " ", " ", " ", "  ", "", ""]);
    let after = random.pick(&[" ", " ", " ", " ", " ", " ", " ", "  ", "", "\t"]);
    format!("{left}{before}{operator}{after}{right}")
}

fn operand(random: &mut Random, depth: usize) -> String {
    match random.below(16) {
        0..=7 => operand_path(random, depth),
        8..=10 => quoted_text(random),
        11..=13 => scalar(random),
        14 => list(random),
        _ => object(random),
    }
}

/// Takes out, doubles, moves or changes one character.
pub(crate) fn mutated(random: &mut Random, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    if characters.is_empty() {
        return String::new();
    }
    let at = random.below(characters.len());
    match random.below(4) {
        0 => {
            characters.remove(at);
        }
        1 => characters.insert(at, characters[at]),
        2 => {
            let to = random.below(characters.len());
            characters.swap(at, to);
        }
        _ => {
            const REPLACEMENTS: [char; 28] = [
                ' ', '.', '[', ']', '(', ')', '\'', '"', '@', '$', '?', '*', ',', '!', '=', '&',
                '|', '/', '\\', '\t', ':', '{', '}', '<', '~', '-', '0', '\u{a0}',
            ];
            characters[at] = REPLACEMENTS[random.below(REPLACEMENTS.len())];
        }
    }
    characters.into_iter().collect()
}
