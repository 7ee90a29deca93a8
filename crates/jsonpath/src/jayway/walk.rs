//! Follows the steps of a path (quirks 29–34): names, indexes, slices, wildcards, filters and
//! calls. What a missing step means depends on whether everything before it was definite
//! (quirk 31) and on whether the path is an existence test, which requires every name.

use bumpalo::collections::Vec as BumpVec;

use super::{functions, scan};
use crate::error::{Fault, FaultKind};
use crate::evaluate::{
    All, Evaluated, Evaluation, Halt, Handle, Last, Shape, Sink, Walked, settle,
};
use crate::node::Node;
use crate::program::{Path, Slice, Step, StepKind};

/// Whether a missing name is an error wherever it occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    Optional,
    /// As in existence tests.
    Required,
}

/// What a path yields.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Yield<'m, N> {
    /// The one value of a definite path.
    Value(Handle<'m, N>),
    /// The values of an indefinite path.
    List(&'m [Handle<'m, N>]),
}

impl<'m, N> Yield<'m, N> {
    pub(crate) fn into_handle(self) -> Handle<'m, N> {
        match self {
            Yield::Value(value) => value,
            Yield::List(values) => Handle::List(values),
        }
    }
}

pub(crate) const NO_RESULT: Fault = Fault::new(
    FaultKind::PathNotFound,
    "the path has no result in this document",
);
const NO_OBJECT: Fault = Fault::new(
    FaultKind::PathNotFound,
    "a name is looked up in something that is no object",
);
pub(crate) const NO_NAME: Fault =
    Fault::new(FaultKind::PathNotFound, "a name of the path is missing");
const NO_LIST: Fault = Fault::new(
    FaultKind::PathNotFound,
    "an index is looked up in something that is no list",
);
const NO_ITEMS: Fault = Fault::new(
    FaultKind::InvalidPath,
    "a filter cannot be applied to a plain value",
);

impl<'m, N: Node + 'm> Evaluation<'m, N> {
    /// Whether steps of the form [`Form::FilteredNames`](crate::program::Form) yield anything from
    /// the root. Such a filter cannot fault, so the first hit decides; what would be an error for
    /// a path (nothing there, or a plain value where the filter is) does not fire either.
    #[inline]
    pub(crate) fn any_accepted(&self, steps: &'m [Step]) -> bool {
        let Some((
            Step {
                kind: StepKind::Filter(expression),
                ..
            },
            names,
        )) = steps.split_last()
        else {
            return false;
        };
        let Some(value) = follow_names(names, self.root) else {
            return false;
        };
        let accepts = |item| matches!(self.accepts(expression, item, Names::Optional), Ok(true));
        match value.shape() {
            // Quirk 29: an object is tested itself.
            Shape::Object => accepts(value),
            Shape::List => value
                .try_each_element(|element| if accepts(element) { Err(()) } else { Ok(()) })
                .is_err(),
            _ => false,
        }
    }

    /// Evaluates a path from `start`; an error when a definite path has no result.
    pub(crate) fn read_path(
        &self,
        path: &'m Path,
        start: Handle<'m, N>,
        names: Names,
    ) -> Evaluated<Yield<'m, N>> {
        if path.definite {
            let mut last = Last { value: None };
            self.walk_path(path, start, names, &mut last)?;
            return last.value.map(Yield::Value).ok_or(NO_RESULT);
        }
        let mut all = All::within(self.memory);
        self.walk_path(path, start, names, &mut all)?;
        Ok(Yield::List(all.values.into_bump_slice()))
    }

    /// Hands every value of a path to `sink`.
    pub(crate) fn walk_path<S: Sink<'m, N>>(
        &self,
        path: &'m Path,
        start: Handle<'m, N>,
        names: Names,
        sink: &mut S,
    ) -> Evaluated<()> {
        let mut walk = Walk {
            evaluation: self,
            steps: &path.steps,
            names,
            sink,
        };
        settle(self.budget.deeper(|| walk.from(0, start)))
    }
}

/// All values that some steps yield from the root.
pub(crate) fn walk_steps<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    steps: &'m [Step],
    names: Names,
) -> Evaluated<&'m [Handle<'m, N>]> {
    let mut all = All::within(evaluation.memory);
    let mut walk = Walk {
        evaluation,
        steps,
        names,
        sink: &mut all,
    };
    settle(walk.from(0, evaluation.root))?;
    Ok(all.values.into_bump_slice())
}

/// Follows steps that are names only; `None` when one is missing.
#[inline]
pub(crate) fn follow_names<'m, N: Node + 'm>(
    steps: &[Step],
    start: Handle<'m, N>,
) -> Option<Handle<'m, N>> {
    steps
        .iter()
        .try_fold(start, |value, step| match &step.kind {
            StepKind::Name(name) => value.member(name),
            _ => None,
        })
}

/// One path being followed.
pub(crate) struct Walk<'w, 'm, N, S> {
    pub(crate) evaluation: &'w Evaluation<'m, N>,
    pub(crate) steps: &'m [Step],
    pub(crate) names: Names,
    sink: &'w mut S,
}

impl<'m, N: Node + 'm, S: Sink<'m, N>> Walk<'_, 'm, N, S> {
    /// Goes on at step `at` with `value`.
    pub(crate) fn from(&mut self, mut at: usize, mut value: Handle<'m, N>) -> Walked {
        loop {
            let steps = self.steps;
            let Some(step) = steps.get(at) else {
                return self.sink.take(value);
            };
            self.evaluation.budget.spend()?;
            match &step.kind {
                StepKind::Name(name) => match value.member(name) {
                    Some(member) => value = member,
                    None => return self.missing_name(at, step, value),
                },
                StepKind::MergedNames(names) => return self.merge(step, names, value),
                StepKind::EachName(names) => return self.each_name(at, step, names, value),
                StepKind::Index(index) => {
                    if !check_list(step, value)? {
                        return Ok(());
                    }
                    return self.indexed(at, i64::from(*index), value);
                }
                StepKind::Indices(indexes) => {
                    if check_list(step, value)? {
                        for index in indexes {
                            self.indexed(at, i64::from(*index), value)?;
                        }
                    }
                    return Ok(());
                }
                StepKind::Slice(slice) => {
                    if check_list(step, value)? {
                        self.slice(at, *slice, value)?;
                    }
                    return Ok(());
                }
                StepKind::Wildcard => return self.wildcard(at, value),
                StepKind::Scan => return scan::scan(self, at + 1, value),
                StepKind::Filter(expression) => {
                    if value.is_object() {
                        // Quirk 29: an object is tested itself.
                        if !self.evaluation.accepts(expression, value, self.names)? {
                            return Ok(());
                        }
                    } else if value.is_list() {
                        let (evaluation, names) = (self.evaluation, self.names);
                        return value.try_each_element(|element| {
                            if evaluation.accepts(expression, element, names)? {
                                self.element(at, element)?;
                            }
                            Ok(())
                        });
                    } else if step.upstream_definite {
                        return Err(NO_ITEMS.into());
                    } else {
                        return Ok(());
                    }
                }
                StepKind::Call(call) => {
                    value = functions::invoke(self.evaluation, call, value, self.names)?;
                    self.sink.take(value)?;
                    if at + 1 == steps.len() {
                        return Ok(());
                    }
                }
                StepKind::Children(selectors) => {
                    return crate::rfc9535::children(self, at, selectors, value);
                }
                StepKind::Descendants(selectors) => {
                    return crate::rfc9535::descendants(self, at, selectors, value);
                }
            }
            at += 1;
        }
    }

    /// Goes on behind step `at` with an element of a list. An index out of range further down is
    /// nothing here.
    pub(crate) fn element(&mut self, at: usize, element: Handle<'m, N>) -> Walked {
        let evaluation = self.evaluation;
        match evaluation.budget.deeper(|| self.from(at + 1, element)) {
            Err(Halt::Fault(fault)) if fault.kind == FaultKind::IndexOutOfBounds => Ok(()),
            walked => walked,
        }
    }

    fn missing_name(&self, at: usize, step: &Step, value: Handle<'m, N>) -> Walked {
        if !value.is_object() {
            return if step.upstream_definite {
                Err(NO_OBJECT.into())
            } else {
                Ok(())
            };
        }
        let is_last = at + 1 == self.steps.len();
        if self.names == Names::Required || (step.upstream_definite && !is_last) {
            return Err(NO_NAME.into());
        }
        Ok(())
    }

    /// Quirk 32: several names at the end make one object, which is there even when empty.
    fn merge(&mut self, step: &Step, names: &'m [Box<str>], value: Handle<'m, N>) -> Walked {
        if !value.is_object() {
            return if step.upstream_definite {
                Err(NO_OBJECT.into())
            } else {
                Ok(())
            };
        }
        let mut merged: BumpVec<'m, (&'m str, Handle<'m, N>)> =
            BumpVec::new_in(self.evaluation.memory);
        for name in names {
            match value.member(name) {
                Some(_) if merged.iter().any(|(known, _)| *known == &**name) => {}
                Some(member) => merged.push((name, member)),
                None if self.names == Names::Required => return Err(NO_NAME.into()),
                None => {}
            }
        }
        self.sink.take(Handle::Object(merged.into_bump_slice()))
    }

    fn each_name(
        &mut self,
        at: usize,
        step: &Step,
        names: &[Box<str>],
        value: Handle<'m, N>,
    ) -> Walked {
        if !value.is_object() {
            return if step.upstream_definite {
                Err(NO_OBJECT.into())
            } else {
                Ok(())
            };
        }
        for name in names {
            match value.member(name) {
                Some(member) => {
                    let evaluation = self.evaluation;
                    evaluation.budget.deeper(|| self.from(at + 1, member))?;
                }
                None if self.names == Names::Required => return Err(NO_NAME.into()),
                None => {}
            }
        }
        Ok(())
    }

    /// One index; negative ones count from the end, those out of range yield nothing (quirk 34).
    fn indexed(&mut self, at: usize, index: i64, value: Handle<'m, N>) -> Walked {
        let index = if index < 0 {
            index + value.len() as i64
        } else {
            index
        };
        let element = usize::try_from(index)
            .ok()
            .and_then(|index| value.element(index));
        match element {
            Some(element) => self.element(at, element),
            None => Ok(()),
        }
    }

    /// Quirk 33: a start before the end counts down from it and wraps when both bounds are given.
    fn slice(&mut self, at: usize, slice: Slice, value: Handle<'m, N>) -> Walked {
        let length = value.len() as i64;
        let from_end = |bound: i64| if bound < 0 { length + bound } else { bound };
        let (from, to) = match slice {
            Slice::From(from) => (from_end(i64::from(from)).max(0), length),
            Slice::To(to) => (0, from_end(i64::from(to)).min(length)),
            Slice::Between(from, to) => (i64::from(from), i64::from(to).min(length)),
        };
        // Below minus the length nothing is found: no need to count through it.
        for index in from.max(-length)..to {
            self.evaluation.budget.spend()?;
            self.indexed(at, index, value)?;
        }
        Ok(())
    }

    fn wildcard(&mut self, at: usize, value: Handle<'m, N>) -> Walked {
        if value.is_list() {
            let names = self.names;
            return value.try_each_element(|element| match self.element(at, element) {
                Err(Halt::Fault(fault))
                    if fault.kind == FaultKind::PathNotFound && names == Names::Optional =>
                {
                    Ok(())
                }
                walked => walked,
            });
        }
        let evaluation = self.evaluation;
        value.try_each_member(|_, member| evaluation.budget.deeper(|| self.from(at + 1, member)))
    }
}

/// Whether there is a list to look in; an error where one must be.
fn check_list<'m, N: Node + 'm>(step: &Step, value: Handle<'m, N>) -> Result<bool, Halt> {
    if value.is_list() {
        return Ok(true);
    }
    if step.upstream_definite {
        Err(NO_LIST.into())
    } else {
        Ok(false)
    }
}
