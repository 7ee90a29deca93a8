//! The wire, tested through the whole service: one file per resource, and three that hold for all.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

mod collections;
mod conformance;
mod frame;
mod invocations;
mod invocations_listed;
mod oauth;
mod org_config;
mod refusals;
mod subscriptions;
mod subscriptions_changed;
mod subscriptions_refused;
mod transforms;
mod triggers;
