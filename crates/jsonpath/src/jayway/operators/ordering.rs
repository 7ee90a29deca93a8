//! `<`, `<=`, `>`, `>=`.
//!
//! Quirk 3: nothing is coerced; two numbers compare by value, two strings by UTF-16 unit ("10" is
//! less than "2"), anything else never holds. Quirk 4: dates are strings. Quirk 6: so `<=` does not
//! hold for null or booleans even when both sides are equal.

use std::cmp::Ordering;

use super::Side;
use crate::node::Node;

/// Whether two operands compare and the order between them is a wanted one.
pub(crate) fn holds<N: Node>(
    left: Side<'_, N>,
    right: Side<'_, N>,
    wanted: impl FnOnce(Ordering) -> bool,
) -> bool {
    match (left, right) {
        (Side::Number(left), Side::Number(right)) => left.compare(right).is_some_and(wanted),
        (Side::Text(left), Side::Text(right)) => wanted(compare_texts(left, right)),
        _ => false,
    }
}

/// The order of two texts by UTF-16 unit.
pub(crate) fn compare_texts(left: &str, right: &str) -> Ordering {
    if left.is_ascii() || right.is_ascii() {
        return left.cmp(right);
    }
    left.encode_utf16().cmp(right.encode_utf16())
}
