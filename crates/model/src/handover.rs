//! What one station leaves for the next: the bodies of hand-over jobs.
//!
//! Stations do not know each other (ARCHITECTURE.md); these few words are all that they share.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{AccountId, IdentityId, SourceId, TaskId};

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

/// Kind of the job that deletes accounts whose deletion was held.
pub const RELEASE: &str = "release-held-deletions";
/// Kind of the job that reads a source's entitlements.
pub const AGGREGATE_ENTITLEMENTS: &str = "aggregate-entitlements";
/// Kind of the job that removes all entitlements of a source.
pub const RESET_ENTITLEMENTS: &str = "reset-entitlements";
/// Kind of the job that reads one account again.
pub const RELOAD: &str = "reload-account";
/// Kind of the job by which a schedule starts a run of a source.
pub const START_SCHEDULED: &str = "start-scheduled-aggregation";
/// Kind of the job that refreshes people whose attributes depend on the time.
pub const REFRESH_PERIODIC: &str = "refresh-periodically";
/// Kind, and lane, of the job that compares accounts with their people ([`crate::attribute_sync`]).
pub const SYNCHRONIZE: &str = "synchronize-attributes";
/// Kind of the job that deletes identities that nothing needs any more.
pub const DELETE_IDENTITIES: &str = "delete-identities";

/// Accounts of a source are to be read from an upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Aggregate {
    /// The run that people follow.
    pub task: TaskId,
    /// The source.
    pub source: SourceId,
    /// The upload; none where the last complete file is read again.
    pub upload: Option<String>,
    /// Whether unchanged accounts are skipped.
    pub optimized: bool,
    /// How many changed accounts an administrator has allowed, whatever the threshold.
    #[serde(default)]
    pub approved_changes: Option<i64>,
}

/// Entitlements of a source are to be read from an upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AggregateEntitlements {
    /// The run that people follow.
    pub task: TaskId,
    /// The source.
    pub source: SourceId,
    /// The upload; none where the last complete file is read again.
    pub upload: Option<String>,
}

/// Accounts whose deletion was held are to be deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// The run that people follow.
    pub task: TaskId,
    /// The source.
    pub source: SourceId,
    /// The run that held them.
    pub hold: TaskId,
}

/// One account is to be read again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reload {
    /// The run that people follow.
    pub task: TaskId,
    /// The source.
    pub source: SourceId,
    /// The account.
    pub account: AccountId,
}

/// What a schedule of a source starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ScheduleType {
    /// The accounts are read.
    AccountAggregation,
    /// The entitlements are read.
    GroupAggregation,
}

/// A schedule of a source wants a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartScheduled {
    /// The source.
    pub source: SourceId,
    /// What is read.
    pub what: ScheduleType,
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

/// A subscriber has answered a question, or will not any more. The kind of the job is whatever the
/// flow that asked named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answered {
    /// The invocation.
    pub invocation: String,
    /// What the flow wanted to be told again.
    pub context: Value,
    /// How it ended.
    pub ending: Ending,
}

/// How a question ended. What a flow does about silence is the flow's to decide (decisions.md 11).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Ending {
    /// With an answer that fits the trigger's output schema.
    Completed {
        /// The answer.
        output: Value,
    },
    /// Without one: the subscriber failed, answered wrongly, or was deleted.
    Failed {
        /// Why.
        error: String,
    },
    /// Without one: the deadline passed.
    Expired {
        /// Which deadline.
        error: String,
    },
}

/// The lane in which the refresh jobs of one run stand in line.
pub fn refresh_lane(task: TaskId) -> String {
    format!("refresh:{task}")
}
