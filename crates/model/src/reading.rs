//! What is known of reading a source, besides its settings: how much a run may change, the last
//! complete files, and what waits for an administrator (aggregation-refresh.md §1.6).

use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::time::Timestamp;

/// The readings of one source, stored under the source's id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Reading {
    /// The source.
    pub source_id: String,
    /// The share of accounts, in percent, that one run may change; none means any.
    pub change_threshold: Option<i64>,
    /// The source's reading version as of the last complete run.
    pub version: i64,
    /// The last file of accounts that was read to its end.
    pub accounts: Option<KeptFile>,
    /// The last file of entitlements that was read to its end.
    pub entitlements: Option<KeptFile>,
}

/// A file that stays stored after it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptFile {
    /// The upload that holds it.
    pub upload: String,
    /// When it was read.
    pub read: Timestamp,
}

impl Document for Reading {
    const KIND: &'static str = "reading";

    fn id(&self) -> &str {
        &self.source_id
    }

    fn name(&self) -> &'static str {
        ""
    }
}

/// What a run did not do because it was too much: an administrator releases or discards it. Stored
/// under the run's id; a later run of the source that ends well takes its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// The run, which is the hold's id.
    pub id: String,
    /// The source.
    pub source_id: String,
    /// What is held.
    #[serde(rename = "type")]
    pub kind: HeldKind,
    /// Why, for people.
    pub reason: String,
    /// How many accounts it is about.
    pub count: i64,
    /// When the run stopped there.
    pub held: Timestamp,
    /// The file that the run read, where it is to be read again.
    #[serde(default)]
    pub upload: Option<String>,
}

/// What is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HeldKind {
    /// The deletion of accounts that a file lacks; the rest of the run stands.
    Deletions,
    /// The whole of a run that would change too many accounts.
    Changes,
}

impl Document for Hold {
    const KIND: &'static str = "hold";

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &'static str {
        ""
    }
}
