//! Native change detection: which changes of a source's accounts count as made outside of the product
//! (aggregation-refresh.md §2).

use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::schema::AttributeDefinition;

/// What can be watched.
pub const OPERATIONS: [&str; 3] = ["ACCOUNT_CREATED", "ACCOUNT_UPDATED", "ACCOUNT_DELETED"];

/// The configuration of one source, stored under the source's id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NativeChangeDetection {
    /// The source.
    pub source_id: String,
    /// Whether anything is watched.
    pub enabled: bool,
    /// What is watched: `ACCOUNT_CREATED`, `ACCOUNT_UPDATED`, `ACCOUNT_DELETED`.
    pub operations: Vec<String>,
    /// Whether all attributes that hold entitlements are watched.
    pub all_entitlements: bool,
    /// Whether all other attributes are watched.
    pub all_non_entitlement_attributes: bool,
    /// Attributes that hold entitlements and are watched, where not all are.
    pub selected_entitlements: Vec<String>,
    /// Other attributes that are watched, where not all are.
    pub selected_non_entitlement_attributes: Vec<String>,
}

impl NativeChangeDetection {
    /// Whether an operation is watched.
    pub fn watches(&self, operation: &str) -> bool {
        self.enabled && self.operations.iter().any(|one| one == operation)
    }

    /// Whether changes of an attribute count.
    pub fn counts(&self, attribute: &AttributeDefinition) -> bool {
        let (all, selected) = if attribute.is_entitlement {
            (self.all_entitlements, &self.selected_entitlements)
        } else {
            (
                self.all_non_entitlement_attributes,
                &self.selected_non_entitlement_attributes,
            )
        };
        all || selected.contains(&attribute.name)
    }
}

impl Document for NativeChangeDetection {
    const KIND: &'static str = "native-change-detection";

    fn id(&self) -> &str {
        &self.source_id
    }

    fn name(&self) -> &'static str {
        ""
    }
}
