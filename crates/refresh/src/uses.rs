//! Which profiles a transform goes into: whoever edits it wants those refreshed.

use std::collections::HashSet;

use muster_model::{Document, IdentityProfile, StoredTransform};
use muster_store::{Result, Tx};
use muster_transform::Transform;
use serde_json::Value;

/// The profiles that use a transform, in a mapping or through another transform that refers to it.
pub fn profiles_that_use(
    transform: &StoredTransform,
    tx: &mut Tx<'_>,
) -> Result<Vec<IdentityProfile>> {
    let stored = tx.documents(StoredTransform::KIND).list()?;
    let mut profiles = tx.typed::<IdentityProfile>().list()?;
    profiles.retain(|profile| {
        let config = &profile.identity_attribute_config;
        let mut named: Vec<String> = config
            .attribute_transforms
            .iter()
            .flat_map(|entry| names(&entry.transform_definition))
            .collect();
        let mut seen = HashSet::new();
        while let Some(name) = named.pop() {
            if name == transform.name || name == transform.id {
                return config.enabled;
            }
            let next = stored.iter().find(|one| one.name == name || one.id == name);
            if let Some(next) = next
                && seen.insert(name)
            {
                named.extend(names(&next.body));
            }
        }
        false
    });
    Ok(profiles)
}

/// The transforms that a transform refers to; one that does not compile refers to nothing.
fn names(json: &Value) -> Vec<String> {
    Transform::parse(json).map_or_else(|_| Vec::new(), |one| one.references().transforms.clone())
}
