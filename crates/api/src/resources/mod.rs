//! The list of everything that is served. Nothing registers itself: a resource that is not named
//! here does not exist.

pub mod org_config;
pub mod transforms;

use crate::operation::Operation;

/// Every operation, in the order of the families.
pub fn all() -> Vec<Operation> {
    let mut all: Vec<Operation> = Vec::new();
    all.extend(transforms::TRANSFORMS.operations());
    all.extend(org_config::ORG_CONFIG.operations());
    all.extend(org_config::OPERATIONS);
    all.extend(crate::about::OPERATIONS);
    all
}
