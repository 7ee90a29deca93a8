//! A source: a system that accounts are read from, and how they find their identities.
//!
//! This is the stored form. The wire shows schemas and the correlation configuration as references
//! and serves them as resources of their own (aggregation-refresh.md §1.1).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::document::Document;
use crate::id::SourceId;
use crate::reference::Reference;
use crate::schema::Schema;

/// A source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Its id, 32 hex digits.
    pub id: String,
    /// Its name; mappings speak of sources by name.
    pub name: String,
    /// What people say of it.
    #[serde(default)]
    pub description: Option<String>,
    /// Who answers for it.
    #[serde(default)]
    pub owner: Option<Reference>,
    /// What kind of system, such as `DelimitedFile`.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// The connector's script name.
    #[serde(default)]
    pub connector: String,
    /// Settings of the connector.
    #[serde(default)]
    pub connector_attributes: Map<String, Value>,
    /// What the connector can do, by the vendor's names.
    #[serde(default)]
    pub features: Vec<String>,
    /// The share of accounts, in percent from 0 to 100, that one aggregation may delete; none means
    /// the default.
    #[serde(default)]
    pub delete_threshold: Option<i64>,
    /// How accounts find their identities.
    #[serde(default)]
    pub correlation: CorrelationConfig,
    /// How the manager is looked up.
    #[serde(default)]
    pub manager_correlation_mapping: Option<ManagerCorrelation>,
    /// Its schemas, whole; the one named `account` describes its accounts.
    #[serde(default)]
    pub schema_objects: Vec<Schema>,
    /// Grows with each change of schema, connector settings or correlation: accounts read under
    /// another number are looked at again.
    #[serde(default)]
    pub reading_version: i64,
    /// The vendor's health word, such as `SOURCE_STATE_HEALTHY`.
    #[serde(default)]
    pub status: String,
    /// Whether that word means well.
    #[serde(default)]
    pub healthy: bool,
    /// Members that only pass through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Source {
    /// The id as a number.
    pub fn source_id(&self) -> SourceId {
        self.id.parse().unwrap_or(SourceId(0))
    }

    /// The schema of its accounts.
    pub fn account_schema(&self) -> Option<&Schema> {
        self.schema_objects
            .iter()
            .find(|schema| schema.name == "account")
    }

    /// The reference by which others speak of it.
    pub fn reference(&self) -> Reference {
        Reference::source(&self.id, &self.name)
    }
}

impl Document for Source {
    const KIND: &'static str = "source";

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// How accounts of a source find their identities.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CorrelationConfig {
    /// Its id.
    #[serde(default)]
    pub id: String,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Pairs tried in order; the first that matches wins.
    #[serde(default)]
    pub attribute_assignments: Vec<AttributeAssignment>,
}

/// One pair of a correlation configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttributeAssignment {
    /// The identity attribute.
    pub property: String,
    /// The account attribute.
    pub value: String,
    /// Always `EQ`.
    #[serde(default = "equals")]
    pub operation: String,
    /// Whether several conditions are combined; kept, never set by Muster.
    #[serde(default)]
    pub complex: bool,
    /// Whether case is ignored. Left out means that it is (aggregation-refresh.md §3).
    #[serde(default = "yes")]
    pub ignore_case: bool,
    /// How text is compared; kept, since the operation is equality.
    #[serde(default)]
    pub match_mode: Option<String>,
    /// The pair as text; kept.
    #[serde(default)]
    pub filter_string: Option<String>,
}

fn equals() -> String {
    "EQ".to_owned()
}

const fn yes() -> bool {
    true
}

/// How the manager is looked up: the identity whose attribute equals the account's attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagerCorrelation {
    /// The account attribute that names the manager.
    pub account_attribute_name: String,
    /// The identity attribute by which the manager is found.
    pub identity_attribute_name: String,
}
