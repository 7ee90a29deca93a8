//! Whether a row's quotes are sound. The reader of cells is lenient and takes `"a"b` for `ab`; but text
//! after a closing quote is the trace of a quote that was never meant to open a cell, and such a cell
//! may have swallowed whole rows, so the row must be told from a sound one.

/// What a row's quotes are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoting {
    /// As RFC 4180 has it; quotes inside of unquoted cells are taken as text.
    Sound,
    /// Text follows a closing quote in this column, counted from 0.
    TextAfterQuote(usize),
    /// A quote is still open at the end of the row.
    Unclosed,
}

/// Looks at the first row in `raw`, without line ends or comments before it.
pub(super) fn quoting_of(raw: &[u8], delimiter: u8) -> Quoting {
    let mut rest = raw;
    let mut column = 0;
    loop {
        if let Some(quoted) = rest.strip_prefix(b"\"") {
            let Some(end) = closing_quote(quoted) else {
                return Quoting::Unclosed;
            };
            rest = &quoted[end + 1..];
            match rest.first() {
                None | Some(b'\r' | b'\n') => return Quoting::Sound,
                Some(byte) if *byte == delimiter => rest = &rest[1..],
                Some(_) => return Quoting::TextAfterQuote(column),
            }
        } else {
            match memchr::memchr3(delimiter, b'\r', b'\n', rest) {
                Some(at) if rest[at] == delimiter => rest = &rest[at + 1..],
                _ => return Quoting::Sound,
            }
        }
        column += 1;
    }
}

/// Where the quote that closes a cell stands; doubled quotes are text.
fn closing_quote(quoted: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr(b'"', &quoted[from..])?;
        if quoted.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        from = at + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_and_unsound_quotes_are_told_apart() {
        for (raw, expected) in [
            ("a,b\n", Quoting::Sound),
            ("a,5\" pipe,\"x\"\r\n", Quoting::Sound),
            ("\"a \"\"b\"\"\",c\n\"", Quoting::Sound),
            ("\"a\nb\",\"\"", Quoting::Sound),
            ("a,\"b\" c,d\n", Quoting::TextAfterQuote(1)),
            ("1,\"abc\n2,def\n3,\"ghi\"\n", Quoting::TextAfterQuote(1)),
            ("a,\"b\n", Quoting::Unclosed),
            ("\"a\"\"", Quoting::Unclosed),
        ] {
            assert_eq!(quoting_of(raw.as_bytes(), b','), expected, "{raw:?}");
        }
    }
}
