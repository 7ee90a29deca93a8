//! What the evaluator needs to know of a value: the [`Node`] trait. Implemented here for
//! `&serde_json::Value` and for the crate's own borrowed [`Document`](crate::Document); typed
//! structs implement it with a small `Copy` handle (an enum of references). It leaves out any way
//! to change a value.

mod document;
mod literal;
mod serde_value;

pub use document::{Document, DocumentError};
pub(crate) use literal::Json;

use crate::number::Number;

/// What a value is, with its content where that is a scalar.
#[derive(Debug, Clone, Copy)]
pub enum Kind<'a> {
    /// JSON `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, exact where the source is.
    Number(Number<'a>),
    /// A string.
    Text(&'a str),
    /// A list; see [`Node::elements`].
    Array,
    /// An object; see [`Node::members`].
    Object,
}

/// A readable value: a cheap handle (usually a reference) to some JSON-like data.
pub trait Node: Copy {
    /// What this value is.
    fn kind<'x>(self) -> Kind<'x>
    where
        Self: 'x;

    /// The member of that name; `None` when absent or when this is no object.
    fn member(self, name: &str) -> Option<Self>;

    /// The element at that position; `None` when out of range or when this is no array.
    fn element(self, index: usize) -> Option<Self>;

    /// How many elements or members there are; 0 for scalars.
    fn len(self) -> usize;

    /// Whether there are no elements or members.
    fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The elements of an array; nothing for anything else.
    fn elements<'x>(self) -> impl Iterator<Item = Self> + 'x
    where
        Self: 'x;

    /// The members of an object in their order; nothing for anything else.
    fn members<'x>(self) -> impl Iterator<Item = (&'x str, Self)> + 'x
    where
        Self: 'x;
}
