//! What a run would do, before it is done.
//!
//! Nothing is imitated: [`Previews`] makes a copy of the org, whoever asks starts the run in it as in
//! the org itself, the real stations do its jobs, and then [`Outcome`] says how people differ and which
//! events each subscription would get. The copy is thrown away. No station knows of this.

mod compare;
mod difference;
mod error;
mod limits;
mod outcome;
mod previews;

pub use error::Error;
pub use limits::{ITEMS_DEFAULT, ITEMS_MAX, RETRY_SECONDS};
pub use outcome::{
    Counted, Held, Move, Outcome, People, Person, PersonBefore, PersonChange, PersonProblem, Told,
    ValueChange,
};
pub use previews::{MakeHandlers, Preview, Previews};
