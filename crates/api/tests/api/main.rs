//! The wire, tested through the whole service: one file per resource, and three that hold for all.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

mod accounts;
mod attribute_sync;
mod collections;
mod completion;
mod conformance;
mod entitlements;
mod entitlements_of_people;
mod events;
mod filter_trials;
mod frame;
mod identities;
mod identity_attributes;
mod identity_explained;
mod identity_history;
mod identity_profiles;
mod identity_profiles_exchanged;
mod inboxes;
mod invocations;
mod invocations_listed;
mod lifecycle_states;
mod numbered;
mod oauth;
mod org_config;
mod people;
mod previews;
mod processing;
mod refusals;
mod reports;
mod schemas;
mod settings;
mod source_owners;
mod source_readings;
mod source_secrets;
mod sources;
mod subscription_extensions;
mod subscriptions;
mod subscriptions_changed;
mod subscriptions_refused;
mod tasks;
mod transforms;
mod triggers;
