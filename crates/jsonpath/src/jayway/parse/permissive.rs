//! The reference's loose JSON, as it stands in list and object literals and in function arguments
//! (quirks 23, 42): single, double or no quotes, needless commas, numbers that turn into text when
//! something follows them.

use crate::limits::LITERAL_DEPTH_MAX;
use crate::node::Json;
use crate::number::DOUBLE_TEXT_MAX;

/// The character that ends the input, also when it stands in the text.
const END: char = '\u{1a}';

/// Reads a whole text; `Err` when the reference's reader refuses it.
pub(crate) fn read(text: &str) -> Result<Json, Malformed> {
    let mut reader = Reader {
        characters: text.chars().collect(),
        at: 0,
        depth: 0,
    };
    let value = reader.value(Stop::Nothing)?;
    // The text may go on after the value: the reader does not look.
    Ok(value)
}

/// The text is no JSON even for a loose reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// What ends an unquoted text or a number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    Nothing,
    List,
    Object,
    Name,
}

impl Stop {
    fn ends(self, character: char) -> bool {
        character == END
            || match self {
                Stop::Nothing => false,
                Stop::List => matches!(character, ',' | ']'),
                Stop::Object => matches!(character, ',' | '}'),
                Stop::Name => character == ':',
            }
    }
}

struct Reader {
    characters: Vec<char>,
    at: usize,
    depth: usize,
}

impl Reader {
    fn current(&self) -> char {
        self.characters.get(self.at).copied().unwrap_or(END)
    }

    fn value(&mut self, stop: Stop) -> Result<Json, Malformed> {
        loop {
            return match self.current() {
                ' ' | '\r' | '\n' | '\t' => {
                    self.at += 1;
                    continue;
                }
                ':' | '}' | ']' => Err(Malformed),
                END if stop != Stop::Nothing => Err(Malformed),
                '{' => self.object(),
                '[' => self.list(),
                '"' | '\'' => self.string().map(|text| Json::Text(text.into())),
                '0'..='9' | '-' => self.number(stop),
                _ => Ok(match self.unquoted(stop).as_str() {
                    "null" => Json::Null,
                    "true" => Json::Bool(true),
                    "false" => Json::Bool(false),
                    "NaN" => Json::Double(f64::NAN),
                    text => Json::Text(text.into()),
                }),
            };
        }
    }

    fn descend(&mut self) -> Result<(), Malformed> {
        self.depth += 1;
        if self.depth > LITERAL_DEPTH_MAX {
            Err(Malformed)
        } else {
            Ok(())
        }
    }

    fn list(&mut self) -> Result<Json, Malformed> {
        self.descend()?;
        self.at += 1;
        let mut members = Vec::new();
        loop {
            match self.current() {
                ' ' | '\r' | '\n' | '\t' | ',' => self.at += 1,
                ']' => {
                    self.depth -= 1;
                    self.at += 1;
                    return Ok(Json::List(members));
                }
                ':' | '}' | END => return Err(Malformed),
                _ => members.push(self.value(Stop::List)?),
            }
        }
    }

    fn object(&mut self) -> Result<Json, Malformed> {
        self.descend()?;
        let mut members: Vec<(Box<str>, Json)> = Vec::new();
        loop {
            self.at += 1;
            match self.current() {
                ' ' | '\r' | '\n' | '\t' | ',' => {}
                ':' | ']' | '[' | '{' => return Err(Malformed),
                '}' => {
                    self.depth -= 1;
                    self.at += 1;
                    return Ok(Json::Object(members));
                }
                character => {
                    let name = match character {
                        '"' | '\'' => self.string()?,
                        _ => self.unquoted(Stop::Name),
                    };
                    self.skip_blanks();
                    if self.current() != ':' || self.at + 1 >= self.characters.len() {
                        return Err(Malformed);
                    }
                    self.at += 1;
                    let value = self.value(Stop::Object)?;
                    match members.iter_mut().find(|(known, _)| **known == *name) {
                        Some(member) => member.1 = value,
                        None => members.push((name.into(), value)),
                    }
                    self.skip_blanks();
                    match self.current() {
                        '}' => {
                            self.depth -= 1;
                            self.at += 1;
                            return Ok(Json::Object(members));
                        }
                        ',' => {}
                        _ => return Err(Malformed),
                    }
                }
            }
        }
    }

    fn string(&mut self) -> Result<String, Malformed> {
        let quote = self.current();
        let mut units: Vec<u16> = Vec::new();
        let mut encoded = [0_u16; 2];
        let close = self.characters[self.at + 1..]
            .iter()
            .position(|character| *character == quote);
        let close = self.at + 1 + close.ok_or(Malformed)?;
        if !self.characters[self.at..close].contains(&'\\') {
            let text = self.characters[self.at + 1..close].iter().collect();
            self.at = close + 1;
            return Ok(text);
        }
        loop {
            self.at += 1;
            match self.current() {
                END => return Err(Malformed),
                character if character == quote => {
                    self.at += 1;
                    return Ok(String::from_utf16_lossy(&units));
                }
                '\\' => {
                    self.at += 1;
                    match self.current() {
                        't' => units.push(u16::from(b'\t')),
                        'n' => units.push(u16::from(b'\n')),
                        'r' => units.push(u16::from(b'\r')),
                        'f' => units.push(0x0c),
                        'b' => units.push(0x08),
                        character @ ('\\' | '/' | '\'' | '"') => units.push(character as u16),
                        'u' => units.push(self.hexadecimal(4)?),
                        'x' => units.push(self.hexadecimal(2)?),
                        // Any other escaped character is dropped.
                        _ => {}
                    }
                }
                '\0'..='\u{1f}' | '\u{7f}' => {}
                character => units.extend_from_slice(character.encode_utf16(&mut encoded)),
            }
        }
    }

    fn hexadecimal(&mut self, digits: usize) -> Result<u16, Malformed> {
        let mut value = 0_u32;
        for _ in 0..digits {
            self.at += 1;
            value = value * 16 + self.current().to_digit(16).ok_or(Malformed)?;
        }
        Ok(value as u16)
    }

    fn unquoted(&mut self, stop: Stop) -> String {
        let start = self.at;
        while !stop.ends(self.current()) {
            self.at += 1;
        }
        self.trimmed(start)
    }

    /// The text since `start` without blanks around it, but never less than one character.
    fn trimmed(&self, start: usize) -> String {
        let (mut from, mut to) = (start, self.at.min(self.characters.len()));
        while from + 1 < to && is_java_blank(self.characters[from]) {
            from += 1;
        }
        while to > from + 1 && is_java_blank(self.characters[to - 1]) {
            to -= 1;
        }
        self.characters[from.min(to)..to].iter().collect()
    }

    fn skip_blanks(&mut self) {
        while self.current() <= ' ' && self.current() != END {
            self.at += 1;
        }
    }

    fn skip_digits(&mut self) {
        while self.current().is_ascii_digit() {
            self.at += 1;
        }
    }

    /// Whether something other than the end follows, which makes the number a text.
    fn goes_on(&self, stop: Stop) -> bool {
        let character = self.current();
        (character as u32) < 126 && !stop.ends(character)
    }

    fn number(&mut self, stop: Stop) -> Result<Json, Malformed> {
        let start = self.at;
        self.at += 1;
        self.skip_digits();
        let whole = !matches!(self.current(), '.' | 'e' | 'E');
        if self.current() == '.' {
            self.at += 1;
            self.skip_digits();
        }
        if !whole && matches!(self.current(), 'e' | 'E') {
            self.at += 1;
            if !matches!(self.current(), '+' | '-' | '0'..='9') {
                return Ok(Json::Text(self.unquoted_since(start, stop).into()));
            }
            self.at += 1;
            self.skip_digits();
        }
        self.skip_blanks();
        if self.goes_on(stop) {
            return Ok(Json::Text(self.unquoted_since(start, stop).into()));
        }
        let text = self.trimmed(start);
        if whole {
            whole_number(&text)
        } else {
            fraction(&text)
        }
    }

    fn unquoted_since(&mut self, start: usize, stop: Stop) -> String {
        while !stop.ends(self.current()) {
            self.at += 1;
        }
        self.trimmed(start)
    }
}

fn is_java_blank(character: char) -> bool {
    character.is_whitespace() && !matches!(character, '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{85}')
        || matches!(character, '\u{1c}'..='\u{1f}')
}

fn whole_number(text: &str) -> Result<Json, Malformed> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Malformed);
    }
    // A lone `-` is zero for the reference.
    Ok(match text.parse() {
        Ok(value) => Json::Integer(value),
        Err(_) if digits.is_empty() => Json::Integer(0),
        Err(_) => Json::Digits(text.into()),
    })
}

fn fraction(text: &str) -> Result<Json, Malformed> {
    let value: f64 = text.parse().map_err(|_| Malformed)?;
    let long = text.len() > DOUBLE_TEXT_MAX;
    Ok(if long {
        Json::Digits(text.into())
    } else {
        Json::Double(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loose_lists_read_as_in_the_reference() {
        let text = |text: &str| Json::Text(text.into());
        assert_eq!(
            read("['a', \"b\", c d, 1 2, 3,]"),
            Ok(Json::List(vec![
                text("a"),
                text("b"),
                text("c d"),
                text("1 2"),
                Json::Integer(3)
            ]))
        );
        assert_eq!(read("[-]"), Ok(Json::List(vec![Json::Integer(0)])));
        assert_eq!(read("[1e]"), Ok(Json::List(vec![text("1e")])));
        assert_eq!(read("['a\\zb']"), Ok(Json::List(vec![text("ab")])));
        assert_eq!(read("[a"), Err(Malformed));
        assert_eq!(
            read("{a:1, 'b':[x]}").map(|value| matches!(value, Json::Object(_))),
            Ok(true)
        );
    }
}
