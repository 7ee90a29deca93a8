//! Reads the literals of a filter: strings, numbers, `true`, `false`, `null`, lists and objects,
//! patterns. All are digested here, so that evaluating never parses.

use std::collections::HashSet;

use super::cursor::Brackets;
use super::permissive;
use super::predicate::PredicateReader;
use super::refusal::{Parsed, Refusal};
use super::unescape::unescape;
use super::{Nesting, is_path_within};
use crate::FaultKind;
use crate::jayway::operators::list::{Reading, read_text};
use crate::limits::LIST_MEMBERS_MAX;
use crate::node::Json;
use crate::number::{Decimal, TextBuffer, write_double};
use crate::pattern::{Flags, Pattern};
use crate::program::{Item, Items, JsonLiteral, NumberLiteral, Operand, TextLiteral};

/// Lists up to this long are searched in order instead of by hash.
const SHORT_LIST_MAX: usize = 8;

/// Reads one literal.
pub(crate) fn read_literal(reader: &mut PredicateReader<'_>) -> Parsed<Operand> {
    reader.cursor.skip_blanks();
    match reader.cursor.current()? {
        quote @ ('\'' | '"') => read_string(reader, quote),
        't' => read_word(reader, "true", "expected `true`").map(|()| Operand::Bool(true)),
        'f' => read_word(reader, "false", "expected `false`").map(|()| Operand::Bool(false)),
        'n' => read_word(reader, "null", "expected `null`").map(|()| Operand::Null),
        '[' => read_json(reader, Brackets::Square),
        '{' => read_json(reader, Brackets::Curly),
        '/' => read_pattern(reader),
        _ => read_number(reader),
    }
}

/// The reader looks at as many characters as the word has; `true` where `false` stands and the
/// other way round cannot happen, since the first letter decides.
fn read_word(
    reader: &mut PredicateReader<'_>,
    word: &'static str,
    expected: &'static str,
) -> Parsed<()> {
    let start = reader.cursor.position;
    let end = start + word.len();
    if !reader.cursor.in_bounds(end - 1)
        || !reader
            .cursor
            .text(start, end)
            .iter()
            .copied()
            .eq(word.chars())
    {
        return Err(reader.refuse(expected));
    }
    reader.cursor.advance(word.len());
    Ok(())
}

fn read_string(reader: &mut PredicateReader<'_>, quote: char) -> Parsed<Operand> {
    let start = reader.cursor.position;
    let Some(close) = reader.cursor.index_of_unescaped(start, quote) else {
        let offset = reader.cursor.offset(start);
        return Err(Refusal::soft(
            offset,
            format!("the text is not closed with {quote}"),
        ));
    };
    let raw = reader.cursor.text_string(start + 1, close);
    let text = unescape(&raw, reader.cursor.offset(start))?;
    let source = reader.cursor.text_string(start, close + 1);
    reader.cursor.position = close + 1;
    Ok(Operand::Text(TextLiteral {
        source: source.into(),
        text: text.into(),
    }))
}

/// Quirk 7: `007`, `.5`, `1e2` and `1.` are numbers; a number that is none ends the filter.
fn read_number(reader: &mut PredicateReader<'_>) -> Parsed<Operand> {
    let start = reader.cursor.position;
    while reader.cursor.current_in_bounds()
        && matches!(reader.cursor.current()?, '0'..='9' | '-' | '.' | 'e' | 'E')
    {
        reader.cursor.advance(1);
    }
    let text = reader.cursor.text_string(start, reader.cursor.position);
    if Decimal::parse(&text).is_none() {
        return Err(Refusal::hard(
            reader.cursor.offset(start),
            "expected a value: a quoted text, a number, true, false, null, a list, a /pattern/ or \
             a path",
        ));
    }
    Ok(Operand::Number(NumberLiteral::new(&text)))
}

fn read_json(reader: &mut PredicateReader<'_>, brackets: Brackets) -> Parsed<Operand> {
    let start = reader.cursor.position;
    let Some(close) = reader.cursor.closing(start, brackets)? else {
        return Err(reader.refuse("the list or object is not closed"));
    };
    reader.cursor.position = close + 1;
    let text = reader.cursor.text_string(start, close + 1);
    let value = permissive::read(&text).ok();
    let items = match &value {
        Some(Json::List(members)) if members.len() > LIST_MEMBERS_MAX => {
            return Err(Refusal::hard(
                reader.cursor.offset(start),
                "the list has too many members",
            ));
        }
        Some(Json::List(members)) => Some(digest(members, reader.nesting)),
        _ => None,
    };
    let short_texts = items.as_ref().and_then(short_texts);
    Ok(Operand::Json(JsonLiteral {
        text: text.into(),
        value,
        items,
        short_texts,
    }))
}

/// The texts of a list of a few texts and nothing else.
fn short_texts(items: &Items) -> Option<Box<[Box<str>]>> {
    let Items::Usable { items, .. } = items else {
        return None;
    };
    if items.len() > SHORT_LIST_MAX {
        return None;
    }
    items
        .iter()
        .map(|item| match item {
            Item::Text(text) => Some(text.clone()),
            _ => None,
        })
        .collect()
}

fn digest(members: &[Json], nesting: Nesting) -> Items {
    let mut items = Vec::with_capacity(members.len());
    let mut texts = HashSet::new();
    for member in members {
        match digest_member(member, nesting) {
            Ok(item) => {
                if let Item::Text(text) = &item {
                    texts.insert(text.clone());
                }
                items.push(item);
            }
            Err(kind) => return Items::Unusable(kind),
        }
    }
    Items::Usable {
        items: items.into(),
        texts,
    }
}

fn digest_member(member: &Json, nesting: Nesting) -> Result<Item, FaultKind> {
    Ok(match member {
        Json::Null => Item::Null,
        Json::Bool(value) => Item::Bool(*value),
        Json::Integer(value) => Item::Number(NumberLiteral::new(&value.to_string())),
        Json::Digits(digits) => Item::Number(NumberLiteral::new(digits)),
        Json::Double(value) if value.is_finite() => {
            let mut buffer = TextBuffer::default();
            write_double(*value, &mut buffer);
            Item::Number(NumberLiteral::new(buffer.as_str()))
        }
        Json::Double(_) => return Err(FaultKind::NumberFormat),
        Json::Text(text) => match read_text(text, |text| is_path_within(text, nesting))? {
            Reading::Text(text) => Item::Text(text.into()),
            Reading::JsonText => Item::JsonText(text.clone()),
            Reading::PathText => Item::PathText,
        },
        Json::List(_) | Json::Object(_) => return Err(FaultKind::JsonPath),
    })
}

/// `/…/flags` (quirks 15–19).
fn read_pattern(reader: &mut PredicateReader<'_>) -> Parsed<Operand> {
    let start = reader.cursor.position;
    let Some(close) = reader.cursor.index_of_unescaped(start, '/') else {
        return Err(reader.refuse("the pattern is not closed with `/`"));
    };
    let mut flags = Flags::default();
    let mut end = close + 1;
    while reader.cursor.in_bounds(end) {
        match flags.with(reader.cursor.at(end)?) {
            Some(more) => flags = more,
            None => break,
        }
        end += 1;
    }
    let source = reader.cursor.text_string(start, end);
    let body = reader.cursor.text_string(start + 1, close);
    reader.cursor.position = end;
    let offset = reader.cursor.offset(start);
    let pattern = Pattern::compile(&body, flags, source)
        .map_err(|reason| Refusal::hard(offset, reason.to_string()))?;
    Ok(Operand::Pattern(pattern))
}
