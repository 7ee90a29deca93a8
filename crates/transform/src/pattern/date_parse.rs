//! Text → a moment by a `SimpleDateFormat` pattern, as leniently as Java does: numbers out of range
//! roll over, spaces before a field are skipped, and what follows the pattern is not looked at.

use crate::pattern::calendar::{Civil, DAY, days_of, first_week_of};
use crate::pattern::date::{DatePattern, MONTHS, Part, WEEKDAYS};

/// Years beyond this one do not fit the milliseconds.
const YEAR_MAX: i64 = 200_000_000;

impl DatePattern {
    /// Reads a moment, or `None` where the text does not follow the pattern. `now` decides the century
    /// of years with two digits.
    pub(crate) fn parse(&self, text: &str, now: i64) -> Option<i64> {
        let mut reader = Reader { rest: text };
        let mut fields = Fields::default();
        for (index, part) in self.parts.iter().enumerate() {
            match part {
                Part::Text(plain) => reader.rest = reader.rest.strip_prefix(plain.as_str())?,
                Part::Field(letter, count) => {
                    let next = self.parts.get(index + 1);
                    let width = next.filter(|next| is_number(next)).map(|_| *count);
                    let field = Field {
                        letter: *letter,
                        count: *count,
                        width,
                    };
                    fields.read(&field, &mut reader, now)?;
                }
            }
        }
        fields.resolve()
    }
}

/// Whether a part is read as digits, so that the field before it must stop at its own width.
fn is_number(part: &Part) -> bool {
    match part {
        Part::Text(_) => false,
        Part::Field('M' | 'L', count) => *count <= 2,
        Part::Field(letter, _) => "yYdDFHkKhmsSwWu".contains(*letter),
    }
}

struct Field {
    letter: char,
    count: usize,
    width: Option<usize>,
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    /// A whole number of at most `width` letters, its sign included.
    fn number(&mut self, width: Option<usize>) -> Option<i64> {
        if width.is_some_and(|width| self.rest.chars().count() < width) {
            return None;
        }
        let digits = self.rest.strip_prefix('-').unwrap_or(self.rest);
        let sign = self.rest.len() - digits.len();
        let longest = width.map_or(usize::MAX, |width| width.saturating_sub(sign));
        let length = digits
            .bytes()
            .take(longest)
            .take_while(u8::is_ascii_digit)
            .count();
        if length == 0 {
            return None;
        }
        let number: i64 = self.rest[..sign + length].parse().ok()?;
        self.rest = &self.rest[sign + length..];
        i32::try_from(number).ok().map(i64::from)
    }

    /// The longest of the names, in any case, also in short form; gives its place in the list.
    fn name(&mut self, names: &[&str]) -> Option<i64> {
        let found = names.iter().enumerate().find_map(|(index, name)| {
            let length = [name.len(), 3]
                .into_iter()
                .find(|length| starts_with(self.rest, &name[..*length]))?;
            Some((index, length))
        })?;
        self.rest = &self.rest[found.1..];
        Some(found.0 as i64)
    }

    /// One of two words, in any case; true for the second.
    fn word(&mut self, words: [&str; 2]) -> Option<bool> {
        let found = words.iter().position(|word| starts_with(self.rest, word))?;
        self.rest = &self.rest[2..];
        Some(found == 1)
    }

    /// `+hh`, `+hhmm` or `+hh:mm`, as milliseconds.
    fn offset(&mut self, form: Offset) -> Option<i64> {
        let sign = match self.rest.bytes().next()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let mut rest = &self.rest[1..];
        let mut two = || {
            let value = rest
                .get(..2)
                .filter(|two| two.bytes().all(|it| it.is_ascii_digit()))?;
            rest = &rest[2..];
            value.parse::<i64>().ok()
        };
        let hours = two().filter(|hours| *hours < 24)?;
        let minutes = match form {
            Offset::Hours => 0,
            Offset::Minutes => two()?,
            Offset::Colon => {
                rest = rest.strip_prefix(':')?;
                rest.get(..2)
                    .filter(|two| two.bytes().all(|it| it.is_ascii_digit()))
                    .and_then(|two| two.parse().ok())
                    .inspect(|_: &i64| rest = &rest[2..])?
            }
        };
        if minutes > 59 {
            return None;
        }
        self.rest = rest;
        Some(sign * (hours * 60 + minutes) * 60_000)
    }

    /// An offset or a zone's short name.
    fn zone(&mut self) -> Option<i64> {
        if self.rest.starts_with(['+', '-']) {
            return self.offset(Offset::Minutes);
        }
        let (name, hours) = ZONES
            .iter()
            .find(|(name, _)| starts_with(self.rest, name))?;
        self.rest = &self.rest[name.len()..];
        if *name == "GMT" && self.rest.starts_with(['+', '-']) {
            return self.offset(Offset::Colon);
        }
        Some((hours * 3_600_000.0) as i64)
    }
}

#[derive(Clone, Copy)]
enum Offset {
    Hours,
    Minutes,
    Colon,
}

/// Short names of zones that files carry, in hours from UTC as OpenJDK 17 reads them; it knows a few
/// hundred more. IST is Israel's there, not India's.
const ZONES: [(&str, f64); 55] = [
    ("UTC", 0.0),
    ("GMT", 0.0),
    ("EST", -5.0),
    ("EDT", -4.0),
    ("CST", -6.0),
    ("CDT", -5.0),
    ("MST", -7.0),
    ("MDT", -6.0),
    ("PST", -8.0),
    ("PDT", -7.0),
    ("AKST", -9.0),
    ("AKDT", -8.0),
    ("HST", -10.0),
    ("AST", -4.0),
    ("ADT", -3.0),
    ("NST", -3.5),
    ("NDT", -2.5),
    ("BRT", -3.0),
    ("ART", -3.0),
    ("UYT", -3.0),
    ("CLT", -4.0),
    ("VET", -4.0),
    ("COT", -5.0),
    ("PET", -5.0),
    ("WET", 0.0),
    ("WEST", 1.0),
    ("BST", 1.0),
    ("CET", 1.0),
    ("CEST", 2.0),
    ("EET", 2.0),
    ("EEST", 3.0),
    ("MSK", 3.0),
    ("WAT", 1.0),
    ("CAT", 2.0),
    ("SAST", 2.0),
    ("EAT", 3.0),
    ("IST", 2.0),
    ("IDT", 3.0),
    ("IRST", 3.5),
    ("GST", 4.0),
    ("PKT", 5.0),
    ("NPT", 5.75),
    ("ICT", 7.0),
    ("WIB", 7.0),
    ("MYT", 8.0),
    ("SGT", 8.0),
    ("HKT", 8.0),
    ("AWST", 8.0),
    ("JST", 9.0),
    ("KST", 9.0),
    ("ACST", 9.5),
    ("AEST", 10.0),
    ("AEDT", 11.0),
    ("NZST", 12.0),
    ("NZDT", 13.0),
];

fn starts_with(text: &str, name: &str) -> bool {
    text.get(..name.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(name))
}

/// What was read.
#[derive(Default)]
struct Fields {
    is_before_christ: bool,
    century_start: Option<i64>,
    year: Option<i64>,
    week_year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    week: Option<i64>,
    weekday: Option<i64>,
    week_of_month: Option<i64>,
    weekday_in_month: Option<i64>,
    is_afternoon: Option<bool>,
    hour: Option<i64>,
    half_hour: Option<i64>,
    minute: i64,
    second: i64,
    milli: i64,
    offset: i64,
}

impl Fields {
    fn read(&mut self, field: &Field, reader: &mut Reader<'_>, now: i64) -> Option<()> {
        reader.rest = reader.rest.trim_start_matches([' ', '\t']);
        let Field {
            letter,
            count,
            width,
        } = *field;
        match letter {
            'G' => self.is_before_christ = reader.word(["AD", "BC"])?,
            'y' | 'Y' => {
                let before = reader.rest;
                let value = reader.number(width)?;
                let read = &before[..before.len() - reader.rest.len()];
                let is_short = count <= 2 && read.len() == 2 && !read.starts_with('-');
                let mut year = value;
                if is_short {
                    let start = Civil::of(now).plus_months(-80 * 12);
                    year = century(value, start.year);
                    // The year in which the 100 years begin is theirs only from that day on.
                    if year == start.year {
                        self.century_start = Some(start.to_millis());
                    }
                }
                if letter == 'y' {
                    self.year = Some(year);
                } else {
                    self.week_year = Some(year);
                }
            }
            'M' | 'L' if count > 2 => self.month = Some(reader.name(&MONTHS)? + 1),
            'M' | 'L' => self.month = Some(reader.number(width)?),
            'E' => self.weekday = Some(reader.name(&WEEKDAYS)?),
            'u' => {
                // Java takes a day outside of 1 to 7 for one that counts from Sunday.
                let day = reader.number(width)?;
                let day = if (1..=7).contains(&day) { day } else { day - 1 };
                self.weekday = Some(day.rem_euclid(7));
            }
            'd' => self.day = Some(reader.number(width)?),
            'D' => self.day_of_year = Some(reader.number(width)?),
            'w' => self.week = Some(reader.number(width)?),
            'W' => self.week_of_month = Some(reader.number(width)?),
            'F' => self.weekday_in_month = Some(reader.number(width)?),
            'a' => self.is_afternoon = Some(reader.word(["AM", "PM"])?),
            'H' => self.hour = Some(reader.number(width)?),
            'k' => {
                let hour = reader.number(width)?;
                self.hour = Some(if hour == 24 { 0 } else { hour });
            }
            'K' => self.half_hour = Some(reader.number(width)?),
            'h' => {
                let hour = reader.number(width)?;
                self.half_hour = Some(if hour == 12 { 0 } else { hour });
            }
            'm' => self.minute = reader.number(width)?,
            's' => self.second = reader.number(width)?,
            'S' => self.milli = reader.number(width)?,
            'z' | 'Z' => self.offset = reader.zone()?,
            _ if reader.rest.starts_with('Z') => {
                reader.rest = &reader.rest[1..];
                self.offset = 0;
            }
            _ => {
                let form = match count {
                    1 => Offset::Hours,
                    2 => Offset::Minutes,
                    _ => Offset::Colon,
                };
                self.offset = reader.offset(form)?;
            }
        }
        Some(())
    }

    fn resolve(&self) -> Option<i64> {
        let mut year = self.year.unwrap_or(1970);
        if self.is_before_christ {
            year = 1 - year;
        }
        if year.abs() > YEAR_MAX || self.week_year.is_some_and(|year| year.abs() > YEAR_MAX) {
            return None;
        }
        let moment = self.moment(year);
        if self.century_start.is_some_and(|start| moment < start) {
            return Some(self.moment(year + 100));
        }
        Some(moment)
    }

    fn moment(&self, year: i64) -> i64 {
        let week_day =
            |year, week| first_week_of(year) + (week - 1) * 7 + self.weekday.unwrap_or(0);
        // A week year takes the place of month and day: the trap of `YYYY-MM-dd`
        // (aggregation-refresh.md §5.2, 3).
        let days = match (self.week_year, self.week) {
            (Some(week_year), week) => week_day(week_year, week.unwrap_or(1)),
            (None, Some(week)) if self.month.is_none() && self.day.is_none() => {
                week_day(year, week)
            }
            _ if self.day.is_none() && self.weekday.is_some() => self.weekday_of_month(year),
            _ if self.month.is_none() && self.day.is_none() => {
                days_of(year, 1, 1) + self.day_of_year.unwrap_or(1) - 1
            }
            _ => days_of(year, self.month.unwrap_or(1), self.day.unwrap_or(1)),
        };
        let half_day = |half: i64| {
            half + if self.is_afternoon == Some(true) {
                12
            } else {
                0
            }
        };
        let hour = match (self.hour, self.half_hour) {
            (Some(hour), _) => hour,
            (None, half) => half_day(half.unwrap_or(0)),
        };
        let time = Civil {
            year: 1970,
            month: 1,
            day: 1,
            hour,
            minute: self.minute,
            second: self.second,
            milli: self.milli,
        };
        days * DAY + time.to_millis() - self.offset
    }
}

impl Fields {
    /// A weekday without a day: that of the week given, else the first one of the month.
    fn weekday_of_month(&self, year: i64) -> i64 {
        let first = days_of(year, self.month.unwrap_or(1), 1);
        let before = (first + 4).rem_euclid(7);
        let weekday = self.weekday.unwrap_or(0);
        if let Some(week) = self.week_of_month {
            return first - before + (week - 1) * 7 + weekday;
        }
        let count = self.weekday_in_month.unwrap_or(1);
        first + (weekday - before).rem_euclid(7) + (count - 1) * 7
    }
}

/// Two digits mean a year between 80 years before and 20 years after now.
fn century(value: i64, start: i64) -> i64 {
    let year = start - start.rem_euclid(100) + value;
    if year < start { year + 100 } else { year }
}
