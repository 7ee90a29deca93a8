//! One side of a comparison, evaluated: what the reference calls a value node.

use crate::error::{Fault, FaultKind};
use crate::evaluate::{Evaluated, Handle, Shape};
use crate::node::Node;
use crate::number::Number;
use crate::pattern::Pattern;
use crate::program::{Item, JsonLiteral};

/// A value to compare.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Side<'m, N> {
    /// The path has no result: equal to nothing, not even to another undefined (quirks 8, 9).
    Undefined,
    Null,
    Bool(bool),
    Number(Number<'m>),
    Text(&'m str),
    /// A list or an object of the document.
    Container(Handle<'m, N>),
    /// A list or object literal: text, until it is needed parsed (quirk 26).
    Literal(&'m JsonLiteral),
    /// Text in a list that reads as JSON (quirk 24).
    JsonText(&'m str),
    /// Text in a list that reads as a path (quirk 24).
    PathText,
    Pattern(&'m Pattern),
}

impl<'m, N: Node + 'm> Side<'m, N> {
    /// The side a value makes.
    #[inline]
    pub(crate) fn of(value: Handle<'m, N>) -> Evaluated<Self> {
        Ok(match value.shape() {
            Shape::Null => Side::Null,
            Shape::Bool(value) => Side::Bool(value),
            Shape::Number(Number::Double(value)) if !value.is_finite() => {
                return Err(Fault::new(
                    FaultKind::NumberFormat,
                    "a function gave no number",
                ));
            }
            Shape::Number(number) => Side::Number(number),
            Shape::Text(text) => Side::Text(text),
            Shape::List | Shape::Object => Side::Container(value),
            Shape::Keys => {
                return Err(Fault::new(
                    FaultKind::JsonPath,
                    "what keys() gives cannot be compared",
                ));
            }
        })
    }

    /// The side a member of a list literal makes.
    pub(crate) fn of_item(item: &'m Item) -> Self {
        match item {
            Item::Null => Side::Null,
            Item::Bool(value) => Side::Bool(*value),
            Item::Number(literal) => Side::Number(literal.number()),
            Item::Text(text) => Side::Text(text),
            Item::JsonText(text) => Side::JsonText(text),
            Item::PathText => Side::PathText,
        }
    }

    /// The text of a list or object that was written rather than found.
    pub(crate) fn written_json(&self) -> Option<&'m str> {
        match self {
            Side::Literal(literal) => Some(&literal.text),
            Side::JsonText(text) => Some(text),
            _ => None,
        }
    }

    /// Whether the reference takes it for JSON rather than for a plain value.
    pub(crate) fn is_json(&self) -> bool {
        matches!(
            self,
            Side::Container(_) | Side::Literal(_) | Side::JsonText(_)
        )
    }
}

/// What the reference throws when it needs the content of a malformed literal.
pub(crate) const MALFORMED: Fault = Fault::new(
    FaultKind::IllegalArgument,
    "a list or object literal is malformed",
);
