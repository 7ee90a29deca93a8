//! What can go wrong: when a transform is saved ([`ParseError`]) and when it runs
//! ([`EvaluationError`]). Both carry the place as a path into the transform's JSON.

use crate::limits;

/// Why a transform cannot be saved: where, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {refusal}", shown(.path))]
pub struct ParseError {
    /// Path into the transform's JSON, such as `attributes.values[1].attributes.regex`; empty for the root.
    pub path: String,
    /// The operation around it; empty where none is known yet.
    pub operation: String,
    /// What is wrong.
    pub refusal: Refusal,
}

/// What is wrong with a transform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The operation must have this attribute.
    #[error("the attribute is required")]
    Missing,
    /// The value is of another kind than the attribute takes.
    #[error("expected {0}")]
    Expected(&'static str),
    /// No such operation.
    #[error("there is no operation {name:?}{}", hint(*.nearest))]
    UnknownOperation {
        /// As written.
        name: String,
        /// The operation that was probably meant.
        nearest: Option<&'static str>,
    },
    /// The vendor has it, Muster does not run it.
    #[error("{what}; {instead}")]
    Unsupported {
        /// What is refused and why.
        what: String,
        /// What to use in its place.
        instead: String,
    },
    /// The template does not parse.
    #[error("the template does not parse: {0}")]
    Template(String),
    /// The regular expression is wrong or needs backtracking.
    #[error("the regular expression is not accepted: {0}")]
    Regex(String),
    /// The date pattern is wrong.
    #[error("the date pattern is not accepted: {0}")]
    DatePattern(String),
    /// The account filter is wrong.
    #[error("the account filter is not accepted: {0}")]
    Filter(String),
    /// Transforms nest too deep.
    #[error("transforms nest deeper than {} levels", limits::NESTING_DEPTH_MAX)]
    TooDeep,
    /// The JSON is too long.
    #[error("a transform is at most {} KB long", limits::SOURCE_BYTES_MAX / 1024)]
    TooLarge,
}

/// Why an evaluation gave no value: the place, the operation, and the cause as source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation} at {} failed", shown(.path))]
pub struct EvaluationError {
    /// The name of the transform, where a reference led into another one or the root has a name.
    pub transform: Option<String>,
    /// Path into that transform's JSON; empty for its root.
    pub path: String,
    /// The operation that failed.
    pub operation: &'static str,
    /// What happened.
    #[source]
    pub cause: Failure,
}

impl EvaluationError {
    /// One line for people: place, operation and cause, as the identity preview shows it.
    pub fn explain(&self) -> String {
        match &self.transform {
            Some(name) => format!("{name:?}: {self}: {}", self.cause),
            None => format!("{self}: {}", self.cause),
        }
    }
}

/// What happened. Variants follow the exceptions that the vendor documents.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// An operand is missing or not of the kind the operation takes.
    #[error("{0}")]
    IllegalArgument(String),
    /// The operation cannot be done now, such as when every user name is taken.
    #[error("{0}")]
    IllegalState(String),
    /// An index outside of the text or list.
    #[error("{0}")]
    IndexOutOfBounds(String),
    /// A text that is not a date of the expected form.
    #[error("unparseable date: {0}")]
    Unparseable(String),
    /// A template that could not be rendered.
    #[error("error rendering template: {0}")]
    Template(String),
    /// A lookup without a match and without a default.
    #[error("the table has no entry for {0:?} and no default")]
    NoMatch(String),
    /// A reference to a transform that does not exist.
    #[error("there is no transform {0:?}")]
    UnknownTransform(String),
    /// A reference that leads back to itself.
    #[error("transform {0:?} refers to itself")]
    Cycle(String),
    /// The surroundings could not answer, such as a source that was asked for a user name.
    #[error("{0}")]
    Unavailable(String),
    /// A bound of this crate.
    #[error("{0}")]
    Limit(String),
}

impl Failure {
    /// The simple name of the exception that the vendor's documentation names for this.
    pub const fn class(&self) -> &'static str {
        match self {
            Self::IllegalArgument(_) => "IllegalArgumentException",
            Self::IllegalState(_) => "IllegalStateException",
            Self::IndexOutOfBounds(_) => "IndexOutOfBoundsException",
            Self::Unparseable(_) => "ParseException",
            Self::Template(_) => "MethodInvocationException",
            Self::NoMatch(_) | Self::UnknownTransform(_) | Self::Cycle(_) => "TransformException",
            Self::Unavailable(_) | Self::Limit(_) => "RuntimeException",
        }
    }
}

fn shown(path: &str) -> &str {
    if path.is_empty() { "transform" } else { path }
}

fn hint(nearest: Option<&'static str>) -> String {
    nearest.map_or_else(String::new, |name| format!(", did you mean {name:?}?"))
}
