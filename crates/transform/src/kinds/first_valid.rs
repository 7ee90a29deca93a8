//! firstValid: the first of several values that is not null. An empty text is a value.

use crate::attributes::Attributes;
use crate::eval::{Operation, Outcome, Scope};
use crate::kinds::Parsed;
use crate::operand::Operand;

#[derive(Debug)]
struct FirstValid {
    values: Box<[Operand]>,
    ignore_errors: bool,
}

pub(super) fn parse(attributes: &mut Attributes<'_, '_>) -> Parsed {
    Ok(Box::new(FirstValid {
        values: attributes.values("values")?,
        ignore_errors: attributes.flag("ignoreErrors")?.unwrap_or(false),
    }))
}

impl Operation for FirstValid {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        for operand in &self.values {
            match scope.value("values", operand) {
                Ok(None) => {}
                Ok(found) => return Ok(found),
                // A budget that is used up stays used up, whatever may be ignored.
                Err(fault) if self.ignore_errors && !fault.is_limit() => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(None)
    }
}
