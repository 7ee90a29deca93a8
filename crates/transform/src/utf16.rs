//! Positions in texts as Java counts them: in UTF-16 units. Almost every text is ASCII, where bytes,
//! letters and units are one; the others take the slow way and give the same answers as the vendor.

use std::borrow::Cow;

/// How many units.
pub(crate) fn length(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.chars().map(char::len_utf16).sum()
    }
}

/// The units from `begin` up to `end`, or `None` where they lie outside of the text. Half of a letter
/// cannot stand alone in Rust and becomes U+FFFD, which is what Java prints for it too.
pub(crate) fn slice(text: &str, begin: i64, end: i64) -> Option<Cow<'_, str>> {
    let begin = usize::try_from(begin).ok()?;
    let end = usize::try_from(end).ok()?;
    if begin > end || end > length(text) {
        return None;
    }
    if text.is_ascii() {
        return text.get(begin..end).map(Cow::Borrowed);
    }
    let units: Vec<u16> = text.encode_utf16().skip(begin).take(end - begin).collect();
    Some(Cow::Owned(String::from_utf16_lossy(&units)))
}

/// Where `part` first begins, or -1.
pub(crate) fn index_of(text: &str, part: &str) -> i64 {
    position(text, text.find(part))
}

/// Where `part` first begins at or behind `from`, or -1.
pub(crate) fn index_from(text: &str, part: &str, from: usize) -> i64 {
    let mut units = 0;
    let start = text.char_indices().find(|(_, letter)| {
        let is_there = units >= from;
        units += letter.len_utf16();
        is_there
    });
    let start = start.map_or(text.len(), |(at, _)| at);
    position(text, text[start..].find(part).map(|at| start + at))
}

/// Where `part` last begins, or -1.
pub(crate) fn last_index_of(text: &str, part: &str) -> i64 {
    position(text, text.rfind(part))
}

fn position(text: &str, found: Option<usize>) -> i64 {
    found.map_or(-1, |at| length(&text[..at]) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_utf16_units() {
        assert_eq!(length("aé𝄞"), 4);
        assert_eq!(slice("aé𝄞b", 1, 4).as_deref(), Some("é𝄞"));
        assert_eq!(slice("aé𝄞b", 2, 3).as_deref(), Some("\u{FFFD}"));
        assert_eq!(slice("abc", 1, 4), None);
        assert_eq!(slice("abc", 2, 1), None);
        assert_eq!(index_of("𝄞b", "b"), 2);
        assert_eq!(last_index_of("aba", "x"), -1);
        assert_eq!(index_from("𝄞b𝄞b", "b", 3), 5);
        assert_eq!(index_from("abc", "a", 1), -1);
        assert_eq!(index_from("abc", "c", 9), -1);
    }
}
