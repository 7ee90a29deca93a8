//! An endpoint for trying subscriptions: it answers 200 to whatever is sent to it and remembers the
//! last requests. Bounded in number and bytes; kept in memory only, so a restart forgets them.
//!
//! It knows nothing of orgs, sessions or events: whoever serves it decides which addresses exist.

mod caught;
mod inbox;
mod inboxes;
pub mod limits;

pub use caught::{Caught, Header};
pub use inbox::Inbox;
pub use inboxes::Inboxes;
