//! A parsed template.

use crate::pattern::Pattern;
use crate::references::References;
use crate::velocity::parser;

/// A template, ready to render.
#[derive(Debug)]
pub(crate) struct Template {
    pub(super) pieces: Vec<Piece>,
    roots: Vec<Box<str>>,
}

impl Template {
    /// Parses a template and notes what it reads.
    pub(crate) fn parse(source: &str, references: &mut References) -> Result<Self, String> {
        let (pieces, roots) = parser::parse(source, references)?;
        Ok(Self { pieces, roots })
    }

    /// The text, where nothing in it is to be computed.
    pub(crate) fn as_literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The names that it reads and does not set itself.
    pub(crate) fn roots(&self) -> &[Box<str>] {
        &self.roots
    }
}

/// One piece of a template.
#[derive(Debug)]
pub(super) enum Piece {
    /// Copied as it is.
    Text(Box<str>),
    /// Replaced by its value.
    Reference(Reference),
    /// `#set($name = value)`.
    Set { name: Box<str>, value: Expression },
    /// `#if … #elseif … #else … #end`.
    If {
        branches: Vec<(Expression, Vec<Piece>)>,
        otherwise: Vec<Piece>,
    },
    /// `#foreach($name in list) … #end`.
    Each {
        name: Box<str>,
        list: Expression,
        body: Vec<Piece>,
    },
    /// `#break`: leaves the loop.
    Break,
    /// `#stop`: ends the template.
    Stop,
}

/// `$root.property.method(argument)[index]`.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) quiet: bool,
    pub(super) root: Box<str>,
    pub(super) accesses: Vec<Access>,
}

/// One link of a reference's chain.
#[derive(Debug)]
pub(super) enum Access {
    Property(Box<str>),
    Method {
        name: Box<str>,
        arguments: Vec<Expression>,
        /// The first argument, where it is a constant regular expression.
        pattern: Option<Pattern>,
    },
    Index(Expression),
}

/// Something with a value.
#[derive(Debug)]
pub(super) enum Expression {
    Text(Box<str>),
    /// A text in double quotes with references in it.
    Interpolated(Vec<Piece>),
    Number(i64),
    Boolean(bool),
    Reference(Reference),
    List(Vec<Expression>),
    Range(Box<(Expression, Expression)>),
    Not(Box<Expression>),
    /// Operators of one precedence, from left to right; a flat list, so that long chains are not deep.
    Chain {
        first: Box<Expression>,
        rest: Vec<(Operator, Expression)>,
    },
}

/// What stands between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}
