//! What one station leaves for the next: the bodies of hand-over jobs.
//!
//! Stations do not know each other (ARCHITECTURE.md); these few words are all that they share.

use serde::{Deserialize, Serialize};

use crate::id::{IdentityId, SourceId, TaskId};

/// Kind of the job that aggregates a source's accounts.
pub const AGGREGATE: &str = "aggregate-accounts";
/// Kind of the job that removes all accounts of a source.
pub const REMOVE_ACCOUNTS: &str = "remove-accounts";
/// Kind of the job that looks for the owners of accounts that are nobody's.
pub const CORRELATE: &str = "correlate-accounts";
/// Kind of the job that refreshes identities.
pub const REFRESH: &str = "refresh-identities";
/// Kind of the job that ends a run once all its identities are refreshed.
pub const SETTLE: &str = "settle-refresh";
/// Kind of the job that refreshes all identities of a profile.
pub const REFRESH_PROFILE: &str = "refresh-profile";
/// Kind, and lane, of the job that makes identities findable by more attributes.
pub const INDEX_KEYS: &str = "index-identity-keys";

/// Accounts of a source are to be read from an upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Aggregate {
    /// The run that people follow.
    pub task: TaskId,
    /// The source.
    pub source: SourceId,
    /// The upload; none where the source is read by its connector.
    pub upload: Option<String>,
    /// Whether unchanged accounts are skipped.
    pub optimized: bool,
}

/// All accounts of a source are to be removed, or looked at again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WholeSource {
    /// The run that people follow.
    pub task: TaskId,
    /// The source.
    pub source: SourceId,
}

/// Identities are to be refreshed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refresh {
    /// The run that people follow.
    pub task: TaskId,
    /// The identities.
    pub identities: Vec<IdentityId>,
    /// Whether managers who are not there yet may still come in the same run; identities that name
    /// one then wait for [`SETTLE`].
    pub managers_may_come: bool,
}

/// A run's identities have all been looked at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settle {
    /// The run that people follow.
    pub task: TaskId,
}

/// All identities of a profile are to be refreshed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefreshProfile {
    /// The run that people follow.
    pub task: TaskId,
    /// The profile's id.
    pub profile: String,
}

/// Identities are to be findable by these attributes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IndexKeys {
    /// The attributes.
    pub attributes: Vec<String>,
}

/// The lane in which the refresh jobs of one run stand in line.
pub fn refresh_lane(task: TaskId) -> String {
    format!("refresh:{task}")
}
