//! What a transform may look at. The caller answers over data it already holds: every answer is a
//! borrow or a small bundle of borrows, so nothing is copied for a transform that does not ask.

use muster_model::{AttributeMap, AttributeValue, Timestamp};

use crate::transform::Transform;

/// The surroundings of one evaluation: one attribute of one identity.
///
/// Only [`now`](Context::now) and [`random_bits`](Context::random_bits) must be answered; a context
/// that leaves out the rest is one where those things are absent.
pub trait Context {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// 64 fresh random bits. Give secure ones where the result may become a password;
    /// [`SeededRandom`](crate::SeededRandom) serves tests and previews.
    fn random_bits(&self) -> u64;

    /// The implicit input: the value of the mapping's account attribute.
    fn input(&self) -> Option<&AttributeValue> {
        None
    }

    /// The identity's accounts, numbered from 0; `None` past the last one. The order does not matter.
    fn account(&self, _index: usize) -> Option<Account<'_>> {
        None
    }

    /// The identity, with the attribute values it had before this refresh.
    fn identity(&self) -> Option<Identity<'_>> {
        None
    }

    /// The manager of an identity, which may be the one at hand or one found through it.
    fn manager_of(&self, _identity: &Identity<'_>) -> Option<Identity<'_>> {
        None
    }

    /// Another identity by its user name.
    fn identity_by_uid(&self, _uid: &str) -> Option<Identity<'_>> {
        None
    }

    /// Another transform by its name or id.
    fn transform(&self, _name_or_id: &str) -> Option<&Transform> {
        None
    }

    /// The technical name of the attribute that is computed (`$attributeDefinition.name`).
    fn attribute_name(&self) -> Option<&str> {
        None
    }

    /// The attribute's value before (`$oldValue` in profiles, `$current` in provisioning).
    fn old_value(&self) -> Option<&AttributeValue> {
        None
    }

    /// The field of the provisioning policy that is computed, in provisioning only.
    fn field(&self) -> Option<Field<'_>> {
        None
    }

    /// The name of the source that is provisioned to, in provisioning only (`$application.name`).
    fn application_name(&self) -> Option<&str> {
        None
    }

    /// Whether an account name is in use. An `Err` says why that cannot be told.
    fn is_name_taken(&self, _candidate: &str, _scope: NameScope) -> Result<bool, String> {
        Ok(false)
    }
}

/// Where a user name generator asks whether a name is free (`sourceCheck`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameScope {
    /// The accounts that Muster knows.
    KnownAccounts,
    /// The source itself.
    Source,
}

/// One account of the identity, borrowed from wherever the caller keeps it.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// The source's name.
    pub source_name: &'a str,
    /// The source's id.
    pub source_id: &'a str,
    /// The source's immutable alias ("HR \[source]").
    pub application_name: &'a str,
    /// The account's id in Muster.
    pub id: &'a str,
    /// When the account was first seen; the default order of accounts.
    pub created: Timestamp,
    /// The account's key on the source.
    pub native_identity: &'a str,
    /// The account's display name.
    pub display_name: &'a str,
    /// Whether the account is disabled.
    pub disabled: bool,
    /// The account's attributes.
    pub attributes: &'a AttributeMap,
}

/// An identity, borrowed from wherever the caller keeps it.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// The identity's id.
    pub id: &'a str,
    /// The identity's user name.
    pub uid: &'a str,
    /// The identity's display name.
    pub display_name: &'a str,
    /// Whether it is a manager of others.
    pub is_manager: bool,
    /// The identity's attributes.
    pub attributes: &'a AttributeMap,
}

impl<'a> Identity<'a> {
    /// One of its attributes.
    pub fn attribute(&self, name: &str) -> Option<&'a AttributeValue> {
        self.attributes.get(name)
    }
}

/// The field of a provisioning policy.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// The account attribute that the field sets.
    pub name: &'a str,
    /// The field's own settings, such as `cloudMaxSize`; numbers come as text there.
    pub attributes: &'a AttributeMap,
}
