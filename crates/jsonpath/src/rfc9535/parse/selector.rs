//! Selectors: bracketed lists of them, and the shorthands behind a dot.

use std::sync::Arc;

use super::Reader;
use crate::jayway::parse::refusal::Parsed;
use crate::limits::LIST_MEMBERS_MAX;
use crate::rfc9535::expression::{Selector, SliceBounds};

/// Largest whole number that every JSON implementation keeps exactly.
const INTEGER_MAX: i64 = (1 << 53) - 1;

impl Reader {
    /// `*` or a plain name.
    pub(super) fn shorthand(&mut self) -> Parsed<Selector> {
        if self.take("*") {
            return Ok(Selector::Wildcard);
        }
        let start = self.at;
        while let Some(character) = self.peek() {
            let first =
                character.is_ascii_alphabetic() || character == '_' || u32::from(character) >= 0x80;
            if !(first || (self.at > start && character.is_ascii_digit())) {
                break;
            }
            self.at += 1;
        }
        if self.at == start {
            return Err(self.refuse("expected a name or `*`"));
        }
        Ok(Selector::Name(
            self.characters[start..self.at].iter().collect(),
        ))
    }

    /// `[…]` with one selector or more.
    pub(super) fn bracketed(&mut self) -> Parsed<Box<[Selector]>> {
        self.at += 1;
        let mut selectors = Vec::new();
        loop {
            self.skip_blanks();
            selectors.push(self.selector()?);
            self.skip_blanks();
            if self.take("]") {
                return Ok(selectors.into());
            }
            if !self.take(",") {
                return Err(self.refuse("expected `,` or `]`"));
            }
            if selectors.len() >= LIST_MEMBERS_MAX {
                return Err(self.refuse("too many selectors"));
            }
        }
    }

    fn selector(&mut self) -> Parsed<Selector> {
        match self.peek() {
            Some('\'' | '"') => Ok(Selector::Name(self.string()?.into())),
            Some('*') => {
                self.at += 1;
                Ok(Selector::Wildcard)
            }
            Some('?') => {
                self.at += 1;
                self.skip_blanks();
                Ok(Selector::Filter(Arc::new(self.logical_or()?)))
            }
            Some('-' | '0'..='9' | ':') => self.index_or_slice(),
            _ => Err(self.refuse("expected a quoted name, an index, a slice, `*` or `?`")),
        }
    }

    fn index_or_slice(&mut self) -> Parsed<Selector> {
        let start = self.optional_integer()?;
        let after_start = self.at;
        self.skip_blanks();
        if !self.take(":") {
            self.at = after_start;
            return match start {
                Some(index) => Ok(Selector::Index(index)),
                None => Err(self.refuse("expected an index")),
            };
        }
        self.skip_blanks();
        let end = self.optional_integer()?;
        let after_end = self.at;
        self.skip_blanks();
        let mut step = None;
        if self.take(":") {
            let after_colon = self.at;
            self.skip_blanks();
            step = self.optional_integer()?;
            if step.is_none() {
                self.at = after_colon;
            }
        } else {
            self.at = after_end;
        }
        Ok(Selector::Slice(SliceBounds {
            start,
            end,
            step: step.unwrap_or(1),
        }))
    }

    fn optional_integer(&mut self) -> Parsed<Option<i64>> {
        if matches!(self.peek(), Some('-' | '0'..='9')) {
            self.integer().map(Some)
        } else {
            Ok(None)
        }
    }

    fn integer(&mut self) -> Parsed<i64> {
        let start = self.at;
        self.take("-");
        let digits = self.at;
        while matches!(self.peek(), Some('0'..='9')) {
            self.at += 1;
        }
        let text: String = self.characters[start..self.at].iter().collect();
        let leading_zero = self.characters.get(digits) == Some(&'0') && self.at > digits + 1;
        if leading_zero || text == "-0" {
            self.at = digits;
            return Err(self.refuse("an index has no leading zero"));
        }
        match text.parse::<i64>() {
            Ok(value) if value.abs() <= INTEGER_MAX => Ok(value),
            _ => {
                self.at = start;
                Err(self.refuse("an index is a whole number within ±(2^53 - 1)"))
            }
        }
    }
}
