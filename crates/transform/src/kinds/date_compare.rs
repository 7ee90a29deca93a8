//! dateCompare: two ISO 8601 dates (or `now`) and one of two values.

use crate::attributes::Attributes;
use crate::error::{Failure, Refusal};
use crate::eval::{Fault, Operation, Outcome, Scope};
use crate::kinds::Parsed;
use crate::operand::Operand;
use crate::pattern::parse_iso8601;

#[derive(Debug)]
struct DateCompare {
    first: Operand,
    second: Operand,
    operator: Operator,
    positive: Operand,
    negative: Operand,
}

#[derive(Clone, Copy, Debug)]
enum Operator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

pub(super) fn parse(attributes: &mut Attributes<'_, '_>) -> Parsed {
    let operator = attributes.required_constant("operator")?;
    let operator = match operator.trim().to_ascii_lowercase().as_str() {
        "lt" => Operator::Less,
        "lte" => Operator::LessOrEqual,
        "gt" => Operator::Greater,
        "gte" => Operator::GreaterOrEqual,
        _ => {
            return Err(attributes.refuse("operator", Refusal::Expected("lt, lte, gt or gte")));
        }
    };
    let first = attributes.required("firstDate")?;
    let second = attributes.required("secondDate")?;
    let is_now = |operand: &Operand| operand.as_literal() == Some("now");
    attributes.parser.references.time |= is_now(&first) || is_now(&second);
    Ok(Box::new(DateCompare {
        first,
        second,
        operator,
        positive: attributes.required("positiveCondition")?,
        negative: attributes.required("negativeCondition")?,
    }))
}

impl Operation for DateCompare {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let first = moment(scope, "firstDate", &self.first)?;
        let second = moment(scope, "secondDate", &self.second)?;
        let holds = match self.operator {
            Operator::Less => first < second,
            Operator::LessOrEqual => first <= second,
            Operator::Greater => first > second,
            Operator::GreaterOrEqual => first >= second,
        };
        if holds {
            scope.value("positiveCondition", &self.positive)
        } else {
            scope.value("negativeCondition", &self.negative)
        }
    }
}

fn moment<'a>(scope: &mut Scope<'_, 'a>, name: &str, operand: &'a Operand) -> Result<i64, Fault> {
    match scope.text(name, operand)? {
        None => Err(Failure::IllegalArgument(format!("{name} is null")).into()),
        Some(text) if text == "now" => Ok(scope.context().now().as_millis()),
        Some(text) => parse_iso8601(&text).ok_or_else(|| {
            Failure::Unparseable(format!("{name} {text:?} is not ISO 8601, format it first")).into()
        }),
    }
}
