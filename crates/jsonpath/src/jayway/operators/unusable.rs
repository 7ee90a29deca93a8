//! Words that the reference reads as operators but cannot use from a filter's text: `all`, `type`,
//! `matches`, `exists` (quirk 27). The first three make the whole filter false; `exists` compares
//! booleans and is an error when neither side is one.

use super::Side;
use crate::error::{Fault, FaultKind};
use crate::evaluate::Evaluated;

/// `all`, `type`, `matches`.
pub(crate) fn refuse() -> Evaluated<bool> {
    Err(Fault::new(
        FaultKind::InvalidPath,
        "this operator cannot be used in a filter's text",
    ))
}

/// `exists`.
pub(crate) fn exists<N>(left: Side<'_, N>, right: Side<'_, N>) -> Evaluated<bool> {
    match (left, right) {
        (Side::Bool(left), Side::Bool(right)) => Ok(left == right),
        (Side::Bool(_), _) | (_, Side::Bool(_)) => Err(Fault::new(
            FaultKind::InvalidPath,
            "`exists` needs true or false on both sides",
        )),
        _ => Err(Fault::new(
            FaultKind::JsonPath,
            "`exists` needs true or false",
        )),
    }
}
