//! A source as the wire shows it. The stored form is [`muster_model::Source`]; this type only
//! describes.
#![expect(dead_code, reason = "only the description is used")]

use schemars::JsonSchema;
use serde_json::Value;

use crate::resource::Object;

/// A source.
#[derive(JsonSchema)]
#[schemars(rename = "Source", rename_all = "camelCase")]
pub(super) struct SourceShape {
    /// Its id.
    id: Option<String>,
    /// Its name; mappings speak of sources by name.
    name: String,
    /// What people say of it.
    description: Option<String>,
    /// The identity that answers for it.
    owner: ReferenceShape,
    /// Kept and not used: Muster reaches sources by itself.
    cluster: Option<ReferenceShape>,
    /// How its accounts find their identities.
    account_correlation_config: Option<ReferenceShape>,
    /// Kept and never run.
    account_correlation_rule: Option<ReferenceShape>,
    /// How the manager of its people is looked up.
    manager_correlation_mapping: Option<ManagerCorrelationShape>,
    /// Kept and never run.
    manager_correlation_rule: Option<ReferenceShape>,
    /// Kept and never run.
    before_provisioning_rule: Option<ReferenceShape>,
    /// Its schemas.
    schemas: Vec<ReferenceShape>,
    /// Set when it is created and never again.
    password_policies: Option<Vec<ReferenceShape>>,
    /// What it can do.
    features: Vec<String>,
    /// What kind of system it is, such as `DelimitedFile`.
    #[schemars(rename = "type")]
    kind: Option<String>,
    /// The connector's script name.
    connector: String,
    /// The connector's class.
    connector_class: Option<String>,
    /// Settings of the connector. A secret that is set reads null; null keeps it, "" takes it away.
    connector_attributes: Object,
    /// The share of accounts, from 0 to 100 percent, beyond which an aggregation deletes none.
    delete_threshold: Option<i64>,
    /// Whether an identity profile makes identities of its accounts.
    authoritative: bool,
    /// The governance group that may administer it.
    management_workgroup: Option<ReferenceShape>,
    /// Whether the last aggregation went well.
    healthy: bool,
    /// How it is, in one word.
    status: Option<String>,
    /// The connector's id.
    connector_id: Option<String>,
    /// The connector's name.
    connector_name: Option<String>,
    /// `file` or `direct`.
    connection_type: Option<String>,
    /// The implementation of the connector.
    connector_implementation_id: Option<String>,
    /// When it was created.
    created: Option<String>,
    /// When it was last changed.
    modified: Option<String>,
    /// Kept and not used.
    credential_provider_enabled: Option<bool>,
    /// Kept and not used.
    category: Option<String>,
}

/// Speaks of another object.
#[derive(JsonSchema)]
#[schemars(rename = "Reference")]
pub(super) struct ReferenceShape {
    /// What kind of object.
    #[schemars(rename = "type")]
    kind: String,
    /// Its id.
    id: String,
    /// Its name.
    name: Option<String>,
}

/// The identity whose attribute equals the account's attribute is the manager.
#[derive(JsonSchema)]
#[schemars(rename = "ManagerCorrelationMapping", rename_all = "camelCase")]
struct ManagerCorrelationShape {
    /// The account attribute that names the manager.
    account_attribute_name: String,
    /// The identity attribute by which the manager is found.
    identity_attribute_name: String,
}

/// What depends on a source.
#[derive(JsonSchema)]
#[schemars(rename = "SourceConnections", rename_all = "camelCase")]
pub(super) struct ConnectionsShape {
    /// Identity profiles that make identities of its accounts.
    identity_profiles: Vec<ReferenceShape>,
    /// Always empty.
    credential_profiles: Vec<String>,
    /// Its account attributes.
    source_attributes: Vec<String>,
    /// Always empty.
    mapping_profiles: Vec<String>,
    /// Always empty.
    dependent_custom_transforms: Vec<Value>,
    /// Always empty.
    dependent_apps: Vec<Value>,
    /// Always empty.
    missing_dependents: Vec<Value>,
}
