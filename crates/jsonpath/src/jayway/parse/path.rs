//! Reads the steps of a path: `.name`, `..`, `*`, calls; brackets are read next door. Names after
//! a dot run to the next `.`, `[`, `(` (quirk 35), and whatever stands at the very last position
//! after a complete step is not looked at.

use super::Nesting;
use super::assemble::assemble;
use super::brackets::read_bracket;
use super::call::read_call;
use super::cursor::Cursor;
use super::refusal::{Parsed, Refusal};
use crate::limits::PATH_STEPS_MAX;
use crate::program::{Path, Root, StepKind};

/// Reads a path from the cursor to its end.
pub(crate) fn read_path(mut cursor: Cursor<'_>, nesting: Nesting) -> Parsed<Path> {
    while cursor.current_in_bounds() && matches!(cursor.current()?, ' ' | '\t' | '\n' | '\r') {
        cursor.advance(1);
    }
    let root = match cursor.current()? {
        '$' => Root::Document,
        '@' => Root::Item,
        _ => {
            return Err(Refusal::soft(
                cursor.offset(cursor.position),
                "expected `$` or `@`",
            ));
        }
    };
    let mut reader = PathReader {
        cursor,
        nesting,
        steps: Vec::new(),
    };
    if !reader.cursor.is_tail() {
        reader.cursor.advance(1);
        if !matches!(reader.cursor.current()?, '.' | '[') {
            return Err(reader.refuse("expected `.` or `[`"));
        }
        reader.read_steps()?;
    }
    Ok(assemble(root, reader.steps))
}

/// The reader of one path.
pub(crate) struct PathReader<'c> {
    pub(crate) cursor: Cursor<'c>,
    pub(crate) nesting: Nesting,
    pub(crate) steps: Vec<StepKind>,
}

impl PathReader<'_> {
    fn read_steps(&mut self) -> Parsed<()> {
        loop {
            if self.steps.len() > PATH_STEPS_MAX {
                return Err(self.refuse("the path has too many steps"));
            }
            match self.cursor.current()? {
                '[' => read_bracket(self)?,
                '.' => {
                    self.read_dots()?;
                    continue;
                }
                '*' => {
                    self.cursor.advance(1);
                    self.steps.push(StepKind::Wildcard);
                }
                _ => self.read_name_or_call()?,
            }
            if self.cursor.is_tail() {
                return Ok(());
            }
        }
    }

    fn read_dots(&mut self) -> Parsed<()> {
        let position = self.cursor.position;
        if self.cursor.in_bounds(position + 1) && self.cursor.at(position + 1)? == '.' {
            self.steps.push(StepKind::Scan);
            self.cursor.advance(2);
        } else if self.cursor.in_bounds(position + 1) {
            self.cursor.advance(1);
        } else {
            return Err(self.refuse("a path must not end with `.`"));
        }
        if self.cursor.current_is('.')? {
            return Err(self.refuse("expected a name, `*` or `[` instead of another `.`"));
        }
        Ok(())
    }

    fn read_name_or_call(&mut self) -> Parsed<()> {
        let start = self.cursor.position;
        if self.cursor.current_is(' ')? {
            return Err(self.refuse("expected a name instead of a blank"));
        }
        let mut position = start;
        let mut is_call = false;
        while self.cursor.in_bounds(position) {
            match self.cursor.at(position)? {
                ' ' => {
                    let offset = self.cursor.offset(position);
                    return Err(Refusal::soft(
                        offset,
                        "a name with blanks needs brackets and quotes: ['my name']",
                    ));
                }
                '.' | '[' => break,
                '(' => {
                    is_call = true;
                    break;
                }
                _ => position += 1,
            }
        }
        let name = self.cursor.text_string(start, position);
        if is_call {
            let call = read_call(self, name, position)?;
            self.steps.push(call);
        } else {
            self.cursor.position = position;
            self.steps.push(StepKind::Name(name.into()));
        }
        Ok(())
    }

    pub(crate) fn refuse(&self, expected: &'static str) -> Refusal {
        Refusal::soft(self.cursor.offset(self.cursor.position), expected)
    }
}
