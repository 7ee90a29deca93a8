//! A value while evaluating: a node of the document, or something a function made of nodes.

use crate::node::{Json, Kind, Node};
use crate::number::Number;

/// A value that costs nothing to copy; what is made lives in the working memory.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Handle<'m, N> {
    Node(N),
    /// From an argument of a function.
    Json(&'m Json),
    Number(Number<'m>),
    Text(&'m str),
    Null,
    List(&'m [Handle<'m, N>]),
    Object(&'m [(&'m str, Handle<'m, N>)]),
    /// What `keys()` gives: a set, which the reference takes for neither list nor object.
    Keys(&'m [&'m str]),
}

/// What a value is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape<'m> {
    Null,
    Bool(bool),
    Number(Number<'m>),
    Text(&'m str),
    List,
    Object,
    Keys,
}

impl<'m, N: Node + 'm> Handle<'m, N> {
    #[inline]
    pub(crate) fn shape(self) -> Shape<'m> {
        match self {
            Handle::Node(node) => shape_of(node.kind()),
            Handle::Json(json) => shape_of(json.kind()),
            Handle::Number(number) => Shape::Number(number),
            Handle::Text(text) => Shape::Text(text),
            Handle::Null => Shape::Null,
            Handle::List(_) => Shape::List,
            Handle::Object(_) => Shape::Object,
            Handle::Keys(_) => Shape::Keys,
        }
    }

    #[inline]
    pub(crate) fn is_object(self) -> bool {
        matches!(self.shape(), Shape::Object)
    }

    #[inline]
    pub(crate) fn is_list(self) -> bool {
        matches!(self.shape(), Shape::List)
    }

    #[inline]
    pub(crate) fn member(self, name: &str) -> Option<Self> {
        match self {
            Handle::Node(node) => node.member(name).map(Handle::Node),
            Handle::Json(json) => json.member(name).map(Handle::Json),
            Handle::Object(members) => members
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| *value),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn element(self, index: usize) -> Option<Self> {
        match self {
            Handle::Node(node) => node.element(index).map(Handle::Node),
            Handle::Json(json) => json.element(index).map(Handle::Json),
            Handle::List(elements) => elements.get(index).copied(),
            _ => None,
        }
    }

    pub(crate) fn len(self) -> usize {
        match self {
            Handle::Node(node) => node.len(),
            Handle::Json(json) => json.len(),
            Handle::List(elements) => elements.len(),
            Handle::Object(members) => members.len(),
            Handle::Keys(names) => names.len(),
            Handle::Number(_) | Handle::Text(_) | Handle::Null => 0,
        }
    }

    /// Calls `visit` with each element until it breaks off.
    #[inline]
    pub(crate) fn try_each_element<E>(
        self,
        mut visit: impl FnMut(Self) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Handle::Node(node) => {
                for element in node.elements() {
                    visit(Handle::Node(element))?;
                }
            }
            Handle::Json(json) => {
                for element in json.elements() {
                    visit(Handle::Json(element))?;
                }
            }
            Handle::List(elements) => {
                for element in elements {
                    visit(*element)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Calls `visit` with each member until it breaks off.
    #[inline]
    pub(crate) fn try_each_member<E>(
        self,
        mut visit: impl FnMut(&'m str, Self) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Handle::Node(node) => {
                for (name, value) in node.members() {
                    visit(name, Handle::Node(value))?;
                }
            }
            Handle::Json(json) => {
                for (name, value) in json.members() {
                    visit(name, Handle::Json(value))?;
                }
            }
            Handle::Object(members) => {
                for (name, value) in members {
                    visit(name, *value)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The value as owned JSON. A number that JSON cannot hold becomes its text.
    pub(crate) fn to_value(self) -> serde_json::Value {
        use serde_json::Value;
        match self.shape() {
            Shape::Null => Value::Null,
            Shape::Bool(value) => Value::Bool(value),
            Shape::Number(number) => number_value(number),
            Shape::Text(text) => Value::String(text.to_owned()),
            Shape::List => {
                let mut list = Vec::with_capacity(self.len());
                let _ = self.try_each_element(|element| -> Result<(), ()> {
                    list.push(element.to_value());
                    Ok(())
                });
                Value::Array(list)
            }
            Shape::Object => {
                let mut members = serde_json::Map::new();
                let _ = self.try_each_member(|name, value| -> Result<(), ()> {
                    members.insert(name.to_owned(), value.to_value());
                    Ok(())
                });
                Value::Object(members)
            }
            Shape::Keys => match self {
                Handle::Keys(names) => names.iter().map(|name| Value::from(*name)).collect(),
                _ => Value::Null,
            },
        }
    }
}

#[inline]
fn shape_of(kind: Kind<'_>) -> Shape<'_> {
    match kind {
        Kind::Null => Shape::Null,
        Kind::Bool(value) => Shape::Bool(value),
        Kind::Number(number) => Shape::Number(number),
        Kind::Text(text) => Shape::Text(text),
        Kind::Array => Shape::List,
        Kind::Object => Shape::Object,
    }
}

fn number_value(number: Number<'_>) -> serde_json::Value {
    use serde_json::Value;
    match number {
        Number::Integer(value) => value.into(),
        Number::Unsigned(value) => value.into(),
        Number::Double(value) => serde_json::Number::from_f64(value).map_or_else(
            || Value::String(infinite_text(value).to_owned()),
            Value::Number,
        ),
        Number::Digits(text) => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
    }
}

/// What the reference's platform writes for a double that JSON cannot hold.
fn infinite_text(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}
