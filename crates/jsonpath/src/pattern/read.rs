//! Reads Java's syntax of regular expressions. What Java refuses is refused here; flags are
//! resolved while reading, so that the tree carries none.

use super::class;
use super::emit;
use super::syntax::Piece;
use super::{Flags, PatternError};
use crate::limits::PATTERN_NESTING_MAX;

pub(super) type Read<T> = Result<T, PatternError>;

/// Reads a pattern.
pub(crate) fn read(pattern: &str, flags: Flags) -> Read<Piece> {
    let characters = unquoted(pattern);
    let mut reader = Reader {
        characters,
        at: 0,
        flags,
        groups: 0,
        depth: 0,
    };
    let piece = reader.alternation()?;
    if reader.at < reader.characters.len() {
        return Err(syntax("`)` closes nothing"));
    }
    Ok(piece)
}

pub(super) fn syntax(reason: &str) -> PatternError {
    PatternError::Syntax(reason.to_owned())
}

/// Resolves `\Q…\E` into escaped characters.
fn unquoted(pattern: &str) -> Vec<char> {
    let mut characters = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(start) = find_quote(rest) {
        characters.extend(rest[..start].chars());
        let quoted = &rest[start + 2..];
        let (quoted, after) = quoted.split_once("\\E").unwrap_or((quoted, ""));
        for character in quoted.chars() {
            if character.is_ascii() && !character.is_ascii_alphanumeric() {
                characters.push('\\');
            }
            characters.push(character);
        }
        rest = after;
    }
    characters.extend(rest.chars());
    characters
}

/// Where `\Q` stands, not counting escaped backslashes.
fn find_quote(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at + 1 < bytes.len() {
        if bytes[at] == b'\\' {
            if bytes[at + 1] == b'Q' {
                return Some(at);
            }
            at += 1;
        }
        at += 1;
    }
    None
}

pub(super) struct Reader {
    pub(super) characters: Vec<char>,
    pub(super) at: usize,
    pub(super) flags: Flags,
    pub(super) groups: u32,
    pub(super) depth: usize,
}

impl Reader {
    /// The next character; with the comments flag blanks and comments are skipped first.
    pub(super) fn peek(&mut self) -> Option<char> {
        if self.flags.has(Flags::COMMENTS) {
            while let Some(character) = self.characters.get(self.at) {
                match character {
                    ' ' | '\t'..='\r' => self.at += 1,
                    '#' => {
                        let rest = &self.characters[self.at..];
                        self.at += rest
                            .iter()
                            .position(|character| matches!(character, '\n' | '\r'))
                            .unwrap_or(rest.len());
                    }
                    _ => break,
                }
            }
        }
        self.raw()
    }

    pub(super) fn raw(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    pub(super) fn take_raw(&mut self) -> Option<char> {
        let character = self.raw()?;
        self.at += 1;
        Some(character)
    }

    pub(super) fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += 1;
        }
        found
    }

    fn alternation(&mut self) -> Read<Piece> {
        self.depth += 1;
        if self.depth > PATTERN_NESTING_MAX {
            return Err(PatternError::TooLarge);
        }
        let mut branches = vec![self.sequence()?];
        while self.take('|') {
            branches.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(if branches.len() == 1 {
            branches.remove(0)
        } else {
            Piece::Alternation(branches)
        })
    }

    fn sequence(&mut self) -> Read<Piece> {
        let mut pieces = Vec::new();
        while let Some(character) = self.peek() {
            let piece = match character {
                '|' | ')' => break,
                '*' | '+' | '?' => return Err(syntax("a quantifier repeats nothing")),
                // Java takes a count without anything before it for a repetition of nothing.
                '{' => Piece::Concatenation(Vec::new()),
                '(' => match self.group()? {
                    Some(piece) => piece,
                    None => continue,
                },
                '[' => {
                    self.at += 1;
                    Piece::Character(self.class()?)
                }
                _ => {
                    self.at += 1;
                    self.single(character)?
                }
            };
            pieces.push(self.quantified(piece)?);
        }
        Ok(Piece::Concatenation(pieces))
    }

    fn single(&mut self, character: char) -> Read<Piece> {
        Ok(match character {
            '\\' => self.escape()?,
            '.' => Piece::Character(class::dot(self.flags).to_owned()),
            '^' if self.flags.has(Flags::MULTILINE) => {
                Piece::Assertion(if self.flags.has(Flags::UNIX_LINES) {
                    emit::UNIX_LINE_START
                } else {
                    emit::LINE_START
                })
            }
            '^' => Piece::Assertion("\\A"),
            '$' if self.flags.has(Flags::MULTILINE) => {
                Piece::Assertion(if self.flags.has(Flags::UNIX_LINES) {
                    "(?m:$)"
                } else {
                    "(?mR:$)"
                })
            }
            // The whole text must match, so that a line break behind it cannot be left over.
            '$' => Piece::Assertion("\\z"),
            _ => Piece::Character(class::character(character, self.flags)),
        })
    }

    fn quantified(&mut self, piece: Piece) -> Read<Piece> {
        let (min, max) = match self.peek() {
            Some('?') => (0, Some(1)),
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('{') => {
                self.at += 1;
                let (min, max) = self.counts()?;
                return Ok(self.with_mode(piece, min, max));
            }
            _ => return Ok(piece),
        };
        self.at += 1;
        Ok(self.with_mode(piece, min, max))
    }

    /// Lazy quantifiers match the same whole texts as greedy ones.
    fn with_mode(&mut self, body: Piece, min: u32, max: Option<u32>) -> Piece {
        let possessive = self.take('+');
        if !possessive {
            let _lazy = self.take('?');
        }
        Piece::Repetition {
            body: Box::new(body),
            min,
            max,
            possessive,
        }
    }

    fn counts(&mut self) -> Read<(u32, Option<u32>)> {
        let min = self.count()?.ok_or_else(|| syntax("`{` needs a number"))?;
        let max = if self.take(',') {
            self.count()?
        } else {
            Some(min)
        };
        if !self.take('}') {
            return Err(syntax("`{` is not closed"));
        }
        if max.is_some_and(|max| max < min) {
            return Err(syntax("the counts in `{…}` are the wrong way round"));
        }
        Ok((min, max))
    }

    fn count(&mut self) -> Read<Option<u32>> {
        let mut value: Option<u32> = None;
        while let Some(digit) = self.raw().and_then(|character| character.to_digit(10)) {
            self.at += 1;
            let next = value
                .unwrap_or(0)
                .checked_mul(10)
                .and_then(|value| value.checked_add(digit));
            value = Some(next.ok_or(PatternError::TooLarge)?);
        }
        Ok(value)
    }

    /// A group; `None` for one that only sets flags.
    fn group(&mut self) -> Read<Option<Piece>> {
        self.at += 1;
        let outer = self.flags;
        if self.raw() != Some('?') {
            self.groups += 1;
            let number = Some(self.groups);
            let body = self.closed(outer)?;
            return Ok(Some(Piece::Group {
                body,
                number,
                name: None,
            }));
        }
        self.at += 1;
        match self.take_raw() {
            Some(':') => Ok(Some(self.plain_group(outer)?)),
            Some('>') => Err(PatternError::NotLinear("an atomic group")),
            Some(sign @ ('=' | '!')) => self.look(outer, true, sign == '!'),
            Some('<') if matches!(self.raw(), Some('=' | '!')) => {
                let negative = self.take_raw() == Some('!');
                self.look(outer, false, negative)
            }
            Some('<') => {
                let name = self.name('>')?;
                self.groups += 1;
                let number = Some(self.groups);
                let body = self.closed(outer)?;
                Ok(Some(Piece::Group {
                    body,
                    number,
                    name: Some(name),
                }))
            }
            Some(_) => {
                self.at -= 1;
                self.inline_flags(outer)
            }
            None => Err(syntax("a group is not closed")),
        }
    }

    fn plain_group(&mut self, outer: Flags) -> Read<Piece> {
        Ok(Piece::Group {
            body: self.closed(outer)?,
            number: None,
            name: None,
        })
    }

    fn look(&mut self, outer: Flags, ahead: bool, negative: bool) -> Read<Option<Piece>> {
        let body = self.closed(outer)?;
        if !ahead && !body.is_bounded() {
            // Java mostly refuses it too, by a count that overflows.
            return Err(PatternError::Unsupported(
                "a lookbehind without a greatest length".to_owned(),
            ));
        }
        Ok(Some(Piece::Look {
            ahead,
            negative,
            body,
        }))
    }

    fn closed(&mut self, outer: Flags) -> Read<Box<Piece>> {
        let body = self.alternation()?;
        if !self.take(')') {
            return Err(syntax("a group is not closed"));
        }
        self.flags = outer;
        Ok(Box::new(body))
    }

    /// `(?i)`, `(?i-s)`, `(?i:…)`.
    fn inline_flags(&mut self, outer: Flags) -> Read<Option<Piece>> {
        let mut adding = true;
        let mut flags = self.flags;
        loop {
            match self.take_raw() {
                Some(')') => {
                    self.flags = flags;
                    return Ok(None);
                }
                Some(':') => {
                    self.flags = flags;
                    return self.plain_group(outer).map(Some);
                }
                Some('-') if adding => adding = false,
                Some(letter) => {
                    flags = if adding {
                        flags.with(letter)
                    } else {
                        flags.without(letter)
                    }
                    .ok_or_else(|| syntax("unknown flag in a group"))?;
                }
                None => return Err(syntax("a group is not closed")),
            }
        }
    }

    pub(super) fn name(&mut self, end: char) -> Read<String> {
        let mut name = String::new();
        loop {
            match self.take_raw() {
                Some(character) if character == end && !name.is_empty() => return Ok(name),
                Some(character)
                    if character.is_ascii_alphabetic()
                        || (character.is_ascii_digit() && !name.is_empty()) =>
                {
                    name.push(character);
                }
                _ => return Err(syntax("a group's name is malformed")),
            }
        }
    }
}
