//! Reads Java's escapes: characters by number, sets such as `\d` and `\p{…}`, boundaries and
//! back-references.

use super::property::property;
use super::read::{Read, Reader, syntax};
use super::syntax::Piece;
use super::{PatternError, class};

impl Reader {
    /// An escape outside of a class.
    pub(super) fn escape(&mut self) -> Read<Piece> {
        let Some(letter) = self.take_raw() else {
            return Err(syntax("a backslash stands at the end"));
        };
        if let Some(class) = class::shorthand(letter, self.flags) {
            return Ok(Piece::Character(class.to_owned()));
        }
        Ok(match letter {
            'b' if self.characters[self.at..].starts_with(&['{', 'g']) => {
                return Err(PatternError::Unsupported("\\b{g}".to_owned()));
            }
            'b' => Piece::Assertion("\\b"),
            'B' => Piece::Assertion("\\B"),
            // A whole text is matched from its start, where the last match is said to have ended.
            'A' | 'G' => Piece::Assertion("\\A"),
            'z' | 'Z' => Piece::Assertion("\\z"),
            'R' => Piece::Alternation(vec![
                Piece::Concatenation(vec![
                    Piece::Character("\\r".to_owned()),
                    Piece::Character("\\n".to_owned()),
                ]),
                Piece::Character("[\\n\\x0B\\f\\r\\x85\\x{2028}\\x{2029}]".to_owned()),
            ]),
            'X' | 'N' => {
                return Err(PatternError::Unsupported(format!("\\{letter}")));
            }
            'p' | 'P' => Piece::Character(self.property(letter)?),
            'k' => {
                if self.take_raw() != Some('<') {
                    return Err(syntax("\\k needs a name in angle brackets"));
                }
                Piece::NamedBackReference(self.name('>')?)
            }
            '1'..='9' => {
                let mut number = letter.to_digit(10).unwrap_or(0);
                while let Some(digit) = self.raw().and_then(|character| character.to_digit(10)) {
                    if number * 10 + digit > self.groups {
                        break;
                    }
                    number = number * 10 + digit;
                    self.at += 1;
                }
                Piece::BackReference(number)
            }
            _ => Piece::Character(class::character(
                self.escaped_character(letter)?,
                self.flags,
            )),
        })
    }

    pub(super) fn property(&mut self, letter: char) -> Read<String> {
        let name = match self.take_raw() {
            Some('{') => {
                let mut name = String::new();
                loop {
                    match self.take_raw() {
                        Some('}') => break name,
                        Some(character) => name.push(character),
                        None => return Err(syntax("\\p{ is not closed")),
                    }
                }
            }
            Some(character) => character.to_string(),
            None => return Err(syntax("\\p needs a name")),
        };
        let class = property(&name, self.flags)?;
        Ok(if letter == 'P' {
            format!("[^{class}]")
        } else {
            class
        })
    }

    /// The character that an escape stands for.
    pub(super) fn escaped_character(&mut self, letter: char) -> Read<char> {
        let value = match letter {
            't' => 0x09,
            'n' => 0x0a,
            'r' => 0x0d,
            'f' => 0x0c,
            'a' => 0x07,
            'e' => 0x1b,
            'c' => match self.take_raw() {
                Some(control) => u32::from(control) ^ 64,
                None => return Err(syntax("\\c needs a character")),
            },
            '0' => self.octal()?,
            'x' if self.raw() == Some('{') => {
                self.at += 1;
                let mut value: u32 = 0;
                loop {
                    match self.take_raw() {
                        Some('}') => break value,
                        Some(digit) => value = hexadecimal(value, digit)?,
                        None => return Err(syntax("\\x{ is not closed")),
                    }
                }
            }
            'x' => self.digits(2)?,
            'u' => self.unit()?,
            _ if letter.is_ascii_alphabetic() => {
                return Err(syntax(&format!("\\{letter} is no escape")));
            }
            _ => return Ok(letter),
        };
        char::from_u32(value).ok_or_else(|| syntax("an escape is no character"))
    }

    fn octal(&mut self) -> Read<u32> {
        let mut value = 0;
        let mut digits = 0;
        while let Some(digit) = self.raw().and_then(|character| character.to_digit(8)) {
            if digits == 3 || value * 8 + digit > 0o377 {
                break;
            }
            value = value * 8 + digit;
            digits += 1;
            self.at += 1;
        }
        if digits == 0 {
            Err(syntax("\\0 needs an octal digit"))
        } else {
            Ok(value)
        }
    }

    fn digits(&mut self, count: usize) -> Read<u32> {
        let mut value = 0;
        for _ in 0..count {
            let digit = self
                .take_raw()
                .ok_or_else(|| syntax("an escape is too short"))?;
            value = hexadecimal(value, digit)?;
        }
        Ok(value)
    }

    /// `\uXXXX`, where two may make up one character.
    fn unit(&mut self) -> Read<u32> {
        let high = self.digits(4)?;
        let start = self.at;
        if (0xd800..0xdc00).contains(&high)
            && self.take_raw() == Some('\\')
            && self.take_raw() == Some('u')
        {
            let low = self.digits(4)?;
            if (0xdc00..0xe000).contains(&low) {
                return Ok(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00));
            }
        }
        self.at = start;
        Ok(high)
    }
}

fn hexadecimal(value: u32, digit: char) -> Read<u32> {
    digit
        .to_digit(16)
        .and_then(|digit| value.checked_mul(16)?.checked_add(digit))
        .ok_or_else(|| syntax("an escape needs hexadecimal digits"))
}
