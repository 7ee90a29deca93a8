//! Rendering: pieces → text, within the budget of the evaluation around it.

use std::rc::Rc;

use crate::error::Failure;
use crate::eval::{Fault, Scope, within_bound};
use crate::limits;
use crate::velocity::ast::{Access, Expression, Operator, Piece, Reference, Template};
use crate::velocity::methods;
use crate::velocity::object::{Found, Object};

impl Template {
    /// Renders the template.
    pub(crate) fn render<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Result<String, Fault> {
        let mut renderer = Renderer {
            scope,
            locals: Vec::new(),
            text: String::new(),
        };
        renderer.pieces(&self.pieces)?;
        Ok(renderer.text)
    }
}

/// What an evaluation of a piece asks of the pieces around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Continue,
    Break,
    Stop,
}

struct Renderer<'r, 's, 'a> {
    scope: &'r mut Scope<'s, 'a>,
    locals: Vec<(&'a str, Option<Object<'a>>)>,
    text: String,
}

impl<'a> Renderer<'_, '_, 'a> {
    fn pieces(&mut self, pieces: &'a [Piece]) -> Result<Flow, Fault> {
        for piece in pieces {
            self.scope.spend()?;
            let flow = match piece {
                Piece::Text(text) => self.push(text)?,
                Piece::Reference(reference) => self.print(reference)?,
                Piece::Set { name, value } => {
                    let value = self.value(value)?;
                    self.set(name, value)?;
                    Flow::Continue
                }
                Piece::If {
                    branches,
                    otherwise,
                } => self.branch(branches, otherwise)?,
                Piece::Each { name, list, body } => self.each(name, list, body)?,
                Piece::Break => Flow::Break,
                Piece::Stop => Flow::Stop,
            };
            if flow != Flow::Continue {
                return Ok(flow);
            }
        }
        Ok(Flow::Continue)
    }

    fn push(&mut self, text: &str) -> Result<Flow, Fault> {
        self.scope.spend_for(text.len())?;
        within_bound(self.text.len() + text.len())?;
        self.text.push_str(text);
        Ok(Flow::Continue)
    }

    fn print(&mut self, reference: &'a Reference) -> Result<Flow, Fault> {
        match self.reference(reference)? {
            Some(value) => {
                let text = value.to_text();
                self.push(&text)
            }
            None if reference.quiet => Ok(Flow::Continue),
            None => Err(unset(reference).into()),
        }
    }

    fn set(&mut self, name: &'a str, value: Option<Object<'a>>) -> Result<(), Fault> {
        if let Some(Object::Text(text)) = &value {
            within_bound(text.len())?;
        }
        match self.locals.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.locals.push((name, value)),
        }
        Ok(())
    }

    fn branch(
        &mut self,
        branches: &'a [(Expression, Vec<Piece>)],
        otherwise: &'a [Piece],
    ) -> Result<Flow, Fault> {
        for (condition, body) in branches {
            if self.holds(condition)? {
                return self.pieces(body);
            }
        }
        self.pieces(otherwise)
    }

    fn each(
        &mut self,
        name: &'a str,
        list: &'a Expression,
        body: &'a [Piece],
    ) -> Result<Flow, Fault> {
        let items = match self.value(list)? {
            Some(Object::List(items)) => items,
            Some(Object::Attributes(map)) => map
                .iter()
                .map(|(_, value)| Object::of(value))
                .filter(|item| !matches!(item, Object::List(_)))
                .collect(),
            Some(other) => {
                let text = format!("#foreach walks over a list, not {}", other.kind());
                return Err(Failure::Template(text).into());
            }
            None => return Ok(Flow::Continue),
        };
        let length = items.len();
        let outer = self.locals.clone();
        let mut flow = Flow::Continue;
        for (index, item) in items.iter().enumerate() {
            self.scope.spend()?;
            self.set(name, Some(item.clone()))?;
            self.set("foreach", Some(Object::Loop { index, length }))?;
            self.set("velocityCount", Some(Object::Number(index as i64 + 1)))?;
            flow = self.pieces(body)?;
            if flow != Flow::Continue {
                break;
            }
        }
        // The loop's own names go back to what they were; others that were set stay.
        for loop_name in [name, "foreach", "velocityCount"] {
            let before = outer.iter().find(|(known, _)| *known == loop_name);
            self.locals.retain(|(known, _)| *known != loop_name);
            self.locals.extend(before.cloned());
        }
        Ok(if flow == Flow::Stop {
            flow
        } else {
            Flow::Continue
        })
    }

    /// Whether a condition holds: null is false, a boolean is itself, all else is true (Velocity 1.7).
    fn holds(&mut self, condition: &'a Expression) -> Result<bool, Fault> {
        match condition {
            // An unset name in a bare condition is false; a stated difference (see `velocity`).
            Expression::Reference(reference) => {
                Ok(truth(self.chain(reference, Unset::Null)?.as_ref()))
            }
            Expression::Not(inner) => Ok(!self.holds(inner)?),
            Expression::Chain { first, rest } if is_logical(rest) => {
                let mut result = self.holds(first)?;
                for (operator, right) in rest {
                    result = match operator {
                        Operator::And => result && self.holds(right)?,
                        _ => result || self.holds(right)?,
                    };
                }
                Ok(result)
            }
            other => Ok(truth(self.value(other)?.as_ref())),
        }
    }

    fn value(&mut self, expression: &'a Expression) -> Result<Option<Object<'a>>, Fault> {
        self.scope.spend()?;
        Ok(Some(match expression {
            Expression::Text(text) => Object::Text((&**text).into()),
            Expression::Number(number) => Object::Number(*number),
            Expression::Boolean(flag) => Object::Boolean(*flag),
            Expression::Reference(reference) => return self.reference(reference),
            Expression::Interpolated(pieces) => {
                let outer = std::mem::take(&mut self.text);
                self.pieces(pieces)?;
                Object::Text(std::mem::replace(&mut self.text, outer).into())
            }
            Expression::List(items) => self.list(items)?,
            Expression::Range(ends) => self.range(&ends.0, &ends.1)?,
            Expression::Not(_) => Object::Boolean(self.holds(expression)?),
            Expression::Chain { rest, .. } if is_logical(rest) => {
                Object::Boolean(self.holds(expression)?)
            }
            Expression::Chain { first, rest } => {
                let mut left = self.value(first)?;
                for (operator, right) in rest {
                    let right = self.value(right)?;
                    left = combine(left, *operator, right)?;
                }
                return Ok(left);
            }
        }))
    }

    fn list(&mut self, items: &'a [Expression]) -> Result<Object<'a>, Fault> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            match self.value(item)? {
                Some(Object::List(_)) => {
                    return Err(Failure::Template("a list inside of a list".into()).into());
                }
                Some(value) => values.push(value),
                None => return Err(Failure::Template("a null value in a list".into()).into()),
            }
        }
        Ok(Object::List(values.into()))
    }

    fn range(&mut self, first: &'a Expression, last: &'a Expression) -> Result<Object<'a>, Fault> {
        let (Some(Object::Number(first)), Some(Object::Number(last))) =
            (self.value(first)?, self.value(last)?)
        else {
            return Err(Failure::Template("a range goes from number to number".into()).into());
        };
        let mut numbers = Vec::new();
        let step = if first <= last { 1 } else { -1 };
        let mut number = first;
        loop {
            self.scope.spend()?;
            numbers.push(Object::Number(number));
            if number == last {
                return Ok(Object::List(Rc::from(numbers)));
            }
            number += step;
        }
    }

    fn reference(&mut self, reference: &'a Reference) -> Result<Option<Object<'a>>, Fault> {
        let unset = if reference.quiet {
            Unset::Null
        } else {
            Unset::Error
        };
        self.chain(reference, unset)
    }

    /// Follows a reference. An unset name and a null inside of the chain are errors unless nulls are
    /// allowed; a null at its end is a value like others (Velocity 1.7).
    fn chain(
        &mut self,
        reference: &'a Reference,
        when_unset: Unset,
    ) -> Result<Option<Object<'a>>, Fault> {
        let broken = || -> Result<Option<Object<'a>>, Fault> {
            match when_unset {
                Unset::Null => Ok(None),
                Unset::Error => Err(unset(reference).into()),
            }
        };
        let Found::Is(mut current) = self.root(&reference.root)? else {
            return broken();
        };
        for access in &reference.accesses {
            self.scope.spend()?;
            let Some(object) = current else {
                return broken();
            };
            current = match access {
                Access::Property(name) => methods::property(&object, name, self.scope.context())?,
                Access::Index(index) => {
                    let index = self.value(index)?;
                    methods::index(&object, index.as_ref())?
                }
                Access::Method {
                    name,
                    arguments,
                    pattern,
                } => {
                    let mut values = Vec::with_capacity(arguments.len());
                    for argument in arguments {
                        values.push(self.value(argument)?);
                    }
                    self.charge(&object, name, pattern.is_none())?;
                    let call = methods::Call {
                        name,
                        arguments: &values,
                        pattern: pattern.as_ref(),
                    };
                    call.on(&object, self.scope.context())?
                }
            };
            if let Some(Object::Text(text)) = &current {
                within_bound(text.len())?;
            }
        }
        Ok(current)
    }

    /// Takes what a method costs: by the size of its object, and more where it must compile.
    fn charge(&mut self, object: &Object<'a>, name: &str, is_late: bool) -> Result<(), Failure> {
        match object {
            Object::Text(text) => self.scope.spend_for(text.len())?,
            Object::List(items) => self.scope.spend_for(items.len() * 16)?,
            _ => {}
        }
        if is_late && methods::takes_pattern(name) {
            self.scope.spend_many(limits::REGEX_STEPS)?;
        }
        Ok(())
    }

    /// What a name stands for. Variables that are null are not set: printing one fails, and so does
    /// comparing it (aggregation-refresh.md §5).
    fn root(&mut self, name: &str) -> Result<Found<'a>, Fault> {
        if let Some((_, value)) = self.locals.iter().find(|(known, _)| *known == name) {
            return Ok(Found::Is(value.clone()));
        }
        let variable = self.scope.variable(name)?;
        if let Found::Is(value) = variable {
            return Ok(value.map_or(Found::Missing, |value| Found::Is(Some(value))));
        }
        let context = self.scope.context();
        let known = match name {
            "identity" => context.identity().map(Object::Identity),
            "oldValue" | "current" => context.old_value().map(Object::of),
            "attributeDefinition" => context.attribute_name().map(Object::Named),
            "application" => context.application_name().map(Object::Named),
            "field" => context.field().map(Object::Field),
            _ => None,
        };
        Ok(known.map_or(Found::Missing, |known| Found::Is(Some(known))))
    }
}

/// What an unset name means where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unset {
    Error,
    Null,
}

fn unset(reference: &Reference) -> Failure {
    let mut shown = format!("${}", reference.root);
    for access in &reference.accesses {
        match access {
            Access::Property(name) => shown.extend([".", name]),
            Access::Method { name, .. } => shown.extend([".", name, "()"]),
            Access::Index(_) => shown.push_str("[]"),
        }
    }
    Failure::Template(format!("{shown} has no value"))
}

fn truth(value: Option<&Object<'_>>) -> bool {
    match value {
        None => false,
        Some(Object::Boolean(flag)) => *flag,
        Some(_) => true,
    }
}

fn is_logical(rest: &[(Operator, Expression)]) -> bool {
    matches!(rest.first(), Some((Operator::And | Operator::Or, _)))
}

fn combine<'a>(
    left: Option<Object<'a>>,
    operator: Operator,
    right: Option<Object<'a>>,
) -> Result<Option<Object<'a>>, Failure> {
    if let Operator::Equal | Operator::NotEqual = operator {
        let are_equal = match (&left, &right) {
            (Some(left), Some(right)) => left.equals(right),
            (left, right) => left.is_none() && right.is_none(),
        };
        return Ok(Some(Object::Boolean(
            are_equal == (operator == Operator::Equal),
        )));
    }
    let (Some(left), Some(right)) = (left, right) else {
        return Err(Failure::Template("a null value in a calculation".into()));
    };
    let (Object::Number(ours), Object::Number(theirs)) = (&left, &right) else {
        // A text on either side makes + a joining (Velocity 1.7).
        if operator == Operator::Add
            && matches!((&left, &right), (Object::Text(_), _) | (_, Object::Text(_)))
        {
            let joined = format!("{}{}", left.to_text(), right.to_text());
            within_bound(joined.len())?;
            return Ok(Some(Object::Text(joined.into())));
        }
        return Err(Failure::Template(format!(
            "{} and {} cannot be calculated or ordered, numbers can",
            left.kind(),
            right.kind()
        )));
    };
    Ok(Some(match operator {
        Operator::Less => Object::Boolean(ours < theirs),
        Operator::LessOrEqual => Object::Boolean(ours <= theirs),
        Operator::Greater => Object::Boolean(ours > theirs),
        Operator::GreaterOrEqual => Object::Boolean(ours >= theirs),
        Operator::Add => Object::Number(ours.wrapping_add(*theirs)),
        Operator::Subtract => Object::Number(ours.wrapping_sub(*theirs)),
        Operator::Multiply => Object::Number(ours.wrapping_mul(*theirs)),
        Operator::Divide if *theirs != 0 => Object::Number(ours.wrapping_div(*theirs)),
        Operator::Remainder if *theirs != 0 => Object::Number(ours.wrapping_rem(*theirs)),
        // A division by zero gives null (Velocity 1.7).
        _ => return Ok(None),
    }))
}
