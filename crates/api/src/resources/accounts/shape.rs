//! Accounts as the wire shows and takes them. The first two types only describe.
#![expect(dead_code, reason = "of some types only the description is used")]

use muster_store::Task;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::resource::Object;

/// An account.
#[expect(clippy::struct_excessive_bools, reason = "the wire has these")]
#[derive(JsonSchema)]
#[schemars(rename = "Account", rename_all = "camelCase")]
pub(super) struct AccountShape {
    /// Its id.
    id: String,
    /// Its name.
    name: Option<String>,
    /// When it was first seen.
    created: String,
    /// When it last changed.
    modified: String,
    /// The id of its source.
    source_id: String,
    /// The name of its source.
    source_name: Option<String>,
    /// The id of the identity whose it is.
    identity_id: Option<String>,
    /// The technical name of that identity's lifecycle state.
    cloud_lifecycle_state: Option<String>,
    /// What that state means.
    identity_state: Option<String>,
    /// `file` or `direct`.
    connection_type: Option<String>,
    /// Always false.
    is_machine: bool,
    /// What the source says.
    attributes: Option<Object>,
    /// Whether identities are made of the accounts of its source.
    authoritative: bool,
    /// Whether it is disabled.
    disabled: bool,
    /// Whether it is locked.
    locked: bool,
    /// Its key on the source.
    native_identity: String,
    /// Always false.
    system_account: bool,
    /// Whether it is nobody's.
    uncorrelated: bool,
    /// Whether a person said whose it is.
    manually_correlated: bool,
    /// Whether it has entitlements.
    has_entitlements: bool,
    /// The identity whose it is.
    identity: Option<Value>,
    /// Who answers for its source.
    source_owner: Option<Value>,
    /// What its source can do, separated by commas.
    features: Option<String>,
    /// How it came here.
    origin: Option<String>,
}

/// What a caller says of an account.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct AccountAttributes {
    /// Values by the names of the account schema.
    pub(super) attributes: Object,
}

/// What a caller says of a new account.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct NewAccount {
    /// `sourceId`, and values by the names of the account schema.
    pub(super) attributes: Object,
}

/// The run that finishes a change.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct AsyncResult {
    /// Its id, for `task-status`.
    id: String,
}

impl From<&Task> for AsyncResult {
    fn from(task: &Task) -> Self {
        Self {
            id: task.id.to_string(),
        }
    }
}
