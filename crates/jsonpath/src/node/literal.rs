//! The JSON a filter itself carries: list and object literals and function arguments, digested at
//! compile time. Numbers keep what the reference's JSON reader makes of them.

use super::{Kind, Node};
use crate::number::Number;

/// An owned JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Integer(i64),
    Double(f64),
    /// A number too long for the two above, as it was written.
    Digits(Box<str>),
    Text(Box<str>),
    List(Vec<Json>),
    Object(Vec<(Box<str>, Json)>),
}

impl Node for &Json {
    fn kind<'x>(self) -> Kind<'x>
    where
        Self: 'x,
    {
        match self {
            Json::Null => Kind::Null,
            Json::Bool(value) => Kind::Bool(*value),
            Json::Integer(value) => Kind::Number(Number::Integer(*value)),
            Json::Double(value) => Kind::Number(Number::Double(*value)),
            Json::Digits(text) => Kind::Number(Number::Digits(text)),
            Json::Text(text) => Kind::Text(text),
            Json::List(_) => Kind::Array,
            Json::Object(_) => Kind::Object,
        }
    }

    fn member(self, name: &str) -> Option<Self> {
        match self {
            Json::Object(members) => members
                .iter()
                .find(|(key, _)| &**key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    fn element(self, index: usize) -> Option<Self> {
        match self {
            Json::List(elements) => elements.get(index),
            _ => None,
        }
    }

    fn len(self) -> usize {
        match self {
            Json::List(elements) => elements.len(),
            Json::Object(members) => members.len(),
            _ => 0,
        }
    }

    fn elements<'x>(self) -> impl Iterator<Item = Self> + 'x
    where
        Self: 'x,
    {
        match self {
            Json::List(elements) => elements.iter(),
            _ => [].iter(),
        }
    }

    fn members<'x>(self) -> impl Iterator<Item = (&'x str, Self)> + 'x
    where
        Self: 'x,
    {
        match self {
            Json::Object(members) => members.iter(),
            _ => [].iter(),
        }
        .map(|(name, value)| (&**name, value))
    }
}
