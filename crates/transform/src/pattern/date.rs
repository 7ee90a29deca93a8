//! `SimpleDateFormat` patterns, compiled; English names, UTC. Formatting and parsing stand in the
//! files beside.

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct DatePattern {
    pub(super) parts: Vec<Part>,
}

/// One part of a pattern.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Copied, and matched letter by letter.
    Text(String),
    /// A field: its letter and how often it stands there.
    Field(char, usize),
}

/// Names of the months.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Names of the days, Sunday first.
pub(super) const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

impl DatePattern {
    /// Compiles, or says what is wrong.
    pub(crate) fn compile(source: &str) -> Result<Self, String> {
        let mut parts: Vec<Part> = Vec::new();
        let mut letters = source.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '\'' if letters.next_if_eq(&'\'').is_some() => text(&mut parts, '\''),
                '\'' => loop {
                    match letters.next() {
                        None => return Err("a quote is not closed".to_owned()),
                        Some('\'') if letters.next_if_eq(&'\'').is_none() => break,
                        Some(quoted) => text(&mut parts, quoted),
                    }
                },
                field if field.is_ascii_alphabetic() => {
                    if !"GyYMLwWDdFEuaHkKhmsSzZX".contains(field) {
                        return Err(format!("{field:?} is no pattern letter; quote plain text"));
                    }
                    let mut count = 1;
                    while letters.next_if_eq(&field).is_some() {
                        count += 1;
                    }
                    if count > if field == 'X' { 3 } else { 64 } {
                        return Err(format!("too many {field}"));
                    }
                    parts.push(Part::Field(field, count));
                }
                plain => text(&mut parts, plain),
            }
        }
        Ok(Self { parts })
    }

    /// Whether it holds the letter.
    pub(crate) fn has(&self, letter: char) -> bool {
        self.parts
            .iter()
            .any(|part| matches!(part, Part::Field(field, _) if *field == letter))
    }
}

fn text(parts: &mut Vec<Part>, letter: char) {
    match parts.last_mut() {
        Some(Part::Text(open)) => open.push(letter),
        _ => parts.push(Part::Text(letter.into())),
    }
}
