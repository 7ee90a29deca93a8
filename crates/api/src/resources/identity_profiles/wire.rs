//! How an identity profile and its mapping look to callers; these types only describe.

use schemars::JsonSchema;

use crate::resource::Object;

/// An identity profile.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "IdentityProfile")]
#[expect(dead_code, reason = "only describes; the stored type is read")]
pub(super) struct Described {
    /// Its id.
    #[serde(default)]
    id: String,
    /// Its name.
    name: String,
    /// When it was made.
    #[serde(default)]
    created: String,
    /// When it was last changed.
    #[serde(default)]
    modified: String,
    /// What people say of it.
    description: Option<String>,
    /// Who answers for it: an identity.
    owner: Option<Referenced>,
    /// Of several profiles that could own an identity, the one with the lowest number does; left
    /// out, the profile comes after all others.
    #[serde(default)]
    priority: i64,
    /// The source whose accounts make identities of this profile.
    authoritative_source: Referenced,
    /// Whether the mapping changed since identities were last processed.
    #[serde(default)]
    identity_refresh_required: bool,
    /// How many identities it has.
    #[serde(default)]
    identity_count: i32,
    /// The mapping; left out, everything is mapped that the source's schema has a name for.
    #[serde(default)]
    identity_attribute_config: Mapping,
    /// Names the report on identities with problems, where there are any.
    identity_exception_report_reference: Option<ReportReference>,
    /// Whether an attribute depends on the time, so that identities are refreshed daily.
    #[serde(default)]
    has_time_based_attr: bool,
}

/// Another object.
#[derive(JsonSchema, Default)]
#[expect(dead_code, reason = "only describes")]
pub(super) struct Referenced {
    /// Its type.
    #[serde(rename = "type")]
    kind: String,
    /// Its id.
    id: String,
    /// Its name.
    #[serde(default)]
    name: String,
}

/// The mapping of a profile.
#[derive(JsonSchema, Default)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "IdentityAttributeConfig")]
#[expect(dead_code, reason = "only describes")]
pub(super) struct Mapping {
    /// Values are promoted only when this is set.
    #[serde(default)]
    enabled: bool,
    /// One entry per identity attribute.
    #[serde(default)]
    attribute_transforms: Vec<MappedAttribute>,
}

/// How one identity attribute is made.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "IdentityAttributeTransform")]
#[expect(dead_code, reason = "only describes")]
pub(super) struct MappedAttribute {
    /// The identity attribute's technical name.
    identity_attribute_name: String,
    /// An account attribute, a reference to a transform, or a transform.
    transform_definition: TransformDefinition,
}

/// A transform without a name.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only describes")]
pub(super) struct TransformDefinition {
    /// The operation, such as `accountAttribute`.
    #[serde(rename = "type")]
    kind: String,
    /// What it needs to know.
    attributes: Option<Object>,
}

/// A report by its id.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only describes")]
struct ReportReference {
    /// The id of the run that made it.
    task_result_id: String,
    /// Its name.
    report_name: String,
}
