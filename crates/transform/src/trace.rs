//! What an evaluation did, step by step: the answer to "why has this attribute this value?".

use muster_model::AttributeValue;
use serde::Serialize;

use crate::limits;

/// The steps of one evaluation, in the order they began.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// The steps; at most [`limits::TRACE_STEPS_MAX`] of them.
    pub steps: Vec<Step>,
    /// How many more steps there were.
    pub omitted: usize,
}

/// One transform that was evaluated.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The name of the transform it belongs to, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transform: Option<String>,
    /// Path into that transform's JSON; empty for its root.
    pub path: String,
    /// The operation.
    pub operation: &'static str,
    /// How deep it is nested; the root is 0.
    pub depth: usize,
    /// What went in.
    pub inputs: Vec<Input>,
    /// What came out; null is no value.
    pub output: Option<AttributeValue>,
    /// Why nothing came out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Where the value was taken from, for callers who know the account; the inputs name it for people.
    #[serde(skip)]
    pub taken_from: Option<AccountValue>,
}

/// An attribute of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountValue {
    /// The account's id in Muster.
    pub account: String,
    /// The attribute.
    pub attribute: String,
}

/// One value that went into a step.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Which one: an attribute of the operation or a variable.
    pub name: String,
    /// Its value; null is no value.
    pub value: Option<AttributeValue>,
}

impl Trace {
    /// Begins a step and says where it stands, or `None` where the trace is full.
    pub(crate) fn begin(&mut self, step: Step) -> Option<usize> {
        if self.steps.len() >= limits::TRACE_STEPS_MAX {
            self.omitted += 1;
            return None;
        }
        self.steps.push(step);
        Some(self.steps.len() - 1)
    }
}
