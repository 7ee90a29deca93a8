//! Work that comes back at set times: Quartz expressions in the org's time zone.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::parser::{CronParser, Seconds, Year};
use muster_model::Timestamp;
use muster_store::{NewJob, Result, Schedule, Tx};

/// An expression or time zone that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadCron {
    /// Not a Quartz expression.
    #[error("`{0}` is no cron expression with six or seven fields, such as `0 0 8,20 * * ?`: {1}")]
    Expression(String, String),
    /// Not a time zone.
    #[error("`{0}` is no time zone, such as `Europe/Berlin`")]
    Zone(String),
}

/// The first moment after `after` that `cron` names in `zone`; weekdays count from Sunday = 1, as
/// Quartz has it.
pub fn next_time(cron: &str, zone: &str, after: Timestamp) -> Result<Timestamp, BadCron> {
    let bad =
        |error: &dyn std::fmt::Display| BadCron::Expression(cron.to_owned(), error.to_string());
    check_days(cron).map_err(|reason| BadCron::Expression(cron.to_owned(), reason))?;
    let zone = Tz::from_str(zone).map_err(|_| BadCron::Zone(zone.to_owned()))?;
    let parsed = CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Optional)
        .alternative_weekdays(true)
        .build()
        .parse(cron)
        .map_err(|error| bad(&error))?;
    let after = DateTime::<Utc>::from_timestamp_micros(after.as_micros())
        .unwrap_or_default()
        .with_timezone(&zone);
    let next = parsed
        .find_next_occurrence(&after, false)
        .map_err(|error| bad(&error))?;
    Ok(Timestamp::from_micros(next.timestamp_micros()))
}

/// Quartz knows no expression that names both a day of the month and a weekday, where other crons mean
/// "either": whoever writes one would be surprised.
fn check_days(cron: &str) -> Result<(), String> {
    let fields: Vec<&str> = cron.split_whitespace().collect();
    let is_open = |at: usize| {
        fields
            .get(at)
            .is_none_or(|field| ["?", "*"].contains(field))
    };
    if is_open(3) || is_open(5) {
        return Ok(());
    }
    Err("it names a day of the month and a weekday; write ? for one of them".to_owned())
}

/// Sets a schedule, new or changed.
pub fn set(tx: &mut Tx<'_>, mut schedule: Schedule, now: Timestamp) -> Result<(), Error> {
    schedule.next = next_time(&schedule.cron, &schedule.zone, now)?;
    Ok(tx.schedules().put(&schedule)?)
}

/// A schedule that could not be set.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The expression or zone is wrong.
    #[error(transparent)]
    Cron(#[from] BadCron),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] muster_store::Error),
}

/// Turns each schedule whose time has come into a job. Several nodes may do this at once: the row's
/// next time moves in the same transaction, so each time gives one job. Times that passed while no
/// node was running give one job, not one each.
pub fn run_due(tx: &mut Tx<'_>, now: Timestamp) -> Result<usize> {
    let due = tx.schedules().due(now)?;
    let mut started = 0;
    for schedule in due {
        let Ok(next) = next_time(&schedule.cron, &schedule.zone, now) else {
            tracing::error!(
                schedule = schedule.name,
                "a schedule that cannot be read is left out"
            );
            continue;
        };
        if tx
            .schedules()
            .advance(&schedule.name, schedule.next, next)?
        {
            let kind = schedule.kind.clone();
            let job = NewJob {
                kind: &kind,
                lane: &schedule.name,
                body: schedule.body,
                due: now,
            };
            tx.jobs().add(&job, now)?;
            started += 1;
        }
    }
    Ok(started)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// aggregation-refresh.md §9 case 24.
    #[test]
    fn quartz_hours_and_weekdays_are_read_in_the_orgs_zone() {
        let monday: Timestamp = "2026-11-23T04:30:00Z".parse().unwrap();
        let at = |cron, zone| next_time(cron, zone, monday).unwrap().to_string();
        assert_eq!(at("0 0 5,13,21 * * ?", "UTC"), "2026-11-23T05:00:00.000Z");
        assert_eq!(
            at("0 0 5,13,21 * * ?", "Europe/Berlin"),
            "2026-11-23T12:00:00.000Z"
        );
        assert_eq!(at("0 0 6 ? * 1", "UTC"), "2026-11-29T06:00:00.000Z");
        assert_eq!(at("0 0 6 L * ?", "UTC"), "2026-11-30T06:00:00.000Z");
        assert_eq!(at("0 0 6 ? * 6L", "UTC"), "2026-11-27T06:00:00.000Z");
        assert_eq!(at("0 0 6 ? * SUN", "UTC"), "2026-11-29T06:00:00.000Z");
        for wrong in ["every day", "0 5 * * *", "0 0 6 3 * 2", "0 0 6 * * ? 1999"] {
            assert!(next_time(wrong, "UTC", monday).is_err(), "{wrong}");
        }
        assert!(next_time("0 0 5 * * ?", "Mars/Olympus", monday).is_err());
    }
}
