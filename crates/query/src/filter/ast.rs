//! A filter as it was written, before anyone asked whether its fields exist. `Display` writes it
//! back so that reading it again gives the same.

use std::fmt::{self, Display, Formatter};

use super::operator::Operator;

/// A filter or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// All parts hold; at least two, none of them an `And`.
    And(Vec<Expression>),
    /// One part holds; at least two, none of them an `Or`.
    Or(Vec<Expression>),
    /// The part does not hold.
    Not(Box<Expression>),
    /// A field, an operator, its values.
    Comparison(Comparison),
}

/// `field operator value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The name as written, possibly dotted.
    pub field: String,
    /// How it is compared.
    pub operator: Operator,
    /// None for `isnull` and `pr`, one or more for `in` and `ca`, one for the rest.
    pub values: Vec<Written>,
}

/// A value as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// In double quotes; the text without quotes and escapes.
    Quoted(String),
    /// Bare: a number, `true`, a date, a word.
    Bare(String),
}

impl Written {
    /// The text, however it was written.
    pub fn text(&self) -> &str {
        match self {
            Self::Quoted(text) | Self::Bare(text) => text,
        }
    }
}

impl Display for Expression {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => joined(formatter, parts, " and ", |part| {
                matches!(part, Self::Or(_))
            }),
            Self::Or(parts) => joined(formatter, parts, " or ", |_| false),
            Self::Not(part) => {
                formatter.write_str("not ")?;
                part_of(
                    formatter,
                    part,
                    matches!(**part, Self::And(_) | Self::Or(_)),
                )
            }
            Self::Comparison(comparison) => comparison.fmt(formatter),
        }
    }
}

fn joined(
    formatter: &mut Formatter<'_>,
    parts: &[Expression],
    word: &str,
    needs_brackets: fn(&Expression) -> bool,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            formatter.write_str(word)?;
        }
        part_of(formatter, part, needs_brackets(part))?;
    }
    Ok(())
}

fn part_of(formatter: &mut Formatter<'_>, part: &Expression, brackets: bool) -> fmt::Result {
    if brackets {
        write!(formatter, "({part})")
    } else {
        part.fmt(formatter)
    }
}

impl Display for Comparison {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.field, self.operator.word())?;
        match self.values.as_slice() {
            [] => Ok(()),
            [value] if !self.operator.takes_list() => write!(formatter, " {value}"),
            values => {
                for (index, value) in values.iter().enumerate() {
                    formatter.write_str(if index == 0 { " (" } else { ", " })?;
                    value.fmt(formatter)?;
                }
                formatter.write_str(")")
            }
        }
    }
}

impl Display for Written {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bare(text) => formatter.write_str(text),
            Self::Quoted(text) => {
                write!(
                    formatter,
                    "\"{}\"",
                    text.replace('\\', "\\\\").replace('"', "\\\"")
                )
            }
        }
    }
}
