//! Source Account Created, Updated, Deleted: the older, flat events about accounts, which the vendor
//! has deprecated (event-triggers.md §2.3).

use muster_model::{AttributeMap, Reference};

use crate::value::{Value, object};

/// An account with the source and the identity that it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct SourceAccount<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its key on the source.
    pub native_identity: &'a str,
    /// The source.
    pub source: &'a Reference,
    /// Whose it is.
    pub identity: &'a Reference,
    /// What the source says.
    pub attributes: &'a AttributeMap,
}

/// The body of all three.
pub fn happened(account: &SourceAccount<'_>) -> Value {
    object([
        ("id", account.id.into()),
        ("nativeIdentifier", account.native_identity.into()),
        ("sourceId", account.source.id.as_str().into()),
        ("sourceName", account.source.name.as_str().into()),
        ("identityId", account.identity.id.as_str().into()),
        ("identityName", account.identity.name.as_str().into()),
        ("attributes", account.attributes.into()),
    ])
}
