//! The list of everything that is served. Nothing registers itself: a resource that is not named
//! here does not exist.

pub mod accounts;
mod credentials;
pub mod entitlements;
pub mod events;
pub mod feature_flags;
pub mod filter_trials;
pub mod identities;
pub mod identity_attributes;
pub mod identity_profiles;
mod identity_tasks;
pub mod inboxes;
pub mod invocations;
pub mod lifecycle_states;
pub mod notices;
pub mod oauth;
pub mod oauth_clients;
pub mod org_config;
pub mod personal_access_tokens;
mod previews;
pub mod reports;
pub mod schemas;
pub mod settings;
pub(crate) mod shaped;
pub mod sources;
pub mod subscriptions;
pub mod tasks;
pub mod transforms;
pub mod triggers;

use crate::operation::Operation;

/// Every operation, in the order of the families.
pub fn all() -> Vec<Operation> {
    let mut all: Vec<Operation> = Vec::new();
    all.extend(oauth::OPERATIONS);
    all.extend(oauth_clients::OPERATIONS);
    all.extend(personal_access_tokens::OPERATIONS);
    all.extend(identities::OPERATIONS);
    all.extend(identity_attributes::IDENTITY_ATTRIBUTES.operations());
    all.extend(identity_attributes::OPERATIONS);
    all.extend(identity_profiles::IDENTITY_PROFILES.operations());
    all.extend(identity_profiles::OPERATIONS);
    all.extend(identity_profiles::edit_preview::OPERATIONS);
    all.extend(lifecycle_states::LIFECYCLE_STATES.operations());
    all.extend(lifecycle_states::OPERATIONS);
    all.extend(accounts::OPERATIONS);
    all.extend(sources::SOURCES.operations());
    all.extend(sources::OPERATIONS);
    all.extend(sources::attribute_sync::OPERATIONS);
    all.extend(sources::correlation::OPERATIONS);
    all.extend(sources::connector::OPERATIONS);
    all.extend(sources::correlation_preview::OPERATIONS);
    all.extend(sources::preview::OPERATIONS);
    all.extend(sources::holds::OPERATIONS);
    all.extend(sources::schedules::OPERATIONS);
    all.extend(sources::native_change::OPERATIONS);
    all.extend(sources::request_config::OPERATIONS);
    all.extend(entitlements::OPERATIONS);
    all.extend(schemas::OPERATIONS);
    all.extend(tasks::OPERATIONS);
    all.extend(reports::OPERATIONS);
    all.extend(transforms::TRANSFORMS.operations());
    all.extend(transforms::preview::OPERATIONS);
    all.extend(triggers::OPERATIONS);
    all.extend(subscriptions::OPERATIONS);
    all.extend(filter_trials::OPERATIONS);
    all.extend(invocations::OPERATIONS);
    all.extend(events::OPERATIONS);
    all.extend(inboxes::OPERATIONS);
    all.extend(subscriptions::whole::OPERATIONS);
    all.extend(subscriptions::extensions::OPERATIONS);
    all.extend(notices::OPERATIONS);
    all.extend(org_config::ORG_CONFIG.operations());
    all.extend(org_config::OPERATIONS);
    all.extend(settings::SETTINGS.operations());
    all.extend(feature_flags::OPERATIONS);
    all.extend(crate::about::OPERATIONS);
    all
}
