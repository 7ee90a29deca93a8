//! A document that borrows its strings from the JSON text and keeps each number's own digits, so
//! that ids beyond 64 bits and spellings such as `1.0` compare as the reference compares them.

use std::borrow::Cow;

use thiserror::Error;

use super::{Kind, Node};
use crate::number::{DOUBLE_TEXT_MAX, Number};

/// Deepest nesting a document may have.
const DEPTH_MAX: usize = 128;

/// Why a text is no JSON document.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a JSON document: {reason} at byte {offset}")]
pub struct DocumentError {
    offset: usize,
    reason: &'static str,
}

/// A JSON document over borrowed text.
#[derive(Debug, Clone, PartialEq)]
pub struct Document<'t>(Value<'t>);

#[derive(Debug, Clone, PartialEq)]
enum Value<'t> {
    Null,
    Bool(bool),
    Integer(i64),
    Double(f64),
    Digits(&'t str),
    Text(Cow<'t, str>),
    List(Vec<Document<'t>>),
    Object(Vec<(Cow<'t, str>, Document<'t>)>),
}

impl<'t> Document<'t> {
    /// Reads strict JSON. A name that stands twice in an object keeps its first place and its last
    /// value.
    pub fn parse(text: &'t str) -> Result<Document<'t>, DocumentError> {
        let mut reader = Reader { text, at: 0 };
        let document = reader.value(0)?;
        reader.skip_blanks();
        if reader.at < text.len() {
            return Err(reader.error("text after the document"));
        }
        Ok(document)
    }
}

impl Node for &Document<'_> {
    fn kind<'x>(self) -> Kind<'x>
    where
        Self: 'x,
    {
        match &self.0 {
            Value::Null => Kind::Null,
            Value::Bool(value) => Kind::Bool(*value),
            Value::Integer(value) => Kind::Number(Number::Integer(*value)),
            Value::Double(value) => Kind::Number(Number::Double(*value)),
            Value::Digits(text) => Kind::Number(Number::Digits(text)),
            Value::Text(text) => Kind::Text(text),
            Value::List(_) => Kind::Array,
            Value::Object(_) => Kind::Object,
        }
    }

    fn member(self, name: &str) -> Option<Self> {
        match &self.0 {
            Value::Object(members) => members
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    fn element(self, index: usize) -> Option<Self> {
        match &self.0 {
            Value::List(elements) => elements.get(index),
            _ => None,
        }
    }

    fn len(self) -> usize {
        match &self.0 {
            Value::List(elements) => elements.len(),
            Value::Object(members) => members.len(),
            _ => 0,
        }
    }

    fn elements<'x>(self) -> impl Iterator<Item = Self> + 'x
    where
        Self: 'x,
    {
        match &self.0 {
            Value::List(elements) => elements.iter(),
            _ => [].iter(),
        }
    }

    fn members<'x>(self) -> impl Iterator<Item = (&'x str, Self)> + 'x
    where
        Self: 'x,
    {
        match &self.0 {
            Value::Object(members) => members.iter(),
            _ => [].iter(),
        }
        .map(|(name, value)| (&**name, value))
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn value(&mut self, depth: usize) -> Result<Document<'t>, DocumentError> {
        if depth > DEPTH_MAX {
            return Err(self.error("nested too deeply"));
        }
        self.skip_blanks();
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ if self.take("null") => Value::Null,
            _ if self.take("true") => Value::Bool(true),
            _ if self.take("false") => Value::Bool(false),
            _ => return Err(self.error("expected a value")),
        };
        Ok(Document(value))
    }

    fn object(&mut self, depth: usize) -> Result<Value<'t>, DocumentError> {
        self.at += 1;
        let mut members: Vec<(Cow<'t, str>, Document<'t>)> = Vec::new();
        self.skip_blanks();
        if self.take("}") {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_blanks();
            let name = self.string()?;
            self.skip_blanks();
            self.expect(":")?;
            let value = self.value(depth + 1)?;
            match members.iter_mut().find(|(known, _)| *known == name) {
                Some(member) => member.1 = value,
                None => members.push((name, value)),
            }
            self.skip_blanks();
            if self.take("}") {
                return Ok(Value::Object(members));
            }
            self.expect(",")?;
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value<'t>, DocumentError> {
        self.at += 1;
        let mut elements = Vec::new();
        self.skip_blanks();
        if self.take("]") {
            return Ok(Value::List(elements));
        }
        loop {
            elements.push(self.value(depth + 1)?);
            self.skip_blanks();
            if self.take("]") {
                return Ok(Value::List(elements));
            }
            self.expect(",")?;
        }
    }

    /// Strings without escapes are borrowed; the others are unescaped by `serde_json`.
    fn string(&mut self) -> Result<Cow<'t, str>, DocumentError> {
        let start = self.at;
        self.expect("\"")?;
        let mut escaped = false;
        loop {
            match self.peek() {
                None => return Err(self.error("string is not closed")),
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += 2;
                }
                Some(0..0x20) => return Err(self.error("control character in a string")),
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        let quoted = self
            .text
            .get(start..self.at)
            .ok_or_else(|| self.error("bad escape"))?;
        if escaped {
            serde_json::from_str(quoted)
                .map(Cow::Owned)
                .map_err(|_| self.error("bad escape"))
        } else {
            Ok(Cow::Borrowed(&quoted[1..quoted.len() - 1]))
        }
    }

    fn number(&mut self) -> Result<Value<'t>, DocumentError> {
        let start = self.at;
        self.take("-");
        if !self.take("0") && self.digits() == 0 {
            return Err(self.error("expected a digit"));
        }
        let mut whole = true;
        if self.take(".") {
            whole = false;
            if self.digits() == 0 {
                return Err(self.error("expected a digit"));
            }
        }
        if self.take("e") || self.take("E") {
            whole = false;
            let _ = self.take("+") || self.take("-");
            if self.digits() == 0 {
                return Err(self.error("expected a digit"));
            }
        }
        let text = &self.text[start..self.at];
        if let (true, Ok(value)) = (whole, text.parse()) {
            return Ok(Value::Integer(value));
        }
        match text.parse() {
            Ok(value) if !whole && text.len() <= DOUBLE_TEXT_MAX => Ok(Value::Double(value)),
            _ => Ok(Value::Digits(text)),
        }
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, token: &str) -> bool {
        let found =
            self.text.as_bytes()[self.at.min(self.text.len())..].starts_with(token.as_bytes());
        if found {
            self.at += token.len();
        }
        found
    }

    fn expect(&mut self, token: &'static str) -> Result<(), DocumentError> {
        if self.take(token) {
            return Ok(());
        }
        Err(self.error(match token {
            ":" => "expected `:`",
            "," => "expected `,` or the end of the list or object",
            _ => "expected a string",
        }))
    }

    fn error(&self, reason: &'static str) -> DocumentError {
        DocumentError {
            offset: self.at.min(self.text.len()),
            reason,
        }
    }
}
