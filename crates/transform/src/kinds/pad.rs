//! leftPad, rightPad: filled up to a length. Null stays null and a longer text stays as it is.

use std::borrow::Cow;

use crate::attributes::Attributes;
use crate::error::Refusal;
use crate::eval::{Operation, Outcome, Scope, within_bound};
use crate::kinds::Parsed;
use crate::operand::{Number, Operand};
use crate::utf16;

#[derive(Debug)]
struct Pad {
    length: Number,
    padding: Option<Operand>,
    side: Side,
}

#[derive(Clone, Copy, Debug)]
enum Side {
    Left,
    Right,
}

pub(super) fn parse_left(attributes: &mut Attributes<'_, '_>) -> Parsed {
    parse(attributes, Side::Left)
}

pub(super) fn parse_right(attributes: &mut Attributes<'_, '_>) -> Parsed {
    parse(attributes, Side::Right)
}

fn parse(attributes: &mut Attributes<'_, '_>, side: Side) -> Parsed {
    let Some(length) = attributes.number("length")? else {
        return Err(attributes.refuse("length", Refusal::Missing));
    };
    Ok(Box::new(Pad {
        length,
        padding: attributes.operand("padding")?,
        side,
    }))
}

impl Operation for Pad {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let Some(text) = scope.input_text()? else {
            return Ok(None);
        };
        let padding = match &self.padding {
            Some(operand) => scope.text("padding", operand)?,
            None => None,
        };
        let padding = padding
            .filter(|padding| !padding.is_empty())
            .unwrap_or(Cow::Borrowed(" "));
        let length = scope.integer("length", &self.length)?.unwrap_or(0);
        let missing = length.saturating_sub(utf16::length(&text) as i64);
        let Ok(missing @ 1..) = usize::try_from(missing) else {
            return Ok(Some(text.into()));
        };
        within_bound(missing.saturating_add(text.len()))?;
        let units: Vec<u16> = padding.encode_utf16().cycle().take(missing).collect();
        let filling = String::from_utf16_lossy(&units);
        Ok(Some(match self.side {
            Side::Left => format!("{filling}{text}").into(),
            Side::Right => format!("{text}{filling}").into(),
        }))
    }
}
