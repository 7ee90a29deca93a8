//! What a transform may read of the person at hand.

use muster_model::{AttributeMap, AttributeValue, Timestamp};
use muster_store::{Account, Identity};
use muster_transform as transform;
use muster_transform::Transform;

use crate::configuration::Configuration;

/// Randomness for transforms that ask for it.
pub type RandomBits = dyn Fn() -> u64 + Send + Sync;

/// One account with the names by which transforms speak of it.
pub(crate) struct AccountView<'a> {
    id: String,
    account: &'a Account,
    source_id: &'a str,
    source_name: &'a str,
    application: &'a str,
}

impl<'a> AccountView<'a> {
    /// Looks at an account; one whose source is gone can be read no more.
    pub(crate) fn of(account: &'a Account, configuration: &'a Configuration) -> Option<Self> {
        let source = configuration.sources.get(&account.source_id)?;
        Some(Self {
            id: account.id.to_string(),
            account,
            source_id: &source.id,
            source_name: &source.name,
            application: &source.application,
        })
    }
}

/// The person at hand, as one attribute's transform sees them.
pub(crate) struct Reading<'a> {
    pub(crate) now: Timestamp,
    pub(crate) random: &'a RandomBits,
    pub(crate) configuration: &'a Configuration,
    pub(crate) accounts: &'a [AccountView<'a>],
    /// The identity's id, where it has one.
    pub(crate) id: &'a str,
    /// What was stored, where anything was.
    pub(crate) stored: Option<&'a Identity>,
    /// The attributes that `identityAttribute` reads: those of the last refresh, or for the lifecycle
    /// state those just computed.
    pub(crate) attributes: &'a AttributeMap,
    /// The manager as of the last refresh.
    pub(crate) manager: Option<&'a Identity>,
    /// The manager's id as text.
    pub(crate) manager_id: &'a str,
    /// The attribute that is being computed.
    pub(crate) attribute: &'a str,
}

impl transform::Context for Reading<'_> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn random_bits(&self) -> u64 {
        (self.random)()
    }

    fn account(&self, index: usize) -> Option<transform::Account<'_>> {
        let view = self.accounts.get(index)?;
        Some(transform::Account {
            source_name: view.source_name,
            source_id: view.source_id,
            application_name: view.application,
            id: &view.id,
            created: view.account.created,
            native_identity: &view.account.native_identity,
            display_name: &view.account.name,
            disabled: view.account.disabled,
            attributes: &view.account.attributes,
        })
    }

    fn identity(&self) -> Option<transform::Identity<'_>> {
        Some(transform::Identity {
            id: self.id,
            uid: self.stored.map_or("", |identity| &identity.alias),
            display_name: self.stored.map_or("", |identity| &identity.name),
            is_manager: false,
            attributes: self.attributes,
        })
    }

    fn manager_of(&self, identity: &transform::Identity<'_>) -> Option<transform::Identity<'_>> {
        let manager = self.manager.filter(|_| identity.id == self.id)?;
        Some(transform::Identity {
            id: self.manager_id,
            uid: &manager.alias,
            display_name: &manager.name,
            is_manager: true,
            attributes: &manager.attributes,
        })
    }

    fn transform(&self, name_or_id: &str) -> Option<&Transform> {
        self.configuration
            .transforms
            .get(name_or_id)
            .map(AsRef::as_ref)
    }

    fn attribute_name(&self) -> Option<&str> {
        Some(self.attribute)
    }

    fn old_value(&self) -> Option<&AttributeValue> {
        self.stored?.attributes.get(self.attribute)
    }
}
