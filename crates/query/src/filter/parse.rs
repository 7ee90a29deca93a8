//! Reads tokens into an expression: `not` binds before `and`, `and` before `or`.
//!
//! Most of this file is about people: an error says where, what was expected, and what to write.

use super::ast::{Comparison, Expression, Written};
use super::lex::{Located, Token, tokens};
use super::operator::Operator;
use super::suggest::{is_keyword, meant_joint, meant_operator, meant_symbol};
use super::{Misread, PARAMETER, at};
use crate::error::Error;
use crate::limits::{FILTER_BYTES_MAX, FILTER_DEPTH_MAX, FILTER_TERMS_MAX, LIST_VALUES_MAX};
use crate::text::echo;

const OPERATORS: &str = "an operator (eq, ne, gt, ge, lt, le, sw, co, in, ca, isnull, pr)";

/// Reads a whole filter.
pub(super) fn parse(text: &str) -> Result<Expression, Error> {
    if text.len() > FILTER_BYTES_MAX {
        return Err(too_large(
            "bytes",
            FILTER_BYTES_MAX,
            "ask in several smaller requests",
        ));
    }
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Err(at(1)
            .expected("a comparison")
            .found("nothing".to_owned())
            .remedy(r#"write one, such as `name eq "x"`, or leave the parameter out"#));
    }
    let end = text.chars().count() + 1;
    let mut parser = Parser {
        tokens: &tokens,
        next: 0,
        end,
        terms: 0,
    };
    let expression = parser.any_of(0)?;
    match parser.peek() {
        None => Ok(expression),
        Some(_) => Err(parser.surplus()),
    }
}

struct Parser<'p, 't> {
    tokens: &'p [Located<'t>],
    next: usize,
    /// The position just after the text.
    end: usize,
    terms: usize,
}

impl<'p, 't> Parser<'p, 't> {
    fn peek(&self) -> Option<&'p Token<'t>> {
        self.tokens.get(self.next).map(|located| &located.token)
    }

    fn second(&self) -> Option<&'p Token<'t>> {
        self.tokens.get(self.next + 1).map(|located| &located.token)
    }

    fn position(&self) -> usize {
        self.tokens
            .get(self.next)
            .map_or(self.end, |located| located.position)
    }

    /// Goes past the next token if it is this one.
    fn take(&mut self, token: &Token<'_>) -> bool {
        let found = self.peek() == Some(token);
        self.next += usize::from(found);
        found
    }

    fn any_of(&mut self, depth: usize) -> Result<Expression, Error> {
        let mut parts = vec![self.all_of(depth)?];
        while self.take(&Token::Word("or")) {
            match self.all_of(depth)? {
                Expression::Or(more) => parts.extend(more),
                part => parts.push(part),
            }
        }
        Ok(flat(
            parts,
            |part| match part {
                Expression::Or(parts) => Ok(parts),
                other => Err(other),
            },
            Expression::Or,
        ))
    }

    fn all_of(&mut self, depth: usize) -> Result<Expression, Error> {
        let mut parts = vec![self.one(depth)?];
        while self.take(&Token::Word("and")) {
            parts.push(self.one(depth)?);
        }
        Ok(flat(
            parts,
            |part| match part {
                Expression::And(parts) => Ok(parts),
                other => Err(other),
            },
            Expression::And,
        ))
    }

    fn one(&mut self, depth: usize) -> Result<Expression, Error> {
        if depth > FILTER_DEPTH_MAX {
            let remedy = "write fewer brackets and `not`s inside one another";
            return Err(too_large("levels", FILTER_DEPTH_MAX, remedy));
        }
        if self.take(&Token::Word("not")) {
            return Ok(Expression::Not(Box::new(self.one(depth + 1)?)));
        }
        let opened = self.position();
        if !self.take(&Token::Open) {
            return self.comparison().map(Expression::Comparison);
        }
        let inner = self.any_of(depth + 1)?;
        if self.take(&Token::Close) {
            return Ok(inner);
        }
        if self.peek().is_some() {
            return Err(self.surplus());
        }
        Err(self
            .misread("`)`")
            .remedy(format!("close the bracket opened at character {opened}")))
    }

    fn comparison(&mut self) -> Result<Comparison, Error> {
        self.terms += 1;
        if self.terms > FILTER_TERMS_MAX {
            let remedy = "ask in several smaller requests, or with `in`";
            return Err(too_large("comparisons", FILTER_TERMS_MAX, remedy));
        }
        if let Some(operator) = self.prefix() {
            self.next += 1;
            return Ok(Comparison {
                field: self.field()?,
                operator,
                values: Vec::new(),
            });
        }
        let field = self.field()?;
        let operator = self.operator(&field)?;
        let values = if operator.takes_nothing() {
            Vec::new()
        } else if operator.takes_list() {
            self.list(operator)?
        } else {
            vec![self.value(operator)?]
        };
        Ok(Comparison {
            field,
            operator,
            values,
        })
    }

    /// `isnull x` and `pr x`: the vendor documents one of them in front and one behind
    /// (api-surface.md §2), so both may stand in both places.
    fn prefix(&self) -> Option<Operator> {
        let (Token::Word(word), Some(Token::Word(next))) = (self.peek()?, self.second()) else {
            return None;
        };
        let operator = Operator::from_word(word).filter(|operator| operator.takes_nothing())?;
        let next_is_field = Operator::from_word(next).is_none() && !is_keyword(next);
        next_is_field.then_some(operator)
    }

    fn field(&mut self) -> Result<String, Error> {
        match self.peek() {
            Some(Token::Word(word)) if is_keyword(word) => Err(self
                .misread("a field")
                .remedy(format!("put a comparison before `{word}`"))),
            Some(Token::Word(word)) if is_field_name(word) => {
                self.next += 1;
                Ok((*word).to_owned())
            }
            Some(Token::Symbol("!")) => {
                Err(self.misread("a field").remedy("write `not` instead of `!`"))
            }
            Some(Token::Quoted(text)) => {
                let remedy = if is_field_name(text) {
                    format!("write the field without quotes: {}", echo(text))
                } else {
                    "the field comes first, then the operator, then the value".to_owned()
                };
                Err(self.misread("a field").remedy(remedy))
            }
            Some(Token::Word(_)) => Err(self.misread("a field").remedy(
                "a field starts with a letter and holds letters, digits, `_`, `-` and `.`",
            )),
            _ => Err(self
                .misread("a field")
                .remedy(r#"write a comparison such as `name eq "x"`"#)),
        }
    }

    fn operator(&mut self, field: &str) -> Result<Operator, Error> {
        match self.peek() {
            Some(Token::Word(word)) => {
                if let Some(operator) = Operator::from_word(word) {
                    self.next += 1;
                    return Ok(operator);
                }
                let next = match self.second() {
                    Some(Token::Word(next)) => next,
                    _ => "",
                };
                Err(self.misread(OPERATORS).remedy(meant_operator(word, next)))
            }
            Some(Token::Symbol("=")) if field == PARAMETER => Err(self
                .misread(OPERATORS)
                .remedy("leave out `filters=` inside the value")),
            Some(Token::Symbol(symbol)) => {
                Err(self.misread(OPERATORS).remedy(match meant_symbol(symbol) {
                    Some(word) => format!("write `{word}` instead of `{}`", echo(symbol)),
                    None => format!("operators are words: `{} eq \"x\"`", echo(field)),
                }))
            }
            Some(Token::Quoted(_)) => Err(self.misread(OPERATORS).remedy(format!(
                "put an operator after the field: `{} eq …`",
                echo(field)
            ))),
            _ => Err(self
                .misread(OPERATORS)
                .remedy(format!("finish the comparison: `{} eq \"x\"`", echo(field)))),
        }
    }

    fn value(&mut self, operator: Operator) -> Result<Written, Error> {
        let value = match self.peek() {
            Some(Token::Quoted(text)) => Written::Quoted(text.clone()),
            Some(Token::Word(word)) if !is_keyword(word) => Written::Bare((*word).to_owned()),
            Some(Token::Word(word)) => {
                let remedy = format!("write a value, or \"{word}\" in double quotes if that is it");
                return Err(self.misread("a value").remedy(remedy));
            }
            Some(Token::Open) => {
                let word = operator.word();
                let remedy =
                    format!("`{word}` takes one value; for a list write `in (\"a\", \"b\")`");
                return Err(self.misread("a value").remedy(remedy));
            }
            Some(Token::Symbol(_)) => {
                return Err(self
                    .misread("a value")
                    .remedy("put the value in double quotes"));
            }
            Some(Token::Comma | Token::Close) | None => {
                let remedy = format!("put a value after `{}`", operator.word());
                return Err(self.misread("a value").remedy(remedy));
            }
        };
        self.next += 1;
        Ok(value)
    }

    fn list(&mut self, operator: Operator) -> Result<Vec<Written>, Error> {
        let opened = self.position();
        let word = operator.word();
        if !self.take(&Token::Open) {
            let remedy = format!("`{word}` takes a list in round brackets: {word} (\"a\", \"b\")");
            return Err(self.misread("`(`").remedy(remedy));
        }
        if self.peek() == Some(&Token::Close) {
            return Err(self
                .misread("a value")
                .remedy("a list holds at least one value"));
        }
        let mut values = vec![self.value(operator)?];
        while self.take(&Token::Comma) {
            if values.len() == LIST_VALUES_MAX {
                let remedy = "ask in several smaller requests";
                return Err(too_large("values in one list", LIST_VALUES_MAX, remedy));
            }
            values.push(self.value(operator)?);
        }
        if self.take(&Token::Close) {
            return Ok(values);
        }
        let remedy = match self.peek() {
            Some(Token::Quoted(_)) => "separate the values by commas".to_owned(),
            _ => format!("close the bracket opened at character {opened}"),
        };
        Err(self.misread("`,` or `)`").remedy(remedy))
    }

    /// Something stands where a comparison is already complete.
    fn surplus(&self) -> Error {
        self.misread("`and`, `or` or the end")
            .remedy(meant_joint(self.peek()))
    }

    fn misread(&self, expected: &str) -> Misread {
        let found = match self.peek() {
            None => "the end".to_owned(),
            Some(Token::Word(text) | Token::Symbol(text)) => format!("`{}`", echo(text)),
            Some(Token::Quoted(text)) => format!("\"{}\"", echo(text)),
            Some(Token::Open) => "`(`".to_owned(),
            Some(Token::Close) => "`)`".to_owned(),
            Some(Token::Comma) => "`,`".to_owned(),
        };
        at(self.position()).expected(expected).found(found)
    }
}

/// One part alone is itself; several are joined, and parts of the same sort melt in.
fn flat(
    mut parts: Vec<Expression>,
    melt: fn(Expression) -> Result<Vec<Expression>, Expression>,
    join: fn(Vec<Expression>) -> Expression,
) -> Expression {
    if parts.len() == 1 {
        return parts.swap_remove(0);
    }
    let mut all = Vec::with_capacity(parts.len());
    for part in parts {
        match melt(part) {
            Ok(more) => all.extend(more),
            Err(other) => all.push(other),
        }
    }
    join(all)
}

fn is_field_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && word
            .chars()
            .all(|each| each.is_ascii_alphanumeric() || matches!(each, '_' | '-' | '.'))
}

fn too_large(what: &'static str, maximum: usize, remedy: &'static str) -> Error {
    Error::TooLarge {
        parameter: PARAMETER,
        what,
        maximum,
        remedy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> String {
        parse(text).unwrap().to_string()
    }

    fn sentence(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn not_binds_before_and_and_before_or() {
        let table = [
            ("a eq 1 or b eq 2 and c eq 3", "a eq 1 or b eq 2 and c eq 3"),
            (
                "(a eq 1 or b eq 2) and c eq 3",
                "(a eq 1 or b eq 2) and c eq 3",
            ),
            (
                "((a eq 1) and (b eq 2 and c eq 3))",
                "a eq 1 and b eq 2 and c eq 3",
            ),
            ("not a eq 1 and b eq 2", "not a eq 1 and b eq 2"),
            ("not(a eq 1 and b eq 2)", "not (a eq 1 and b eq 2)"),
            (r#"a in("x",2 ,true)"#, r#"a in ("x", 2, true)"#),
            ("isnull lastUsed or pr b", "lastUsed isnull or b pr"),
            ("pr isnull and pr eq 1", "pr isnull and pr eq 1"),
            (r#"a.b-c eq "x\"y\\z""#, r#"a.b-c eq "x\"y\\z""#),
            (
                "start gt 2018-01-01T10:00:00+02:00",
                "start gt 2018-01-01T10:00:00+02:00",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(printed(text), expected, "{text}");
            assert_eq!(printed(expected), expected);
        }
    }

    #[test]
    fn an_error_says_where_and_what_to_write() {
        let table = [
            ("name == \"x\"", "character 6", "write `eq` instead of `==`"),
            (
                "name EQ \"x\"",
                "character 6",
                "write `eq`; operators are in lower case",
            ),
            ("name is null", "character 6", "write `isnull`"),
            ("name eqq \"x\"", "character 6", "write `eq`"),
            (
                "name eq 'x'",
                "character 9",
                "strings stand in double quotes: write \"x\"",
            ),
            (
                "(a eq 1",
                "character 8",
                "close the bracket opened at character 1",
            ),
            ("a eq 1)", "character 7", "remove the `)`"),
            (
                "a in (1, 2",
                "character 11",
                "close the bracket opened at character 6",
            ),
            (
                "a in 1",
                "character 6",
                "`in` takes a list in round brackets",
            ),
            ("a in ()", "character 7", "a list holds at least one value"),
            (
                "a in (\"x\" \"y\")",
                "character 11",
                "separate the values by commas",
            ),
            (
                "a eq (1, 2)",
                "character 6",
                "`eq` takes one value; for a list write",
            ),
            (
                "a eq 1, b eq 2",
                "character 7",
                "write `and` instead of the comma",
            ),
            (
                "a eq 1 AND b eq 2",
                "character 8",
                "write `and`; keywords are in lower case",
            ),
            ("a eq 1 && b eq 2", "character 8", "write `and`"),
            (
                "a eq John Doe",
                "character 11",
                "put a value with blanks in double quotes",
            ),
            (
                "a eq and b eq 1",
                "character 6",
                "write a value, or \"and\" in double quotes",
            ),
            ("a eq", "character 5", "put a value after `eq`"),
            ("a", "character 2", "finish the comparison: `a eq \"x\"`"),
            (
                "\"a\" eq 1",
                "character 1",
                "write the field without quotes: a",
            ),
            ("!a eq 1", "character 1", "write `not` instead of `!`"),
            ("and a eq 1", "character 1", "put a comparison before `and`"),
            ("1a eq 1", "character 1", "a field starts with a letter"),
            ("filters=a eq 1", "character 8", "leave out `filters=`"),
            (" ", "character 1", "or leave the parameter out"),
        ];
        for (text, position, remedy) in table {
            let sentence = sentence(text);
            assert!(
                sentence.starts_with(&format!("filters, {position}: ")),
                "{text}: {sentence}"
            );
            assert!(sentence.contains(remedy), "{text}: {sentence}");
        }
    }

    #[test]
    fn every_bound_is_an_error_that_names_it() {
        let table = [
            ("x".repeat(FILTER_BYTES_MAX + 1), "bytes"),
            ("(".repeat(FILTER_BYTES_MAX), "levels"),
            ("not ".repeat(1000), "levels"),
            (
                format!("{}a eq 1", "a eq 1 or ".repeat(FILTER_TERMS_MAX)),
                "comparisons",
            ),
            (
                format!("a in (1{})", ",1".repeat(LIST_VALUES_MAX)),
                "values in one list",
            ),
        ];
        for (text, bound) in table {
            assert!(
                matches!(parse(&text), Err(Error::TooLarge { what, .. }) if what == bound),
                "{bound}"
            );
        }
        assert!(parse(&format!("a in (1{})", ",1".repeat(LIST_VALUES_MAX - 1))).is_ok());
    }
}
