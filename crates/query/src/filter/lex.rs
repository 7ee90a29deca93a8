//! Cuts a filter into words, strings, brackets and commas.
//!
//! A word is whatever stands bare: a field, an operator, `and`, a number, a date, an id. Which of
//! them it is depends on where it stands, so the parser decides.

use super::{PARAMETER, at};
use crate::error::Error;
use crate::text::echo;

/// A piece of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    Word(&'t str),
    Quoted(String),
    /// `==`, `&&` and the like: no part of the language, kept to suggest what is meant.
    Symbol(&'t str),
    Open,
    Close,
    Comma,
}

/// A token and the character it starts at, counted from 1.
#[derive(Clone, Debug)]
pub(super) struct Located<'t> {
    pub(super) token: Token<'t>,
    pub(super) position: usize,
}

/// The tokens of a filter, in order.
pub(super) fn tokens(text: &str) -> Result<Vec<Located<'_>>, Error> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut position = 1;
    while let Some(first) = rest.chars().next() {
        let (token, bytes) = match first {
            '(' => (Some(Token::Open), 1),
            ')' => (Some(Token::Close), 1),
            ',' => (Some(Token::Comma), 1),
            '"' => {
                quoted(rest, position).map(|(value, bytes)| (Some(Token::Quoted(value)), bytes))?
            }
            _ if first.is_whitespace() => (None, first.len_utf8()),
            _ if first.is_control() => return Err(control(position)),
            _ if is_foreign_quote(first) => return Err(foreign_quote(rest, position)),
            _ if is_symbol(first) => {
                let bytes = run(rest, is_symbol);
                (Some(Token::Symbol(&rest[..bytes])), bytes)
            }
            _ => {
                let bytes = run(rest, is_word);
                (Some(Token::Word(&rest[..bytes])), bytes)
            }
        };
        tokens.extend(token.map(|token| Located { token, position }));
        position += rest[..bytes].chars().count();
        rest = &rest[bytes..];
    }
    Ok(tokens)
}

fn run(text: &str, belongs: fn(char) -> bool) -> usize {
    text.find(|character| !belongs(character))
        .unwrap_or(text.len())
}

const fn is_symbol(character: char) -> bool {
    matches!(character, '=' | '!' | '<' | '>' | '&' | '|')
}

const fn is_foreign_quote(character: char) -> bool {
    matches!(
        character,
        '\'' | '`' | '´' | '‘' | '’' | '“' | '”' | '„' | '«' | '»'
    )
}

fn is_word(character: char) -> bool {
    !(character.is_whitespace()
        || character.is_control()
        || is_symbol(character)
        || is_foreign_quote(character)
        || matches!(character, '(' | ')' | ',' | '"'))
}

/// The value of a string in double quotes and its length with them. `\"` and `\\` are escapes; any
/// other backslash stands for itself, as in `"DOMAIN\user"`.
fn quoted(text: &str, position: usize) -> Result<(String, usize), Error> {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((offset, character)) = characters.next() {
        match character {
            '"' => return Ok((value, offset + 1)),
            '\\' => match characters.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => value.push(escaped),
                None => value.push('\\'),
            },
            '\0' => return Err(control(position + text[..offset].chars().count())),
            other => value.push(other),
        }
    }
    Err(at(position)
        .expected("a string with a closing double quote")
        .found(format!("`{}`", echo(text)))
        .remedy(r#"add the missing `"`, and write `\"` for a quote inside the string"#))
}

fn control(position: usize) -> Error {
    at(position)
        .expected("printable text")
        .found("a control character".to_owned())
        .remedy(format!("remove it from `{PARAMETER}`"))
}

fn foreign_quote(text: &str, position: usize) -> Error {
    let inside = text
        .char_indices()
        .nth(1)
        .map_or("", |(start, _)| &text[start..]);
    let inside = &inside[..inside.find(is_foreign_quote).unwrap_or(inside.len())];
    at(position)
        .expected("double quotes")
        .found(format!("`{}`", text.chars().next().unwrap_or('\'')))
        .remedy(format!(
            "strings stand in double quotes: write \"{}\"",
            echo(inside)
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Token<'_>> {
        tokens(text)
            .unwrap()
            .into_iter()
            .map(|located| located.token)
            .collect()
    }

    #[test]
    fn words_need_no_blank_beside_brackets_and_strings() {
        assert_eq!(
            words(r#"(a co"x")and(b in(1,2))"#),
            [
                Token::Open,
                Token::Word("a"),
                Token::Word("co"),
                Token::Quoted("x".to_owned()),
                Token::Close,
                Token::Word("and"),
                Token::Open,
                Token::Word("b"),
                Token::Word("in"),
                Token::Open,
                Token::Word("1"),
                Token::Comma,
                Token::Word("2"),
                Token::Close,
                Token::Close,
            ]
        );
    }

    #[test]
    fn a_backslash_escapes_quotes_and_itself_only() {
        let expected = Token::Quoted(r#"a"b\c\d"#.to_owned());
        assert_eq!(words(r#""a\"b\\c\d""#), [expected]);
    }

    #[test]
    fn positions_count_characters() {
        let tokens = tokens("é eq \"ü\" x").unwrap();
        assert_eq!(
            tokens.iter().map(|each| each.position).collect::<Vec<_>>(),
            [1, 3, 6, 10]
        );
    }

    #[test]
    fn a_string_without_an_end_and_foreign_quotes_are_told_apart() {
        let open = tokens(r#"a eq "x"#).unwrap_err().to_string();
        assert!(
            open.starts_with("filters, character 6: expected a string with a closing"),
            "{open}"
        );
        let single = tokens("a eq 'x y'").unwrap_err();
        assert_eq!(
            single.remedy(),
            "strings stand in double quotes: write \"x y\""
        );
    }
}
