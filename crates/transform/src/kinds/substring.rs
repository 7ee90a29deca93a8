//! substring: the letters from `begin` up to `end`, each with an offset. -1 as begin is the start and
//! leaves its offset aside; no end, or -1, is the end of the text. Outside of the text is an error.

use crate::attributes::Attributes;
use crate::datum::Datum;
use crate::error::Failure;
use crate::eval::{Fault, Operation, Outcome, Scope};
use crate::kinds::Parsed;
use crate::operand::Number;
use crate::utf16;

#[derive(Debug)]
struct Substring {
    begin: Option<Number>,
    begin_offset: Option<Number>,
    end: Option<Number>,
    end_offset: Option<Number>,
}

pub(super) fn parse(attributes: &mut Attributes<'_, '_>) -> Parsed {
    let begin = attributes.number("begin")?;
    if begin.is_none() {
        // The provisioning guide writes `start`, which no page documents (§5.2, 7).
        attributes.at("begin", |parser| {
            parser.warn(
                "without begin the text is taken from its start; `start` is not a known name",
            );
        });
    }
    Ok(Box::new(Substring {
        begin,
        begin_offset: attributes.number("beginOffset")?,
        end: attributes.number("end")?,
        end_offset: attributes.number("endOffset")?,
    }))
}

impl Operation for Substring {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let Some(text) = scope.input_text()? else {
            return Ok(None);
        };
        let begin = position(
            scope,
            "begin",
            self.begin.as_ref(),
            self.begin_offset.as_ref(),
        )?;
        let end = position(scope, "end", self.end.as_ref(), self.end_offset.as_ref())?;
        let begin = begin.unwrap_or(0);
        let end = end.unwrap_or_else(|| utf16::length(&text) as i64);
        let outside = || {
            Failure::IndexOutOfBounds(format!(
                "begin {begin}, end {end}, length {}",
                utf16::length(&text)
            ))
        };
        match &text {
            // A slice of a borrowed text is borrowed as well.
            std::borrow::Cow::Borrowed(text) => {
                let part = utf16::slice(text, begin, end).ok_or_else(outside)?;
                Ok(Some(Datum::Text(part)))
            }
            std::borrow::Cow::Owned(text) => {
                let part = utf16::slice(text, begin, end).ok_or_else(outside)?;
                Ok(Some(part.into_owned().into()))
            }
        }
    }
}

fn position<'a>(
    scope: &mut Scope<'_, 'a>,
    name: &str,
    place: Option<&'a Number>,
    offset: Option<&'a Number>,
) -> Result<Option<i64>, Fault> {
    let Some(place) = place else {
        return Ok(None);
    };
    match scope.integer(name, place)? {
        None | Some(-1) => Ok(None),
        Some(place) => {
            let offset = match offset {
                Some(offset) => scope.integer("offset", offset)?.unwrap_or(0),
                None => 0,
            };
            Ok(Some(place.saturating_add(offset)))
        }
    }
}
