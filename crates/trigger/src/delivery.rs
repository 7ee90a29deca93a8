//! Telling subscribers: one lane per subscription, each with connections of its own.
//!
//! The rows are the queue. A lane keeps a window of them in memory, sends them in the order of
//! their subjects, and one recorder writes down how it went. Lanes share nothing, so an endpoint
//! that hangs costs its neighbours nothing (speed-spikes.md §1).

mod connection;
pub mod egress;
mod lane;
mod lanes;
mod message;
mod queue;
mod recorder;
pub mod retry;
mod sign;
mod target;
mod tls;

pub(crate) use connection::{Connection, Connector, Telling};
pub(crate) use lane::Context;
pub(crate) use lanes::Lanes;
pub(crate) use message::Message;
pub(crate) use recorder::Recorder;
pub use sign::Signer;
pub(crate) use target::{Call, Target};
pub use tls::client_config;
