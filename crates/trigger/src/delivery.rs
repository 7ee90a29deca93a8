//! Telling subscribers: one lane per subscription, each with connections of its own.
//!
//! The rows are the queue. A lane keeps a window of them in memory, sends them in the order of
//! their subjects, and one ledger writes down who is told and how it went. Lanes share nothing, so
//! an endpoint that hangs costs its neighbours nothing (speed-spikes.md §1).

mod breaker;
mod bridge;
mod bucket;
mod connection;
pub mod egress;
mod failing;
mod inbox;
mod keeping;
mod lane;
mod lanes;
mod ledger;
mod message;
mod queue;
pub mod retry;
mod senders;
mod sending;
mod settling;
mod sharing;
mod sign;
mod target;
mod tls;
mod unwritten;

pub(crate) use connection::{Connection, Connector, Telling, too_late};
pub(crate) use inbox::{Inbox, Phase};
pub(crate) use lane::Context;
pub(crate) use lanes::Lanes;
pub(crate) use ledger::Ledger;
pub(crate) use message::Message;
pub(crate) use message::Shelf;
pub use senders::Senders;
pub use sign::Signer;
pub(crate) use target::{Call, Defaults, Target};
pub use tls::client_config;
pub(crate) use tls::client_config_with;
