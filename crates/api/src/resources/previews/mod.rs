//! Previews: the real operation is called in a copy of the org, the real stations do what it asks for,
//! and the answer says what came of it. Muster's own; nothing is stored and nothing is sent.

mod edit;
mod shape;

use muster_preview::{Error, ITEMS_DEFAULT, ITEMS_MAX, Previews, RETRY_SECONDS};

pub(super) use self::edit::Edit;
pub(super) use self::shape::RunPreview;
use crate::call::Call;
use crate::handler::Json;
use crate::operation::QueryParameter;
use crate::problem::{Problem, sentence};

/// What all previews ask for.
pub(super) const LIMIT: &[QueryParameter] = &[QueryParameter::new(
    "limit",
    "How many people of each kind, and how many events of each subscription, are shown: 50 where it is \
     left out, at most 1000. Counts are always whole.",
)];

/// Starts a run in a copy of the org, lets it come to its end, and says what it came to.
pub(super) fn preview(
    call: &Call,
    start: impl FnOnce(&Call) -> Result<(), Problem>,
) -> Result<Json<RunPreview>, Problem> {
    let limit = limit(call)?;
    let previews = call.app().service::<Previews>()?;
    let preview = previews.begin(&call.app().store, call.org(), call.given_up())?;
    start(&call.inside(preview.org()))?;
    RunPreview::of(preview.run(limit)?).map(Json)
}

fn limit(call: &Call) -> Result<usize, Problem> {
    match call.query_as::<usize>("limit")? {
        None => Ok(ITEMS_DEFAULT),
        Some(limit) if limit <= ITEMS_MAX => Ok(limit),
        Some(_) => Err(Problem::limit(format!(
            "limit: at most {ITEMS_MAX} items of each kind are shown; counts are always whole."
        ))),
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let text = sentence(&error.to_string());
        match error {
            Error::TooMany(_) => Self::busy(text, RETRY_SECONDS),
            Error::Taken | Error::Indexing => Self::conflict(text),
            Error::NoRoom(_) | Error::Unfinished(_) | Error::GivenUp => Self::unavailable(text),
            Error::Store(error) => error.into(),
        }
    }
}
