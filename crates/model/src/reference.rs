//! The `{type, id, name}` by which the wire speaks of another object.

use serde::{Deserialize, Serialize};

/// A reference as the wire shows it. Member order follows the vendor's examples.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reference {
    /// What kind of object is meant.
    #[serde(rename = "type")]
    pub kind: ReferenceType,
    /// The object's id.
    pub id: String,
    /// The object's display name when the reference was made.
    #[serde(default)]
    pub name: String,
}

impl Reference {
    /// A reference to an identity.
    pub fn identity(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            kind: ReferenceType::Identity,
            id: id.into(),
            name: name.into(),
        }
    }

    /// A reference to a source.
    pub fn source(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            kind: ReferenceType::Source,
            id: id.into(),
            name: name.into(),
        }
    }
}

/// The kinds of objects that references point to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReferenceType {
    /// A person or machine known to Muster.
    Identity,
    /// A system that accounts are read from.
    Source,
    /// An account on a source.
    Account,
    /// A schema of a source.
    ConnectorSchema,
    /// A correlation configuration of a source.
    AccountCorrelationConfig,
    /// An identity profile.
    IdentityProfile,
    /// A lifecycle state.
    LifecycleState,
    /// A transform.
    Transform,
    /// A rule; accepted in references, never run.
    Rule,
    /// A virtual appliance cluster; accepted and kept, never contacted.
    Cluster,
    /// A governance group.
    GovernanceGroup,
    /// A password policy.
    PasswordPolicy,
    /// A bundle of entitlements.
    AccessProfile,
    /// A role.
    Role,
    /// An entitlement.
    Entitlement,
}
