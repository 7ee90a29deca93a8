//! Entitlements as the wire shows them.

use std::collections::HashMap;

use muster_model::Source;
use muster_model::id::EntitlementId;
use muster_store::{Entitlement, Tx};
use schemars::JsonSchema;
use serde_json::{Value, json};

use crate::problem::Problem;
use crate::resource::Object;

/// The level that the older spellings call privileged.
pub(super) const HIGH: &str = "HIGH";

/// An entitlement.
#[expect(dead_code, reason = "only the description is used")]
#[derive(JsonSchema)]
#[schemars(rename = "Entitlement", rename_all = "camelCase")]
pub(crate) struct EntitlementShape {
    /// Its id, made of source, attribute and value.
    id: String,
    /// Its name.
    name: String,
    /// The account attribute.
    attribute: String,
    /// The value.
    value: String,
    /// The schema that the value is an object of.
    source_schema_object_type: String,
    /// What people say of it.
    description: Option<String>,
    /// Whether its privilege level is HIGH.
    privileged: bool,
    /// How much it allows.
    privilege_level: Option<Value>,
    /// Always empty.
    tags: Vec<String>,
    /// Always false.
    cloud_governed: bool,
    /// Whether people may ask for it.
    requestable: bool,
    /// Who answers for it.
    owner: Option<Value>,
    /// Fields that files must not change.
    manually_updated_fields: Option<Object>,
    /// When it was first seen.
    created: String,
    /// When it last changed.
    modified: String,
    /// Its source.
    source: Option<Value>,
    /// What its file says of it.
    attributes: Object,
    /// Segments that it was given to; kept.
    segments: Option<Vec<String>>,
    /// Always empty.
    direct_permissions: Vec<Value>,
}

/// The names of sources, for many entitlements.
pub(crate) struct SourceNames(HashMap<String, String>);

impl SourceNames {
    /// As of this transaction.
    pub(crate) fn load(tx: &mut Tx<'_>) -> Result<Self, Problem> {
        let sources = tx.typed::<Source>().list()?;
        let names = sources.into_iter().map(|source| (source.id, source.name));
        Ok(Self(names.collect()))
    }

    /// The wire's form. Members without a value are left out (api-surface.md §0.6).
    pub(crate) fn show(&self, one: &Entitlement) -> Value {
        let source = one.source_id.to_string();
        let mut wire = json!({
            "id": one.id,
            "name": one.name,
            "attribute": one.attribute,
            "value": one.value,
            "sourceSchemaObjectType": one.kind,
            "privileged": one.privilege.as_deref() == Some(HIGH),
            "tags": [],
            "cloudGoverned": false,
            "requestable": one.requestable,
            "created": one.created,
            "modified": one.modified,
            "attributes": one.attributes,
            "directPermissions": [],
        });
        let Value::Object(members) = &mut wire else {
            return wire;
        };
        if let Some(name) = self.0.get(&source) {
            let shown = json!({ "id": source, "type": "SOURCE", "name": name });
            members.insert("source".to_owned(), shown);
        }
        if let Some(description) = &one.description {
            members.insert("description".to_owned(), json!(description));
        }
        if let Some(level) = &one.privilege {
            let shown = json!({ "direct": level, "effective": level });
            members.insert("privilegeLevel".to_owned(), shown);
        }
        for name in ["owner", "segments", "manuallyUpdatedFields"] {
            if let Some(value) = one.other.get(name) {
                members.insert(name.to_owned(), value.clone());
            }
        }
        wire
    }
}

/// The ids of the entitlements that an account has.
pub(crate) fn ids_of(
    source: &Source,
    attributes: &muster_model::AttributeMap,
) -> Vec<EntitlementId> {
    use muster_model::AttributeValue;
    let marked = source
        .account_schema()
        .into_iter()
        .flat_map(|schema| &schema.attributes)
        .filter(|attribute| attribute.is_entitlement);
    let mut ids = Vec::new();
    for attribute in marked {
        let values = match attributes.get(&attribute.name) {
            None => continue,
            Some(AttributeValue::List(values)) => values.clone(),
            Some(single) => vec![single.to_text()],
        };
        let of = |value: &String| EntitlementId::of(&source.id, &attribute.name, value);
        ids.extend(values.iter().map(of));
    }
    ids
}
