//! `first`, `last`, `index` (quirk 40): an element of a list. Off the end is an error, and so is
//! the last element of a list that has just one: the reference's check for negative positions is
//! off by one.

use super::Arguments;
use crate::error::{Fault, FaultKind};
use crate::evaluate::{Evaluated, Handle, Shape};
use crate::node::Node;
use crate::number::Number;

const OUT_OF_RANGE: Fault = Fault::new(FaultKind::IndexOutOfBounds, "no element at this index");

/// The element at a position; negative ones count from the end.
pub(super) fn element<'m, N: Node + 'm>(
    value: Handle<'m, N>,
    position: i64,
) -> Evaluated<Handle<'m, N>> {
    check_list(value)?;
    let element = if position >= 0 {
        usize::try_from(position)
            .ok()
            .and_then(|position| value.element(position))
    } else {
        let position = value.len() as i64 + position;
        if position <= 0 {
            return Err(Fault::new(
                FaultKind::JsonPath,
                "the index is before the first element",
            ));
        }
        usize::try_from(position)
            .ok()
            .and_then(|position| value.element(position))
    };
    element.ok_or(OUT_OF_RANGE)
}

/// `index(n)`: the first number of the arguments is the position.
pub(super) fn index<'m, N: Node + 'm>(
    value: Handle<'m, N>,
    arguments: Arguments<'m, N>,
) -> Evaluated<Handle<'m, N>> {
    check_list(value)?;
    let mut position = None;
    arguments.try_each_flat(|argument| {
        if let (None, Shape::Number(number)) = (position, argument.shape()) {
            position = Some(whole_part(number));
        }
    })?;
    element(value, position.ok_or(OUT_OF_RANGE)?)
}

fn check_list<'m, N: Node + 'm>(value: Handle<'m, N>) -> Evaluated<()> {
    if value.is_list() {
        return Ok(());
    }
    Err(Fault::new(FaultKind::JsonPath, "only a list has elements"))
}

/// Doubles are cut and kept within range, whole numbers wrap.
fn whole_part(number: Number<'_>) -> i64 {
    match number {
        Number::Double(value) => i64::from(value as i32),
        _ => i64::from(number.as_wrapped_i32()),
    }
}
