//! `\p{…}`: Java's names for sets of characters, as classes of the engine.

use super::{Flags, PatternError};

/// Every letter that has a case: what Java takes for each single case when case is ignored.
const CASED: &str = "[\\p{Lowercase}\\p{Uppercase}\\p{Lt}]";

/// The class of a property, without the negation.
pub(crate) fn property(name: &str, flags: Flags) -> Result<String, PatternError> {
    if flags.has(Flags::UNICODE_CLASSES)
        && let Some(class) = unicode_posix(name, flags)
    {
        return Ok(class.to_owned());
    }
    if let Some(class) = posix(name, flags) {
        return Ok(class.to_owned());
    }
    if let Some((key, value)) = name.split_once('=') {
        return match key.to_ascii_lowercase().as_str() {
            "sc" | "script" | "gc" | "general_category" => Ok(format!("\\p{{{value}}}")),
            "blk" | "block" => Err(PatternError::Unsupported("a Unicode block".to_owned())),
            _ => Err(unknown(name)),
        };
    }
    if name.starts_with("In") {
        return Err(PatternError::Unsupported("a Unicode block".to_owned()));
    }
    let name = name.strip_prefix("Is").unwrap_or(name);
    if !name
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || character == '_')
    {
        return Err(unknown(name));
    }
    Ok(format!("\\p{{{name}}}"))
}

fn unknown(name: &str) -> PatternError {
    PatternError::Syntax(format!("no character property is called `{name}`"))
}

/// The names that mean ASCII unless Unicode classes are asked for.
fn posix(name: &str, flags: Flags) -> Option<&'static str> {
    let folds = flags.has(Flags::CASE_INSENSITIVE);
    Some(match name {
        "Lower" | "Upper" if folds => "[A-Za-z]",
        "javaLowerCase" | "javaUpperCase" | "javaTitleCase" | "IsLowercase" | "IsUppercase"
        | "IsTitlecase"
            if folds =>
        {
            CASED
        }
        "Lu" | "Ll" | "Lt" | "IsLu" | "IsLl" | "IsLt" if folds => "\\p{LC}",
        "Lower" => "[a-z]",
        "Upper" => "[A-Z]",
        "ASCII" => "[\\x00-\\x7F]",
        "Alpha" => "[A-Za-z]",
        "Digit" => "[0-9]",
        "Alnum" => "[0-9A-Za-z]",
        "Punct" => "[!-/:-@\\[-`{-~]",
        "Graph" => "[!-~]",
        "Print" => "[ -~]",
        "Blank" => "[ \\t]",
        "Cntrl" => "[\\x00-\\x1F\\x7F]",
        "XDigit" => "[0-9A-Fa-f]",
        "Space" => "[ \\t\\n\\x0B\\f\\r]",
        "L1" => "[\\x00-\\xFF]",
        "all" => "[\\x00-\\x{10FFFF}]",
        "javaLowerCase" => "\\p{Lowercase}",
        "javaUpperCase" => "\\p{Uppercase}",
        "javaAlphabetic" => "\\p{Alphabetic}",
        "javaDigit" => "\\p{Nd}",
        "javaLetter" => "\\p{L}",
        "LD" | "javaLetterOrDigit" => "[\\p{L}\\p{Nd}]",
        "javaSpaceChar" => "\\p{Z}",
        "javaTitleCase" => "\\p{Lt}",
        "javaWhitespace" => "[[\\p{Z}\\t-\\r\\x1C-\\x1F]--[\\xA0\\x{2007}\\x{202F}]]",
        _ => return None,
    })
}

fn unicode_posix(name: &str, flags: Flags) -> Option<&'static str> {
    Some(match name.strip_prefix("Is").unwrap_or(name) {
        "Lower" | "Lowercase" | "Upper" | "Uppercase" if flags.has(Flags::CASE_INSENSITIVE) => {
            CASED
        }
        "Alpha" | "Alphabetic" => "\\p{Alphabetic}",
        "Lower" | "Lowercase" => "\\p{Lowercase}",
        "Upper" | "Uppercase" => "\\p{Uppercase}",
        "Digit" => "\\p{Nd}",
        "Alnum" => "[\\p{Alphabetic}\\p{Nd}]",
        "Punct" | "Punctuation" => "\\p{P}",
        "Space" | "White_Space" => "\\p{White_Space}",
        "Blank" => "[\\p{Zs}\\t]",
        "Cntrl" | "Control" => "\\p{Cc}",
        "XDigit" | "Hex_Digit" => "[\\p{Nd}\\p{Hex_Digit}]",
        _ => return None,
    })
}
