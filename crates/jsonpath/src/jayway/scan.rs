//! The scan `..`: visits every object and list below a value, parents first, and applies the step
//! behind it where that can match. On a list, a step that is not the last one is skipped and what
//! follows it applied to *all* elements; for a plain index before a last name the reference keeps
//! just that element. It does so with state that it leaves behind in the compiled path; that bug
//! is not copied: other steps before a last name yield what versions before it yielded.

use super::walk::{NO_NAME, Names, Walk};
use crate::error::{Fault, FaultKind};
use crate::evaluate::{Handle, Shape, Sink, Walked};
use crate::node::Node;
use crate::program::{Step, StepKind};

/// Scans `value` for the step at `target`.
pub(crate) fn scan<'m, N: Node + 'm, S: Sink<'m, N>>(
    walk: &mut Walk<'_, 'm, N, S>,
    target: usize,
    value: Handle<'m, N>,
) -> Walked {
    let steps = walk.steps;
    let Some(step) = steps.get(target) else {
        return Err(Fault::new(FaultKind::IllegalState, "nothing stands behind the `..`").into());
    };
    visit(walk, step, target, value)
}

fn visit<'m, N: Node + 'm, S: Sink<'m, N>>(
    walk: &mut Walk<'_, 'm, N, S>,
    step: &'m Step,
    target: usize,
    value: Handle<'m, N>,
) -> Walked {
    let evaluation = walk.evaluation;
    evaluation.budget.spend()?;
    if value.is_object() {
        if let StepKind::Name(name) = &step.kind {
            if let Some(member) = value.member(name) {
                evaluation.budget.deeper(|| walk.from(target + 1, member))?;
            }
        } else if is_target(walk, step, value)? {
            evaluation.budget.deeper(|| walk.from(target, value))?;
        }
        value.try_each_member(|_, member| descend(walk, step, target, member))
    } else if value.is_list() {
        if is_target(walk, step, value)? {
            visit_list(walk, step, target, value)?;
        }
        value.try_each_element(|element| descend(walk, step, target, element))
    } else {
        Ok(())
    }
}

#[inline]
fn descend<'m, N: Node + 'm, S: Sink<'m, N>>(
    walk: &mut Walk<'_, 'm, N, S>,
    step: &'m Step,
    target: usize,
    value: Handle<'m, N>,
) -> Walked {
    if !matches!(value.shape(), Shape::Object | Shape::List) {
        return Ok(());
    }
    let evaluation = walk.evaluation;
    evaluation
        .budget
        .deeper(|| visit(walk, step, target, value))
}

fn visit_list<'m, N: Node + 'm, S: Sink<'m, N>>(
    walk: &mut Walk<'_, 'm, N, S>,
    step: &'m Step,
    target: usize,
    list: Handle<'m, N>,
) -> Walked {
    let evaluation = walk.evaluation;
    let next = target + 1;
    if next == walk.steps.len() {
        return evaluation.budget.deeper(|| walk.from(target, list));
    }
    if next + 1 == walk.steps.len() {
        match (&step.kind, &walk.steps[next].kind) {
            (StepKind::Index(index), last @ (StepKind::Name(_) | StepKind::Wildcard))
                if *index >= 0 =>
            {
                return keep_element(walk, *index, next, last, list);
            }
            (
                StepKind::Index(_) | StepKind::Indices(_) | StepKind::Slice(_),
                StepKind::Name(_) | StepKind::Wildcard,
            ) => return evaluation.budget.deeper(|| walk.from(target, list)),
            _ => {}
        }
    }
    list.try_each_element(|element| evaluation.budget.deeper(|| walk.from(next, element)))
}

/// `..[2].name` and `..[2].*`: all elements are looked at, what is found in the one is kept; a
/// list among the elements gives all it has.
fn keep_element<'m, N: Node + 'm, S: Sink<'m, N>>(
    walk: &mut Walk<'_, 'm, N, S>,
    index: i32,
    next: usize,
    last: &StepKind,
    list: Handle<'m, N>,
) -> Walked {
    let evaluation = walk.evaluation;
    let mut at = 0;
    list.try_each_element(|element| {
        let kept = at == index;
        at += 1;
        match last {
            StepKind::Name(name) if !kept => {
                let missing = element.is_object() && element.member(name).is_none();
                if missing && walk.names == Names::Required {
                    return Err(NO_NAME.into());
                }
                Ok(())
            }
            _ if kept || element.is_list() => evaluation.budget.deeper(|| walk.from(next, element)),
            _ => Ok(()),
        }
    })
}

/// Whether the step looked for applies to this object or list.
fn is_target<'m, N: Node + 'm, S>(
    walk: &Walk<'_, 'm, N, S>,
    step: &'m Step,
    value: Handle<'m, N>,
) -> Result<bool, Fault> {
    Ok(match &step.kind {
        StepKind::MergedNames(names) => {
            value.is_object() && names.iter().all(|name| value.member(name).is_some())
        }
        StepKind::EachName(_) => value.is_object(),
        StepKind::Index(_) | StepKind::Indices(_) | StepKind::Slice(_) => value.is_list(),
        StepKind::Wildcard => true,
        StepKind::Filter(expression) => walk.evaluation.accepts(expression, value, walk.names)?,
        _ => false,
    })
}
