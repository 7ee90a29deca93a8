//! The list of everything that is served. Nothing registers itself: a resource that is not named
//! here does not exist.

pub mod accounts;
pub mod oauth;
pub mod oauth_clients;
pub mod org_config;
pub mod personal_access_tokens;
pub mod schemas;
pub(crate) mod shaped;
pub mod sources;
pub mod tasks;
pub mod transforms;

use crate::operation::Operation;

/// Every operation, in the order of the families.
pub fn all() -> Vec<Operation> {
    let mut all: Vec<Operation> = Vec::new();
    all.extend(oauth::OPERATIONS);
    all.extend(oauth_clients::OPERATIONS);
    all.extend(personal_access_tokens::OPERATIONS);
    all.extend(accounts::OPERATIONS);
    all.extend(sources::SOURCES.operations());
    all.extend(sources::OPERATIONS);
    all.extend(sources::correlation::OPERATIONS);
    all.extend(schemas::OPERATIONS);
    all.extend(tasks::OPERATIONS);
    all.extend(transforms::TRANSFORMS.operations());
    all.extend(org_config::ORG_CONFIG.operations());
    all.extend(org_config::OPERATIONS);
    all.extend(crate::about::OPERATIONS);
    all
}
