//! Who is told of an event, and telling them.
//!
//! A [`subscription::Subscription`] is the wish to hear, dispatch turns events into delivery
//! rows, [`delivery`] sends them, [`invocation`] asks those who answer and shows what became of both,
//! [`feed`] is for those who fetch, [`retention`] forgets. [`Service`] runs all of
//! it for one org. This crate knows no status codes of its own API and no configuration files:
//! clock, randomness, secrets' keys and egress rules are passed in.

pub mod delivery;
mod dispatch;
mod error;
pub mod feed;
pub mod filter;
pub mod invocation;
mod limits;
mod passed_in;
pub mod retention;
mod service;
pub mod subscription;

pub use dispatch::{Foretold, forecast};
pub use error::{Error, Result};
pub use passed_in::{Fill, Place, SealError, Sealer};
pub use service::{Health, Options, Service, Setup};
