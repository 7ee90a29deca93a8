//! conditional: `A eq B`, and one of two values. The expression is taken apart before its templates
//! are rendered, so that a value with " eq " in it cannot change its meaning.

use std::borrow::Cow;

use serde_json::Value;

use crate::attributes::Attributes;
use crate::error::{Failure, ParseError};
use crate::eval::{Fault, Operation, Outcome, Scope};
use crate::kinds::Parsed;
use crate::operand::Operand;
use crate::parse::Parser;

#[derive(Debug)]
struct Conditional {
    sides: Sides,
    positive: Operand,
    negative: Operand,
}

#[derive(Debug)]
enum Sides {
    /// Both sides of `eq`.
    Known(Operand, Operand),
    /// An expression that a transform or template gives as a whole.
    Computed(Operand),
}

pub(super) fn parse(attributes: &mut Attributes<'_, '_>) -> Parsed {
    let text = attributes.raw("expression").and_then(Value::as_str);
    let sides = if let Some((left, right)) = text.and_then(|text| text.split_once(" eq ")) {
        attributes.at("expression", |parser| {
            let left = side(parser, left)?;
            Ok(Sides::Known(left, side(parser, right)?))
        })?
    } else {
        if text.is_some() {
            attributes.at("expression", |parser| {
                parser.warn("the only operator is eq, as in \"$department eq Science\"");
            });
        }
        Sides::Computed(attributes.required("expression")?)
    };
    Ok(Box::new(Conditional {
        sides,
        positive: attributes.required("positiveCondition")?,
        negative: attributes.required("negativeCondition")?,
    }))
}

fn side(parser: &mut Parser, text: &str) -> Result<Operand, ParseError> {
    match text.trim() {
        "" => Ok(Operand::Null),
        text => parser.operand(&Value::from(text)),
    }
}

impl Operation for Conditional {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let holds = match &self.sides {
            Sides::Known(left, right) => {
                let left = operand(scope, "left", left)?;
                left == operand(scope, "right", right)?
            }
            Sides::Computed(expression) => {
                let text = operand(scope, "expression", expression)?;
                let Some((left, right)) = text.split_once(" eq ") else {
                    let text = format!("the expression {text:?} is not of the form \"A eq B\"");
                    return Err(Failure::IllegalArgument(text).into());
                };
                left.trim() == right.trim()
            }
        };
        if holds {
            scope.value("positiveCondition", &self.positive)
        } else {
            scope.value("negativeCondition", &self.negative)
        }
    }
}

/// A null operand is an illegal argument (conditional page), whether a template or a transform gave it.
fn operand<'a>(
    scope: &mut Scope<'_, 'a>,
    name: &str,
    operand: &'a Operand,
) -> Result<Cow<'a, str>, Fault> {
    match scope.text(name, operand) {
        Ok(Some(text)) => Ok(text),
        Ok(None) => Err(Failure::IllegalArgument(format!("the {name} operand is null")).into()),
        Err(Fault::Here(Failure::Template(reason))) => {
            Err(Failure::IllegalArgument(format!("the {name} operand is null: {reason}")).into())
        }
        Err(other) => Err(other),
    }
}
