//! A parsed transform: immutable, shared between threads, evaluated as often as you like.

use muster_model::AttributeValue;
use serde_json::Value;

use crate::context::Context;
use crate::error::{EvaluationError, ParseError};
use crate::eval::{self, Node};
use crate::parse::{self, Parsed};
use crate::references::References;
use crate::trace::Trace;

/// A transform, ready to run.
#[derive(Debug)]
pub struct Transform {
    pub(crate) name: Option<Box<str>>,
    pub(crate) root: Node,
    references: References,
    warnings: Vec<Warning>,
    requires_periodic_refresh: bool,
}

/// Something that is allowed and probably not meant.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Warning {
    /// Path into the transform's JSON.
    pub path: String,
    /// What to look at, in one sentence.
    pub text: String,
}

impl Transform {
    /// Reads a transform, or an attribute mapping's `transformDefinition`, which has no name.
    pub fn parse(json: &Value) -> Result<Self, ParseError> {
        let Parsed {
            root,
            name,
            references,
            warnings,
            requires_periodic_refresh,
        } = parse::transform(json)?;
        Ok(Self {
            name,
            root,
            references,
            warnings,
            requires_periodic_refresh,
        })
    }

    /// Its name, where it has one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The operation at its root.
    pub fn operation(&self) -> &'static str {
        self.root.operation_name
    }

    /// Computes the value; `None` is null.
    pub fn evaluate(
        &self,
        context: &dyn Context,
    ) -> Result<Option<AttributeValue>, EvaluationError> {
        eval::evaluate(self, context)
    }

    /// Computes the value and tells how it came about.
    pub fn evaluate_traced(
        &self,
        context: &dyn Context,
    ) -> (Result<Option<AttributeValue>, EvaluationError>, Trace) {
        eval::evaluate_traced(self, context)
    }

    /// Whether it or a transform nested in it asks to be computed daily. Transforms it refers to by
    /// name are not looked into: follow [`References::transforms`] for those.
    pub const fn requires_periodic_refresh(&self) -> bool {
        self.requires_periodic_refresh
    }

    /// What it reads.
    pub const fn references(&self) -> &References {
        &self.references
    }

    /// What is allowed and probably not meant.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}
