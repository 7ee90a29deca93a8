//! Why a text is refused, while parsing. The reference has two sorts: those its expression reader
//! recovers from (it then takes the left side as an existence test) and those that end everything.

use std::borrow::Cow;

/// A parse that did not succeed.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    /// Where, in characters of the filter's text.
    pub(crate) offset: usize,
    pub(crate) expected: Cow<'static, str>,
    /// Whether the expression reader may not recover from it.
    pub(crate) hard: bool,
}

pub(crate) type Parsed<T> = Result<T, Refusal>;

impl Refusal {
    pub(crate) fn soft(offset: usize, expected: impl Into<Cow<'static, str>>) -> Self {
        Refusal {
            offset,
            expected: expected.into(),
            hard: false,
        }
    }

    pub(crate) fn hard(offset: usize, expected: impl Into<Cow<'static, str>>) -> Self {
        Refusal {
            offset,
            expected: expected.into(),
            hard: true,
        }
    }

    /// A whole path that does not compile is one the reader recovers from.
    pub(crate) fn softened(self) -> Self {
        Refusal {
            hard: false,
            ..self
        }
    }
}
