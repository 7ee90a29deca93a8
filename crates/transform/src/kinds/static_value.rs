//! static: a constant or a template over variables.

use crate::attributes::Attributes;
use crate::error::Refusal;
use crate::eval::{Operation, Outcome, Scope};
use crate::kinds::Parsed;
use crate::operand::Operand;

#[derive(Debug)]
struct Static {
    value: Operand,
}

pub(super) fn parse(attributes: &mut Attributes<'_, '_>) -> Parsed {
    // The API's schema calls the field `values`, the page and all examples `value` (§5.2, 8).
    let value = match attributes.operand("value")? {
        Some(value) => Some(value),
        None => attributes.operand("values")?,
    };
    match value {
        Some(value) => Ok(Box::new(Static { value })),
        None => Err(attributes.refuse("value", Refusal::Missing)),
    }
}

impl Operation for Static {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        scope.value("value", &self.value)
    }
}
