//! Why a request about subscriptions or invocations is refused. The variants are the vendor's finer
//! codes (event-triggers.md §1.13); only the API knows their numbers.

use crate::passed_in::SealError;

/// This crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not the documented shape: a wrong type or an unknown word. `400.1`.
    #[error("the request is not of the documented shape: {reason}")]
    BadContent {
        /// Where and why.
        reason: String,
    },
    /// A field that must be there is missing or empty. `400.1.0`.
    #[error("`{field}` is required and is missing or empty")]
    RequiredMissing {
        /// The field's path.
        field: &'static str,
    },
    /// A field that may not be changed. `400.1.1`.
    #[error("`{field}` cannot be changed")]
    IllegalUpdate {
        /// The field.
        field: String,
    },
    /// A text that is too long. `400.1.2`.
    #[error("`{field}` may have at most {chars_max} characters")]
    LengthOutOfRange {
        /// The field.
        field: &'static str,
        /// How many are allowed.
        chars_max: usize,
    },
    /// A value outside the rule. `400.1.3`.
    #[error("`{field}` {reason}; {remedy}")]
    IllegalValue {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
        /// What to do.
        remedy: String,
    },
    /// Too many subscriptions of one trigger. `400.1.4`.
    #[error("trigger `{trigger}` has its {limit} subscriptions; delete one first")]
    LimitViolation {
        /// The trigger.
        trigger: String,
        /// How many it may have.
        limit: usize,
    },
    /// A name that another subscription has. `400.1.409`.
    #[error("another subscription is called `{name}`; choose another name")]
    ReferenceConflict {
        /// The name.
        name: String,
    },
    /// A trigger that does not exist for this org. `400.1.404`.
    #[error("there is no trigger `{id}`")]
    ReferencedNotFound {
        /// The id that was given.
        id: String,
    },
    /// There is no such subscription. 404.
    #[error("there is no such subscription")]
    NotFound,
    /// A cursor of the feed behind which events have been removed. 410.
    #[error("events up to {oldest} are not kept any more; begin with the oldest that is")]
    CursorTooOld {
        /// The oldest cursor that still works.
        oldest: i64,
    },
    /// A secret could not be sealed or opened.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] muster_store::Error),
}

impl Error {
    pub(crate) fn illegal(
        field: &'static str,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::IllegalValue {
            field,
            reason: reason.into(),
            remedy: remedy.into(),
        }
    }
}
