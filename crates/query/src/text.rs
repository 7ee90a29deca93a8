//! How texts are compared: without regard to case, one character at a time.
//!
//! The same folding fills the lower-cased columns of typed tables, so a filter finds the same rows
//! in SQL as in documents. It knows no language and no normal forms.

use std::cmp::Ordering;

use crate::limits::ECHO_CHARACTERS_MAX;

/// Stands between the items of a list in a column (see [`list_column`]).
pub(crate) const SEPARATOR: char = '\u{1f}';

/// The text as a lower-cased column holds it.
///
/// Each character folds alone, unlike in `str::to_lowercase`, whose final sigma depends on what
/// follows: a folded beginning is the beginning of the folded whole.
pub fn fold(text: &str) -> String {
    // Most texts are plain, and a load folds half a dozen for each person.
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return text.to_ascii_lowercase();
    }
    folded(text).collect()
}

/// The items as the column of a text list holds them: folded, each between separators. An empty
/// list is no value at all.
pub fn list_column<'i>(items: impl IntoIterator<Item = &'i str>) -> Option<String> {
    let mut column = String::new();
    for item in items {
        if column.is_empty() {
            column.push(SEPARATOR);
        }
        column.extend(folded(item));
        column.push(SEPARATOR);
    }
    (!column.is_empty()).then_some(column)
}

/// The folded characters. NUL, which no PostgreSQL text can hold, and the list separator become
/// blanks.
pub(crate) fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|character| match character {
            '\0' | SEPARATOR => ' ',
            other => other,
        })
}

/// Compares a text as it is with a folded one.
pub(crate) fn compare_folded(text: &str, other: &str) -> Ordering {
    folded(text).cmp(other.chars())
}

/// Whether a text as it is begins with a folded one.
pub(crate) fn starts_folded(text: &str, beginning: &str) -> bool {
    let mut characters = folded(text);
    beginning
        .chars()
        .all(|wanted| characters.next() == Some(wanted))
}

/// The caller's own words for an error, cut when long.
pub(crate) fn echo(text: &str) -> String {
    let mut characters = text.chars();
    let mut cut: String = characters.by_ref().take(ECHO_CHARACTERS_MAX).collect();
    if characters.next().is_some() {
        cut.push('…');
    }
    cut
}

/// The known name that was probably meant, if one is close.
pub(crate) fn closest<'n>(written: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    if written.len() > ECHO_CHARACTERS_MAX {
        return None;
    }
    let wanted = fold(written);
    known
        .map(|name| (strsim::osa_distance(&wanted, &fold(name)), name))
        .filter(|(distance, name)| *distance <= 2 && *distance < name.len().min(wanted.len()))
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_beginning_begins_the_folded_whole() {
        assert!(fold("ΟΔΟΣΑ").starts_with(&fold("ΟΔΟΣ")));
        assert!(starts_folded("ΟΔΟΣΑ", &fold("οδοΣ")));
        assert!(!starts_folded("ab", "abc"));
    }

    #[test]
    fn plain_text_folds_as_any_other() {
        let plain: String = (0..=127_u8).map(char::from).collect();
        let one_by_one: String = folded(&plain).collect();
        assert_eq!(fold(&plain), one_by_one);
        assert_eq!(fold("Jo.DOE-1@Example.com"), "jo.doe-1@example.com");
        assert_eq!(fold("a\0B\u{1f}"), "a b ");
    }

    #[test]
    fn an_empty_list_fills_no_column() {
        assert_eq!(list_column([]), None);
        assert_eq!(
            list_column(["A", "b\u{1f}"]).as_deref(),
            Some("\u{1f}a\u{1f}b \u{1f}")
        );
        assert_eq!(list_column([""]).as_deref(), Some("\u{1f}\u{1f}"));
    }

    #[test]
    fn a_slip_of_the_finger_finds_its_name() {
        let known = ["id", "name", "triggerId"];
        assert_eq!(closest("triggerID", known.into_iter()), Some("triggerId"));
        assert_eq!(closest("nmae", known.into_iter()), Some("name"));
        assert_eq!(closest("owner", known.into_iter()), None);
        assert_eq!(closest("xy", known.into_iter()), None);
    }
}
