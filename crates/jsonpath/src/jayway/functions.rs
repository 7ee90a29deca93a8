//! The functions, one file per family: [`numeric`] (quirk 39), [`sequence`] (40), [`length`]
//! (37, 38), [`text`] (42), [`collection`] (43). A name that is no function fails only here, while
//! evaluating (quirk 41).

mod collection;
mod length;
mod numeric;
mod sequence;
mod text;

pub(crate) use length::length_of;

use super::walk::Names;
use crate::error::{Fault, FaultKind};
use crate::evaluate::{Evaluated, Evaluation, Handle};
use crate::node::Node;
use crate::program::{Argument, Call};

/// A function by what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Average,
    StandardDeviation,
    Sum,
    Min,
    Max,
    Concat,
    Length,
    Append,
    Keys,
    First,
    Last,
    Index,
}

impl Function {
    /// The function of that name; names are case-sensitive, `size` is another name of `length`.
    pub(crate) fn named(name: &str) -> Option<Function> {
        Some(match name {
            "avg" => Function::Average,
            "stddev" => Function::StandardDeviation,
            "sum" => Function::Sum,
            "min" => Function::Min,
            "max" => Function::Max,
            "concat" => Function::Concat,
            "length" | "size" => Function::Length,
            "append" => Function::Append,
            "keys" => Function::Keys,
            "first" => Function::First,
            "last" => Function::Last,
            "index" => Function::Index,
            _ => return None,
        })
    }
}

/// Calls a function on a value.
pub(crate) fn invoke<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    call: &'m Call,
    value: Handle<'m, N>,
    names: Names,
) -> Evaluated<Handle<'m, N>> {
    let Some(function) = call.function else {
        return Err(Fault::new(
            FaultKind::InvalidPath,
            "no function has this name",
        ));
    };
    let mut arguments =
        bumpalo::collections::Vec::with_capacity_in(call.arguments.len(), evaluation.memory);
    for argument in &call.arguments {
        arguments.push(match argument {
            // Read only if the function asks for it.
            Argument::Json { value, .. } => value.as_ref().map(Handle::Json),
            // Arguments always start at the document, `@` too.
            Argument::Path { path, .. } => Some(
                evaluation
                    .read_path(path, evaluation.root, names)?
                    .into_handle(),
            ),
        });
    }
    let arguments = Arguments(arguments.into_bump_slice());
    match function {
        Function::Average => numeric::average(value, arguments),
        Function::StandardDeviation => numeric::standard_deviation(value, arguments),
        Function::Sum => numeric::sum(value, arguments),
        Function::Min => numeric::min(value, arguments),
        Function::Max => numeric::max(value, arguments),
        Function::Concat => text::concat(evaluation, value, arguments),
        Function::Length => length::length(evaluation, call, value, names),
        Function::Append => collection::append(evaluation, value, arguments),
        Function::Keys => Ok(collection::keys(evaluation, value)),
        Function::First => sequence::element(value, 0),
        Function::Last => sequence::element(value, -1),
        Function::Index => sequence::index(value, arguments),
    }
}

/// The evaluated arguments of a call; `None` for one that is malformed JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arguments<'m, N>(&'m [Option<Handle<'m, N>>]);

impl<'m, N: Node + 'm> Arguments<'m, N> {
    /// Each argument in order; an error at a malformed one.
    fn try_each(self, mut visit: impl FnMut(Handle<'m, N>)) -> Evaluated<()> {
        for argument in self.0 {
            match argument {
                Some(value) => visit(*value),
                None => {
                    return Err(Fault::new(FaultKind::InvalidJson, "an argument is no JSON"));
                }
            }
        }
        Ok(())
    }

    /// Each argument, those that are lists member by member.
    fn try_each_flat(self, mut visit: impl FnMut(Handle<'m, N>)) -> Evaluated<()> {
        self.try_each(|argument| {
            if argument.is_list() {
                let _ = argument.try_each_element(|element| -> Result<(), ()> {
                    visit(element);
                    Ok(())
                });
            } else {
                visit(argument);
            }
        })
    }
}
