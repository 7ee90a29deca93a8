//! `=~`.
//!
//! Quirk 14: a missing or null value is the empty text, so `/.*/` matches it. Quirk 15: the whole
//! value must match. Quirk 16: numbers and booleans match by their text, a list matches when any
//! member does, an object is the empty text. Quirk 18: exactly one side must be a pattern; it may
//! be the left one.

use super::Side;
use super::list::members_of;
use super::side::MALFORMED;
use crate::evaluate::{Evaluated, Evaluation};
use crate::node::{Json, Node};
use crate::pattern::Pattern;

/// Whether the value on one side matches the pattern on the other.
#[inline]
pub(crate) fn matches<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    left: Side<'m, N>,
    right: Side<'m, N>,
) -> Evaluated<bool> {
    let (pattern, value) = match (left, right) {
        (Side::Pattern(_), Side::Pattern(_)) => return Ok(false),
        (Side::Pattern(pattern), value) | (value, Side::Pattern(pattern)) => (pattern, value),
        _ => return Ok(false),
    };
    if !is_list(value)? {
        return Ok(matches_plain(pattern, &value));
    }
    let mut matched = false;
    if let Some(members) = members_of(value)? {
        members.try_each(evaluation, |member| {
            matched = matched || matches_plain(pattern, &member);
            Ok(())
        })?;
    }
    Ok(matched)
}

fn is_list<'m, N: Node + 'm>(value: Side<'m, N>) -> Evaluated<bool> {
    match value {
        Side::Container(value) => Ok(value.is_list()),
        Side::Literal(literal) => match &literal.value {
            Some(value) => Ok(matches!(value, Json::List(_))),
            None => Err(MALFORMED),
        },
        _ => Ok(false),
    }
}

#[inline]
fn matches_plain<N>(pattern: &Pattern, value: &Side<'_, N>) -> bool {
    match value {
        Side::Text(text) => pattern.matches(text),
        Side::Number(number) => number.with_text(|text| pattern.matches(text)),
        Side::Bool(true) => pattern.matches("true"),
        Side::Bool(false) => pattern.matches("false"),
        _ => pattern.matches(""),
    }
}
