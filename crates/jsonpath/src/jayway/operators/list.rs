//! Lists as operands. The reference reads every member of a list first, and some readings surprise
//! (quirk 24): a text that compiles as a path or reads as JSON is no text, quotes around a text are
//! taken off and its escapes resolved, and a list with an object or a list in it cannot be read at
//! all.

use std::borrow::Cow;

use super::side::{MALFORMED, Side};
use crate::error::{Fault, FaultKind};
use crate::evaluate::{Evaluated, Evaluation, Handle, Shape};
use crate::jayway::parse::{is_path, java_trim, permissive, unescape};
use crate::node::Node;
use crate::program::{Item, Items};

/// A list that can be looked through.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Members<'m, N> {
    Written { items: &'m [Item], all: &'m Items },
    Found(Handle<'m, N>),
}

/// The list a side is: `None` when it is JSON but no list, an error when it is no JSON at all.
pub(crate) fn members_of<'m, N: Node + 'm>(side: Side<'m, N>) -> Evaluated<Option<Members<'m, N>>> {
    match side {
        Side::Container(value) => Ok(value.is_list().then_some(Members::Found(value))),
        Side::Literal(literal) => match (&literal.value, &literal.items) {
            (None, _) => Err(MALFORMED),
            (Some(_), None) => Ok(None),
            (Some(_), Some(Items::Unusable(kind))) => Err(Fault::new(*kind, UNUSABLE)),
            (Some(_), Some(all @ Items::Usable { items, .. })) => {
                Ok(Some(Members::Written { items, all }))
            }
        },
        _ => Err(Fault::new(FaultKind::InvalidPath, "a list is needed here")),
    }
}

/// Up to this many members a written list is searched in order instead of by hash.
const SEARCHED_IN_ORDER_MAX: usize = 8;

const UNUSABLE: &str = "a list holds a member that cannot be compared";

impl<'m, N: Node + 'm> Members<'m, N> {
    /// Reads every member, in order; an error for one that cannot be read.
    pub(crate) fn try_each(
        self,
        evaluation: &Evaluation<'m, N>,
        mut visit: impl FnMut(Side<'m, N>) -> Evaluated<()>,
    ) -> Evaluated<()> {
        match self {
            Members::Written { items, .. } => {
                for item in items {
                    evaluation.budget.spend()?;
                    visit(Side::of_item(item))?;
                }
                Ok(())
            }
            Members::Found(list) => list.try_each_element(|element| {
                evaluation.budget.spend()?;
                visit(read_element(evaluation, element)?)
            }),
        }
    }

    /// Whether some member is the wanted one. All members are read first, as an unreadable one
    /// counts even behind a hit.
    pub(crate) fn contains(
        self,
        evaluation: &Evaluation<'m, N>,
        wanted: Side<'m, N>,
    ) -> Evaluated<bool> {
        if let (
            Members::Written {
                items,
                all: Items::Usable { texts, .. },
            },
            Side::Text(text),
        ) = (self, wanted)
        {
            if items.len() <= SEARCHED_IN_ORDER_MAX {
                return Ok(items
                    .iter()
                    .any(|item| super::equality::same(wanted, Side::<N>::of_item(item))));
            }
            // Only numbers can equal a text beside the texts themselves.
            return Ok(texts.contains(text)
                || (texts.len() < items.len()
                    && items.iter().any(|item| {
                        matches!(item, Item::Number(_))
                            && super::equality::same(wanted, Side::<N>::of_item(item))
                    })));
        }
        let mut found = false;
        self.try_each(evaluation, |member| {
            found = found || super::equality::same(wanted, member);
            Ok(())
        })?;
        Ok(found)
    }
}

fn read_element<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    element: Handle<'m, N>,
) -> Evaluated<Side<'m, N>> {
    match element.shape() {
        Shape::Text(text) => {
            match read_text(text, is_path).map_err(|kind| Fault::new(kind, UNUSABLE))? {
                Reading::Text(Cow::Borrowed(text)) => Ok(Side::Text(text)),
                Reading::Text(Cow::Owned(text)) => {
                    Ok(Side::Text(evaluation.memory.alloc_str(&text)))
                }
                Reading::JsonText => Ok(Side::JsonText(text)),
                Reading::PathText => Ok(Side::PathText),
            }
        }
        Shape::List | Shape::Object | Shape::Keys => Err(Fault::new(FaultKind::JsonPath, UNUSABLE)),
        Shape::Null | Shape::Bool(_) | Shape::Number(_) => Side::of(element),
    }
}

/// How a text in a list reads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reading<'t> {
    Text(Cow<'t, str>),
    JsonText,
    PathText,
}

/// Reads a text of a list; `is_path` tells whether a text compiles as a path.
pub(crate) fn read_text(
    text: &str,
    is_path: impl Fn(&str) -> bool,
) -> Result<Reading<'_>, FaultKind> {
    let trimmed = java_trim(text);
    match trimmed.as_bytes().first() {
        Some(b'$' | b'@') if is_path(trimmed) => {
            // The test is made on the trimmed text, the path of the whole one, which must not
            // begin with a blank.
            return if text.starts_with(trimmed) {
                Ok(Reading::PathText)
            } else {
                Err(FaultKind::InvalidPath)
            };
        }
        Some(b'[' | b'{') if looks_like_json(trimmed) && permissive::read(trimmed).is_ok() => {
            return Ok(Reading::JsonText);
        }
        _ => {}
    }
    if !needs_reading(text) {
        return Ok(Reading::Text(Cow::Borrowed(text)));
    }
    let unquoted = ['\'', '"']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(text);
    if !unquoted.contains('\\') {
        return Ok(Reading::Text(Cow::Borrowed(unquoted)));
    }
    match unescape::resolve(unquoted) {
        Some(text) => Ok(Reading::Text(Cow::Owned(text))),
        None => Err(FaultKind::JsonPath),
    }
}

/// Texts of one character are never touched.
fn needs_reading(text: &str) -> bool {
    text.len() > 1 && (text.starts_with(['\'', '"']) || text.contains('\\'))
}

fn looks_like_json(trimmed: &str) -> bool {
    trimmed.len() > 1
        && ((trimmed.starts_with('[') && trimmed.ends_with(']'))
            || (trimmed.starts_with('{') && trimmed.ends_with('}')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_in_lists_read_as_in_the_reference() {
        let read = |text| read_text(text, is_path);
        assert_eq!(read("$.a"), Ok(Reading::PathText));
        assert_eq!(read("[1]"), Ok(Reading::JsonText));
        assert_eq!(read("'a'"), Ok(Reading::Text("a".into())));
        assert_eq!(read("CORP\\joe"), Ok(Reading::Text("CORPjoe".into())));
        assert_eq!(read("c:\\users"), Err(FaultKind::JsonPath));
        assert_eq!(read("\\"), Ok(Reading::Text("\\".into())));
        assert_eq!(read("$"), Ok(Reading::PathText));
        assert_eq!(read("$$"), Ok(Reading::Text("$$".into())));
    }
}
