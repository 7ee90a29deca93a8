//! What a filter compiles to: one immutable tree for both dialects. A [`Path`] is a list of
//! [`Step`]s; filters hold [`Expression`]s over [`Operand`]s. All that can be known before an event
//! comes is worked out here: definiteness, which paths can fault, digested literals.

use std::collections::HashSet;
use std::sync::Arc;

use crate::jayway::functions::Function;
use crate::jayway::operators::Operator;
use crate::node::Json;
use crate::number::Number;
use crate::pattern::Pattern;
use crate::rfc9535::Selector;

/// Where a path starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Root {
    /// `$`
    Document,
    /// `@`
    Item,
}

/// What a path is made of: the common forms are followed in a plain loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Only single names.
    Names,
    /// Only single names, and behind them `length()` without arguments.
    CountedNames,
    /// Only single names, and behind them one filter that cannot fault: by far the most common
    /// form of a whole subscription filter.
    FilteredNames,
    /// Any steps.
    Steps,
}

/// A compiled path.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    pub(crate) root: Root,
    pub(crate) steps: Box<[Step]>,
    /// Whether it yields one value (or none) instead of a list.
    pub(crate) definite: bool,
    pub(crate) form: Form,
    /// Whether evaluating further after a first hit can raise an error.
    pub(crate) may_fault: bool,
}

impl Path {
    /// Whether the last step is a function.
    pub(crate) fn ends_in_call(&self) -> bool {
        matches!(
            self.steps.last(),
            Some(Step {
                kind: StepKind::Call(_),
                ..
            })
        )
    }
}

/// One step of a path.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) kind: StepKind,
    /// Whether all steps before this one yield at most one value.
    pub(crate) upstream_definite: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum StepKind {
    /// `.name`, `['name']`
    Name(Box<str>),
    /// `['a','b']` as the last step: one merged object.
    MergedNames(Box<[Box<str>]>),
    /// `['a','b']` before other steps: each in turn.
    EachName(Box<[Box<str>]>),
    /// `[1]`, `[-1]`
    Index(i32),
    /// `[0,2]`
    Indices(Box<[i32]>),
    /// `[from:to]`
    Slice(Slice),
    /// `*`, `[*]`
    Wildcard,
    /// `..`, always before the step that it looks for.
    Scan,
    /// `[?(…)]`
    Filter(Arc<Expression>),
    /// `.function(…)`
    Call(Arc<Call>),
    /// RFC 9535: `[…]` with any selectors.
    Children(Box<[Selector]>),
    /// RFC 9535: `..[…]`.
    Descendants(Box<[Selector]>),
}

/// The reference's slice: no step, and bounds that count in their own way (quirk 33).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slice {
    From(i32),
    To(i32),
    Between(i32, i32),
}

/// A function call at the end of a path.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) name: Box<str>,
    /// `None` when no function has that name: found out only while evaluating (quirk 41).
    pub(crate) function: Option<Function>,
    pub(crate) arguments: Box<[Argument]>,
    /// Everything behind the `(` as it was written, with the `)`; empty for a bare `name()`.
    /// Characters between arguments are skipped, but brackets among them count.
    pub(crate) source: Box<str>,
    /// The call stood behind a `..` and takes the scan as its argument instead.
    pub(crate) inverted: bool,
}

#[derive(Debug)]
pub(crate) enum Argument {
    /// JSON text, read only while evaluating; `None` when it is malformed.
    Json { value: Option<Json> },
    /// A path, and for `length` the same path widened by a wildcard.
    Path { path: Path, children: Option<Path> },
}

/// A predicate of a `[?(…)]`.
#[derive(Debug, Clone)]
pub(crate) enum Expression {
    Or(Box<[Expression]>),
    And(Box<[Expression]>),
    Not(Box<Expression>),
    /// `@.a` and `!@.a`.
    Exists {
        path: Path,
        wanted: bool,
    },
    Compare(Box<Comparison>),
}

#[derive(Debug, Clone)]
pub(crate) struct Comparison {
    pub(crate) operator: Operator,
    pub(crate) left: Operand,
    pub(crate) right: Operand,
}

/// One side of a comparison.
#[derive(Debug, Clone)]
pub(crate) enum Operand {
    Path(Path),
    Null,
    Bool(bool),
    Number(NumberLiteral),
    Text(TextLiteral),
    Json(JsonLiteral),
    Pattern(Pattern),
}

/// A quoted literal: as it was written and as it reads.
#[derive(Debug, Clone)]
pub(crate) struct TextLiteral {
    pub(crate) source: Box<str>,
    pub(crate) text: Box<str>,
}

/// A number literal: as it was written, and the most exact form of its value.
#[derive(Debug, Clone)]
pub(crate) struct NumberLiteral {
    pub(crate) source: Box<str>,
    whole: Option<i64>,
}

impl NumberLiteral {
    pub(crate) fn new(source: &str) -> Self {
        NumberLiteral {
            source: source.into(),
            whole: source.parse().ok(),
        }
    }

    pub(crate) fn number(&self) -> Number<'_> {
        self.whole
            .map_or(Number::Digits(&self.source), Number::Integer)
    }
}

/// A `[…]` or `{…}` literal.
#[derive(Debug, Clone)]
pub(crate) struct JsonLiteral {
    pub(crate) text: Box<str>,
    /// `None` when it is malformed, which only an evaluation finds out.
    pub(crate) value: Option<Json>,
    /// The members as comparison sees them, for lists.
    pub(crate) items: Option<Items>,
    /// The members once more when they are few and all texts.
    pub(crate) short_texts: Option<Box<[Box<str>]>>,
}

/// The members of a list literal, digested.
#[derive(Debug, Clone)]
pub(crate) enum Items {
    /// A member cannot be compared at all: evaluating is an error.
    Unusable(crate::FaultKind),
    /// All members, and the texts among them for look-up.
    Usable {
        items: Box<[Item]>,
        texts: HashSet<Box<str>>,
    },
}

/// A list member as the reference reads it (quirk 24).
#[derive(Debug, Clone)]
pub(crate) enum Item {
    Null,
    Bool(bool),
    Number(NumberLiteral),
    Text(Box<str>),
    /// Text that reads as JSON: equal only to the same literal text.
    JsonText(Box<str>),
    /// Text that reads as a path: equal to nothing.
    PathText,
}
