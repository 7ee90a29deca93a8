//! `in`, `nin`, `contains`.
//!
//! Quirk 20: `contains` is substring for strings and membership for lists, never true for objects,
//! and a string does not contain a number. Quirk 23: `in` needs a list on the right; with anything
//! else the whole filter is false, for `nin` too. Members are compared as by `==`, so `'1' in [1]`
//! holds. Quirk 9: an absent attribute is `nin` every list.

use super::Side;
use super::list::members_of;
use crate::evaluate::{Evaluated, Evaluation};
use crate::node::Node;

/// Whether the list on the right has the left side as a member.
pub(crate) fn is_in<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    left: Side<'m, N>,
    right: Side<'m, N>,
) -> Evaluated<bool> {
    match members_of(right)? {
        Some(members) => members.contains(evaluation, left),
        None => Ok(false),
    }
}

/// Whether the left side holds the right one.
pub(crate) fn contains<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    left: Side<'m, N>,
    right: Side<'m, N>,
) -> Evaluated<bool> {
    if let (Side::Text(left), Side::Text(right)) = (left, right) {
        return Ok(left.contains(right));
    }
    if !left.is_json() {
        return Ok(false);
    }
    match members_of(left)? {
        Some(members) => members.contains(evaluation, right),
        None => Ok(false),
    }
}
