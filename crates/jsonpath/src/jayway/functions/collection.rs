//! `keys` and `append`. Quirk 43: the reference's `append` alters the document it reads; here it
//! makes a new list and leaves the document alone.

use bumpalo::collections::Vec as BumpVec;

use super::Arguments;
use crate::evaluate::{Evaluated, Evaluation, Handle};
use crate::node::Node;

/// The names of an object's members; null for anything else.
pub(super) fn keys<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    value: Handle<'m, N>,
) -> Handle<'m, N> {
    if !value.is_object() {
        return Handle::Null;
    }
    let mut names = BumpVec::with_capacity_in(value.len(), evaluation.memory);
    let _ = value.try_each_member(|name, _| -> Result<(), ()> {
        names.push(name);
        Ok(())
    });
    Handle::Keys(names.into_bump_slice())
}

/// A list with the arguments behind its elements; anything else as it is.
pub(super) fn append<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    value: Handle<'m, N>,
    arguments: Arguments<'m, N>,
) -> Evaluated<Handle<'m, N>> {
    if !value.is_list() {
        return Ok(value);
    }
    let mut elements = BumpVec::with_capacity_in(value.len() + 1, evaluation.memory);
    let _ = value.try_each_element(|element| -> Result<(), ()> {
        elements.push(element);
        Ok(())
    });
    arguments.try_each(|argument| elements.push(argument))?;
    Ok(Handle::List(elements.into_bump_slice()))
}
