//! Accounts Collected for Aggregation and Account Aggregation Completed (event-triggers.md §2.3).
//!
//! Both have one body; the first speaks of collecting, the second of the whole (aggregation-refresh.md §1.4).

use muster_model::{Reference, Timestamp};

use crate::value::{Value, object};

/// How it ended, in the words of today's schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// All was read.
    Success,
    /// It could not be read.
    Failed,
    /// Someone or something stopped it.
    Terminated,
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::Failed => "Failed",
            Self::Terminated => "Terminated",
        }
    }
}

/// Counts of one aggregation: `changed + added = scanned - unchanged`; `removed` is never part of
/// `scanned` (aggregation-refresh.md §1.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Accounts in the file.
    pub scanned: i64,
    /// Of these, equal to what was known.
    pub unchanged: i64,
    /// Of these, different from what was known.
    pub changed: i64,
    /// Of these, new.
    pub added: i64,
    /// Known accounts that the file lacks.
    pub removed: i64,
}

/// What the two events tell.
#[derive(Clone, Debug)]
pub struct Collected<'a> {
    /// The source.
    pub source: &'a Reference,
    /// How it ended.
    pub status: Status,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub completed: Timestamp,
    /// What went wrong.
    pub errors: Vec<String>,
    /// What deserves a look.
    pub warnings: Vec<String>,
    /// The counts.
    pub statistics: Statistics,
}

/// The body of both events.
pub fn collected(told: &Collected<'_>) -> Value {
    let stats = told.statistics;
    object([
        ("source", told.source.into()),
        ("status", told.status.as_str().into()),
        ("started", told.started.to_string().into()),
        ("completed", told.completed.to_string().into()),
        ("errors", told.errors.clone().into()),
        ("warnings", told.warnings.clone().into()),
        (
            "stats",
            object([
                ("scanned", stats.scanned.into()),
                ("unchanged", stats.unchanged.into()),
                ("changed", stats.changed.into()),
                ("added", stats.added.into()),
                ("removed", stats.removed.into()),
            ]),
        ),
    ])
}
