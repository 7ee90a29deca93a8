//! Moments as people write them: a whole ISO 8601 date-time or only its beginning.
//!
//! `2018` is the year that starts at 2018-01-01T00:00:00Z: as a value to compare with it means
//! that first moment, and `sw` means anywhere inside. Without an offset a time is in UTC.

use muster_model::Timestamp;

/// A written moment: where it starts and the first moment after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
}

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Reads `yyyy`, `yyyy-mm`, `yyyy-mm-dd`, then `Thh`, `:mm`, `:ss`, a fraction, and an offset.
pub(crate) fn parse(text: &str) -> Option<Moment> {
    let text = text.trim();
    if !text.is_ascii() {
        return None;
    }
    match text.len() {
        4 => {
            let year: i32 = digits(text)?;
            between(&format!("{text}-01-01"), &format!("{:04}-01-01", year + 1))
        }
        7 => {
            let (year, month): (i32, i32) = (digits(&text[..4])?, digits(&text[5..])?);
            let next = if month == 12 {
                (year + 1, 1)
            } else {
                (year, month + 1)
            };
            between(
                &format!("{text}-01"),
                &format!("{:04}-{:02}-01", next.0, next.1),
            )
        }
        10 => lasting(&format!("{text}T00:00:00Z"), DAY),
        _ => with_time(text),
    }
}

/// The moment a document's text names, for comparison with a written one.
pub(crate) fn start(text: &str) -> Option<Timestamp> {
    parse(text).map(|moment| moment.start)
}

fn digits(text: &str) -> Option<i32> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

fn between(start: &str, end: &str) -> Option<Moment> {
    let day = |text: &str| format!("{text}T00:00:00Z").parse::<Timestamp>().ok();
    Some(Moment {
        start: day(start)?,
        end: day(end).unwrap_or(Timestamp::from_micros(i64::MAX)),
    })
}

fn lasting(text: &str, micros: i64) -> Option<Moment> {
    let start: Timestamp = text.parse().ok()?;
    let end = Timestamp::from_micros(start.as_micros().saturating_add(micros));
    Some(Moment { start, end })
}

/// A date, a separator, and a time that may stop after the hour, the minute or the second.
fn with_time(text: &str) -> Option<Moment> {
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let clock = rest.strip_prefix(['T', 't', ' '])?;
    let offset_at = clock.find(['Z', 'z', '+', '-']).unwrap_or(clock.len());
    let (time, offset) = clock.split_at(offset_at);
    let offset = if offset.is_empty() { "Z" } else { offset };
    let (time, micros) = match time.len() {
        2 => (format!("{time}:00:00"), 3600 * SECOND),
        5 => (format!("{time}:00"), 60 * SECOND),
        8 => (time.to_owned(), SECOND),
        _ => (time.to_owned(), fraction_micros(time)?),
    };
    lasting(&format!("{date}T{time}{offset}"), micros)
}

/// How long one unit of the last written digit of a fraction lasts; at least a microsecond.
fn fraction_micros(time: &str) -> Option<i64> {
    let fraction = time.get(8..)?.strip_prefix('.')?;
    let places = u32::try_from(fraction.len()).ok()?.min(6);
    Some(SECOND / 10_i64.pow(places))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str) -> (String, String) {
        let moment = parse(text).unwrap();
        (moment.start.to_string(), moment.end.to_string())
    }

    #[test]
    fn a_part_of_a_date_lasts_as_long_as_what_it_names() {
        let table = [
            (
                "2018",
                "2018-01-01T00:00:00.000Z",
                "2019-01-01T00:00:00.000Z",
            ),
            (
                "2018-12",
                "2018-12-01T00:00:00.000Z",
                "2019-01-01T00:00:00.000Z",
            ),
            (
                "2024-02",
                "2024-02-01T00:00:00.000Z",
                "2024-03-01T00:00:00.000Z",
            ),
            (
                "2024-02-29",
                "2024-02-29T00:00:00.000Z",
                "2024-03-01T00:00:00.000Z",
            ),
            (
                "2024-02-29T10",
                "2024-02-29T10:00:00.000Z",
                "2024-02-29T11:00:00.000Z",
            ),
            (
                "2024-02-29T10:30",
                "2024-02-29T10:30:00.000Z",
                "2024-02-29T10:31:00.000Z",
            ),
            (
                "2024-02-29T10:30+02:00",
                "2024-02-29T08:30:00.000Z",
                "2024-02-29T08:31:00.000Z",
            ),
            (
                "2024-02-29 10:30:05Z",
                "2024-02-29T10:30:05.000Z",
                "2024-02-29T10:30:06.000Z",
            ),
            (
                "2024-02-29T10:30:05.25Z",
                "2024-02-29T10:30:05.250Z",
                "2024-02-29T10:30:05.260Z",
            ),
        ];
        for (text, start, end) in table {
            assert_eq!(span(text), (start.to_owned(), end.to_owned()), "{text}");
        }
    }

    #[test]
    fn nanoseconds_are_read_as_microseconds() {
        let moment = parse("2022-02-07T20:13:29.356648026Z").unwrap();
        assert_eq!(moment.start.as_micros() % SECOND, 356_648);
        assert_eq!(moment.end.as_micros() - moment.start.as_micros(), 1);
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "20",
            "abcd",
            "2018-13",
            "2018-1-1",
            "2018-02-30",
            "2018-01-01T25",
            "yesterday",
            "2018-01-01T",
            "2018-01-01T10:30:00.",
            "2018/01/01",
            "２０１８",
            "-001",
            "2018-01-01T10:30x",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_last_year_of_the_calendar_ends_somewhere() {
        assert!(parse("9999").is_some());
        assert!(parse("9999-12").is_some());
    }
}
