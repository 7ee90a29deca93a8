//! A moment → text by a `SimpleDateFormat` pattern.

use std::fmt::Write;

use crate::pattern::calendar::Civil;
use crate::pattern::date::{DatePattern, MONTHS, Part, WEEKDAYS};

impl DatePattern {
    /// Writes a moment.
    pub(crate) fn format(&self, millis: i64) -> String {
        let civil = Civil::of(millis);
        let mut text = String::with_capacity(32);
        for part in &self.parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Field(letter, count) => field(&civil, *letter, *count, &mut text),
            }
        }
        text
    }
}

fn field(civil: &Civil, letter: char, count: usize, text: &mut String) {
    let number = match letter {
        'G' => return text.push_str(if civil.year > 0 { "AD" } else { "BC" }),
        'y' if count == 2 => shown_year(civil.year) % 100,
        'y' => shown_year(civil.year),
        'Y' if count == 2 => shown_year(civil.week().0) % 100,
        'Y' => shown_year(civil.week().0),
        'M' | 'L' if count > 2 => {
            return name(MONTHS[civil.month as usize - 1], count, text);
        }
        'M' | 'L' => civil.month,
        'E' => return name(WEEKDAYS[civil.weekday() as usize], count, text),
        'u' => (civil.weekday() + 6) % 7 + 1,
        'w' => civil.week().1,
        'W' => {
            let first = (civil.weekday() - (civil.day - 1)).rem_euclid(7);
            (civil.day - 1 + first) / 7 + 1
        }
        'D' => civil.day_of_year(),
        'd' => civil.day,
        'F' => (civil.day - 1) / 7 + 1,
        'a' => return text.push_str(if civil.hour < 12 { "AM" } else { "PM" }),
        'H' => civil.hour,
        'k' => (civil.hour + 23) % 24 + 1,
        'K' => civil.hour % 12,
        'h' => (civil.hour + 11) % 12 + 1,
        'm' => civil.minute,
        's' => civil.second,
        'S' => civil.milli,
        'z' if count >= 4 => return text.push_str("Coordinated Universal Time"),
        'z' => return text.push_str("UTC"),
        'Z' => return text.push_str("+0000"),
        _ => return text.push('Z'),
    };
    write!(text, "{number:0count$}").expect("a String takes everything that is written to it");
}

/// Years before Christ count up again: the year 0 is 1 BC.
fn shown_year(year: i64) -> i64 {
    if year > 0 { year } else { 1 - year }
}

fn name(name: &str, count: usize, text: &mut String) {
    text.push_str(if count >= 4 { name } else { &name[..3] });
}
