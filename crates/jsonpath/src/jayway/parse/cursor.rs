//! A position in the filter's characters with the reference's habits: an end that can be moved
//! inwards, blanks that are spaces only, and reads past the end that are errors of their own.

use super::refusal::{Parsed, Refusal};

/// Characters under a moving position.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'c> {
    characters: &'c [char],
    /// Where the first character stands in the filter's text; negative for an added `$.`.
    base: isize,
    pub(crate) position: usize,
    /// One past the last position in bounds.
    end: usize,
}

impl<'c> Cursor<'c> {
    pub(crate) fn new(characters: &'c [char], base: isize) -> Self {
        Cursor {
            characters,
            base,
            position: 0,
            end: characters.len(),
        }
    }

    /// The whole text, also beyond the end.
    pub(crate) fn text(&self, from: usize, to: usize) -> &'c [char] {
        let to = to.min(self.characters.len());
        &self.characters[from.min(to)..to]
    }

    pub(crate) fn text_string(&self, from: usize, to: usize) -> String {
        self.text(from, to).iter().collect()
    }

    /// Where a position stands in the filter's text, in characters.
    pub(crate) fn offset(&self, position: usize) -> usize {
        usize::try_from(position as isize + self.base).unwrap_or(0)
    }

    /// The base of a cursor that starts at this position.
    pub(crate) fn base_at(&self, position: usize) -> isize {
        position as isize + self.base
    }

    pub(crate) fn end(&self) -> usize {
        self.end
    }

    pub(crate) fn at(&self, position: usize) -> Parsed<char> {
        self.characters
            .get(position)
            .copied()
            .ok_or_else(|| Refusal::hard(self.offset(position), "the filter ends too early"))
    }

    pub(crate) fn current(&self) -> Parsed<char> {
        self.at(self.position)
    }

    pub(crate) fn current_is(&self, wanted: char) -> Parsed<bool> {
        Ok(self.current()? == wanted)
    }

    pub(crate) fn in_bounds(&self, position: usize) -> bool {
        position < self.end
    }

    pub(crate) fn current_in_bounds(&self) -> bool {
        self.in_bounds(self.position)
    }

    /// Whether this is the last position or beyond: what stands here is never read again. The
    /// reference counts UTF-16 units, so a character of two is never at the last position.
    pub(crate) fn is_tail(&self) -> bool {
        self.position + 1 >= self.end
            && (self.position >= self.end || self.characters[self.position].len_utf16() == 1)
    }

    pub(crate) fn advance(&mut self, count: usize) {
        self.position += count;
    }

    pub(crate) fn skip_blanks(&mut self) {
        while self.position + 1 < self.end && self.characters.get(self.position) == Some(&' ') {
            self.position += 1;
        }
    }

    pub(crate) fn trim(&mut self) {
        self.skip_blanks();
        while self.position + 1 < self.end && self.characters.get(self.end - 1) == Some(&' ') {
            self.end -= 1;
        }
    }

    pub(crate) fn shorten(&mut self) {
        self.end = self.end.saturating_sub(1);
    }

    pub(crate) fn last(&self) -> Parsed<char> {
        match self.end.checked_sub(1) {
            Some(last) => self.at(last),
            None => Err(Refusal::hard(self.offset(0), "the filter is empty")),
        }
    }

    /// The first position after `from` that is no blank.
    fn next_significant(&self, from: usize) -> usize {
        let mut position = from + 1;
        while self.in_bounds(position) && self.characters[position] == ' ' {
            position += 1;
        }
        position
    }

    /// The next character that is no blank; a blank at the end.
    pub(crate) fn next_significant_character(&self, from: usize) -> char {
        let position = self.next_significant(from);
        if self.in_bounds(position) {
            self.characters[position]
        } else {
            ' '
        }
    }

    /// Where the next character that is no blank stands, if it is the wanted one. Looks one
    /// character beyond the end.
    pub(crate) fn next_significant_index(
        &self,
        from: usize,
        wanted: char,
    ) -> Parsed<Option<usize>> {
        let position = self.next_significant(from);
        Ok((self.at(position)? == wanted).then_some(position))
    }

    pub(crate) fn next_significant_is(&self, from: usize, wanted: char) -> bool {
        let position = self.next_significant(from);
        self.in_bounds(position) && self.characters[position] == wanted
    }

    /// The character before the position that is no blank; a blank at the start.
    pub(crate) fn previous_significant_character(&self) -> char {
        self.previous_significant_index()
            .map_or(' ', |position| self.characters[position])
    }

    pub(crate) fn previous_significant_index(&self) -> Option<usize> {
        let mut position = self.position.checked_sub(1)?;
        while self.in_bounds(position) && self.characters[position] == ' ' {
            position = position.checked_sub(1)?;
        }
        self.in_bounds(position).then_some(position)
    }

    pub(crate) fn index_of(&self, from: usize, wanted: char) -> Option<usize> {
        (from..self.end).find(|position| self.characters[*position] == wanted)
    }

    /// The next `wanted` after `from` that no backslash stands before.
    pub(crate) fn index_of_unescaped(&self, from: usize, wanted: char) -> Option<usize> {
        let mut escaped = false;
        for position in from + 1..self.end {
            let character = self.characters[position];
            if escaped {
                escaped = false;
            } else if character == '\\' {
                escaped = true;
            } else if character == wanted {
                return Some(position);
            }
        }
        None
    }

    /// The bracket that closes the one at `from`. Skips quoted strings and, for round brackets,
    /// patterns too; right after either, one character is taken as it is.
    pub(crate) fn closing(&self, from: usize, brackets: Brackets) -> Parsed<Option<usize>> {
        let (open, close) = brackets.pair();
        if self.at(from)? != open {
            return Err(Refusal::soft(
                self.offset(from),
                format!("expected `{open}`"),
            ));
        }
        let mut opened = 1;
        let mut position = from + 1;
        while self.in_bounds(position) {
            let quote = self.at(position)?;
            if quote == '\'' || quote == '"' {
                position = self.index_of_unescaped(position, quote).ok_or_else(|| {
                    Refusal::soft(
                        self.offset(position),
                        format!("the quote {quote} is not closed"),
                    )
                })? + 1;
            }
            if brackets == Brackets::Round && self.at(position)? == '/' {
                position = self.index_of_unescaped(position, '/').ok_or_else(|| {
                    Refusal::soft(self.offset(position), "the pattern is not closed with `/`")
                })? + 1;
            }
            let character = self.at(position)?;
            if character == open {
                opened += 1;
            }
            if character == close {
                opened -= 1;
                if opened == 0 {
                    return Ok(Some(position));
                }
            }
            position += 1;
        }
        Ok(None)
    }
}

/// Which brackets to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Brackets {
    Round,
    Square,
    Curly,
}

impl Brackets {
    fn pair(self) -> (char, char) {
        match self {
            Brackets::Round => ('(', ')'),
            Brackets::Square => ('[', ']'),
            Brackets::Curly => ('{', '}'),
        }
    }
}
