//! Renders a checked filter as a SQL condition for a typed table.
//!
//! SQL text lives under `crates/store`; this file is the one exception, because the same tree that
//! documents answer must not be read twice (house.md A4). It stays in the subset that SQLite and
//! PostgreSQL share, knows no table, and takes columns from declarations only, values as
//! parameters only.
//!
//! Columns compare byte by byte: that is SQLite's default and in PostgreSQL `COLLATE "C"`. `sw` is
//! then a range, which an index serves; `LIKE` would fold case in SQLite and not in PostgreSQL.

use super::check::{CheckedFilter, Constant, Node, Test};
use super::operator::Operator;
use crate::error::Error;
use crate::fields::Kind;
use crate::text::SEPARATOR;

/// A value of a typed column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// No value.
    Null,
    /// A number, a flag as 0 or 1, a time as microseconds.
    Int(i64),
    /// A text, folded where the column is.
    Text(String),
}

/// A condition to stand after `WHERE` or `AND`, in brackets of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The text, with parameters `$n`.
    pub text: String,
    /// The values of the parameters, in order.
    pub literals: Vec<Literal>,
}

impl CheckedFilter {
    /// The condition, whose parameters are numbered from `first_parameter` on.
    pub fn to_sql(&self, first_parameter: usize) -> Result<Condition, Error> {
        let mut writer = Writer {
            literals: Vec::new(),
            first_parameter,
        };
        let text = format!("({})", writer.node(&self.root, Sense::Plain)?);
        Ok(Condition {
            text,
            literals: writer.literals,
        })
    }
}

/// Whether a part stands under an odd number of `not`s.
///
/// SQL's NULL is neither true nor false, and `NOT NULL` is not true. A comparison with a missing
/// value may stay NULL where only truth counts; under a `not` it must be false first. So `not`
/// moves inward, to the comparisons.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sense {
    Plain,
    Negated,
}

struct Writer {
    literals: Vec<Literal>,
    first_parameter: usize,
}

impl Writer {
    /// The depth is that of the expression, which the parser has bounded.
    fn node(&mut self, node: &Node, sense: Sense) -> Result<String, Error> {
        match (node, sense) {
            (Node::And(parts), Sense::Plain) | (Node::Or(parts), Sense::Negated) => {
                self.joined(parts, " AND ", sense)
            }
            (Node::Or(parts), Sense::Plain) | (Node::And(parts), Sense::Negated) => {
                self.joined(parts, " OR ", sense)
            }
            (Node::Not(part), Sense::Plain) => self.node(part, Sense::Negated),
            (Node::Not(part), Sense::Negated) => self.node(part, Sense::Plain),
            (Node::Test(test), sense) => self.test(test, sense),
        }
    }

    fn joined(&mut self, parts: &[Node], word: &str, sense: Sense) -> Result<String, Error> {
        let parts: Vec<String> = parts
            .iter()
            .map(|part| self.node(part, sense))
            .collect::<Result<_, _>>()?;
        Ok(format!("({})", parts.join(word)))
    }

    fn test(&mut self, test: &Test, sense: Sense) -> Result<String, Error> {
        let Some(column) = test.field.column else {
            return Err(Error::WithoutColumn {
                field: test.field.name,
            });
        };
        let negated = sense == Sense::Negated;
        Ok(match test.operator {
            Operator::IsNull => nullness(column, negated),
            Operator::Present => nullness(column, !negated),
            Operator::NotEqual => self.comparison(column, test, Operator::Equal, !negated),
            operator => self.comparison(column, test, operator, negated),
        })
    }

    /// A comparison that is NULL on NULL, or its opposite, which is true on NULL.
    fn comparison(
        &mut self,
        column: &str,
        test: &Test,
        operator: Operator,
        negated: bool,
    ) -> String {
        let holds = match test.field.kind {
            Kind::TextList => self.list(column, test, operator),
            _ => self.scalar(column, test, operator),
        };
        if negated {
            format!("({column} IS NULL OR NOT ({holds}))")
        } else {
            holds
        }
    }

    fn scalar(&mut self, column: &str, test: &Test, operator: Operator) -> String {
        let sign = match operator {
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::StartsWith => {
                return self.each(test, " OR ", |writer, value| writer.starts(column, value));
            }
            Operator::Contains => {
                return self.each(test, " OR ", |writer, value| {
                    writer.contains(column, test.field.kind, value)
                });
            }
            _ if test.values.len() > 1 => return self.one_of(column, test),
            _ => "=",
        };
        self.each(test, " OR ", |writer, value| {
            format!("{column} {sign} {}", writer.parameter(literal(value)))
        })
    }

    fn each(
        &mut self,
        test: &Test,
        word: &str,
        mut write: impl FnMut(&mut Self, &Constant) -> String,
    ) -> String {
        let parts: Vec<String> = test.values.iter().map(|value| write(self, value)).collect();
        if parts.len() == 1 {
            parts.concat()
        } else {
            format!("({})", parts.join(word))
        }
    }

    fn one_of(&mut self, column: &str, test: &Test) -> String {
        let values: Vec<String> = test
            .values
            .iter()
            .map(|value| self.parameter(literal(value)))
            .collect();
        format!("{column} IN ({})", values.join(", "))
    }

    /// From the text itself up to the next text that does not begin with it.
    fn starts(&mut self, column: &str, value: &Constant) -> String {
        let (from, to) = match value {
            Constant::Time(span) => (
                Literal::Int(span.start.as_micros()),
                Some(Literal::Int(span.end.as_micros())),
            ),
            Constant::Text(text) => (Literal::Text(text.clone()), after(text).map(Literal::Text)),
            other => (literal(other), None),
        };
        let from = self.parameter(from);
        match to {
            Some(to) => format!("({column} >= {from} AND {column} < {})", self.parameter(to)),
            None => format!("{column} >= {from}"),
        }
    }

    fn contains(&mut self, column: &str, kind: Kind, value: &Constant) -> String {
        match value {
            Constant::Text(text) if text.is_empty() => nullness(column, true),
            // `LIKE` folds case in SQLite, so an exact column is asked whether taking the text out
            // changes it.
            Constant::Text(text) if kind == Kind::Id => {
                let wanted = self.parameter(Literal::Text(text.clone()));
                format!("replace({column}, {wanted}, '') <> {column}")
            }
            other => {
                let wanted = match other {
                    Constant::Text(text) => text.as_str(),
                    _ => "",
                };
                self.like(column, &format!("%{}%", escaped(wanted)))
            }
        }
    }

    /// A text list stands as `␟one␟two␟` in its column.
    fn list(&mut self, column: &str, test: &Test, operator: Operator) -> String {
        let word = if operator == Operator::ContainsAll {
            " AND "
        } else {
            " OR "
        };
        self.each(test, word, |writer, value| {
            let Constant::Text(wanted) = value else {
                return nullness(column, true);
            };
            let wanted = escaped(wanted);
            let pattern = match operator {
                Operator::Contains => format!("%{wanted}%"),
                Operator::StartsWith => format!("%{SEPARATOR}{wanted}%"),
                _ => format!("%{SEPARATOR}{wanted}{SEPARATOR}%"),
            };
            // Without text behind it the last separator would pass for a beginning.
            if wanted.is_empty() && operator == Operator::StartsWith {
                return nullness(column, true);
            }
            writer.like(column, &pattern)
        })
    }

    fn like(&mut self, column: &str, pattern: &str) -> String {
        let pattern = self.parameter(Literal::Text(pattern.to_owned()));
        format!("{column} LIKE {pattern} ESCAPE '\\'")
    }

    fn parameter(&mut self, literal: Literal) -> String {
        self.literals.push(literal);
        format!("${}", self.first_parameter + self.literals.len() - 1)
    }
}

fn nullness(column: &str, present: bool) -> String {
    format!("{column} IS {}NULL", if present { "NOT " } else { "" })
}

fn literal(value: &Constant) -> Literal {
    match value {
        Constant::Text(text) => Literal::Text(text.clone()),
        Constant::Number(number) => Literal::Int(*number),
        Constant::Flag(flag) => Literal::Int(i64::from(*flag)),
        Constant::Time(span) => Literal::Int(span.start.as_micros()),
    }
}

/// The first text after all that begin with this one; `None` when there is none.
fn after(text: &str) -> Option<String> {
    let mut beginning: Vec<char> = text.chars().collect();
    while let Some(last) = beginning.pop() {
        // `char` ranges step over the surrogates by themselves.
        if let Some(next) = (last..=char::MAX).nth(1) {
            beginning.push(next);
            return Some(beginning.into_iter().collect());
        }
    }
    None
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_after_a_beginning_skips_what_is_no_character() {
        assert_eq!(after("ab").as_deref(), Some("ac"));
        assert_eq!(after("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(after("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(after("\u{10ffff}"), None);
        assert_eq!(after(""), None);
    }
}
