//! Who depends on what of an account: an account that changed only in what nobody reads needs no
//! refresh of its identity.
//!
//! Everything that mappings and stored transforms read counts, whether or not a mapping leads there;
//! a transform whose reading cannot be told from its text, or that depends on time or chance, reads
//! everything.

use std::collections::HashSet;

use muster_model::{IdentityProfile, Source, StoredTransform};
use muster_store::{Account, Result, Tx};
use muster_transform::{References, SourceKey, Transform};

/// What is read of the accounts of one source.
pub(crate) enum Reads {
    /// All of it.
    Everything,
    /// These attributes, and what is no attribute.
    Attributes(HashSet<String>),
}

impl Reads {
    /// What the org's configuration reads of a source.
    pub(crate) fn of(tx: &mut Tx<'_>, source: &Source) -> Result<Self> {
        let mut attributes = HashSet::new();
        // Correlation and the manager's rule look into accounts beside all mappings.
        let manager = source.manager_correlation_mapping.as_ref();
        attributes.extend(manager.map(|rule| rule.account_attribute_name.clone()));
        let profiles = tx.typed::<IdentityProfile>().list()?;
        let mappings = profiles
            .iter()
            .flat_map(|profile| &profile.identity_attribute_config.attribute_transforms)
            .map(|mapping| mapping.transform_definition.clone());
        let stored = tx.typed::<StoredTransform>().list()?;
        let stored = stored.iter().map(serde_json::to_value);
        for definition in mappings.map(Ok).chain(stored) {
            // What cannot be parsed reads nothing; whoever needs it is told so by the refresh.
            let Ok(transform) = Transform::parse(&definition?) else {
                continue;
            };
            let references = transform.references();
            if references.whole_identity || references.time || references.randomness {
                return Ok(Self::Everything);
            }
            attributes.extend(of_source(references, source));
        }
        Ok(Self::Attributes(attributes))
    }

    /// Whether anything that is read differs between two states of an account.
    pub(crate) fn differ(&self, old: &Account, new: &Account) -> bool {
        let Self::Attributes(read) = self else {
            return true;
        };
        let told = |account: &Account| (account.identity_id, account.disabled, account.locked);
        told(old) != told(new)
            || old.name != new.name
            || old.native_identity != new.native_identity
            || read
                .iter()
                .any(|name| old.attributes.get(name) != new.attributes.get(name))
    }
}

fn of_source(references: &References, source: &Source) -> impl Iterator<Item = String> {
    let is_meant = |key: &SourceKey| match key {
        SourceKey::Id(id) => *id == source.id,
        SourceKey::Name(name) => *name == source.name,
        // The alias is the name with a suffix; whoever names a source so is taken to mean this one.
        SourceKey::Application(_) => true,
    };
    let accounts = references.accounts.iter();
    accounts
        .filter(move |read| is_meant(&read.source))
        .map(|read| read.attribute.clone())
}
