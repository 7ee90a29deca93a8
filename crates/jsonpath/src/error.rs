//! The two errors of the crate: a filter that does not compile and an evaluation that fails. Both
//! speak to the person who wrote the filter: where, what was expected, what to try.

use serde::Serialize;
use thiserror::Error;

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Error)]
#[error("at byte {offset}: {expected}{}", hint(suggestion.as_deref()))]
#[serde(rename_all = "camelCase")]
pub struct CompileError {
    /// Where in the filter's text, in bytes.
    pub offset: usize,
    /// What was expected there, or what cannot be done.
    pub expected: String,
    /// What to write instead, when the mistake is a known one.
    pub suggestion: Option<String>,
}

fn hint(suggestion: Option<&str>) -> String {
    suggestion
        .map(|suggestion| format!("; {suggestion}"))
        .unwrap_or_default()
}

/// Why an evaluation gave no result. The reference throws an exception in these cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Error)]
#[error("{kind}: {detail}")]
#[serde(rename_all = "camelCase")]
pub struct EvaluationError {
    /// What went wrong.
    pub kind: FaultKind,
    /// The same for people.
    pub detail: String,
}

impl EvaluationError {
    pub(crate) fn new(fault: Fault) -> Self {
        EvaluationError {
            kind: fault.kind,
            detail: fault.detail.to_owned(),
        }
    }
}

/// The kinds of failure, named after the reference's exceptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Error)]
pub enum FaultKind {
    /// A step of a definite path is missing.
    #[error("PathNotFoundException")]
    PathNotFound,
    /// The path cannot be applied to what it met.
    #[error("InvalidPathException")]
    InvalidPath,
    /// A function or an operator cannot use its operands.
    #[error("JsonPathException")]
    JsonPath,
    /// An argument is no JSON.
    #[error("InvalidJsonException")]
    InvalidJson,
    /// `empty` on an object.
    #[error("ClassCastException")]
    ClassCast,
    /// An index out of range.
    #[error("IndexOutOfBoundsException")]
    IndexOutOfBounds,
    /// The document is null, or a literal is malformed.
    #[error("IllegalArgumentException")]
    IllegalArgument,
    /// A scan with nothing to look for.
    #[error("IllegalStateException")]
    IllegalState,
    /// A text that should be a number.
    #[error("NumberFormatException")]
    NumberFormat,
    /// A function without the argument it needs.
    #[error("NullPointerException")]
    NullPointer,
    /// A limit of this crate was hit: see [`limits`](crate::limits).
    #[error("LimitExceeded")]
    Limit,
}

/// A failure on its way up: small, so that the happy path stays cheap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) detail: &'static str,
}

impl Fault {
    pub(crate) const fn new(kind: FaultKind, detail: &'static str) -> Self {
        Fault { kind, detail }
    }

    /// Whether a predicate turns this failure into "does not match" (the reference catches
    /// `InvalidPathException` and what derives from it).
    pub(crate) fn is_caught_by_predicates(self) -> bool {
        matches!(self.kind, FaultKind::PathNotFound | FaultKind::InvalidPath)
    }
}
