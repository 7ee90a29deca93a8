//! Literals: quoted strings with JSON's escapes, numbers, `true`, `false`, `null`.

use super::Reader;
use crate::jayway::parse::refusal::Parsed;
use crate::node::Json;

impl Reader {
    pub(super) fn string(&mut self) -> Parsed<String> {
        let quote = self.peek();
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.peek() {
                None => return Err(self.refuse("the string is not closed")),
                character if character == quote => {
                    self.at += 1;
                    return Ok(text);
                }
                Some('\\') => {
                    self.at += 1;
                    text.push(self.escape(quote)?);
                }
                Some('\0'..='\u{1f}') => {
                    return Err(self.refuse("a control character must be escaped"));
                }
                Some(character) => {
                    text.push(character);
                    self.at += 1;
                }
            }
        }
    }

    fn escape(&mut self, quote: Option<char>) -> Parsed<char> {
        let escaped = match self.peek() {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(character @ ('/' | '\\')) => character,
            Some(character) if Some(character) == quote => character,
            Some('u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.refuse("no such escape")),
        };
        self.at += 1;
        Ok(escaped)
    }

    fn unicode(&mut self) -> Parsed<char> {
        let high = self.hexadecimal()?;
        let value = match high {
            0xd800..0xdc00 => {
                if !self.take("\\u") {
                    return Err(self.refuse("a high surrogate needs a low one"));
                }
                let low = self.hexadecimal()?;
                if !(0xdc00..0xe000).contains(&low) {
                    return Err(self.refuse("a high surrogate needs a low one"));
                }
                0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)
            }
            _ => high,
        };
        char::from_u32(value).ok_or_else(|| self.refuse("a low surrogate stands alone"))
    }

    fn hexadecimal(&mut self) -> Parsed<u32> {
        let mut value = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|character| character.to_digit(16)) else {
                return Err(self.refuse("`\\u` needs four hexadecimal digits"));
            };
            value = value * 16 + digit;
            self.at += 1;
        }
        Ok(value)
    }

    /// A literal, if one stands here.
    pub(super) fn literal(&mut self) -> Parsed<Option<Json>> {
        match self.peek() {
            Some('\'' | '"') => Ok(Some(Json::Text(self.string()?.into()))),
            Some('-' | '0'..='9') => self.number().map(Some),
            Some('a'..='z') => {
                let start = self.at;
                let mut end = start;
                while self
                    .characters
                    .get(end)
                    .is_some_and(char::is_ascii_lowercase)
                {
                    end += 1;
                }
                let word: String = self.characters[start..end].iter().collect();
                let value = match word.as_str() {
                    "true" => Json::Bool(true),
                    "false" => Json::Bool(false),
                    "null" => Json::Null,
                    _ => return Ok(None),
                };
                self.at = end;
                Ok(Some(value))
            }
            _ => Ok(None),
        }
    }

    fn number(&mut self) -> Parsed<Json> {
        let start = self.at;
        self.take("-");
        let leading = self.at;
        if self.digits() == 0 {
            return Err(self.refuse("expected a digit"));
        }
        if self.characters[leading] == '0' && self.at > leading + 1 {
            return Err(self.refuse("a number has no leading zero"));
        }
        if self.take(".") && self.digits() == 0 {
            return Err(self.refuse("expected a digit behind the point"));
        }
        if self.take("e") || self.take("E") {
            let _sign = self.take("-") || self.take("+");
            if self.digits() == 0 {
                return Err(self.refuse("expected a digit in the exponent"));
            }
        }
        let text: String = self.characters[start..self.at].iter().collect();
        Ok(text
            .parse()
            .map_or_else(|_| Json::Digits(text.into()), Json::Integer))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some('0'..='9')) {
            self.at += 1;
        }
        self.at - start
    }
}
