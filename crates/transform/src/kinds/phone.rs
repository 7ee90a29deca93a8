//! e164phone: a telephone number as `+` and digits; a number that is not valid gives null.

use phonenumber::country::Id;

use crate::attributes::Attributes;
use crate::error::Refusal;
use crate::eval::{Operation, Outcome, Scope};
use crate::kinds::Parsed;
use crate::limits;
use crate::operand::Operand;

#[derive(Debug)]
struct Phone {
    region: Region,
}

#[derive(Debug)]
enum Region {
    Constant(Id),
    Computed(Operand),
}

pub(super) fn parse(attributes: &mut Attributes<'_, '_>) -> Parsed {
    let region = match attributes.operand("defaultRegion")? {
        None | Some(Operand::Null) => Region::Constant(Id::US),
        Some(operand) => match operand.as_literal() {
            None => Region::Computed(operand),
            Some(code) => Region::Constant(region(code).ok_or_else(|| {
                let refusal = Refusal::Expected("a region of two letters, such as US");
                attributes.refuse("defaultRegion", refusal)
            })?),
        },
    };
    Ok(Box::new(Phone { region }))
}

impl Operation for Phone {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let Some(text) = scope.input_text()? else {
            return Ok(None);
        };
        let id = match &self.region {
            Region::Constant(id) => Some(*id),
            Region::Computed(operand) => scope
                .text("defaultRegion", operand)?
                .and_then(|code| region(&code)),
        };
        if text.len() > limits::PHONE_BYTES_MAX {
            return Ok(None);
        }
        let number = phonenumber::parse(id, &*text).ok();
        Ok(number.filter(phonenumber::is_valid).map(|number| {
            let text = number.format().mode(phonenumber::Mode::E164).to_string();
            text.into()
        }))
    }
}

fn region(code: &str) -> Option<Id> {
    code.trim().to_ascii_uppercase().parse().ok()
}
