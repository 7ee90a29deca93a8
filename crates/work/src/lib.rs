//! Durable work: jobs as rows, done by some worker of some process, at least once, to their end.
//!
//! A job's last effect and its removal are one transaction, so a crash repeats a job that was not
//! finished and never one that was.

mod backoff;
mod hands;
mod job;
mod limits;
mod schedule;
mod workers;

pub use job::{Handler, Running, Stop};
pub use schedule::{BadCron, Error as ScheduleError, next_time, run_due, set};
pub use workers::Workers;
