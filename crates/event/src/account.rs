//! Account Attributes Changed, Account Correlated, Account Uncorrelated (event-triggers.md §2.3).

use muster_model::{AttributeMap, Reference};

use crate::identity::{AttributeChange, changed};
use crate::value::{Value, object};

/// An account as these events show it.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its display name.
    pub name: &'a str,
    /// Its key on the source.
    pub native_identity: &'a str,
}

impl From<&Account<'_>> for Value {
    fn from(account: &Account<'_>) -> Self {
        object([
            ("id", account.id.into()),
            ("uuid", Value::Null),
            ("name", account.name.into()),
            ("nativeIdentity", account.native_identity.into()),
            ("type", "ACCOUNT".into()),
        ])
    }
}

/// The body of Account Attributes Changed.
pub fn attributes_changed(
    identity: &Reference,
    source: &Reference,
    account: &Account<'_>,
    changes: &[AttributeChange],
) -> Value {
    object([
        ("identity", identity.into()),
        ("source", source.into()),
        ("account", account.into()),
        ("changes", changed(changes)),
    ])
}

/// The body of Account Correlated.
pub fn correlated(
    identity: &Reference,
    source: &Reference,
    account: &Account<'_>,
    attributes: &AttributeMap,
    entitlement_count: i64,
) -> Value {
    object([
        ("identity", identity.into()),
        ("source", source.into()),
        ("account", account.into()),
        ("attributes", attributes.into()),
        ("entitlementCount", entitlement_count.into()),
    ])
}

/// The body of Account Uncorrelated.
pub fn uncorrelated(
    identity: &Reference,
    source: &Reference,
    account: &Account<'_>,
    entitlement_count: i64,
) -> Value {
    object([
        ("identity", identity.into()),
        ("source", source.into()),
        ("account", account.into()),
        ("entitlementCount", entitlement_count.into()),
    ])
}
