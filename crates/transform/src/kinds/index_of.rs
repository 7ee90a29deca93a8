//! indexOf, lastIndexOf: where a part begins, as text; -1 where it is not there.

use crate::attributes::Attributes;
use crate::error::Failure;
use crate::eval::{Operation, Outcome, Scope};
use crate::kinds::Parsed;
use crate::operand::Operand;
use crate::utf16;

#[derive(Debug)]
struct IndexOf {
    part: Operand,
    find: fn(&str, &str) -> i64,
}

pub(super) fn parse_first(attributes: &mut Attributes<'_, '_>) -> Parsed {
    parse(attributes, utf16::index_of)
}

pub(super) fn parse_last(attributes: &mut Attributes<'_, '_>) -> Parsed {
    parse(attributes, utf16::last_index_of)
}

fn parse(attributes: &mut Attributes<'_, '_>, find: fn(&str, &str) -> i64) -> Parsed {
    let part = attributes.required("substring")?;
    Ok(Box::new(IndexOf { part, find }))
}

impl Operation for IndexOf {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let Some(text) = scope.input_text()? else {
            return Ok(None);
        };
        match scope.text("substring", &self.part)? {
            Some(part) => Ok(Some((self.find)(&text, &part).to_string().into())),
            None => Err(Failure::IllegalArgument("substring is null".into()).into()),
        }
    }
}
