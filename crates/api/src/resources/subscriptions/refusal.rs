//! The station's refusals as the wire tells them: which of the vendor's finer codes each one is
//! (event-triggers.md §1.13), and a text that starts with the field.

use muster_trigger::Error;

use crate::problem::{Problem, quote};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::BadContent { reason } => Self::bad_content(format!(
                "The body is not as documented: {}.",
                quote(&reason)
            )),
            Error::RequiredMissing { field } => {
                Self::required(format!("{field} is missing or empty; send it."))
            }
            Error::IllegalUpdate { field } => Self::illegal_update(format!(
                "{} cannot be changed; leave it out or send the value it has.",
                quote(&field)
            )),
            Error::LengthOutOfRange { field, chars_max } => Self::length(format!(
                "{field} has more than {chars_max} characters; shorten it."
            )),
            Error::IllegalValue {
                field,
                reason,
                remedy,
            } => Self::illegal_value(format!("{field} {reason}; {remedy}.")),
            Error::LimitViolation { trigger, limit } => Self::limit(format!(
                "triggerId: {trigger} already has {limit} of {limit} subscriptions; delete one first."
            )),
            Error::ReferenceConflict { name } => Self::reference_conflict(format!(
                "name: there is already a subscription called \"{}\"; choose another name.",
                quote(&name)
            )),
            Error::ReferencedNotFound { id } => Self::referenced_not_found(format!(
                "triggerId: there is no trigger \"{}\"; GET triggers lists them.",
                quote(&id)
            )),
            Error::NotFound => Self::not_found("There is no such subscription."),
            Error::CursorTooOld { oldest } => Self::gone(format!(
                "after: events up to {oldest} are not kept any more; begin with after=oldest."
            )),
            Error::Seal(error) => Self::hidden(&error),
            Error::Store(error) => error.into(),
        }
    }
}
