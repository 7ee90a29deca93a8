//! Regular expressions: Java's syntax and meaning, run by a linear-time engine. [`read`] parses
//! Java's syntax, [`class`] its character classes, [`emit`] writes what the engine understands. A
//! whole value must match (quirk 15). Lookaround is supported where the split is fixed (a prefix or
//! a suffix of known length), back-references and possessive quantifiers where they change nothing;
//! the rest is refused with that reason, since no linear-time engine can do it.

mod class;
mod dfa;
mod emit;
mod property;
mod read;
mod read_class;
mod read_escape;
mod syntax;

use std::sync::Arc;

use dfa::Table;
use regex::{Regex, RegexBuilder};
use thiserror::Error;

use crate::limits::PATTERN_BYTES_MAX;

/// Why a pattern is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum PatternError {
    #[error("the pattern is no valid regular expression: {0}")]
    Syntax(String),
    #[error("the pattern uses {0}, which cannot be matched in linear time")]
    NotLinear(&'static str),
    #[error("the pattern uses {0}, which is not supported")]
    Unsupported(String),
    #[error("the pattern is too large")]
    TooLarge,
}

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    /// As it was written, with slashes and flags.
    pub(crate) source: Box<str>,
    matcher: Matcher,
}

impl Pattern {
    pub(crate) fn compile(
        body: &str,
        flags: Flags,
        source: String,
    ) -> Result<Pattern, PatternError> {
        let piece = read::read(body, flags)?;
        let mut checks = Vec::new();
        for check in emit::emit(piece)? {
            checks.push(Check {
                engine: Engine::build(&check.text)?,
                wanted: check.wanted,
            });
        }
        Ok(Pattern {
            source: source.into(),
            matcher: Matcher(checks.into()),
        })
    }

    /// Whether the whole text matches.
    #[inline]
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.matcher
            .0
            .iter()
            .all(|check| check.engine.is_match(text) == check.wanted)
    }
}

/// Compiles an expression of the engine's own syntax.
pub(crate) fn build(text: &str) -> Result<Regex, PatternError> {
    RegexBuilder::new(text)
        .size_limit(PATTERN_BYTES_MAX)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => PatternError::TooLarge,
            other => PatternError::Syntax(last_line(&other.to_string())),
        })
}

fn last_line(text: &str) -> String {
    text.lines()
        .last()
        .unwrap_or(text)
        .trim_start_matches("error: ")
        .to_owned()
}

/// All checks must come out as wanted; more than one only with lookaround.
#[derive(Debug, Clone)]
struct Matcher(Box<[Check]>);

#[derive(Debug, Clone)]
struct Check {
    engine: Engine,
    wanted: bool,
}

/// What runs an expression: a table where that is small, the general engine otherwise. Both are
/// linear in the text.
#[derive(Debug, Clone)]
enum Engine {
    Table(Arc<Table>),
    General(Regex),
}

impl Engine {
    fn build(text: &str) -> Result<Engine, PatternError> {
        // The general engine is built first: it tells what is wrong with an expression.
        let general = build(text)?;
        Ok(
            Table::build(text).map_or(Engine::General(general), |table| {
                Engine::Table(Arc::new(table))
            }),
        )
    }

    #[inline]
    fn is_match(&self, text: &str) -> bool {
        match self {
            Engine::Table(table) => table.is_match(text),
            Engine::General(regex) => regex.is_match(text),
        }
    }
}

/// The flags behind a pattern (quirk 17), and those set within it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Flags(u8);

impl Flags {
    pub(crate) const UNIX_LINES: Flags = Flags(1);
    pub(crate) const CASE_INSENSITIVE: Flags = Flags(2);
    pub(crate) const COMMENTS: Flags = Flags(4);
    pub(crate) const MULTILINE: Flags = Flags(8);
    pub(crate) const DOT_ALL: Flags = Flags(16);
    pub(crate) const UNICODE_CASE: Flags = Flags(32);
    pub(crate) const UNICODE_CLASSES: Flags = Flags(64);

    /// The flag of that letter added; `None` when there is no such flag.
    pub(crate) fn with(self, letter: char) -> Option<Flags> {
        Flags::named(letter).map(|flag| Flags(self.0 | flag.0))
    }

    fn without(self, letter: char) -> Option<Flags> {
        Flags::named(letter).map(|flag| Flags(self.0 & !flag.0))
    }

    fn named(letter: char) -> Option<Flags> {
        Some(match letter {
            'd' => Flags::UNIX_LINES,
            'i' => Flags::CASE_INSENSITIVE,
            'x' => Flags::COMMENTS,
            'm' => Flags::MULTILINE,
            's' => Flags::DOT_ALL,
            'u' => Flags::UNICODE_CASE,
            'U' => Flags(Flags::UNICODE_CLASSES.0 | Flags::UNICODE_CASE.0),
            _ => return None,
        })
    }

    fn has(self, flag: Flags) -> bool {
        self.0 & flag.0 == flag.0
    }

    /// Case is ignored for ASCII letters only.
    fn folds_ascii(self) -> bool {
        self.has(Flags::CASE_INSENSITIVE) && !self.has(Flags::UNICODE_CASE)
    }

    /// Case is ignored for all letters.
    fn folds_unicode(self) -> bool {
        self.has(Flags::CASE_INSENSITIVE) && self.has(Flags::UNICODE_CASE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, flags: &str, text: &str) -> bool {
        let flags = flags.chars().fold(Flags::default(), |flags, letter| {
            flags.with(letter).expect("a known flag")
        });
        Pattern::compile(pattern, flags, String::new())
            .expect("a valid pattern")
            .matches(text)
    }

    fn refusal(pattern: &str) -> PatternError {
        Pattern::compile(pattern, Flags::default(), String::new()).expect_err("a refused pattern")
    }

    #[test]
    fn the_whole_value_must_match() {
        assert!(!matches("b", "", "abc"));
        assert!(matches(".*b.*", "", "abc"));
        assert!(matches("a|ab", "", "ab"));
    }

    #[test]
    fn case_is_ascii_unless_asked_for() {
        assert!(matches("us.*", "i", "US Sales"));
        assert!(!matches("ÜMLAUT.*", "i", "ümlaut"));
        assert!(matches("ÜMLAUT.*", "iu", "ümlaut"));
        assert!(matches("[a-c]+", "i", "ABC"));
        assert!(!matches("[^a]", "i", "A"));
        assert!(matches("(?i)abc", "", "ABC"));
        assert!(matches("a(?i:b)c", "", "aBc"));
        assert!(matches("\\p{javaLowerCase}+", "i", "Abc"));
        assert!(matches("\\p{Lower}+", "iU", "Üb"));
    }

    #[test]
    fn java_syntax_is_read() {
        assert!(matches("\\Qa.b\\E+", "", "a.bb"));
        assert!(matches("[a-z&&[^b]]+", "", "ac"));
        assert!(!matches("[a-z&&[^b]]+", "", "ab"));
        assert!(matches("[]a]+", "", "]a"));
        assert!(matches("\\p{Lu}\\p{Alpha}+", "", "Abc"));
        assert!(matches("\\x41\\u0042\\t", "", "AB\t"));
        assert!(matches("a b # note", "x", "ab"));
        assert!(matches("\\h+\\R", "", " \t\r\n"));
        assert!(matches("\\/x", "", "/x"));
        assert!(matches("{2}ab", "", "ab"));
        assert!(matches("\\b{1}ab\\G{0}", "", "ab"));
    }

    #[test]
    fn no_line_starts_in_the_empty_text() {
        assert!(!matches("^.*$", "m", ""));
        assert!(matches("^.*$", "m", "a"));
        assert!(matches("^.*$", "", ""));
        assert!(matches("^a|x*", "m", ""));
    }

    #[test]
    fn fixed_lookaround_is_supported() {
        assert!(matches("hello(?= world).*", "", "hello world"));
        assert!(!matches("hello(?= world).*", "", "hello there"));
        assert!(matches("(?!hello).*", "", "bye"));
        assert!(!matches("(?!hello).*", "", "hello world"));
        assert!(matches(".*(?<!x)", "", "ab"));
        assert!(!matches(".*(?<!x)", "", "abx"));
        assert!(matches(".*(l)\\1.*", "", "hello"));
        assert!(matches("[0-9]++", "", "12"));
    }

    #[test]
    fn what_is_not_linear_is_refused() {
        assert!(matches!(refusal("(a+)\\1"), PatternError::NotLinear(_)));
        assert!(matches!(refusal(".*(?=b).*"), PatternError::NotLinear(_)));
        assert!(matches!(refusal("(?>a+)b"), PatternError::NotLinear(_)));
        assert!(matches!(refusal("[abc"), PatternError::Syntax(_)));
        assert!(matches!(refusal("*a"), PatternError::Syntax(_)));
        assert!(matches!(refusal("a{"), PatternError::Syntax(_)));
        assert!(matches!(refusal("\\y"), PatternError::Syntax(_)));
        assert!(matches!(refusal("(?<!a*)b"), PatternError::Unsupported(_)));
    }
}
