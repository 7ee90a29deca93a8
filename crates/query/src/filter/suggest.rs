//! What people write in the place of an operator or a joint, and what they mean.

use super::lex::Token;
use super::operator::Operator;
use crate::text::closest;

/// What a word in the place of an operator was meant to be; `next` is the word after it.
pub(super) fn meant_operator(word: &str, next: &str) -> String {
    let lower = word.to_ascii_lowercase();
    if let Some(operator) = Operator::from_word(&lower) {
        return format!("write `{}`; operators are in lower case", operator.word());
    }
    let meant = match lower.as_str() {
        "is" if next.eq_ignore_ascii_case("null") => "isnull",
        "is" if next.eq_ignore_ascii_case("not") => "pr",
        "equals" | "equal" | "is" => "eq",
        "neq" | "notequals" => "ne",
        "gte" => "ge",
        "lte" => "le",
        "like" | "contains" | "includes" => "co",
        "startswith" | "begins" | "starts" => "sw",
        "null" => "isnull",
        "notnull" | "exists" | "present" => "pr",
        "ew" | "endswith" | "ends" => {
            return "there is no operator for the end of a text; `co` finds it anywhere".to_owned();
        }
        "not" => return "put `not` before the whole comparison".to_owned(),
        _ => match closest(word, Operator::ALL.into_iter().map(Operator::word)) {
            Some(operator) => operator,
            None => return "an operator stands between field and value".to_owned(),
        },
    };
    format!("write `{meant}`")
}

/// The operator that other languages write as this symbol.
pub(super) fn meant_symbol(symbol: &str) -> Option<&'static str> {
    Some(match symbol {
        "=" | "==" | "===" => "eq",
        "!=" | "<>" | "!==" => "ne",
        ">" => "gt",
        ">=" | "=>" => "ge",
        "<" => "lt",
        "<=" | "=<" => "le",
        _ => return None,
    })
}

/// What was meant by a token where only `and`, `or` or the end can stand.
pub(super) fn meant_joint(token: Option<&Token<'_>>) -> &'static str {
    match token {
        Some(Token::Comma) => "write `and` instead of the comma",
        Some(Token::Close) => "remove the `)`, or open its bracket before",
        Some(Token::Symbol("&&" | "&")) => "write `and`",
        Some(Token::Symbol("||" | "|")) => "write `or`",
        Some(Token::Word(word)) if word.eq_ignore_ascii_case("and") => {
            "write `and`; keywords are in lower case"
        }
        Some(Token::Word(word)) if word.eq_ignore_ascii_case("or") => {
            "write `or`; keywords are in lower case"
        }
        Some(Token::Word(word)) if word.eq_ignore_ascii_case("not") => "write `and not`",
        Some(Token::Word(_) | Token::Symbol(_)) => {
            "join comparisons by `and`, and put a value with blanks in double quotes"
        }
        _ => "join comparisons by `and` or `or`",
    }
}

/// The words that are neither a field nor a bare value.
pub(super) fn is_keyword(word: &str) -> bool {
    matches!(word, "and" | "or" | "not")
}
