//! Invocations: what became of an event for a subscription, questions to subscribers who answer, and
//! tests of subscriptions.
//!
//! An event that nobody answers has no row of its own here: its [`InvocationKey`] id says which
//! delivery it is. A question is a row: made by [`ask`], asked by the asker, ended by its HTTP
//! answer, by [`complete`] or by its deadline, and handed over to the flow that asked as a job.

mod answer;
mod ask;
mod asker;
mod complete;
mod end;
mod id;
mod metadata;
mod shown;
mod standing;
mod status;
mod test;

pub use ask::{Desk, Question, Reply, ask};
pub(crate) use asker::Asker;
pub use complete::{Completion, Given, complete};
pub(crate) use end::abandon;
pub use id::InvocationKey;
pub use standing::Standing;
pub use status::{Listing, Order, Page, Standings, list, one};
pub use test::{Refusal, TestInvocation, invoke};
