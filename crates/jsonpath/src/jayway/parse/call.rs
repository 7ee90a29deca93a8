//! Reads a function call and its arguments. Arguments are told apart by their first character:
//! `{`, a digit, `"` or `-` begin JSON, `$` or `@` a path; anything else is skipped until one of
//! these comes (quirk 42: a single-quoted text is no argument).

use std::sync::Arc;

use super::Nesting;
use super::assemble::{assemble, with_children};
use super::cursor::Cursor;
use super::path::{PathReader, read_path};
use super::permissive;
use super::refusal::{Parsed, Refusal};
use crate::jayway::functions::Function;
use crate::limits::LIST_MEMBERS_MAX;
use crate::program::{Argument, Call, Root, StepKind};

/// Reads the call whose `(` stands at `open`. After a call without arguments the cursor is left on
/// its `)`, so that whatever follows is read as a name that begins with it.
pub(crate) fn read_call(
    reader: &mut PathReader<'_>,
    name: String,
    open: usize,
) -> Parsed<StepKind> {
    let nesting = reader.nesting.deeper(reader.cursor.offset(open))?;
    if !is_closed(&reader.cursor, open)? {
        let offset = reader.cursor.offset(open);
        return Err(Refusal::soft(
            offset,
            format!("the arguments of `{name}` are not closed"),
        ));
    }
    reader.cursor.position = open + 1;
    let arguments = if reader.cursor.current_is(')')? {
        Vec::new()
    } else {
        ArgumentReader::new(&mut reader.cursor, nesting, &name).read()?
    };
    let source = reader.cursor.text_string(open + 1, reader.cursor.position);
    Ok(StepKind::Call(Arc::new(Call {
        source: source.into(),
        function: Function::named(&name),
        name: name.into(),
        arguments: arguments.into(),
        inverted: false,
    })))
}

fn is_closed(cursor: &Cursor<'_>, open: usize) -> Parsed<bool> {
    let mut depth = 1;
    for position in open + 1..cursor.end() {
        match cursor.at(position)? {
            ')' => depth -= 1,
            '(' => depth += 1,
            _ => {}
        }
        if depth == 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Json,
    Path,
}

struct ArgumentReader<'r, 'c> {
    cursor: &'r mut Cursor<'c>,
    nesting: Nesting,
    name: &'r str,
    arguments: Vec<Argument>,
    /// The argument under way: its characters and where the first stands.
    text: Vec<char>,
    start: usize,
    sort: Option<Sort>,
    parentheses: i32,
    brackets: i32,
    braces: i32,
    quotes: i32,
}

impl<'r, 'c> ArgumentReader<'r, 'c> {
    fn new(cursor: &'r mut Cursor<'c>, nesting: Nesting, name: &'r str) -> Self {
        ArgumentReader {
            cursor,
            nesting,
            name,
            arguments: Vec::new(),
            text: Vec::new(),
            start: 0,
            sort: None,
            parentheses: 1,
            brackets: 0,
            braces: 0,
            quotes: 0,
        }
    }

    fn read(mut self) -> Parsed<Vec<Argument>> {
        let mut before = '\0';
        let mut done = false;
        while self.cursor.current_in_bounds() && !done {
            let position = self.cursor.position;
            let character = self.cursor.current()?;
            self.cursor.advance(1);
            if self.sort.is_none() {
                if matches!(character, ' ' | '\t' | '\n' | '\r') {
                    continue;
                }
                self.sort = sort_of(character);
                self.start = position;
            }
            match character {
                '"' if before != '\\' && self.quotes > 0 => self.quotes -= 1,
                '"' => self.quotes += 1,
                '(' => self.parentheses += 1,
                '{' => self.braces += 1,
                '[' => self.brackets += 1,
                '}' => self.braces = self.close(self.braces, position, '}')?,
                ']' => self.brackets = self.close(self.brackets, position, ']')?,
                ')' | ',' => {
                    if character == ')' {
                        self.parentheses -= 1;
                        if self.parentheses < 0 || before == '(' {
                            self.text.push(character);
                        }
                    }
                    done = self.end_argument(character)?;
                }
                _ => {}
            }
            let separates =
                character == ',' && self.braces == 0 && self.brackets == 0 && self.parentheses == 1;
            if self.sort.is_some() && !separates {
                self.text.push(character);
            }
            before = character;
        }
        if self.braces != 0 || self.parentheses != 0 || self.brackets != 0 {
            let offset = self.cursor.offset(self.cursor.position);
            let expected = format!("the arguments of `{}` are not closed", self.name);
            return Err(Refusal::soft(offset, expected));
        }
        if self.arguments.len() > LIST_MEMBERS_MAX {
            let offset = self.cursor.offset(self.cursor.position);
            return Err(Refusal::soft(offset, "too many arguments"));
        }
        Ok(self.arguments)
    }

    fn close(&self, opened: i32, position: usize, bracket: char) -> Parsed<i32> {
        if opened == 0 {
            let offset = self.cursor.offset(position);
            return Err(Refusal::soft(offset, format!("`{bracket}` closes nothing")));
        }
        Ok(opened - 1)
    }

    /// At `,` or `)`: takes the argument if everything within it is closed. True when it was the
    /// last.
    fn end_argument(&mut self, character: char) -> Parsed<bool> {
        let all_closed = self.quotes == 0 && self.braces == 0 && self.brackets == 0;
        let outermost = (self.parentheses == 0 && character == ')') || self.parentheses == 1;
        if !all_closed || !outermost {
            return Ok(false);
        }
        if let Some(sort) = self.sort {
            let argument = match sort {
                Sort::Json => self.json_argument(),
                Sort::Path => self.path_argument()?,
            };
            self.arguments.push(argument);
            self.text.clear();
            self.sort = None;
        }
        Ok(self.parentheses == 0)
    }

    fn json_argument(&self) -> Argument {
        let text: String = self.text.iter().collect();
        Argument::Json {
            value: permissive::read(&text).ok(),
        }
    }

    fn path_argument(&self) -> Parsed<Argument> {
        let base = self.cursor.base_at(self.start);
        let path = read_path(Cursor::new(&self.text, base), self.nesting)?;
        let children = (self.name == "length" || self.name == "size")
            .then(|| with_children(&path))
            .flatten();
        Ok(Argument::Path { path, children })
    }
}

fn sort_of(character: char) -> Option<Sort> {
    match character {
        '{' | '"' | '-' => Some(Sort::Json),
        '$' | '@' => Some(Sort::Path),
        _ if character.is_ascii_digit() => Some(Sort::Json),
        _ => None,
    }
}

/// The argument a call gets that stood behind a `..`: the scan before it.
pub(crate) fn scan_argument(steps: Vec<StepKind>, function: Option<Function>) -> Argument {
    let path = assemble(Root::Document, steps);
    let children = (function == Some(Function::Length))
        .then(|| with_children(&path))
        .flatten();
    Argument::Path { path, children }
}
