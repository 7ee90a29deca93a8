//! Runs transforms and writes down the steps of each.

use std::collections::HashMap;

use muster_model::AttributeValue;
use muster_transform::{Context, EvaluationError, Trace, Transform};

use crate::attributes::Evaluate;
use crate::reading::Reading;

/// The steps by attribute.
#[derive(Default)]
pub(super) struct Traced(HashMap<String, Run>);

/// How an attribute was computed.
pub(super) struct Run {
    pub(super) trace: Trace,
    pub(super) has_failed: bool,
}

impl Traced {
    /// How that attribute was computed.
    pub(super) fn of(&self, attribute: &str) -> Option<&Run> {
        self.0.get(attribute)
    }
}

impl Evaluate for Traced {
    fn evaluate(
        &mut self,
        transform: &Transform,
        reading: &Reading<'_>,
    ) -> Result<Option<AttributeValue>, EvaluationError> {
        let (outcome, trace) = transform.evaluate_traced(reading);
        if let Some(name) = reading.attribute_name() {
            let run = Run {
                trace,
                has_failed: outcome.is_err(),
            };
            self.0.insert(name.to_owned(), run);
        }
        outcome
    }
}
