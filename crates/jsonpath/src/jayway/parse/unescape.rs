//! Escapes in names and strings (quirk 45): `\uXXXX`, `\n` and their kin; any other escaped
//! character stands for itself.

use super::refusal::{Parsed, Refusal};

/// Resolves the escapes of a literal.
pub(crate) fn unescape(raw: &str, offset: usize) -> Parsed<String> {
    resolve(raw).ok_or_else(|| Refusal::hard(offset, "`\\u` needs four hexadecimal digits"))
}

/// Resolves escapes; `None` when `\u` is followed by four characters that are no number. Fewer
/// than four characters at the end are dropped without a word.
pub(crate) fn resolve(raw: &str) -> Option<String> {
    if !raw.contains('\\') {
        return Some(raw.to_owned());
    }
    let mut units: Vec<u16> = Vec::with_capacity(raw.len());
    let mut rest = raw.encode_utf16();
    while let Some(unit) = rest.next() {
        if unit != u16::from(b'\\') {
            units.push(unit);
            continue;
        }
        match rest
            .next()
            .map(|unit| (unit, u8::try_from(unit).unwrap_or(0)))
        {
            None => units.push(u16::from(b'\\')),
            Some((_, b'r')) => units.push(u16::from(b'\r')),
            Some((_, b'f')) => units.push(0x0c),
            Some((_, b't')) => units.push(u16::from(b'\t')),
            Some((_, b'n')) => units.push(u16::from(b'\n')),
            Some((_, b'b')) => units.push(0x08),
            Some((_, b'u')) => {
                let digits: Vec<u16> = rest.by_ref().take(4).collect();
                if digits.len() == 4 {
                    units.push(parse_unit(&digits)?);
                }
            }
            Some((unit, _)) => units.push(unit),
        }
    }
    Some(String::from_utf16_lossy(&units))
}

/// Four hexadecimal digits, of which the first may be a sign.
fn parse_unit(digits: &[u16]) -> Option<u16> {
    let text = String::from_utf16(digits).ok()?;
    i32::from_str_radix(&text, 16)
        .ok()
        .map(|value| value as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_resolve_as_in_the_reference() {
        assert_eq!(resolve("a\\.b").as_deref(), Some("a.b"));
        assert_eq!(resolve("\\u00fc\\n").as_deref(), Some("ü\n"));
        assert_eq!(resolve("\\ud83d\\ude00").as_deref(), Some("😀"));
        assert_eq!(resolve("c:\\users"), None);
        assert_eq!(resolve("tail\\").as_deref(), Some("tail\\"));
        assert_eq!(resolve("cut\\u12").as_deref(), Some("cut"));
    }
}
