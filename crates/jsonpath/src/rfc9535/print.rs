//! Prints a query in one canonical spelling, all in brackets.

use std::fmt::{self, Formatter, Write};

use super::expression::{Comparable, Logical, Selector, SliceBounds};
use super::functions::Call;
use crate::node::Json;
use crate::program::{Path, Root, StepKind};

/// Writes a query.
pub(crate) fn write_query(path: &Path, out: &mut Formatter<'_>) -> fmt::Result {
    out.write_char(if path.root == Root::Document {
        '$'
    } else {
        '@'
    })?;
    for step in &path.steps {
        write_step(&step.kind, out)?;
    }
    Ok(())
}

/// Writes one segment.
pub(crate) fn write_step(kind: &StepKind, out: &mut Formatter<'_>) -> fmt::Result {
    let selectors = match kind {
        StepKind::Children(selectors) => selectors,
        StepKind::Descendants(selectors) => {
            out.write_str("..")?;
            selectors
        }
        _ => return Ok(()),
    };
    out.write_char('[')?;
    for (at, selector) in selectors.iter().enumerate() {
        out.write_str(if at == 0 { "" } else { ", " })?;
        match selector {
            Selector::Name(name) => write_text(name, out)?,
            Selector::Wildcard => out.write_char('*')?,
            Selector::Index(index) => write!(out, "{index}")?,
            Selector::Slice(bounds) => write_slice(*bounds, out)?,
            Selector::Filter(logical) => {
                out.write_char('?')?;
                write_logical(logical, out)?;
            }
        }
    }
    out.write_char(']')
}

fn write_slice(bounds: SliceBounds, out: &mut Formatter<'_>) -> fmt::Result {
    if let Some(start) = bounds.start {
        write!(out, "{start}")?;
    }
    out.write_char(':')?;
    if let Some(end) = bounds.end {
        write!(out, "{end}")?;
    }
    if bounds.step == 1 {
        Ok(())
    } else {
        write!(out, ":{}", bounds.step)
    }
}

/// Writes a filter expression.
pub(crate) fn write_logical(logical: &Logical, out: &mut Formatter<'_>) -> fmt::Result {
    let (parts, between) = match logical {
        Logical::Or(parts) => (parts, " || "),
        Logical::And(parts) => (parts, " && "),
        Logical::Not(part) => {
            out.write_str("!(")?;
            write_logical(part, out)?;
            return out.write_char(')');
        }
        Logical::Exists(path) => return write_query(path, out),
        Logical::Call(call) => return write_call(call, out),
        Logical::Compare(compare) => {
            write_comparable(&compare.left, out)?;
            write!(out, " {} ", compare.operator.name())?;
            return write_comparable(&compare.right, out);
        }
    };
    for (at, part) in parts.iter().enumerate() {
        out.write_str(if at == 0 { "" } else { between })?;
        if matches!(part, Logical::Or(_) | Logical::And(_)) {
            out.write_char('(')?;
            write_logical(part, out)?;
            out.write_char(')')?;
        } else {
            write_logical(part, out)?;
        }
    }
    Ok(())
}

fn write_comparable(comparable: &Comparable, out: &mut Formatter<'_>) -> fmt::Result {
    match comparable {
        Comparable::Literal(json) => match json {
            Json::Null => out.write_str("null"),
            Json::Bool(value) => write!(out, "{value}"),
            Json::Integer(value) => write!(out, "{value}"),
            Json::Double(value) => write!(out, "{value:?}"),
            Json::Digits(text) => out.write_str(text),
            Json::Text(text) => write_text(text, out),
            Json::List(_) | Json::Object(_) => Ok(()),
        },
        Comparable::Singular(path) => write_query(path, out),
        Comparable::Call(call) => write_call(call, out),
    }
}

fn write_call(call: &Call, out: &mut Formatter<'_>) -> fmt::Result {
    match call {
        Call::Length(argument) => {
            out.write_str("length(")?;
            write_comparable(argument, out)?;
        }
        Call::Count(path) => {
            out.write_str("count(")?;
            write_query(path, out)?;
        }
        Call::Value(path) => {
            out.write_str("value(")?;
            write_query(path, out)?;
        }
        Call::Match(matching) | Call::Search(matching) => {
            let name = if matches!(call, Call::Match(_)) {
                "match("
            } else {
                "search("
            };
            out.write_str(name)?;
            write_comparable(&matching.value, out)?;
            out.write_str(", ")?;
            write_comparable(&matching.pattern, out)?;
        }
    }
    out.write_char(')')
}

fn write_text(text: &str, out: &mut Formatter<'_>) -> fmt::Result {
    out.write_char('\'')?;
    for character in text.chars() {
        match character {
            '\'' | '\\' => write!(out, "\\{character}")?,
            '\0'..='\u{1f}' => write!(out, "\\u{:04x}", u32::from(character))?,
            _ => out.write_char(character)?,
        }
    }
    out.write_char('\'')
}
