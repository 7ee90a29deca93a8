//! The value of an event: JSON, built once, cheap to build and to look into.

use std::sync::Arc;

use muster_model::{AttributeMap, AttributeName, AttributeValue, Reference};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

/// The name of a member: known to the program, or the name of someone's attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A member of the documented shape.
    Known(&'static str),
    /// An attribute's name.
    Attribute(AttributeName),
}

impl Key {
    /// The name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(name) => name,
            Self::Attribute(name) => name,
        }
    }
}

/// A JSON value of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// null.
    Null,
    /// true or false.
    Boolean(bool),
    /// A whole number; events have no others.
    Integer(i64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Value>),
    /// An object, its members in the documented order.
    Object(Vec<(Key, Value)>),
}

impl Value {
    /// The member of that name.
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members
                .iter()
                .find(|(key, _)| key.as_str() == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }
}

/// An object of documented members.
pub fn object<const N: usize>(members: [(&'static str, Value); N]) -> Value {
    Value::Object(
        members
            .into_iter()
            .map(|(name, value)| (Key::Known(name), value))
            .collect(),
    )
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl From<&Reference> for Value {
    /// Member order follows the seed document: id, name, type.
    fn from(reference: &Reference) -> Self {
        let kind = serde_json::to_value(reference.kind).unwrap_or_default();
        object([
            ("id", reference.id.as_str().into()),
            ("name", reference.name.as_str().into()),
            ("type", kind.as_str().unwrap_or_default().into()),
        ])
    }
}

impl From<&AttributeValue> for Value {
    /// Whole numbers are strings in events (decisions.md 7).
    fn from(value: &AttributeValue) -> Self {
        match value {
            AttributeValue::Boolean(flag) => Self::Boolean(*flag),
            AttributeValue::Integer(number) => Self::Text(number.to_string()),
            AttributeValue::Text(text) => Self::Text(text.clone()),
            AttributeValue::List(items) => items.clone().into(),
            AttributeValue::Reference(reference) => reference.into(),
        }
    }
}

impl From<&AttributeMap> for Value {
    fn from(attributes: &AttributeMap) -> Self {
        Self::Object(
            attributes
                .iter()
                .map(|(name, value)| (Key::Attribute(Arc::clone(name)), value.into()))
                .collect(),
        )
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Boolean(flag) => serializer.serialize_bool(*flag),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    map.serialize_entry(key.as_str(), value)?;
                }
                map.end()
            }
        }
    }
}
