//! Puts a path together from its steps and works out what the evaluator wants to know beforehand:
//! definiteness, the turned-round call behind a scan, and whether anything in it can fault.

use std::sync::Arc;

use super::call::scan_argument;
use crate::jayway::functions::Function;
use crate::jayway::operators;
use crate::program::{Argument, Call, Expression, Form, Operand, Path, Root, Step, StepKind};

/// Makes a path of its steps.
pub(crate) fn assemble(root: Root, mut steps: Vec<StepKind>) -> Path {
    let ends_in_call = matches!(steps.last(), Some(StepKind::Call(_)));
    let turned_round = ends_in_call && matches!(steps.first(), Some(StepKind::Scan));
    if turned_round {
        turn_call_round(&mut steps);
    }
    let last = steps.len().saturating_sub(1);
    for (at, kind) in steps.iter_mut().enumerate() {
        match kind {
            StepKind::MergedNames(names) if at < last => {
                *kind = StepKind::EachName(std::mem::take(names));
            }
            StepKind::EachName(names) if at == last => {
                *kind = StepKind::MergedNames(std::mem::take(names));
            }
            _ => {}
        }
    }
    let mut upstream_definite = true;
    let mut definite = true;
    let mut placed = Vec::with_capacity(steps.len());
    for kind in steps {
        let step_definite = is_definite(&kind);
        definite &= step_definite;
        placed.push(Step {
            kind,
            upstream_definite,
        });
        // Behind a turned-round call the steps still count the scan as standing before them.
        upstream_definite &= step_definite && !turned_round;
    }
    Path {
        root,
        definite,
        form: form_of(&placed),
        // What a call yields is taken before the steps behind it, which may not apply to it.
        may_fault: placed.iter().enumerate().any(|(at, step)| {
            step_may_fault(&step.kind) || (at < last && matches!(step.kind, StepKind::Call(_)))
        }),
        steps: placed.into(),
    }
}

fn form_of(steps: &[Step]) -> Form {
    match steps.split_last() {
        _ if are_names(steps) => Form::Names,
        Some((call, names)) if is_plain_length(&call.kind) && are_names(names) => {
            Form::CountedNames
        }
        Some((filter, names)) if is_safe_filter(&filter.kind) && are_names(names) => {
            Form::FilteredNames
        }
        _ => Form::Steps,
    }
}

fn are_names(steps: &[Step]) -> bool {
    steps
        .iter()
        .all(|step| matches!(step.kind, StepKind::Name(_)))
}

/// A filter that cannot fault.
fn is_safe_filter(kind: &StepKind) -> bool {
    matches!(kind, StepKind::Filter(_)) && !step_may_fault(kind)
}

/// `length()` without arguments.
fn is_plain_length(kind: &StepKind) -> bool {
    matches!(kind, StepKind::Call(call)
        if call.function == Some(Function::Length) && call.arguments.is_empty())
}

/// `$..x.f()` means `$.f($..x)`.
fn turn_call_round(steps: &mut Vec<StepKind>) {
    let Some(at) = steps
        .iter()
        .position(|step| matches!(step, StepKind::Call(_)))
    else {
        return;
    };
    let rest = steps.split_off(at);
    let scan = std::mem::replace(steps, rest);
    if let Some(StepKind::Call(call)) = steps.first_mut() {
        *call = Arc::new(Call {
            name: call.name.clone(),
            source: call.source.clone(),
            function: call.function,
            arguments: [scan_argument(scan, call.function)].into(),
            inverted: true,
        });
    }
}

/// The path that `length($.a)` really counts: the children of what its argument yields. It keeps
/// the definiteness of the argument. `None` for an argument that ends in a call itself.
pub(crate) fn with_children(path: &Path) -> Option<Path> {
    if path.ends_in_call() {
        return None;
    }
    let mut steps: Vec<StepKind> = path.steps.iter().map(|step| step.kind.clone()).collect();
    if !steps.is_empty() {
        steps.push(StepKind::Wildcard);
    }
    Some(Path {
        definite: path.definite,
        ..assemble(path.root, steps)
    })
}

fn is_definite(kind: &StepKind) -> bool {
    match kind {
        StepKind::Name(_) | StepKind::MergedNames(_) | StepKind::Index(_) | StepKind::Call(_) => {
            true
        }
        StepKind::EachName(_)
        | StepKind::Indices(_)
        | StepKind::Slice(_)
        | StepKind::Wildcard
        | StepKind::Scan
        | StepKind::Filter(_)
        | StepKind::Children(_)
        | StepKind::Descendants(_) => false,
    }
}

fn step_may_fault(kind: &StepKind) -> bool {
    match kind {
        StepKind::Call(call) => call.may_fault(),
        StepKind::Filter(expression) => expression_may_fault(expression),
        _ => false,
    }
}

/// Whether deciding the expression can raise an error that ends the evaluation.
pub(crate) fn expression_may_fault(expression: &Expression) -> bool {
    match expression {
        Expression::Or(parts) | Expression::And(parts) => parts.iter().any(expression_may_fault),
        Expression::Not(part) => expression_may_fault(part),
        Expression::Exists { path, .. } => path.may_fault,
        Expression::Compare(comparison) => {
            operand_may_fault(&comparison.left)
                || operand_may_fault(&comparison.right)
                || operators::may_fault(comparison)
        }
    }
}

fn operand_may_fault(operand: &Operand) -> bool {
    matches!(operand, Operand::Path(path) if path.may_fault)
}

/// Whether evaluating a path usually puts something into the working memory.
pub(crate) fn needs_memory(path: &Path) -> bool {
    path.steps.iter().any(|step| match &step.kind {
        StepKind::MergedNames(_) | StepKind::Children(_) | StepKind::Descendants(_) => true,
        StepKind::Call(_) => !is_plain_length(&step.kind),
        StepKind::Filter(expression) => expression_needs_memory(expression),
        _ => false,
    })
}

fn expression_needs_memory(expression: &Expression) -> bool {
    match expression {
        Expression::Or(parts) | Expression::And(parts) => parts.iter().any(expression_needs_memory),
        Expression::Not(part) => expression_needs_memory(part),
        Expression::Exists { path, .. } => needs_memory(path),
        Expression::Compare(comparison) => {
            operators::collects(comparison.operator)
                || [&comparison.left, &comparison.right].into_iter().any(|operand| {
                    matches!(operand, Operand::Path(path) if !path.definite || needs_memory(path))
                })
        }
    }
}

impl Call {
    fn may_fault(&self) -> bool {
        let argument_faults = self.arguments.iter().any(|argument| match argument {
            Argument::Json { value, .. } => value.is_none(),
            Argument::Path { .. } => true,
        });
        argument_faults
            || !matches!(
                self.function,
                Some(Function::Length | Function::Concat | Function::Append)
            )
    }
}
