//! The V3 filter language: `field operator value`, joined by `and`, `or`, `not` and brackets.
//!
//! [`Filter::parse`] reads the text, [`Filter::check`] holds it against a collection's
//! [`Fields`], and the [`CheckedFilter`] is then asked of documents ([`CheckedFilter::matches`])
//! or turned to SQL ([`CheckedFilter::to_sql`]); both give the same rows.

pub mod ast;
mod check;
mod lex;
mod matches;
pub mod operator;
mod parse;
mod sql;
mod suggest;

use std::fmt::{self, Display, Formatter};

pub use self::check::CheckedFilter;
pub(crate) use self::matches::{compare_values, scalar};
pub use self::sql::{Condition, Literal};
use crate::error::Error;
use crate::fields::Fields;

pub(crate) const PARAMETER: &str = "filters";

/// A filter that can be read, whose fields nobody has looked at yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// What it asks.
    pub expression: ast::Expression,
}

impl Filter {
    /// Reads the text of a `filters` parameter.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse::parse(text).map(|expression| Self { expression })
    }

    /// Holds every comparison against the declaration: the field is known, takes the operator,
    /// and can be compared with the value.
    pub fn check(&self, fields: Fields) -> Result<CheckedFilter, Error> {
        check::check(&self.expression, fields)
    }
}

impl Display for Filter {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.expression.fmt(formatter)
    }
}

/// Starts a syntax error: `at(3).expected("…").found("…").remedy("…")`.
fn at(position: usize) -> Misread {
    Misread {
        position,
        expected: String::new(),
        found: String::new(),
    }
}

/// A syntax error under construction.
struct Misread {
    position: usize,
    expected: String,
    found: String,
}

impl Misread {
    fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        self
    }

    fn found(mut self, found: String) -> Self {
        self.found = found;
        self
    }

    fn remedy(self, remedy: impl Into<String>) -> Error {
        let Self {
            position,
            expected,
            found,
        } = self;
        Error::Syntax {
            parameter: PARAMETER,
            position,
            expected,
            found,
            remedy: remedy.into(),
        }
    }
}
