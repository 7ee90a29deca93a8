//! A schema as the wire shows it. The stored form is [`muster_model::Schema`]; this type only
//! describes.
#![expect(dead_code, reason = "only the description is used")]

use schemars::JsonSchema;
use serde_json::Value;

use crate::resource::Object;

/// A schema of a source.
#[derive(JsonSchema)]
#[schemars(rename = "Schema", rename_all = "camelCase")]
pub(super) struct SchemaShape {
    /// Its id.
    id: Option<String>,
    /// `account`, `group`, or the name of another kind of entitlement.
    name: String,
    /// The kind of object on the native system.
    native_object_type: Option<String>,
    /// The attribute called Account ID.
    identity_attribute: Option<String>,
    /// The attribute called Account Name.
    display_attribute: Option<String>,
    /// The attribute whose values are other objects of a hierarchy.
    hierarchy_attribute: Option<String>,
    /// Whether permissions are read with the objects.
    include_permissions: Option<bool>,
    /// Names of features.
    features: Option<Vec<String>>,
    /// Extra settings.
    configuration: Option<Object>,
    /// The attributes, in order.
    attributes: Option<Vec<AttributeShape>>,
    /// When it was created.
    created: Option<String>,
    /// When it was last changed.
    modified: Option<String>,
}

/// An attribute of a schema.
#[derive(JsonSchema)]
#[schemars(rename = "SchemaAttribute", rename_all = "camelCase")]
struct AttributeShape {
    /// Its name.
    name: String,
    /// Its name on the native system, where it differs.
    native_name: Option<String>,
    /// `STRING`, `LONG`, `INT`, `BOOLEAN` or `DATE`.
    #[schemars(rename = "type")]
    kind: Option<String>,
    /// The schema that the values are objects of.
    schema: Option<Value>,
    /// What it means.
    description: Option<String>,
    /// Whether there may be several values.
    is_multi: Option<bool>,
    /// Whether the values are entitlements.
    is_entitlement: Option<bool>,
    /// Whether the values are groups.
    is_group: Option<bool>,
}
