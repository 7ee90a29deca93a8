//! The promises of subscriptions, deliveries and invocations, on both backends.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod bridge;
mod cases;
mod delivery;
mod feed;
mod invocation;
mod question;
mod settings;
mod signature;
mod subscription;
mod tls;
mod world;
