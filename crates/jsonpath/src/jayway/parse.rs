//! From text to [`Path`]: a hand-written reader that follows the reference's character-level
//! rules. [`path`] reads steps, [`brackets`] what stands in square brackets, [`call`] function
//! arguments, [`predicate`] filters, [`literal`] their literals, [`permissive`] loose JSON.

pub(crate) mod assemble;
mod brackets;
mod call;
pub(crate) mod cursor;
mod literal;
mod path;
pub(crate) mod permissive;
mod predicate;
pub(crate) mod refusal;
pub(crate) mod unescape;

use crate::limits::{FILTER_BYTES_MAX, FILTER_NESTING_MAX};
use crate::program::Path;
use cursor::Cursor;
use refusal::{Parsed, Refusal};

/// Compiles a filter's text.
pub(crate) fn compile(text: &str) -> Parsed<Path> {
    let characters: Vec<char> = text.chars().collect();
    compile_path(&characters, 0, Nesting::default())
}

/// Whether a text compiles as a path: such texts in lists are no texts for the reference
/// (quirk 24).
pub(crate) fn is_path(text: &str) -> bool {
    is_path_within(text, Nesting::default())
}

pub(crate) fn is_path_within(text: &str, nesting: Nesting) -> bool {
    let trimmed = java_trim(text);
    trimmed.starts_with(['$', '@'])
        && trimmed.len() <= FILTER_BYTES_MAX
        && compile_path(&trimmed.chars().collect::<Vec<_>>(), 0, nesting).is_ok()
}

/// Strips what the reference's platform strips: everything up to and including the space.
pub(crate) fn java_trim(text: &str) -> &str {
    text.trim_matches(|character| character <= ' ')
}

/// Compiles a path that stands on its own: in a filter's text as a whole, or in a predicate. A
/// text that does not begin with `$` or `@` is read as if `$.` stood before it (quirk 35).
fn compile_path(characters: &[char], base: isize, nesting: Nesting) -> Parsed<Path> {
    let nesting = nesting.deeper(usize::try_from(base).unwrap_or(0))?;
    let mut cursor = Cursor::new(characters, base);
    cursor.trim();
    let prefixed: Vec<char>;
    if !matches!(cursor.at(0).map_err(Refusal::softened)?, '$' | '@') {
        prefixed = ['$', '.'].iter().chain(characters).copied().collect();
        cursor = Cursor::new(&prefixed, base - 2);
        cursor.trim();
    }
    if cursor.last()? == '.' {
        let offset = cursor.offset(cursor.end() - 1);
        return Err(Refusal::soft(offset, "a path must not end with `.`"));
    }
    path::read_path(cursor, nesting).map_err(Refusal::softened)
}

/// How deep the reader has descended into filters, parentheses and arguments.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Nesting(usize);

impl Nesting {
    fn deeper(self, offset: usize) -> Parsed<Self> {
        if self.0 >= FILTER_NESTING_MAX {
            return Err(Refusal::hard(offset, "the filter is nested too deeply"));
        }
        Ok(Nesting(self.0 + 1))
    }
}
