//! Reads Java's character classes: unions, intersections with `&&`, ranges and escapes. A `]` right
//! at the start stands for itself.

use super::PatternError;
use super::class;
use super::read::{Read, Reader, syntax};
use crate::limits::PATTERN_NESTING_MAX;

impl Reader {
    /// A class, from behind its `[` to behind its `]`.
    pub(super) fn class(&mut self) -> Read<String> {
        self.depth += 1;
        if self.depth > PATTERN_NESTING_MAX {
            return Err(PatternError::TooLarge);
        }
        let flags = self.flags;
        let negated = self.take('^');
        let mut body = String::new();
        let mut empty = true;
        loop {
            let Some(character) = self.peek() else {
                return Err(syntax("a class is not closed"));
            };
            self.at += 1;
            match character {
                ']' if !empty => break,
                '[' => body.push_str(&self.class()?),
                '&' if self.raw() == Some('&') => {
                    while self.raw() == Some('&') {
                        self.at += 1;
                    }
                    if empty || self.peek() == Some(']') {
                        return Err(PatternError::Unsupported(
                            "an empty side of `&&`".to_owned(),
                        ));
                    }
                    body.push_str("&&");
                    continue;
                }
                _ => body.push_str(&self.class_member(character)?),
            }
            empty = false;
        }
        self.depth -= 1;
        Ok(class::class(&body, negated, flags))
    }

    fn class_member(&mut self, character: char) -> Read<String> {
        let from = match character {
            '\\' => {
                let Some(letter) = self.take_raw() else {
                    return Err(syntax("a class is not closed"));
                };
                if let Some(class) = class::shorthand(letter, self.flags) {
                    return Ok(class.to_owned());
                }
                match letter {
                    'p' | 'P' => return self.property(letter),
                    'N' => return Err(PatternError::Unsupported("\\N".to_owned())),
                    _ => self.escaped_character(letter)?,
                }
            }
            _ => character,
        };
        if self.peek() != Some('-') {
            return Ok(class::range(from, from, self.flags));
        }
        match self.characters.get(self.at + 1) {
            None | Some(']' | '[') => return Ok(class::range(from, from, self.flags)),
            Some(_) => self.at += 1,
        }
        let to = match self.take_raw() {
            Some('\\') => {
                let letter = self
                    .take_raw()
                    .ok_or_else(|| syntax("a class is not closed"))?;
                self.escaped_character(letter)?
            }
            Some(to) => to,
            None => return Err(syntax("a class is not closed")),
        };
        if to < from {
            return Err(syntax("a range in a class is the wrong way round"));
        }
        Ok(class::range(from, to, self.flags))
    }
}
