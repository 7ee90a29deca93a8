//! The list of everything that is served. Nothing registers itself: a resource that is not named
//! here does not exist.

pub mod invocations;
pub mod oauth;
pub mod oauth_clients;
pub mod org_config;
pub mod personal_access_tokens;
pub mod subscriptions;
pub mod transforms;
pub mod triggers;

use crate::operation::Operation;

/// Every operation, in the order of the families.
pub fn all() -> Vec<Operation> {
    let mut all: Vec<Operation> = Vec::new();
    all.extend(oauth::OPERATIONS);
    all.extend(oauth_clients::OPERATIONS);
    all.extend(personal_access_tokens::OPERATIONS);
    all.extend(transforms::TRANSFORMS.operations());
    all.extend(triggers::OPERATIONS);
    all.extend(subscriptions::OPERATIONS);
    all.extend(invocations::OPERATIONS);
    all.extend(org_config::ORG_CONFIG.operations());
    all.extend(org_config::OPERATIONS);
    all.extend(crate::about::OPERATIONS);
    all
}
