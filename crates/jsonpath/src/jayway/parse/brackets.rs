//! Reads what stands in square brackets: quoted names, indexes and slices, `*` and filters.

use std::sync::Arc;

use super::cursor::Brackets;
use super::java_trim;
use super::path::PathReader;
use super::predicate::read_filter;
use super::refusal::{Parsed, Refusal};
use super::unescape::unescape;
use crate::limits::LIST_MEMBERS_MAX;
use crate::program::{Slice, StepKind};

/// Reads one bracketed step; the cursor stands on `[`.
pub(crate) fn read_bracket(reader: &mut PathReader<'_>) -> Parsed<()> {
    let start = reader.cursor.position;
    let first = reader.cursor.next_significant_character(start);
    let step = match first {
        '\'' | '"' => Some(read_names(reader, first)?),
        '0'..='9' | '-' | ':' => read_positions(reader)?,
        '*' => Some(read_wildcard(reader)?),
        '?' => read_predicate(reader)?,
        _ => None,
    };
    match step {
        Some(step) => {
            reader.steps.push(step);
            Ok(())
        }
        None => Err(Refusal::soft(
            reader.cursor.offset(start),
            "expected a quoted name, a number, `*` or `?(…)` in the brackets",
        )),
    }
}

fn read_wildcard(reader: &mut PathReader<'_>) -> Parsed<StepKind> {
    let cursor = &mut reader.cursor;
    let star = cursor
        .next_significant_index(cursor.position, '*')?
        .unwrap_or(cursor.position);
    if !cursor.next_significant_is(star, ']') {
        return Err(Refusal::soft(
            cursor.offset(star + 1),
            "expected `]` after `*`",
        ));
    }
    let close = cursor.next_significant_index(star, ']')?.unwrap_or(star);
    cursor.position = close + 1;
    Ok(StepKind::Wildcard)
}

/// `[1]`, `[0,2]`, `[1:]`, `[:2]`, `[1:2]`; a step after a second colon is not looked at
/// (quirk 33).
fn read_positions(reader: &mut PathReader<'_>) -> Parsed<Option<StepKind>> {
    let cursor = &mut reader.cursor;
    let start = cursor.position + 1;
    let Some(close) = cursor.index_of(start, ']') else {
        return Ok(None);
    };
    let text = cursor.text_string(start, close);
    let text = java_trim(&text);
    if !text
        .chars()
        .all(|character| matches!(character, '0'..='9' | ',' | '-' | ':' | ' '))
    {
        return Ok(None);
    }
    let offset = cursor.offset(start);
    let step = if text.contains(':') {
        StepKind::Slice(parse_slice(text, offset)?)
    } else {
        parse_indexes(text, offset)?
    };
    cursor.position = close + 1;
    Ok(Some(step))
}

fn parse_slice(text: &str, offset: usize) -> Parsed<Slice> {
    if text.contains([',', ' ']) {
        return Err(Refusal::soft(
            offset,
            "a slice takes no blanks and no commas",
        ));
    }
    let mut bounds = text.split(':');
    let from = parse_bound(bounds.next(), offset)?;
    let to = parse_bound(bounds.next(), offset)?;
    match (from, to) {
        (Some(from), None) => Ok(Slice::From(from)),
        (Some(from), Some(to)) => Ok(Slice::Between(from, to)),
        (None, Some(to)) => Ok(Slice::To(to)),
        (None, None) => Err(Refusal::soft(offset, "a slice needs a start or an end")),
    }
}

fn parse_bound(text: Option<&str>, offset: usize) -> Parsed<Option<i32>> {
    match text {
        None | Some("") => Ok(None),
        Some(text) => parse_index(text, offset).map(Some),
    }
}

fn parse_indexes(text: &str, offset: usize) -> Parsed<StepKind> {
    let indexes = text
        .split(',')
        .enumerate()
        .map(|(at, index)| {
            // Blanks are allowed around commas only, not before the first index.
            let index = if at == 0 {
                index.trim_end()
            } else {
                index.trim()
            };
            parse_index(index, offset)
        })
        .collect::<Parsed<Vec<i32>>>()?;
    if indexes.len() > LIST_MEMBERS_MAX {
        return Err(Refusal::soft(offset, "too many indexes"));
    }
    Ok(match indexes.as_slice() {
        [index] => StepKind::Index(*index),
        _ => StepKind::Indices(indexes.into()),
    })
}

fn parse_index(text: &str, offset: usize) -> Parsed<i32> {
    text.parse()
        .map_err(|_| Refusal::hard(offset, format!("`{text}` is no index")))
}

/// `['a']`, `["a","b"]`: the first quote decides which quotes count (quirk 45 for escapes).
fn read_names(reader: &mut PathReader<'_>, quote: char) -> Parsed<StepKind> {
    let cursor = &mut reader.cursor;
    let mut names: Vec<Box<str>> = Vec::new();
    let mut start = cursor.position + 1;
    let mut position = start;
    let mut end = 0;
    let (mut in_name, mut escaped, mut after_comma) = (false, false, false);
    while cursor.in_bounds(position) {
        let character = cursor.at(position)?;
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == ']' && !in_name {
            if after_comma {
                return Err(Refusal::soft(
                    cursor.offset(position),
                    "expected a name after `,`",
                ));
            }
            break;
        } else if character == quote {
            if in_name {
                if !matches!(cursor.next_significant_character(position), ']' | ',') {
                    let offset = cursor.offset(position + 1);
                    return Err(Refusal::soft(offset, "expected `,` or `]` after the name"));
                }
                end = position;
                let raw = cursor.text_string(start, end);
                names.push(unescape(&raw, cursor.offset(start))?.into());
                in_name = false;
            } else {
                start = position + 1;
                in_name = true;
                after_comma = false;
            }
        } else if character == ',' && !in_name {
            if after_comma {
                return Err(Refusal::soft(
                    cursor.offset(position),
                    "expected a name after `,`",
                ));
            }
            after_comma = true;
        }
        position += 1;
    }
    if in_name {
        let offset = cursor.offset(start);
        return Err(Refusal::soft(
            offset,
            format!("the name is not closed with {quote}"),
        ));
    }
    let Some(close) = cursor.next_significant_index(end, ']')? else {
        return Err(Refusal::soft(
            cursor.offset(end),
            "expected `]` after the name",
        ));
    };
    cursor.position = close + 1;
    if names.len() > LIST_MEMBERS_MAX {
        return Err(reader.refuse("too many names"));
    }
    if names.len() > 1 {
        return Ok(StepKind::MergedNames(names.into()));
    }
    match names.pop() {
        Some(name) => Ok(StepKind::Name(name)),
        None => Err(reader.refuse("expected a name")),
    }
}

fn read_predicate(reader: &mut PathReader<'_>) -> Parsed<Option<StepKind>> {
    let cursor = &mut reader.cursor;
    let start = cursor.position;
    let Some(question) = cursor.next_significant_index(start, '?')? else {
        return Ok(None);
    };
    let Some(open) = cursor.next_significant_index(question, '(')? else {
        return Err(Refusal::soft(
            cursor.offset(question + 1),
            "a filter needs parentheses: [?(…)]",
        ));
    };
    let Some(close) = cursor.closing(open, Brackets::Round)? else {
        return Err(Refusal::soft(
            cursor.offset(open),
            "the parenthesis is not closed",
        ));
    };
    if !cursor.next_significant_is(close, ']') {
        return Err(Refusal::soft(
            cursor.offset(close + 1),
            "expected `]` after `)`",
        ));
    }
    let end = cursor.next_significant_index(close, ']')?.unwrap_or(close);
    let expression = read_filter(
        cursor.text(start, end + 1),
        cursor.base_at(start),
        reader.nesting,
    )?;
    cursor.position = end + 1;
    Ok(Some(StepKind::Filter(Arc::new(expression))))
}
