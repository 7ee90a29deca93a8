//! A compiled Java regular expression with Java's ways of finding, replacing and splitting, over an
//! engine whose time grows with the length of the text and nothing else.

use std::sync::OnceLock;

use regex::{Captures, Match, Regex, RegexBuilder};

use crate::error::Failure;
use crate::eval::within_bound;
use crate::limits;
use crate::pattern::replacement::Replacement;
use crate::pattern::translate::translate;

/// A regular expression, compiled.
#[derive(Debug)]
pub(crate) struct Pattern {
    regex: Regex,
    translated: Box<str>,
    whole: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// Compiles, or says why this expression is not accepted.
    pub(crate) fn compile(source: &str) -> Result<Self, String> {
        if source.len() > limits::REGEX_SOURCE_BYTES_MAX {
            return Err(format!(
                "it is longer than {} bytes",
                limits::REGEX_SOURCE_BYTES_MAX
            ));
        }
        let translated = translate(source)?;
        Ok(Self {
            regex: build(&translated)?,
            translated: translated.into(),
            whole: OnceLock::new(),
        })
    }

    /// How many groups it has, the whole match included.
    pub(crate) fn groups(&self) -> usize {
        self.regex.captures_len()
    }

    /// The number of a named group.
    pub(crate) fn group_named(&self, name: &str) -> Option<usize> {
        self.regex
            .capture_names()
            .position(|known| known == Some(name))
    }

    /// Whether the text as a whole matches (`String.matches`).
    pub(crate) fn matches_whole(&self, text: &str) -> bool {
        let whole = self
            .whole
            .get_or_init(|| build(&format!(r"\A(?:{})\z", self.translated)).ok());
        whole.as_ref().is_some_and(|regex| regex.is_match(text))
    }

    /// Whether it matches anywhere.
    pub(crate) fn is_found_in(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// `String.replaceAll`.
    pub(crate) fn replace_all(
        &self,
        text: &str,
        replacement: &Replacement,
    ) -> Result<String, Failure> {
        self.replace(text, replacement, usize::MAX)
    }

    /// `String.replaceFirst`.
    pub(crate) fn replace_first(
        &self,
        text: &str,
        replacement: &Replacement,
    ) -> Result<String, Failure> {
        self.replace(text, replacement, 1)
    }

    fn replace(
        &self,
        text: &str,
        replacement: &Replacement,
        count: usize,
    ) -> Result<String, Failure> {
        let mut result = String::with_capacity(text.len());
        let mut copied = 0;
        let mut cursor = Cursor::new(text);
        for _ in 0..count {
            let found = if let Some(constant) = replacement.constant() {
                let Some(found) = cursor.next(|at| self.regex.find_at(text, at)) else {
                    break;
                };
                result.push_str(&text[copied..found.start()]);
                result.push_str(constant);
                found
            } else {
                let Some((captures, found)) = cursor.next_captures(&self.regex) else {
                    break;
                };
                result.push_str(&text[copied..found.start()]);
                replacement.expand(&captures, &mut result);
                found
            };
            within_bound(result.len())?;
            copied = found.end();
        }
        result.push_str(&text[copied..]);
        Ok(result)
    }

    /// `String.split`: no empty parts at the end, none at the start for a match of no length.
    pub(crate) fn split<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let mut parts = Vec::new();
        let mut begin = 0;
        let mut cursor = Cursor::new(text);
        while let Some(found) = cursor.next(|at| self.regex.find_at(text, at)) {
            if begin == 0 && found.start() == 0 && found.is_empty() {
                continue;
            }
            parts.push(&text[begin..found.start()]);
            begin = found.end();
        }
        if begin == 0 {
            return vec![text];
        }
        parts.push(&text[begin..]);
        while parts.last().is_some_and(|part| part.is_empty()) {
            parts.pop();
        }
        parts
    }
}

fn build(translated: &str) -> Result<Regex, String> {
    RegexBuilder::new(translated)
        .size_limit(limits::REGEX_BYTES_MAX)
        .dfa_size_limit(limits::REGEX_BYTES_MAX)
        .nest_limit(limits::REGEX_DEPTH_MAX)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "it compiles to too large a program".to_owned(),
            // The engine draws the place over several lines; its last line says what is wrong.
            other => {
                let text = other.to_string();
                let last = text.lines().last().unwrap_or_default();
                last.trim_start_matches("error: ").to_owned()
            }
        })
}

/// Java's order of finding: the next search begins where the last match ended, one letter later if
/// that match was empty. (The engine's own iterators skip an empty match right after another one.)
struct Cursor<'t> {
    text: &'t str,
    at: Option<usize>,
}

impl<'t> Cursor<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, at: Some(0) }
    }

    fn next(&mut self, find: impl Fn(usize) -> Option<Match<'t>>) -> Option<Match<'t>> {
        let found = find(self.at?)?;
        self.pass(&found);
        Some(found)
    }

    fn next_captures(&mut self, regex: &Regex) -> Option<(Captures<'t>, Match<'t>)> {
        let captures = regex.captures_at(self.text, self.at?)?;
        let found = captures.get(0)?;
        self.pass(&found);
        Some((captures, found))
    }

    fn pass(&mut self, found: &Match<'t>) {
        self.at = if found.is_empty() {
            let letter = self.text[found.end()..].chars().next();
            letter.map(|letter| found.end() + letter.len_utf8())
        } else {
            Some(found.end())
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(source: &str, text: &str, replacement: &str) -> String {
        let pattern = Pattern::compile(source).unwrap();
        let replacement = Replacement::parse(replacement, &pattern).unwrap();
        pattern.replace_all(text, &replacement).unwrap()
    }

    #[test]
    fn replacing_follows_java_also_after_a_match() {
        // Each line was printed by OpenJDK 17.
        assert_eq!(replaced("x*", "abc", "-"), "-a-b-c-");
        assert_eq!(replaced("a*", "baaac", "x"), "xbxxcx");
        assert_eq!(replaced("(\\w+) (\\w+)", "Ann Lee", "$2, $1"), "Lee, Ann");
        assert_eq!(replaced("(?<first>\\w)\\w*", "Ann", "${first}\\$"), "A$");
        assert_eq!(replaced("[^\\x00-\\x7F]", "Zoë", ""), "Zo");
        assert_eq!(
            replaced("\\p{InCombiningDiacriticalMarks}+", "e\u{301}", ""),
            "e"
        );
        assert_eq!(replaced("[a-z&&[^aeiou]]", "hello", "*"), "*e**o");
        assert_eq!(replaced("\\w", "é1", "w"), "éw");
        assert_eq!(replaced("^0+(?:$)?", "00123", ""), "123");
        assert_eq!(replaced("\\Q.+\\E", "a.+b", "-"), "a-b");
        assert_eq!(replaced("[\\w-.]+", "a-b.c d", "x"), "x x");
        assert_eq!(replaced(".", "a\rb", "x"), "x\rx");
        assert_eq!(replaced("(?i)MR\\.?\\s", "mr. X", ""), "X");
        assert_eq!(replaced("[]a]", "a]b", "-"), "--b");
        assert_eq!(replaced("\\u0041", "A", "-"), "-");
    }

    #[test]
    fn splitting_follows_java() {
        let split = |source: &str, text: &str| {
            let parts = Pattern::compile(source).unwrap();
            parts.split(text).join("/")
        };
        assert_eq!(split(",", "a,,b,,"), "a//b");
        assert_eq!(split("", "abc"), "a/b/c");
        assert_eq!(split(",", ",a"), "/a");
        assert_eq!(split("x", ""), "");
        assert_eq!(split("[,;]\\s*", "a, b;c"), "a/b/c");
    }

    #[test]
    fn what_needs_backtracking_is_refused_with_the_reason() {
        for (source, part) in [
            ("(?=a)b", "lookahead"),
            ("(?<!a)b", "lookbehind"),
            ("(a)\\1", "back reference"),
            ("a++", "possessive"),
            ("(?>a)", "atomic"),
            ("\\y", "escape"),
            ("a{,3}", "repetition"),
            ("(ab)?*", "dangling"),
            ("a|*", "dangling"),
            ("a(?i)+", "dangling"),
            ("(a", "unclosed"),
            ("[b-a]", "range"),
        ] {
            let reason = Pattern::compile(source).unwrap_err();
            assert!(reason.contains(part), "{source}: {reason}");
        }
    }

    #[test]
    fn a_whole_match_tries_every_alternative() {
        assert!(Pattern::compile("a|ab").unwrap().matches_whole("ab"));
        assert!(!Pattern::compile("a").unwrap().matches_whole("ab"));
    }
}
