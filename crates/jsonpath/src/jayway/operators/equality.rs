//! `==`, `!=`, `===`, `!==`.
//!
//! Quirk 1: the left side decides how a number and a string compare: a left string compares texts,
//! a left number compares values. Quirk 2: the strict forms need the same sort on both sides.
//! Quirk 5: booleans equal booleans only. Quirks 8 and 9: an undefined side equals nothing, so
//! `!=` holds. Quirk 26: lists compare as a whole, whole numbers never equal fractions inside
//! them, and a literal on the left is text that equals no list.

use std::cmp::Ordering;

use super::side::{MALFORMED, Side};
use crate::evaluate::{Evaluated, Handle, Shape};
use crate::node::Node;
use crate::number::{Decimal, Number};

/// `==` between two operands.
#[inline]
pub(crate) fn equal<'m, N: Node + 'm>(left: Side<'m, N>, right: Side<'m, N>) -> Evaluated<bool> {
    if !(left.is_json() && right.is_json()) {
        return Ok(same(left, right));
    }
    match right {
        Side::Literal(literal) => match (&literal.value, left) {
            (None, _) => Err(MALFORMED),
            (Some(value), Side::Container(found)) => {
                Ok(same_value(found, Handle::<'m, N>::Json(value)))
            }
            // Quirk 26: text is compared with a list.
            _ => Ok(false),
        },
        Side::Container(right) => match left {
            Side::Container(left) => Ok(same_value(left, right)),
            _ => Ok(false),
        },
        _ => Ok(false),
    }
}

/// `===`: the sort must be the same.
pub(crate) fn strictly_equal<'m, N: Node + 'm>(
    left: Side<'m, N>,
    right: Side<'m, N>,
) -> Evaluated<bool> {
    let same_sort = match (left, right) {
        (Side::Number(_), Side::Number(_))
        | (Side::Text(_), Side::Text(_))
        | (Side::Bool(_), Side::Bool(_))
        | (Side::Null, Side::Null) => true,
        _ => left.is_json() && right.is_json(),
    };
    if same_sort {
        equal(left, right)
    } else {
        Ok(false)
    }
}

/// Equality as lists use it to look for a member: no list of the document equals anything here.
#[inline]
pub(crate) fn same<N: Node>(left: Side<'_, N>, right: Side<'_, N>) -> bool {
    match (left, right) {
        (Side::Text(left), Side::Text(right)) => left == right,
        (Side::Text(left), Side::Number(right)) => right.with_text(|right| left == right),
        (Side::Number(left), Side::Number(right)) => left.compare(right) == Some(Ordering::Equal),
        (Side::Number(left), Side::Text(right)) => {
            left.compare_text(right) == Some(Ordering::Equal)
        }
        (Side::Bool(left), Side::Bool(right)) => left == right,
        (Side::Null, Side::Null) => true,
        _ => match (left.written_json(), right.written_json()) {
            (Some(left), Some(right)) => left == right,
            _ => false,
        },
    }
}

/// Whether two values are the same all the way down.
pub(crate) fn same_value<N: Node>(left: Handle<'_, N>, right: Handle<'_, N>) -> bool {
    match (left.shape(), right.shape()) {
        (Shape::Null, Shape::Null) => true,
        (Shape::Bool(left), Shape::Bool(right)) => left == right,
        (Shape::Text(left), Shape::Text(right)) => left == right,
        (Shape::Number(left), Shape::Number(right)) => same_number(left, right),
        (Shape::List, Shape::List) => {
            left.len() == right.len()
                && (0..left.len()).all(|at| match (left.element(at), right.element(at)) {
                    (Some(left), Some(right)) => same_value(left, right),
                    _ => false,
                })
        }
        (Shape::Object, Shape::Object) => {
            left.len() == right.len()
                && left
                    .try_each_member(|name, left| match right.member(name) {
                        Some(right) if same_value(left, right) => Ok(()),
                        _ => Err(()),
                    })
                    .is_ok()
        }
        (Shape::Keys, Shape::Keys) => match (left, right) {
            (Handle::Keys(left), Handle::Keys(right)) => {
                left.len() == right.len() && left.iter().all(|name| right.contains(name))
            }
            _ => false,
        },
        _ => false,
    }
}

fn same_number(left: Number<'_>, right: Number<'_>) -> bool {
    if left.is_fractional() != right.is_fractional() {
        return false;
    }
    match (left, right) {
        // Digits that were kept are equal only with the same number of decimals.
        (Number::Digits(left), Number::Digits(right)) => {
            match (Decimal::parse(left), Decimal::parse(right)) {
                (Some(left), Some(right)) => left.is_same(&right),
                _ => false,
            }
        }
        _ => left.compare(right) == Some(Ordering::Equal),
    }
}
