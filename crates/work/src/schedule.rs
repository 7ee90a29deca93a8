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
        assert!(next_time("every day", "UTC", monday).is_err());
        assert!(next_time("0 0 5 * * ?", "Mars/Olympus", monday).is_err());
    }
}
