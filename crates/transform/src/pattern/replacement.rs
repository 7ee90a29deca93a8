//! The replacement text of a Java regular expression: `$1`, `${name}`, and `\` before a plain letter.

use regex::Captures;

use crate::error::Failure;
use crate::pattern::regex::Pattern;

/// A replacement, read for one pattern.
#[derive(Debug)]
pub(crate) struct Replacement(Vec<Part>);

#[derive(Debug)]
enum Part {
    Text(String),
    Group(usize),
}

impl Replacement {
    /// Reads a replacement; groups are checked against the pattern.
    pub(crate) fn parse(text: &str, pattern: &Pattern) -> Result<Self, Failure> {
        let mut parts = Vec::new();
        let mut open = String::new();
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => open.push(letters.next().ok_or_else(|| {
                    Failure::IllegalArgument("character to be escaped is missing".into())
                })?),
                '$' => {
                    if !open.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut open)));
                    }
                    parts.push(Part::Group(group(&mut letters, pattern)?));
                }
                other => open.push(other),
            }
        }
        if !open.is_empty() || parts.is_empty() {
            parts.push(Part::Text(open));
        }
        Ok(Self(parts))
    }

    /// The text, where no group is in it.
    pub(crate) fn constant(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Appends the replacement for one match; a group that took no part gives nothing.
    pub(crate) fn expand(&self, captures: &Captures<'_>, result: &mut String) {
        for part in &self.0 {
            match part {
                Part::Text(text) => result.push_str(text),
                Part::Group(number) => {
                    result.push_str(captures.get(*number).map_or("", |found| found.as_str()));
                }
            }
        }
    }
}

fn group(
    letters: &mut std::iter::Peekable<std::str::Chars<'_>>,
    pattern: &Pattern,
) -> Result<usize, Failure> {
    if letters.next_if_eq(&'{').is_some() {
        let mut name = String::new();
        for letter in letters.by_ref() {
            if letter == '}' {
                return pattern.group_named(&name).ok_or_else(|| {
                    Failure::IllegalArgument(format!("no group with name {{{name}}}"))
                });
            }
            name.push(letter);
        }
        let text = "named capturing group is missing trailing '}'";
        return Err(Failure::IllegalArgument(text.into()));
    }
    let first = letters
        .next_if(char::is_ascii_digit)
        .and_then(|digit| digit.to_digit(10))
        .ok_or_else(|| Failure::IllegalArgument("illegal group reference".into()))?;
    let mut number = first as usize;
    if number >= pattern.groups() {
        return Err(Failure::IndexOutOfBounds(format!("no group {number}")));
    }
    // Further digits belong to the number as long as there is such a group.
    while let Some(digit) = letters.peek().and_then(|letter| letter.to_digit(10)) {
        let longer = number * 10 + digit as usize;
        if longer >= pattern.groups() {
            break;
        }
        number = longer;
        letters.next();
    }
    Ok(number)
}
