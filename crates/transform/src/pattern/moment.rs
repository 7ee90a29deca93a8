//! The date formats that transforms know by name, and those that are patterns (§5, dateFormat).

use crate::pattern::calendar::Civil;
use crate::pattern::date::DatePattern;

/// Milliseconds from 1601-01-01, where Windows begins to count, to 1970-01-01.
const WINDOWS_EPOCH: i64 = 11_644_473_600_000;

/// A way to write a moment.
#[derive(Debug)]
pub(crate) enum Format {
    /// `yyyy-MM-dd'T'HH:mm:ss.SSSX`. The vendor's page ends it in `Z`, the API in `X`; `X` gives the
    /// trailing `Z` that dateMath asks for.
    Iso8601,
    /// Milliseconds since 1970.
    EpochJava,
    /// 100 nanoseconds since 1601.
    EpochWindows,
    /// A `SimpleDateFormat` pattern.
    Pattern(DatePattern),
}

impl Format {
    /// Finds a named format or compiles a pattern.
    pub(crate) fn compile(source: &str) -> Result<Self, String> {
        Ok(match source {
            "ISO8601" => Self::Iso8601,
            "EPOCH_TIME_JAVA" => Self::EpochJava,
            "EPOCH_TIME_WIN32" => Self::EpochWindows,
            "LDAP" => Self::Pattern(DatePattern::compile("yyyyMMddHHmmss.Z")?),
            "PEOPLE_SOFT" => Self::Pattern(DatePattern::compile("MM/dd/yyyy")?),
            pattern => Self::Pattern(DatePattern::compile(pattern)?),
        })
    }

    /// Whether it is a pattern with this letter.
    pub(crate) fn has(&self, letter: char) -> bool {
        matches!(self, Self::Pattern(pattern) if pattern.has(letter))
    }

    /// Reads milliseconds since 1970.
    pub(crate) fn parse(&self, text: &str, now: i64) -> Option<i64> {
        match self {
            Self::Iso8601 => parse_iso8601(text),
            Self::EpochJava => text
                .trim()
                .parse()
                .ok()
                .filter(|millis| is_calendar(*millis)),
            Self::EpochWindows => {
                let ticks: i64 = text.trim().parse().ok()?;
                Some(ticks.div_euclid(10_000) - WINDOWS_EPOCH).filter(|millis| is_calendar(*millis))
            }
            Self::Pattern(pattern) => pattern
                .parse(text, now)
                .filter(|millis| is_calendar(*millis)),
        }
    }

    /// Writes milliseconds since 1970.
    pub(crate) fn format(&self, millis: i64) -> String {
        match self {
            Self::Iso8601 => iso8601(millis),
            Self::EpochJava => millis.to_string(),
            Self::EpochWindows => (i128::from(millis) + i128::from(WINDOWS_EPOCH))
                .saturating_mul(10_000)
                .to_string(),
            Self::Pattern(pattern) => pattern.format(millis),
        }
    }
}

/// Reads a date, a `T`, a time and a zone. Seconds and their fraction may be left out; the zone may
/// not, because without it the moment is a guess.
pub(crate) fn parse_iso8601(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    // In pieces, because a date at the calendar's ends (0001-01-01, 9999-12-31) stands for "none" or
    // "open" in many files and must come back as it went in.
    let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
    let (date, time, offset) = (pieces.date(), pieces.time()?, pieces.to_numeric_offset()?);
    let civil = Civil {
        year: date.year().into(),
        month: date.month().into(),
        day: date.day().into(),
        hour: time.hour().into(),
        minute: time.minute().into(),
        second: time.second().into(),
        milli: time.millisecond().into(),
    };
    Some(civil.to_millis() - i64::from(offset.seconds()) * 1000)
}

fn iso8601(millis: i64) -> String {
    let civil = Civil::of(millis);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        civil.year, civil.month, civil.day, civil.hour, civil.minute, civil.second, civil.milli
    )
}

/// Within a million years of now, so that no calculation after it can overflow.
fn is_calendar(millis: i64) -> bool {
    millis.unsigned_abs() < 1_000_000 * 366 * 86_400_000
}
