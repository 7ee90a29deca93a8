//! Character classes and single characters, written for the engine. Case is folded here for ASCII
//! only, unless `u` asks for all letters.

use super::Flags;

/// A character outside of a class.
pub(crate) fn character(character: char, flags: Flags) -> String {
    if flags.folds_unicode() && character.is_alphabetic() {
        return format!("(?i:{})", escaped(character));
    }
    if flags.folds_ascii() && character.is_ascii_alphabetic() {
        // Written without brackets: see `is_constant` in the emitter.
        return format!(
            "(?:{}|{})",
            character.to_ascii_lowercase(),
            character.to_ascii_uppercase()
        );
    }
    escaped(character)
}

/// A range within a class.
pub(crate) fn range(from: char, to: char, flags: Flags) -> String {
    let mut text = format!("{}-{}", escaped(from), escaped(to));
    if flags.folds_ascii() {
        for (first, last) in [('a', 'z'), ('A', 'Z')] {
            let (low, high) = (from.max(first), to.min(last));
            if low <= high {
                text.push(swap_case(low));
                text.push('-');
                text.push(swap_case(high));
            }
        }
    }
    text
}

fn swap_case(character: char) -> char {
    if character.is_ascii_lowercase() {
        character.to_ascii_uppercase()
    } else {
        character.to_ascii_lowercase()
    }
}

/// A finished class.
pub(crate) fn class(body: &str, negated: bool, flags: Flags) -> String {
    let class = if negated {
        format!("[^{body}]")
    } else {
        format!("[{body}]")
    };
    if flags.folds_unicode() {
        format!("(?i:{class})")
    } else {
        class
    }
}

/// A character so that it means itself everywhere.
pub(crate) fn escaped(character: char) -> String {
    if character.is_alphanumeric() {
        character.to_string()
    } else {
        format!("\\x{{{:X}}}", u32::from(character))
    }
}

/// The class of a `\d`-like escape; `None` for other letters.
pub(crate) fn shorthand(letter: char, flags: Flags) -> Option<&'static str> {
    let unicode = flags.has(Flags::UNICODE_CLASSES);
    Some(match letter {
        'd' if unicode => "\\d",
        'D' if unicode => "\\D",
        'w' if unicode => "\\w",
        'W' if unicode => "\\W",
        's' if unicode => "\\s",
        'S' if unicode => "\\S",
        'd' => "[0-9]",
        'D' => "[^0-9]",
        'w' => "[0-9A-Za-z_]",
        'W' => "[^0-9A-Za-z_]",
        's' => "[ \\t\\n\\x0B\\f\\r]",
        'S' => "[^ \\t\\n\\x0B\\f\\r]",
        'h' => "[ \\t\\xA0\\x{1680}\\x{180E}\\x{2000}-\\x{200A}\\x{202F}\\x{205F}\\x{3000}]",
        'H' => "[^ \\t\\xA0\\x{1680}\\x{180E}\\x{2000}-\\x{200A}\\x{202F}\\x{205F}\\x{3000}]",
        'v' => "[\\n\\x0B\\f\\r\\x85\\x{2028}\\x{2029}]",
        'V' => "[^\\n\\x0B\\f\\r\\x85\\x{2028}\\x{2029}]",
        _ => return None,
    })
}

/// What the dot takes.
pub(crate) fn dot(flags: Flags) -> &'static str {
    if flags.has(Flags::DOT_ALL) {
        "(?s:.)"
    } else if flags.has(Flags::UNIX_LINES) {
        "[^\\n]"
    } else {
        "[^\\n\\r\\x85\\x{2028}\\x{2029}]"
    }
}
