//! Invocations: what the API shows of deliveries, and tests of subscriptions.
//!
//! An invocation is one event for one subscription. It has no row of its own: its id says which
//! delivery it is.

mod id;
mod status;
mod test;

pub use id::InvocationKey;
pub use status::{Listing, Order, Page, list};
pub use test::{Refusal, TestInvocation, invoke};
