//! The scan `..`: visits every object and list below a value, parents first, and applies the step
//! behind it where that can match. On a list, a step that is not the last one is skipped and what
//! follows it applied to *all* elements; for a plain index before a last name the reference keeps
//! just that element. It does so with state that it leaves behind in the compiled path; that bug
//! is not copied: other steps before a last name yield what versions before it yielded.

use super::walk::Walk;
use crate::error::{Fault, FaultKind};
use crate::evaluate::{Evaluation, Handle, Shape, Sink, Walked};
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
        } else if is_target(evaluation, step, value)? {
            evaluation.budget.deeper(|| walk.from(target, value))?;
        }
        value.try_each_member(|_, member| descend(walk, step, target, member))
    } else if value.is_list() {
        if is_target(evaluation, step, value)? {
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
    let next_is_last_name =
        next + 1 == walk.steps.len() && matches!(walk.steps[next].kind, StepKind::Name(_));
    let takes_positions = matches!(
        step.kind,
        StepKind::Index(_) | StepKind::Indices(_) | StepKind::Slice(_)
    );
    if next_is_last_name && takes_positions {
        return evaluation.budget.deeper(|| walk.from(target, list));
    }
    list.try_each_element(|element| evaluation.budget.deeper(|| walk.from(next, element)))
}

/// Whether the step looked for applies to this object or list.
fn is_target<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
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
        StepKind::Filter(expression) => evaluation.accepts(expression, value)?,
        _ => false,
    })
}
