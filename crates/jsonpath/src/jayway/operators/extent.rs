//! `size`, `empty`.
//!
//! Quirk 21: the size of a list is its length, of a string its UTF-16 units, of an object −1; the
//! wanted size is cut to a whole number. Quirk 22: `empty` on an object is an error that silences
//! the whole filter. Quirk 13: on an absent or null attribute both `empty true` and `empty false`
//! are false.

use super::Side;
use super::side::MALFORMED;
use crate::error::{Fault, FaultKind};
use crate::evaluate::{Evaluated, Handle, Shape};
use crate::node::Node;

/// The size of an object.
const OBJECT_SIZE: i64 = -1;

/// Whether the left side has the size on the right.
pub(crate) fn has_size<'m, N: Node + 'm>(left: Side<'m, N>, right: Side<'m, N>) -> Evaluated<bool> {
    let Side::Number(wanted) = right else {
        return Ok(false);
    };
    let wanted = i64::from(wanted.as_wrapped_i32());
    let size = match left {
        Side::Text(text) => utf16_length(text),
        Side::Container(_) | Side::Literal(_) => match value_of(left)? {
            Some(list) if list.is_list() => list.len() as i64,
            _ => OBJECT_SIZE,
        },
        _ => return Ok(false),
    };
    Ok(size == wanted)
}

/// Whether the left side being empty is what the right side says.
pub(crate) fn is_empty<'m, N: Node + 'm>(left: Side<'m, N>, right: Side<'m, N>) -> Evaluated<bool> {
    let empty = match left {
        Side::Text(text) => text.is_empty(),
        Side::Container(_) | Side::Literal(_) => {
            match value_of(left)?.map(|value| (value, value.shape())) {
                Some((list, Shape::List)) => list.len() == 0,
                _ => {
                    return Err(Fault::new(
                        FaultKind::ClassCast,
                        "`empty` cannot take an object",
                    ));
                }
            }
        }
        _ => return Ok(false),
    };
    match right {
        Side::Bool(wanted) => Ok(empty == wanted),
        _ => Err(Fault::new(
            FaultKind::InvalidPath,
            "`empty` needs true or false",
        )),
    }
}

/// The length of a text as the reference counts it.
pub(crate) fn utf16_length(text: &str) -> i64 {
    let length = if text.is_ascii() {
        text.len()
    } else {
        text.encode_utf16().count()
    };
    length as i64
}

fn value_of<'m, N: Node + 'm>(side: Side<'m, N>) -> Evaluated<Option<Handle<'m, N>>> {
    match side {
        Side::Container(value) => Ok(Some(value)),
        Side::Literal(literal) => literal
            .value
            .as_ref()
            .map(|value| Some(Handle::Json(value)))
            .ok_or(MALFORMED),
        _ => Ok(None),
    }
}
