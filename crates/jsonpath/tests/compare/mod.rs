//! Equality of results as the reference's users see it: numbers by value, members in any order.

use std::cmp::Ordering;

use serde_json::Value;

/// Whether two results are the same, their numbers by value.
pub(crate) fn same_by_value(left: &Value, right: &Value) -> bool {
    same_but_for_numbers(left, right, |left, right| {
        left.partial_cmp(&right) == Some(Ordering::Equal)
    })
}

/// Whether two results are the same, their numbers as `same_number` says.
pub(crate) fn same_but_for_numbers(
    left: &Value,
    right: &Value,
    same_number: fn(f64, f64) -> bool,
) -> bool {
    let same = |left, right| same_but_for_numbers(left, right, same_number);
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => match (left.as_f64(), right.as_f64()) {
            (Some(left), Some(right)) => same_number(left, right),
            (left, right) => left == right,
        },
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(name, left)| right.get(name).is_some_and(|right| same(left, right)))
        }
        _ => left == right,
    }
}
