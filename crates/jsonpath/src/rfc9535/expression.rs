//! The selectors and filter expressions of RFC 9535 (sections 2.3 and 2.4).

use std::sync::Arc;

use super::functions::Call;
use crate::node::Json;
use crate::program::Path;

/// One selector between brackets.
#[derive(Debug, Clone)]
pub(crate) enum Selector {
    Name(Box<str>),
    Wildcard,
    Index(i64),
    Slice(SliceBounds),
    Filter(Arc<Logical>),
}

/// `start:end:step`, each optional.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SliceBounds {
    pub(crate) start: Option<i64>,
    pub(crate) end: Option<i64>,
    pub(crate) step: i64,
}

/// A filter expression.
#[derive(Debug)]
pub(crate) enum Logical {
    Or(Vec<Logical>),
    And(Vec<Logical>),
    Not(Box<Logical>),
    /// A query that must yield at least one node.
    Exists(Path),
    /// A function that answers true or false.
    Call(Call),
    Compare(Box<Compare>),
}

/// A comparison.
#[derive(Debug)]
pub(crate) struct Compare {
    pub(crate) operator: Comparing,
    pub(crate) left: Comparable,
    pub(crate) right: Comparable,
}

/// The six comparison operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparing {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparing {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Comparing::Equal => "==",
            Comparing::NotEqual => "!=",
            Comparing::Less => "<",
            Comparing::LessOrEqual => "<=",
            Comparing::Greater => ">",
            Comparing::GreaterOrEqual => ">=",
        }
    }
}

/// A side of a comparison: one value or nothing.
#[derive(Debug)]
pub(crate) enum Comparable {
    Literal(Json),
    /// A query that yields at most one node.
    Singular(Path),
    Call(Call),
}
