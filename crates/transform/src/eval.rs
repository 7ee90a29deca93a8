//! Running a parsed transform: one walk down the tree with a budget, an implicit input and, when
//! asked, a trace. What an operation does stands in `kinds`; this file knows none of them.

use std::borrow::Cow;
use std::fmt::Debug;

use muster_model::AttributeValue;

use crate::context::{Account, Context};
use crate::datum::Datum;
use crate::error::{EvaluationError, Failure};
use crate::limits;
use crate::operand::{Number, Operand, Variables};
use crate::trace::{AccountValue, Input, Step, Trace};
use crate::transform::Transform;
use crate::velocity::{Found, Object};

/// What an operation gives: a value, null, or a failure.
pub(crate) type Outcome<'a> = Result<Option<Datum<'a>>, Fault>;

/// A failure on its way up: not yet located, or with the place where it happened.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Raised by the operation that is running.
    Here(Failure),
    /// Raised by a transform nested in it.
    Below(Box<EvaluationError>),
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self::Here(failure)
    }
}

impl Fault {
    /// Whether a bound was hit, which nothing may swallow.
    pub(crate) fn is_limit(&self) -> bool {
        match self {
            Self::Here(failure) => matches!(failure, Failure::Limit(_)),
            Self::Below(error) => matches!(error.cause, Failure::Limit(_)),
        }
    }
}

/// What an operation can do, compiled.
pub(crate) trait Operation: Debug + Send + Sync {
    /// Computes the value.
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a>;
}

/// One transform of the tree.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) path: Box<str>,
    pub(crate) operation_name: &'static str,
    pub(crate) input: Option<Operand>,
    pub(crate) variables: Variables,
    pub(crate) operation: Box<dyn Operation>,
}

/// Runs a transform.
pub(crate) fn evaluate(
    transform: &Transform,
    context: &dyn Context,
) -> Result<Option<AttributeValue>, EvaluationError> {
    let mut run = Evaluation::start(transform, context, None);
    run.finish(transform)
}

/// Runs a transform and writes down each step.
pub(crate) fn evaluate_traced(
    transform: &Transform,
    context: &dyn Context,
) -> (Result<Option<AttributeValue>, EvaluationError>, Trace) {
    let mut run = Evaluation::start(transform, context, Some(Trace::default()));
    let result = run.finish(transform);
    (result, run.trace.unwrap_or_default())
}

/// The state of one run.
pub(crate) struct Evaluation<'a> {
    context: &'a dyn Context,
    implicit: Option<Datum<'a>>,
    transform: &'a Transform,
    callers: Vec<&'a Transform>,
    depth: usize,
    steps_left: u32,
    trace: Option<Trace>,
}

impl<'a> Evaluation<'a> {
    fn start(transform: &'a Transform, context: &'a dyn Context, trace: Option<Trace>) -> Self {
        Self {
            context,
            implicit: context.input().map(Datum::of),
            transform,
            callers: Vec::new(),
            depth: 0,
            steps_left: limits::STEPS_MAX,
            trace,
        }
    }

    fn finish(
        &mut self,
        transform: &'a Transform,
    ) -> Result<Option<AttributeValue>, EvaluationError> {
        match self.node(&transform.root) {
            Ok(value) => Ok(value.map(Datum::into_value)),
            Err(Fault::Below(error)) => Err(*error),
            Err(Fault::Here(cause)) => Err(self.located(&transform.root, cause)),
        }
    }

    /// Evaluates one transform of the tree; its own failures leave with their place.
    fn node(&mut self, node: &'a Node) -> Outcome<'a> {
        let step = self.begin_step(node);
        self.depth += 1;
        let mut scope = Scope {
            node,
            run: self,
            step,
            bindings: Vec::new(),
        };
        let outcome = scope.enter();
        self.depth -= 1;
        let outcome = outcome.map_err(|fault| match fault {
            Fault::Here(cause) => Fault::Below(Box::new(self.located(node, cause))),
            below @ Fault::Below(_) => below,
        });
        if let (Some(step), Some(trace)) = (step, self.trace.as_mut()) {
            match &outcome {
                Ok(value) => trace.steps[step].output = value.clone().map(Datum::into_value),
                Err(Fault::Below(error)) => trace.steps[step].error = Some(error.explain()),
                Err(Fault::Here(_)) => {}
            }
        }
        outcome
    }

    fn begin_step(&mut self, node: &'a Node) -> Option<usize> {
        let trace = self.trace.as_mut()?;
        trace.begin(Step {
            transform: self.transform.name().map(str::to_owned),
            path: node.path.to_string(),
            operation: node.operation_name,
            depth: self.depth,
            inputs: Vec::new(),
            output: None,
            error: None,
            taken_from: None,
        })
    }

    fn located(&self, node: &Node, cause: Failure) -> EvaluationError {
        EvaluationError {
            transform: self.transform.name().map(str::to_owned),
            path: node.path.to_string(),
            operation: node.operation_name,
            cause,
        }
    }
}

/// What an operation sees of the run: its node, its input and variables, the surroundings.
pub(crate) struct Scope<'s, 'a> {
    node: &'a Node,
    run: &'s mut Evaluation<'a>,
    step: Option<usize>,
    bindings: Vec<(&'a str, Option<Object<'a>>)>,
}

impl<'a> Scope<'_, 'a> {
    fn enter(&mut self) -> Outcome<'a> {
        self.spend()?;
        if self.run.depth > limits::EVALUATION_DEPTH_MAX {
            return Err(Failure::Limit(format!(
                "transforms and references nest deeper than {} levels",
                limits::EVALUATION_DEPTH_MAX
            ))
            .into());
        }
        let outcome = self.node.operation.evaluate(self)?;
        if let Some(value) = &outcome {
            within_bound(value.len())?;
            self.spend_for(value.len())?;
        }
        Ok(outcome)
    }

    /// Takes one step of the budget.
    pub(crate) fn spend(&mut self) -> Result<(), Failure> {
        self.spend_many(1)
    }

    /// Takes the steps that working on a text costs.
    pub(crate) fn spend_for(&mut self, bytes: usize) -> Result<(), Failure> {
        self.spend_many((bytes / limits::BYTES_PER_STEP) as u32)
    }

    /// Takes several steps of the budget.
    pub(crate) fn spend_many(&mut self, steps: u32) -> Result<(), Failure> {
        match self.run.steps_left.checked_sub(steps) {
            Some(left) => {
                self.run.steps_left = left;
                Ok(())
            }
            None => Err(Failure::Limit(format!(
                "the transform takes more than {} steps",
                limits::STEPS_MAX
            ))),
        }
    }

    /// The surroundings.
    pub(crate) fn context(&self) -> &'a dyn Context {
        self.run.context
    }

    /// The input: the explicit one where there is one, else the mapping's account attribute.
    pub(crate) fn input(&mut self) -> Outcome<'a> {
        if let Some(operand) = &self.node.input {
            return self.value("input", operand);
        }
        let value = self.run.implicit.clone();
        self.note("input", value.as_ref());
        Ok(value)
    }

    /// The input as text.
    pub(crate) fn input_text(&mut self) -> Result<Option<Cow<'a, str>>, Fault> {
        Ok(self.input()?.map(Datum::into_text))
    }

    /// One operand.
    pub(crate) fn value(&mut self, name: &str, operand: &'a Operand) -> Outcome<'a> {
        let value = match operand {
            Operand::Null => None,
            Operand::Literal(value) => Some(Datum::of(value)),
            Operand::Template(template) => Some(template.render(self)?.into()),
            Operand::Node(node) => self.run.node(node)?,
        };
        self.note(name, value.as_ref());
        Ok(value)
    }

    /// One operand as text.
    pub(crate) fn text(
        &mut self,
        name: &str,
        operand: &'a Operand,
    ) -> Result<Option<Cow<'a, str>>, Fault> {
        Ok(self.value(name, operand)?.map(Datum::into_text))
    }

    /// One operand as a whole number; numbers come as text too (§5).
    pub(crate) fn integer(&mut self, name: &str, number: &'a Number) -> Result<Option<i64>, Fault> {
        let operand = match number {
            Number::Literal(number) => return Ok(Some(*number)),
            Number::Computed(operand) => operand,
        };
        let Some(text) = self.text(name, operand)? else {
            return Ok(None);
        };
        match text.trim().parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(Failure::IllegalArgument(format!(
                "{name} must be a whole number, not {text:?}"
            ))
            .into()),
        }
    }

    /// The value of a variable of this transform, computed once.
    pub(crate) fn variable(&mut self, name: &str) -> Result<Found<'a>, Fault> {
        if let Some((_, value)) = self.bindings.iter().find(|(known, _)| *known == name) {
            return Ok(Found::Is(value.clone()));
        }
        let node = self.node;
        let Some((name, operand)) = node.variables.iter().find(|(known, _)| &**known == name)
        else {
            return Ok(Found::Missing);
        };
        // A template in a variable may name other variables; that it may name itself is a cycle,
        // which the depth bound would catch late and with a worse text.
        self.bindings.push((name, None));
        let at = self.bindings.len() - 1;
        let value = self.value(name, operand)?.map(Object::from_datum);
        self.bindings[at].1.clone_from(&value);
        Ok(Found::Is(value))
    }

    /// Binds a variable that the operation itself provides, such as `uniqueCounter`.
    pub(crate) fn bind(&mut self, name: &'a str, value: Object<'a>) {
        self.bindings.retain(|(known, _)| *known != name);
        self.bindings.push((name, Some(value)));
    }

    /// Runs another transform with `input` as its implicit input.
    pub(crate) fn call(&mut self, name: &str, input: Option<Datum<'a>>) -> Outcome<'a> {
        let Some(target) = self.context().transform(name) else {
            return Err(Failure::UnknownTransform(name.to_owned()).into());
        };
        let run = &mut *self.run;
        let is_known = |known: &&Transform| std::ptr::eq(*known, target);
        if is_known(&run.transform) || run.callers.iter().any(is_known) {
            return Err(Failure::Cycle(name.to_owned()).into());
        }
        run.callers.push(run.transform);
        let caller = std::mem::replace(&mut run.transform, target);
        let implicit = std::mem::replace(&mut run.implicit, input);
        let outcome = run.node(&target.root);
        run.implicit = implicit;
        run.transform = caller;
        run.callers.pop();
        outcome
    }

    /// Writes down which attribute of which account the value is, where the run is traced.
    pub(crate) fn note_account(&mut self, account: &Account<'a>, attribute: &str) {
        self.note("account", Some(&account.native_identity.into()));
        if let (Some(step), Some(trace)) = (self.step, self.run.trace.as_mut()) {
            trace.steps[step].taken_from = Some(AccountValue {
                account: account.id.to_owned(),
                attribute: attribute.to_owned(),
            });
        }
    }

    /// Writes a value down where the run is traced.
    pub(crate) fn note(&mut self, name: &str, value: Option<&Datum<'a>>) {
        if let (Some(step), Some(trace)) = (self.step, self.run.trace.as_mut()) {
            trace.steps[step].inputs.push(Input {
                name: name.to_owned(),
                value: value.cloned().map(Datum::into_value),
            });
        }
    }
}

/// Refuses results that grow past the bound.
pub(crate) fn within_bound(length: usize) -> Result<(), Failure> {
    if length > limits::RESULT_BYTES_MAX {
        return Err(Failure::Limit(format!(
            "a result is at most {} bytes long",
            limits::RESULT_BYTES_MAX
        )));
    }
    Ok(())
}
