//! A value on its way through a transform: borrowed as long as nothing changes it.

use std::borrow::Cow;

use muster_model::AttributeValue;

/// A value between two operations.
#[derive(Clone, Debug)]
pub(crate) enum Datum<'a> {
    /// A text, often a slice of an attribute.
    Text(Cow<'a, str>),
    /// A boolean, number, list or reference, passed on as it is.
    Other(Cow<'a, AttributeValue>),
}

impl<'a> Datum<'a> {
    /// Borrows an attribute value.
    pub(crate) fn of(value: &'a AttributeValue) -> Self {
        match value {
            AttributeValue::Text(text) => Self::Text(Cow::Borrowed(text)),
            other => Self::Other(Cow::Borrowed(other)),
        }
    }

    /// As text: what string operations work on.
    pub(crate) fn into_text(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => text,
            Self::Other(value) => Cow::Owned(value.to_text()),
        }
    }

    /// As the value that leaves the evaluation.
    pub(crate) fn into_value(self) -> AttributeValue {
        match self {
            Self::Text(text) => AttributeValue::Text(text.into_owned()),
            Self::Other(value) => value.into_owned(),
        }
    }

    /// How much memory it stands for, for the result bound.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Other(value) => match &**value {
                AttributeValue::List(items) => items.iter().map(String::len).sum(),
                _ => 0,
            },
        }
    }
}

impl From<String> for Datum<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> From<&'a str> for Datum<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<Cow<'a, str>> for Datum<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self::Text(text)
    }
}
