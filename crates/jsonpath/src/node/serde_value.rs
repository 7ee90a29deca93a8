//! [`Node`] for `&serde_json::Value`. Small objects are searched in order, since that beats
//! hashing the name for the handful of members an event's objects have.

use serde_json::{Map, Value};

use super::{Kind, Node};
use crate::number::Number;

/// Up to this many members an object is searched in order instead of by hash.
const ORDERED_SEARCH_MEMBERS_MAX: usize = 12;

impl Node for &Value {
    #[inline]
    fn kind<'x>(self) -> Kind<'x>
    where
        Self: 'x,
    {
        match self {
            Value::Null => Kind::Null,
            Value::Bool(value) => Kind::Bool(*value),
            Value::Number(number) => Kind::Number(number_of(number)),
            Value::String(text) => Kind::Text(text),
            Value::Array(_) => Kind::Array,
            Value::Object(_) => Kind::Object,
        }
    }

    #[inline]
    fn member(self, name: &str) -> Option<Self> {
        match self {
            Value::Object(members) => member_of(members, name),
            _ => None,
        }
    }

    #[inline]
    fn element(self, index: usize) -> Option<Self> {
        match self {
            Value::Array(elements) => elements.get(index),
            _ => None,
        }
    }

    fn len(self) -> usize {
        match self {
            Value::Array(elements) => elements.len(),
            Value::Object(members) => members.len(),
            _ => 0,
        }
    }

    #[inline]
    fn elements<'x>(self) -> impl Iterator<Item = Self> + 'x
    where
        Self: 'x,
    {
        match self {
            Value::Array(elements) => elements.iter(),
            _ => [].iter(),
        }
    }

    #[inline]
    fn members<'x>(self) -> impl Iterator<Item = (&'x str, Self)> + 'x
    where
        Self: 'x,
    {
        let members = match self {
            Value::Object(members) => Some(members.iter()),
            _ => None,
        };
        members
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.as_str(), value))
    }
}

#[inline]
fn member_of<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    if members.len() > ORDERED_SEARCH_MEMBERS_MAX {
        return members.get(name);
    }
    members
        .iter()
        .find(|(key, _)| key.as_str() == name)
        .map(|(_, value)| value)
}

fn number_of(number: &serde_json::Number) -> Number<'_> {
    if let Some(value) = number.as_i64() {
        Number::Integer(value)
    } else if let Some(value) = number.as_u64() {
        Number::Unsigned(value)
    } else {
        Number::Double(number.as_f64().unwrap_or(f64::NAN))
    }
}
