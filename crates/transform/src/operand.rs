//! An attribute of an operation as it was compiled: a constant, a template, or a nested transform.

use muster_model::AttributeValue;

use crate::eval::Node;
use crate::velocity::Template;

/// The attributes of a transform that are no attributes of its operation: names for templates.
pub(crate) type Variables = Box<[(Box<str>, Operand)]>;

/// Something that gives a value.
#[derive(Debug)]
pub(crate) enum Operand {
    /// JSON null.
    Null,
    /// A constant; a text without `$` and `#` costs nothing to evaluate.
    Literal(AttributeValue),
    /// A text that looks at variables or the identity.
    Template(Template),
    /// A nested transform.
    Node(Box<Node>),
}

impl Operand {
    /// The constant text, where it is one.
    pub(crate) fn as_literal(&self) -> Option<&str> {
        match self {
            Self::Literal(value) => value.as_text(),
            _ => None,
        }
    }
}

/// An attribute that is a whole number, or a text or transform that gives one.
#[derive(Debug)]
pub(crate) enum Number {
    /// A constant.
    Literal(i64),
    /// Known only when evaluated.
    Computed(Operand),
}
