//! `length`, also called `size` (quirks 37, 38): how many elements or members there are; null for
//! anything else, a string too. With a path as argument (or behind `..`) it counts the *children*
//! of what the path yields, evaluated on the current value.

use crate::error::{Fault, FaultKind};
use crate::evaluate::{Evaluated, Evaluation, Handle, Shape};
use crate::jayway::walk::Names;
use crate::node::Node;
use crate::number::Number;
use crate::program::{Argument, Call};

#[inline]
pub(super) fn length<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    call: &'m Call,
    value: Handle<'m, N>,
    names: Names,
) -> Evaluated<Handle<'m, N>> {
    match call.arguments.first() {
        None => {}
        Some(Argument::Json { .. }) => {
            return Err(Fault::new(
                FaultKind::NullPointer,
                "length() takes a path, not JSON",
            ));
        }
        Some(Argument::Path { path, children }) => {
            if matches!(value.shape(), Shape::Null) {
                return Err(Fault::new(FaultKind::IllegalArgument, "length() of null"));
            }
            let path = children.as_ref().unwrap_or(path);
            let found = evaluation.within(value, |inner| inner.read_path(path, value, names))?;
            let found = found.into_handle();
            if found.is_list() {
                return Ok(count(found));
            }
        }
    }
    Ok(length_of(value))
}

/// What `length()` without arguments gives.
#[inline]
pub(crate) fn length_of<'m, N: Node + 'm>(value: Handle<'m, N>) -> Handle<'m, N> {
    match value.shape() {
        Shape::List | Shape::Object => count(value),
        _ => Handle::Null,
    }
}

fn count<'m, N: Node + 'm>(value: Handle<'m, N>) -> Handle<'m, N> {
    Handle::Number(Number::Integer(value.len() as i64))
}

impl<'m, N: Node + 'm> Evaluation<'m, N> {
    /// Evaluates with another document as root, on the same budget.
    fn within<T>(
        &self,
        root: Handle<'m, N>,
        work: impl FnOnce(&Evaluation<'m, N>) -> Evaluated<T>,
    ) -> Evaluated<T> {
        let inner = Evaluation {
            root,
            memory: self.memory,
            budget: self.budget.clone(),
        };
        let result = work(&inner);
        self.budget.follow(&inner.budget);
        result
    }
}
