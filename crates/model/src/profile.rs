//! Identity profiles, identity attributes and lifecycle states (aggregation-refresh.md §4).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::document::Document;
use crate::id::ProfileId;
use crate::reference::Reference;

/// How the attributes of people from one authoritative source are made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityProfile {
    /// Its id, 32 hex digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What people say of it.
    #[serde(default)]
    pub description: Option<String>,
    /// Who answers for it.
    #[serde(default)]
    pub owner: Option<Reference>,
    /// Of several profiles that could own an identity, the one with the lowest number does.
    #[serde(default)]
    pub priority: i64,
    /// The source whose accounts make identities of this profile.
    pub authoritative_source: Reference,
    /// The mapping.
    #[serde(default)]
    pub identity_attribute_config: IdentityAttributeConfig,
    /// Whether the mapping changed since identities were last processed.
    #[serde(default)]
    pub identity_refresh_required: bool,
    /// Members that only pass through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl IdentityProfile {
    /// The id as a number.
    pub fn profile_id(&self) -> ProfileId {
        self.id.parse().unwrap_or(ProfileId(0))
    }
}

impl Document for IdentityProfile {
    const KIND: &'static str = "identity-profile";

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// The mapping of a profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityAttributeConfig {
    /// Values are promoted only when this is set.
    #[serde(default)]
    pub enabled: bool,
    /// One entry per identity attribute.
    #[serde(default)]
    pub attribute_transforms: Vec<AttributeTransform>,
}

/// How one identity attribute is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttributeTransform {
    /// The identity attribute's technical name.
    pub identity_attribute_name: String,
    /// `{type, attributes}`: an account attribute, a reference to a transform, or a transform.
    pub transform_definition: Value,
}

/// An attribute that identities may have.
#[expect(clippy::struct_excessive_bools, reason = "the wire has these four")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityAttribute {
    /// Its technical name, which is its key.
    pub name: String,
    /// Its name for people.
    #[serde(default)]
    pub display_name: String,
    /// Whether it came with the product.
    #[serde(default)]
    pub standard: bool,
    /// Its type.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    /// Whether it holds several values.
    #[serde(default)]
    pub multi: bool,
    /// Whether correlation may look identities up by it.
    #[serde(default)]
    pub searchable: bool,
    /// Whether the product itself sets it.
    #[serde(default)]
    pub system: bool,
    /// Where it comes from; kept as given.
    #[serde(default)]
    pub sources: Vec<Value>,
}

impl Document for IdentityAttribute {
    const KIND: &'static str = "identity-attribute";

    fn id(&self) -> &str {
        &self.name
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// A lifecycle state of a profile, such as active or leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LifecycleState {
    /// Its id, 32 hex digits.
    pub id: String,
    /// The profile it belongs to.
    #[serde(default)]
    pub identity_profile_id: String,
    /// Its name for people.
    pub name: String,
    /// The value of `cloudLifecycleState` that puts an identity in this state.
    pub technical_name: String,
    /// What people say of it.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether identities may be in it; false unless said otherwise.
    #[serde(default)]
    pub enabled: bool,
    /// Its place in the list.
    #[serde(default)]
    pub priority: Option<i64>,
    /// Members that only pass through: account actions, access, notifications.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Document for LifecycleState {
    const KIND: &'static str = "lifecycle-state";

    fn id(&self) -> &str {
        &self.id
    }

    /// Names repeat between profiles, so the store's key by name is not used.
    fn name(&self) -> &'static str {
        ""
    }
}

/// A transform as stored: its program lives in the transform crate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredTransform {
    /// Its id.
    pub id: String,
    /// Its name, by which references speak of it.
    pub name: String,
    /// The operation.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its attributes.
    #[serde(default)]
    pub attributes: Value,
    /// Whether it came with the product.
    #[serde(default)]
    pub internal: bool,
}

impl Document for StoredTransform {
    const KIND: &'static str = "transform";

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.name
    }
}
