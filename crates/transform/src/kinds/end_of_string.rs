//! getEndOfString: the last letters; null where there are not as many.

use crate::attributes::Attributes;
use crate::error::Refusal;
use crate::eval::{Operation, Outcome, Scope};
use crate::kinds::Parsed;
use crate::operand::Number;
use crate::utf16;

#[derive(Debug)]
struct EndOfString {
    count: Number,
}

pub(super) fn parse(attributes: &mut Attributes<'_, '_>) -> Parsed {
    match attributes.number("numChars")? {
        Some(count) => Ok(Box::new(EndOfString { count })),
        None => Err(attributes.refuse("numChars", Refusal::Missing)),
    }
}

impl Operation for EndOfString {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let Some(text) = scope.input_text()? else {
            return Ok(None);
        };
        let Some(count) = scope.integer("numChars", &self.count)? else {
            return Ok(None);
        };
        let length = utf16::length(&text) as i64;
        let part = utf16::slice(&text, length.saturating_sub(count), length);
        Ok(part.map(|part| part.into_owned().into()))
    }
}
