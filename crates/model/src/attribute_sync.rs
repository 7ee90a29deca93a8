//! Attribute synchronisation: which attributes of people a source's accounts are to follow.

use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::id::{AccountId, IdentityId, SourceId, TaskId};
use crate::{AttributeName, AttributeValue};

/// The configuration of one source, stored under the source's id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AttributeSync {
    /// The source.
    pub source_id: String,
    /// What goes where.
    pub attributes: Vec<SyncedAttribute>,
}

/// An identity attribute and the account attribute that follows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncedAttribute {
    /// The identity attribute.
    pub name: String,
    /// The account attribute.
    pub target: String,
    /// Whether it is synchronised.
    pub enabled: bool,
}

impl AttributeSync {
    /// What is synchronised.
    pub fn enabled(&self) -> impl Iterator<Item = &SyncedAttribute> {
        self.attributes.iter().filter(|one| one.enabled)
    }
}

impl Document for AttributeSync {
    const KIND: &'static str = "attribute-sync";

    fn id(&self) -> &str {
        &self.source_id
    }

    fn name(&self) -> &'static str {
        ""
    }
}

/// Accounts are to be compared with the people that they belong to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Synchronize {
    /// The run that people follow.
    pub task: TaskId,
    /// Whose accounts.
    pub scope: SyncScope,
}

/// Which accounts are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SyncScope {
    /// All of a source.
    Source(SourceId),
    /// All of a person, on whatever source.
    Identity(IdentityId),
}

/// What would make an account follow its person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedSync {
    /// The account.
    pub account_id: AccountId,
    /// Its source.
    pub source_id: SourceId,
    /// The person.
    pub identity_id: IdentityId,
    /// The run that found it.
    pub task: TaskId,
    /// Attribute by attribute.
    pub changes: Vec<PlannedChange>,
}

/// What would become of one attribute of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedChange {
    /// The identity attribute.
    pub name: AttributeName,
    /// The account attribute.
    pub target: AttributeName,
    /// The value that the account has.
    pub current: Option<AttributeValue>,
    /// The value that the person has.
    pub wanted: AttributeValue,
}
