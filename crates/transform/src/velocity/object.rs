//! What a name in a template can stand for.

use std::borrow::Cow;
use std::rc::Rc;

use muster_model::{AttributeMap, AttributeValue};

use crate::context::{Account, Field, Identity};
use crate::datum::Datum;

/// A value inside of a template. Null is the `None` around it.
#[derive(Clone, Debug)]
pub(crate) enum Object<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// A whole number.
    Number(i64),
    /// A boolean.
    Boolean(bool),
    /// A list; its items are never lists, so that neither size nor depth can explode.
    List(Rc<[Object<'a>]>),
    /// Attributes by name.
    Attributes(&'a AttributeMap),
    /// An identity.
    Identity(Identity<'a>),
    /// An account ("link").
    Account(Account<'a>),
    /// The field of a provisioning policy.
    Field(Field<'a>),
    /// Something that only has a name: the attribute's definition, the source provisioned to.
    Named(&'a str),
    /// The state of a loop.
    Loop {
        /// The round, from 0.
        index: usize,
        /// How many rounds there are.
        length: usize,
    },
}

/// What looking for a name gives.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    /// There is no such name.
    Missing,
    /// Its value, which may be null.
    Is(Option<Object<'a>>),
}

impl<'a> Object<'a> {
    /// An attribute value.
    pub(crate) fn of(value: &'a AttributeValue) -> Self {
        Self::from_datum(Datum::of(value))
    }

    /// What a transform gave.
    pub(crate) fn from_datum(datum: Datum<'a>) -> Self {
        match datum {
            Datum::Text(text) => Self::Text(text),
            Datum::Other(value) => match &*value {
                AttributeValue::Boolean(flag) => Self::Boolean(*flag),
                AttributeValue::Integer(number) => Self::Number(*number),
                AttributeValue::List(items) => Self::List(
                    items
                        .iter()
                        .map(|item| Self::Text(Cow::Owned(item.clone())))
                        .collect(),
                ),
                other => Self::Text(Cow::Owned(other.to_text())),
            },
        }
    }

    /// As it is printed.
    pub(crate) fn to_text(&self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string().into(),
            Self::Boolean(flag) => flag.to_string().into(),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(Object::to_text).collect();
                format!("[{}]", items.join(", ")).into()
            }
            Self::Attributes(map) => {
                let entries: Vec<_> = map
                    .iter()
                    .map(|(name, value)| format!("{name}={}", value.to_text()))
                    .collect();
                format!("{{{}}}", entries.join(", ")).into()
            }
            Self::Identity(identity) => identity.uid.into(),
            Self::Account(account) => account.native_identity.into(),
            Self::Field(field) => field.name.into(),
            Self::Named(name) => (*name).into(),
            Self::Loop { index, .. } => index.to_string().into(),
        }
    }

    /// Whether both are equal: of one kind by value, else by their text (as Velocity 1.7).
    pub(crate) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(ours), Self::Number(theirs)) => ours == theirs,
            (Self::Boolean(ours), Self::Boolean(theirs)) => ours == theirs,
            _ => self.to_text() == other.to_text(),
        }
    }

    /// What the kind is called in errors, with its article.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Number(_) => "a number",
            Self::Boolean(_) => "a boolean",
            Self::List(_) => "a list",
            Self::Attributes(_) => "a map of attributes",
            Self::Identity(_) => "an identity",
            Self::Account(_) => "an account",
            Self::Field(_) => "a field",
            Self::Named(_) => "a named object",
            Self::Loop { .. } => "a loop",
        }
    }
}
