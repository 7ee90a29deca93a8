//! `concat` (quirk 42): the strings of a list, then the arguments as text. On a string the string
//! itself is dropped. Numbers, lists and objects among the arguments become the texts that the
//! reference's platform gives them (`{a=1}`, `["b"]`).

use std::fmt::Write;

use super::Arguments;
use crate::evaluate::{Evaluated, Evaluation, Handle, Shape};
use crate::node::Node;
use crate::number::{Number, TextBuffer, write_double};

pub(super) fn concat<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    value: Handle<'m, N>,
    arguments: Arguments<'m, N>,
) -> Evaluated<Handle<'m, N>> {
    let mut joined = bumpalo::collections::String::new_in(evaluation.memory);
    let _ = value.is_list().then(|| {
        value.try_each_element(|element| -> Result<(), ()> {
            if let Shape::Text(text) = element.shape() {
                joined.push_str(text);
            }
            Ok(())
        })
    });
    arguments.try_each_flat(|argument| match argument.shape() {
        Shape::Null => {}
        _ => write_plain(argument, &mut joined),
    })?;
    Ok(Handle::Text(joined.into_bump_str()))
}

/// The text of a value outside of lists: objects as `{a=1, b=x}`.
fn write_plain<N: Node>(value: Handle<'_, N>, out: &mut impl Write) {
    match value.shape() {
        Shape::Null => put(out, "null"),
        Shape::Bool(value) => put(out, if value { "true" } else { "false" }),
        Shape::Number(number) => write_number(number, out),
        Shape::Text(text) => put(out, text),
        Shape::List => write_json(value, out),
        Shape::Object => {
            put(out, "{");
            let mut first = true;
            let _ = value.try_each_member(|name, member| -> Result<(), ()> {
                put(out, if std::mem::take(&mut first) { "" } else { ", " });
                put(out, name);
                put(out, "=");
                write_plain(member, out);
                Ok(())
            });
            put(out, "}");
        }
        Shape::Keys => {
            if let Handle::Keys(names) = value {
                put(out, "[");
                put(out, &names.join(", "));
                put(out, "]");
            }
        }
    }
}

/// The text of a value within a list: JSON.
fn write_json<N: Node>(value: Handle<'_, N>, out: &mut impl Write) {
    match value.shape() {
        Shape::Number(Number::Double(value)) if !value.is_finite() => put(out, "null"),
        Shape::Text(text) => write_quoted(text, out),
        Shape::List => {
            put(out, "[");
            let mut first = true;
            let _ = value.try_each_element(|element| -> Result<(), ()> {
                put(out, if std::mem::take(&mut first) { "" } else { "," });
                write_json(element, out);
                Ok(())
            });
            put(out, "]");
        }
        Shape::Object => {
            put(out, "{");
            let mut first = true;
            let _ = value.try_each_member(|name, member| -> Result<(), ()> {
                put(out, if std::mem::take(&mut first) { "" } else { "," });
                write_quoted(name, out);
                put(out, ":");
                write_json(member, out);
                Ok(())
            });
            put(out, "}");
        }
        _ => write_plain(value, out),
    }
}

/// A JSON string with the escapes of the reference's writer.
fn write_quoted(text: &str, out: &mut impl Write) {
    put(out, "\"");
    for character in text.chars() {
        match character {
            '"' => put(out, "\\\""),
            '\\' => put(out, "\\\\"),
            '/' => put(out, "\\/"),
            '\u{8}' => put(out, "\\b"),
            '\u{c}' => put(out, "\\f"),
            '\n' => put(out, "\\n"),
            '\r' => put(out, "\\r"),
            '\t' => put(out, "\\t"),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2000}'..='\u{20ff}' => {
                let _ = write!(out, "\\u{:04X}", u32::from(character));
            }
            _ => {
                let _ = out.write_char(character);
            }
        }
    }
    put(out, "\"");
}

fn write_number(number: Number<'_>, out: &mut impl Write) {
    match number {
        Number::Double(value) => {
            let mut buffer = TextBuffer::default();
            write_double(value, &mut buffer);
            put(out, buffer.as_str());
        }
        _ => number.with_text(|text| put(out, text)),
    }
}

/// Writing to a string in memory cannot fail.
fn put(out: &mut impl Write, text: &str) {
    let _ = out.write_str(text);
}
