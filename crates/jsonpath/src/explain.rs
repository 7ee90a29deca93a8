//! Why a filter decided as it did: for each step what it found, for each item a filter tried what
//! every part of the predicate saw. Each comparison also says how it decides when the attribute is
//! absent or null, since that is where users' filters go wrong (an absent attribute passes `!=`,
//! `nin` and `=~ /.*/`).

mod predicate;
mod render;
mod rfc;

use std::fmt;

use serde::Serialize;

use crate::error::{EvaluationError, Fault};
use crate::evaluate::{Evaluation, Handle, Shape, with_memory};
use crate::filter::{Dialect, Filter};
use crate::jayway::print;
use crate::jayway::walk::{Names, walk_steps};
use crate::limits::EXPLAINED_ELEMENTS_MAX;
use crate::node::Node;
use crate::program::{Step, StepKind};
use crate::rfc9535;
use render::value_text;

/// The account of one evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The filter as it was understood.
    pub filter: String,
    /// Whether it fires.
    pub fires: bool,
    /// The reason in one sentence.
    pub reason: String,
    /// What silenced it, if an error did.
    pub error: Option<EvaluationError>,
    /// The steps of the path, in order, up to the one that found nothing.
    pub steps: Vec<ExplainedStep>,
}

/// What one step of the path did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedStep {
    /// The step as written.
    pub step: String,
    /// How many values it left.
    pub found: usize,
    /// The first of them.
    pub values: Vec<String>,
    /// The items tried, when the step is a filter.
    pub items: Vec<ExplainedItem>,
}

/// One item tried by a filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedItem {
    /// The item.
    pub item: String,
    /// What became of the predicate.
    pub predicate: ExplainedPredicate,
}

/// One part of a predicate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedPredicate {
    /// The part as written.
    pub text: String,
    /// Whether it held; absent when it failed.
    pub holds: Option<bool>,
    /// Why it failed.
    pub error: Option<String>,
    /// What stood on the left.
    pub left: Option<String>,
    /// What stood on the right.
    pub right: Option<String>,
    /// How it decides when the attribute is absent.
    pub when_absent: Option<bool>,
    /// How it decides when the attribute is null.
    pub when_null: Option<bool>,
    /// The parts of `&&`, `||` and `!`.
    pub parts: Vec<ExplainedPredicate>,
}

impl Filter {
    /// Explains how the filter decides on a document.
    pub fn explain<N: Node>(&self, document: N) -> Explanation {
        let fires = self.fires(document);
        let error = self.read(document).err();
        let reason = match &error {
            Some(error) => format!("does not fire: {}", error.detail),
            None if fires && self.is_definite() => "fires: the path has a value".to_owned(),
            None if fires => "fires: the path found something".to_owned(),
            None if self.is_definite() => "does not fire: the value is null".to_owned(),
            None => "does not fire: the path found nothing".to_owned(),
        };
        let steps = with_memory(|memory| {
            let evaluation = Evaluation::new(document, memory);
            explain_steps(&evaluation, self)
        });
        Explanation {
            filter: self.to_string(),
            fires,
            reason,
            error,
            steps,
        }
    }
}

fn explain_steps<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    filter: &'m Filter,
) -> Vec<ExplainedStep> {
    let steps: &'m [Step] = &filter.path.steps;
    let mut explained = Vec::new();
    let mut before: &'m [Handle<'m, N>] = evaluation.memory.alloc_slice_copy(&[evaluation.root]);
    let mut start = 0;
    while start < steps.len() && !before.is_empty() {
        // A scan is told together with what it looks for.
        let is_scan = matches!(steps[start].kind, StepKind::Scan) && start + 1 < steps.len();
        let end = start + if is_scan { 2 } else { 1 };
        let items = match &steps[end - 1].kind {
            StepKind::Filter(expression) if !is_scan => explain_items(before, |item| {
                predicate::trace(evaluation, expression, item)
            }),
            StepKind::Children(selectors) => rfc::explain_items(evaluation, selectors, before),
            _ => Vec::new(),
        };
        let found = walk_steps(evaluation, &steps[..end], Names::Optional);
        let (values, failed) = match found {
            Ok(values) => (values, false),
            Err(_) => (&[] as &[_], true),
        };
        explained.push(ExplainedStep {
            step: step_text(filter.dialect(), &steps[start..end]),
            found: values.len(),
            values: values
                .iter()
                .take(EXPLAINED_ELEMENTS_MAX)
                .map(|value| value_text(*value))
                .collect(),
            items,
        });
        if failed {
            break;
        }
        before = values;
        start = end;
    }
    explained
}

/// The items a filter tries among the values before it: the elements of lists, objects themselves.
fn explain_items<'m, N: Node + 'm>(
    values: &[Handle<'m, N>],
    trace: impl Fn(Handle<'m, N>) -> ExplainedPredicate,
) -> Vec<ExplainedItem> {
    let mut items = Vec::new();
    for value in values {
        let mut take = |item: Handle<'m, N>| {
            if items.len() >= EXPLAINED_ELEMENTS_MAX {
                return Err(());
            }
            items.push(ExplainedItem {
                item: value_text(item),
                predicate: trace(item),
            });
            Ok(())
        };
        let _ = match value.shape() {
            Shape::List => value.try_each_element(&mut take),
            Shape::Object => take(*value),
            _ => Ok(()),
        };
    }
    items
}

fn step_text(dialect: Dialect, steps: &[Step]) -> String {
    match dialect {
        Dialect::Jayway => {
            let kinds: Vec<&StepKind> = steps.iter().map(|step| &step.kind).collect();
            print::text(|out| print::steps(&kinds, out))
        }
        Dialect::Rfc9535 => print::text(|out| {
            steps
                .iter()
                .try_for_each(|step| rfc9535::write_step(&step.kind, out))
        }),
    }
}

/// What a part of a predicate came out as.
fn outcome(decided: Result<bool, Fault>) -> (Option<bool>, Option<String>) {
    match decided {
        Ok(holds) => (Some(holds), None),
        Err(fault) => (None, Some(EvaluationError::new(fault).to_string())),
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", self.filter)?;
        writeln!(out, "{}", self.reason)?;
        for step in &self.steps {
            writeln!(out, "  {} → {} found", step.step, step.found)?;
            for item in &step.items {
                writeln!(out, "    {}", item.item)?;
                item.predicate.write(out, 3)?;
            }
            if step.items.is_empty() {
                for value in &step.values {
                    writeln!(out, "    {value}")?;
                }
            }
        }
        Ok(())
    }
}

impl ExplainedPredicate {
    fn write(&self, out: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let decided = match (self.holds, &self.error) {
            (Some(true), _) => "yes".to_owned(),
            (Some(false), _) => "no".to_owned(),
            (None, error) => format!("error: {}", error.as_deref().unwrap_or("unknown")),
        };
        write!(
            out,
            "{:indent$}{} → {decided}",
            "",
            self.text,
            indent = depth * 2
        )?;
        if let (Some(left), Some(right)) = (&self.left, &self.right) {
            write!(out, " (left {left}, right {right})")?;
        }
        if let (Some(absent), Some(null)) = (self.when_absent, self.when_null) {
            let word = |holds| if holds { "yes" } else { "no" };
            write!(
                out,
                " [when absent: {}, when null: {}]",
                word(absent),
                word(null)
            )?;
        }
        writeln!(out)?;
        self.parts
            .iter()
            .try_for_each(|part| part.write(out, depth + 1))
    }
}
