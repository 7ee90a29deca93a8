//! Days and dates as Java's GregorianCalendar counts them: Gregorian from 1582-10-15 on, Julian before,
//! overflowing fields rolling over into the next ones. Always UTC.

/// Milliseconds of a day.
pub(crate) const DAY: i64 = 86_400_000;

/// 1582-10-15, the first Gregorian day, in days since 1970-01-01.
const CUTOVER: i64 = -141_427;

/// A moment, taken apart. The year counts 0 for 1 BC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
    pub(crate) milli: i64,
}

impl Civil {
    /// Takes a moment apart.
    pub(crate) fn of(millis: i64) -> Self {
        let days = millis.div_euclid(DAY);
        let rest = millis.rem_euclid(DAY);
        let (year, month, day) = date_of(days);
        Self {
            year,
            month,
            day,
            hour: rest / 3_600_000,
            minute: rest / 60_000 % 60,
            second: rest / 1000 % 60,
            milli: rest % 1000,
        }
    }

    /// Puts a moment together; fields outside of their range roll over.
    pub(crate) fn to_millis(self) -> i64 {
        days_of(self.year, self.month, self.day) * DAY
            + self.hour * 3_600_000
            + self.minute * 60_000
            + self.second * 1000
            + self.milli
    }

    /// The same time of day `months` later; a day that the month does not have becomes its last.
    pub(crate) fn plus_months(self, months: i64) -> Self {
        let count = self.year * 12 + self.month - 1 + months;
        let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
        let day = self
            .day
            .min(days_of(year, month + 1, 1) - days_of(year, month, 1));
        Self {
            year,
            month,
            day,
            ..self
        }
    }

    /// Days since 1970-01-01.
    pub(crate) fn days(self) -> i64 {
        days_of(self.year, self.month, self.day)
    }

    /// The day of the week: 0 is Sunday.
    pub(crate) fn weekday(self) -> i64 {
        weekday_of(self.days())
    }

    /// The day of the year, from 1.
    pub(crate) fn day_of_year(self) -> i64 {
        self.days() - days_of(self.year, 1, 1) + 1
    }

    /// The week and the year it belongs to; weeks begin on Sunday and the first holds January 1
    /// (Java's US locale).
    pub(crate) fn week(self) -> (i64, i64) {
        let start = self.days() - self.weekday();
        if start + 6 >= days_of(self.year + 1, 1, 1) {
            return (self.year + 1, 1);
        }
        (self.year, (start - first_week_of(self.year)) / 7 + 1)
    }
}

/// The Sunday on which the first week of a year begins.
pub(crate) fn first_week_of(year: i64) -> i64 {
    let first = days_of(year, 1, 1);
    first - weekday_of(first)
}

/// Days since 1970-01-01; month and day may lie outside of their range.
pub(crate) fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year + (month - 1).div_euclid(12);
    let month = (month - 1).rem_euclid(12) + 1;
    let gregorian = from_march(year, month, true) + day - 1;
    if gregorian >= CUTOVER {
        gregorian
    } else {
        from_march(year, month, false) + day - 1
    }
}

fn weekday_of(days: i64) -> i64 {
    (days + 4).rem_euclid(7)
}

/// The first of a month, counted in years that begin in March, so that the leap day comes last.
fn from_march(year: i64, month: i64, is_gregorian: bool) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let days = year * 365 + year.div_euclid(4) + (153 * month + 2) / 5;
    if is_gregorian {
        days - year.div_euclid(100) + year.div_euclid(400) - 719_468
    } else {
        days - 719_470
    }
}

fn date_of(days: i64) -> (i64, i64, i64) {
    let (year, day_of_year) = if days >= CUTOVER {
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
        (era * 400 + year, day_of_year)
    } else {
        let days = days + 719_470;
        let era = days.div_euclid(1_461);
        let day_of_era = days.rem_euclid(1_461);
        let year = (day_of_era - day_of_era / 1_460) / 365;
        (era * 4 + year, day_of_era - 365 * year)
    };
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (if month <= 2 { year + 1 } else { year }, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_reads_back() {
        for days in (-800_000..800_000).step_by(37) {
            let civil = Civil::of(days * DAY);
            assert_eq!(civil.to_millis(), days * DAY, "{civil:?}");
        }
    }

    #[test]
    fn known_days_are_right() {
        assert_eq!(days_of(1970, 1, 1), 0);
        assert_eq!(days_of(2024, 2, 30), days_of(2024, 3, 1));
        assert_eq!(days_of(2020, 13, 1), days_of(2021, 1, 1));
        // The day after 1582-10-04 is 1582-10-15.
        assert_eq!(days_of(1582, 10, 4) + 1, days_of(1582, 10, 15));
        assert_eq!(Civil::of(days_of(2023, 12, 31) * DAY).week(), (2024, 1));
        assert_eq!(Civil::of(days_of(2023, 1, 1) * DAY).weekday(), 0);
    }
}
