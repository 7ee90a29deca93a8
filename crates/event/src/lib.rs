//! What happened: the shape of every event, and the way an event leaves a transaction.
//!
//! An event is built once as a [`Value`]; the same value is written as JSON to the event's row,
//! matched with filters, and sent. Bodies are exactly the documented ones (decisions.md 3).

pub mod access_request;
pub mod account;
pub mod account_difference;
pub mod account_happened;
pub mod account_told;
pub mod aggregation;
pub mod catalog;
pub mod certification;
pub mod identity;
pub mod interest;
mod limits;
pub mod native_change;
mod node;
mod outbox;
pub mod search;
pub mod source;
pub mod source_account;
mod value;

pub use outbox::{Built, Draft, Outbox, Outboxes, Recent};
pub use value::{Key, Value, object};

/// Identity Attributes Changed.
pub const IDENTITY_ATTRIBUTES_CHANGED: &str = "idn:identity-attributes-changed";
/// Identity Created.
pub const IDENTITY_CREATED: &str = "idn:identity-created";
/// Identity Deleted.
pub const IDENTITY_DELETED: &str = "idn:identity-deleted";
/// Account Attributes Changed.
pub const ACCOUNT_ATTRIBUTES_CHANGED: &str = "idn:account-attributes-changed";
/// Account Correlated.
pub const ACCOUNT_CORRELATED: &str = "idn:account-correlated";
/// Account Uncorrelated.
pub const ACCOUNT_UNCORRELATED: &str = "idn:account-uncorrelated";
/// Account Created (second version). The vendor writes only this id out; the other two follow it.
pub const ACCOUNT_CREATED: &str = "idn:account-created";
/// Account Updated (second version).
pub const ACCOUNT_UPDATED: &str = "idn:account-updated";
/// Account Deleted (second version).
pub const ACCOUNT_DELETED: &str = "idn:account-deleted";
/// Native Change Account Created.
pub const NATIVE_CHANGE_CREATED: &str = "idn:native-change-account-created";
/// Native Change Account Updated.
pub const NATIVE_CHANGE_UPDATED: &str = "idn:native-change-account-updated";
/// Native Change Account Deleted.
pub const NATIVE_CHANGE_DELETED: &str = "idn:native-change-account-deleted";
/// Account Aggregation Completed.
pub const ACCOUNT_AGGREGATION_COMPLETED: &str = "idn:account-aggregation-completed";
/// Accounts Collected for Aggregation.
pub const AGGREGATION_ACCOUNTS_COLLECTED: &str = "idn:aggregation-accounts-collected";
/// Source Created.
pub const SOURCE_CREATED: &str = "idn:source-created";
/// Source Updated.
pub const SOURCE_UPDATED: &str = "idn:source-updated";
/// Source Deleted.
pub const SOURCE_DELETED: &str = "idn:source-deleted";
/// Access Request Submitted.
pub const ACCESS_REQUEST_SUBMITTED: &str = "idn:access-request-pre-approval";
/// Access Request Dynamic Approver.
pub const ACCESS_REQUEST_DYNAMIC_APPROVER: &str = "idn:access-request-dynamic-approver";
/// Access Request Decision.
pub const ACCESS_REQUEST_DECIDED: &str = "idn:access-request-post-approval";
/// Campaign Generated.
pub const CAMPAIGN_GENERATED: &str = "idn:campaign-generated";
/// Campaign Activated.
pub const CAMPAIGN_ACTIVATED: &str = "idn:campaign-activated";
/// Campaign Ended.
pub const CAMPAIGN_ENDED: &str = "idn:campaign-ended";
/// Certification Signed Off.
pub const CERTIFICATION_SIGNED_OFF: &str = "idn:certification-signed-off";
/// Scheduled Search.
pub const SAVED_SEARCH_COMPLETE: &str = "idn:saved-search-complete";
/// Source Account Created.
pub const SOURCE_ACCOUNT_CREATED: &str = "idn:source-account-created";
/// Source Account Updated.
pub const SOURCE_ACCOUNT_UPDATED: &str = "idn:source-account-updated";
/// Source Account Deleted.
pub const SOURCE_ACCOUNT_DELETED: &str = "idn:source-account-deleted";
