//! Reads RFC 9535's grammar (appendix A): queries here, selectors and literals next door, filters
//! in a file of their own.

mod filter;
mod scalar;
mod selector;

use crate::jayway::parse::refusal::{Parsed, Refusal};
use crate::limits::{FILTER_NESTING_MAX, PATH_STEPS_MAX};
use crate::program::{Form, Path, Root, Step, StepKind};

/// Compiles a query's text.
pub(crate) fn compile(text: &str) -> Parsed<Path> {
    let mut reader = Reader {
        characters: text.chars().collect(),
        at: 0,
        depth: 0,
    };
    if !reader.take("$") {
        return Err(reader.refuse("a query starts with `$`"));
    }
    let query = reader.segments(Root::Document)?;
    if reader.at < reader.characters.len() {
        return Err(reader.refuse("expected `.`, `..`, `[` or the end"));
    }
    Ok(query)
}

pub(super) struct Reader {
    characters: Vec<char>,
    at: usize,
    depth: usize,
}

impl Reader {
    /// The segments behind `$` or `@`.
    fn segments(&mut self, root: Root) -> Parsed<Path> {
        self.depth += 1;
        if self.depth > FILTER_NESTING_MAX {
            return Err(self.refuse("the query is nested too deeply"));
        }
        let mut steps = Vec::new();
        loop {
            let before = self.at;
            self.skip_blanks();
            let kind = if self.take("..") {
                if self.peek() == Some('[') {
                    StepKind::Descendants(self.bracketed()?)
                } else {
                    StepKind::Descendants([self.shorthand()?].into())
                }
            } else if self.take(".") {
                StepKind::Children([self.shorthand()?].into())
            } else if self.peek() == Some('[') {
                StepKind::Children(self.bracketed()?)
            } else {
                // Blanks belong to a segment only when one follows.
                self.at = before;
                break;
            };
            if steps.len() >= PATH_STEPS_MAX {
                return Err(self.refuse("the query has too many segments"));
            }
            steps.push(Step {
                kind,
                upstream_definite: false,
            });
        }
        self.depth -= 1;
        Ok(Path {
            root,
            steps: steps.into(),
            definite: false,
            form: Form::Steps,
            may_fault: false,
        })
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn take(&mut self, token: &str) -> bool {
        let rest = &self.characters[self.at..];
        let found = token.chars().count() <= rest.len()
            && token
                .chars()
                .zip(rest)
                .all(|(wanted, character)| wanted == *character);
        if found {
            self.at += token.chars().count();
        }
        found
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn refuse(&self, expected: &'static str) -> Refusal {
        Refusal::hard(self.at, expected)
    }
}
