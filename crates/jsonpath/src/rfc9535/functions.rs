//! The functions of RFC 9535, section 2.4: `length`, `count`, `match`, `search`, `value`. A pattern
//! that is a literal is compiled with the filter; one that comes from the document only when it is
//! met.

use std::fmt::Write;

use regex::Regex;

use super::expression::Comparable;
use crate::evaluate::{All, Evaluated, Evaluation, Handle, Shape};
use crate::jayway::walk::Names;
use crate::node::{Json, Node};
use crate::number::Number;
use crate::pattern;
use crate::program::{Path, Root};

/// A function call.
#[derive(Debug)]
pub(crate) enum Call {
    Length(Box<Comparable>),
    Count(Path),
    Value(Path),
    Match(Box<Matching>),
    Search(Box<Matching>),
}

/// The arguments of `match` and `search`.
#[derive(Debug)]
pub(crate) struct Matching {
    pub(crate) value: Comparable,
    pub(crate) pattern: Comparable,
    /// The pattern compiled, when it is a literal.
    compiled: Compiled,
}

#[derive(Debug)]
enum Compiled {
    Valid(Regex),
    /// Matches nothing.
    Invalid,
    /// Comes from the document.
    Later,
}

/// Which part of a text a pattern must match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    Whole,
    Part,
}

impl Matching {
    pub(crate) fn new(value: Comparable, pattern: Comparable, extent: Extent) -> Self {
        let compiled = match &pattern {
            Comparable::Literal(Json::Text(text)) => {
                compile(text, extent).map_or(Compiled::Invalid, Compiled::Valid)
            }
            _ => Compiled::Later,
        };
        Matching {
            value,
            pattern,
            compiled,
        }
    }
}

impl<'m, N: Node + 'm> Evaluation<'m, N> {
    /// A function's value, for comparisons; `None` stands for nothing.
    pub(crate) fn call_value(
        &self,
        call: &'m Call,
        item: Handle<'m, N>,
    ) -> Evaluated<Option<Handle<'m, N>>> {
        Ok(match call {
            Call::Length(argument) => self
                .comparable(argument, item)?
                .and_then(length)
                .map(|length| Handle::Number(Number::Integer(length as i64))),
            Call::Count(path) => {
                let count = self.nodes(path, item)?.len();
                Some(Handle::Number(Number::Integer(count as i64)))
            }
            Call::Value(path) => match self.nodes(path, item)? {
                [value] => Some(*value),
                _ => None,
            },
            Call::Match(_) | Call::Search(_) => None,
        })
    }

    /// A function's answer, for tests.
    pub(crate) fn call_holds(&self, call: &'m Call, item: Handle<'m, N>) -> Evaluated<bool> {
        match call {
            Call::Match(matching) => self.matches(matching, item, Extent::Whole),
            Call::Search(matching) => self.matches(matching, item, Extent::Part),
            Call::Length(_) | Call::Count(_) | Call::Value(_) => Ok(false),
        }
    }

    fn matches(
        &self,
        matching: &'m Matching,
        item: Handle<'m, N>,
        extent: Extent,
    ) -> Evaluated<bool> {
        let Some(Shape::Text(text)) = self.comparable(&matching.value, item)?.map(Handle::shape)
        else {
            return Ok(false);
        };
        match &matching.compiled {
            Compiled::Valid(regex) => return Ok(regex.is_match(text)),
            Compiled::Invalid => return Ok(false),
            Compiled::Later => {}
        }
        Ok(
            match self.comparable(&matching.pattern, item)?.map(Handle::shape) {
                Some(Shape::Text(pattern)) => {
                    compile(pattern, extent).is_some_and(|regex| regex.is_match(text))
                }
                _ => false,
            },
        )
    }

    /// All nodes of a query.
    pub(crate) fn nodes(
        &self,
        path: &'m Path,
        item: Handle<'m, N>,
    ) -> Evaluated<&'m [Handle<'m, N>]> {
        let start = match path.root {
            Root::Document => self.root,
            Root::Item => item,
        };
        let mut all = All::within(self.memory);
        self.walk_path(path, start, Names::Optional, &mut all)?;
        Ok(all.values.into_bump_slice())
    }
}

/// Characters of a string, elements of a list, members of an object.
fn length<'m, N: Node + 'm>(value: Handle<'m, N>) -> Option<usize> {
    match value.shape() {
        Shape::Text(text) => Some(text.chars().count()),
        Shape::List | Shape::Object => Some(value.len()),
        _ => None,
    }
}

/// Compiles an I-Regexp (RFC 9485): the engine's own syntax, but for the dot, which takes any
/// character except line feed and carriage return.
fn compile(pattern: &str, extent: Extent) -> Option<Regex> {
    let mut text = String::with_capacity(pattern.len() + 16);
    let (mut escaped, mut in_class) = (false, false);
    for character in pattern.chars() {
        match character {
            '.' if !escaped && !in_class => text.push_str("[^\\n\\r]"),
            _ => {
                match character {
                    '[' if !escaped => in_class = true,
                    ']' if !escaped => in_class = false,
                    _ => {}
                }
                let _ = text.write_char(character);
            }
        }
        escaped = character == '\\' && !escaped;
    }
    let text = match extent {
        Extent::Whole => format!("\\A(?:{text})\\z"),
        Extent::Part => text,
    };
    pattern::build(&text).ok()
}
