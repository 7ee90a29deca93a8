//! Settings of an org: what an administrator may choose, with the defaults of decisions.md.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::document::Document;

/// The feature flag that lists and delivers Provisioning Completed (decisions.md 9).
pub const POST_PROVISIONING_FLAG: &str = "ARSENAL_ALLOW_POSTPROVISIONING_TRIGGERS";

/// The feature flags that Muster knows, each with what it does.
pub const FEATURE_FLAGS: &[(&str, &str)] = &[(
    POST_PROVISIONING_FLAG,
    "Lists and delivers the trigger Provisioning Completed.",
)];

/// The id of the one document.
pub const ORG_SETTINGS_ID: &str = "org";

/// Which name an event's identity carries (decisions.md 5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EventIdentityName {
    /// The display name.
    #[default]
    DisplayName,
    /// The user name, as in the seed document.
    AccountName,
}

/// Settings of an org. There is one per org, under the id `org`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OrgSettings {
    /// Whether documented vendor limits that lose information are copied (decisions.md 2).
    pub vendor_quirks: bool,
    /// Which name an event's identity carries.
    pub event_identity_name: EventIdentityName,
    /// The time zone of schedules.
    pub time_zone: String,
    /// When people are refreshed whose attributes depend on the time: a Quartz expression.
    pub periodic_refresh: String,
    /// Feature flags by name; one that is not here is off.
    pub feature_flags: BTreeMap<String, bool>,
    /// Subscriptions of one fire-and-forget trigger (decisions.md 17).
    pub subscriptions_max: u32,
    /// Subscriptions of one request-response trigger (decisions.md 17).
    pub request_response_subscriptions_max: u32,
    /// For how many days events, deliveries and invocations are kept.
    pub retention_days: u32,
    /// Waits before each try of a delivery in milliseconds; the usual ones, where empty
    /// (decisions.md 14).
    pub retry_schedule_ms: Vec<u64>,
    /// Members of the wire's org-config that only pass through.
    pub org_config: Map<String, Value>,
}

impl Default for OrgSettings {
    fn default() -> Self {
        Self {
            vendor_quirks: false,
            event_identity_name: EventIdentityName::default(),
            time_zone: "Etc/UTC".to_owned(),
            periodic_refresh: "0 0 8,20 * * ?".to_owned(),
            feature_flags: BTreeMap::new(),
            subscriptions_max: 50,
            request_response_subscriptions_max: 1,
            retention_days: 30,
            retry_schedule_ms: Vec::new(),
            org_config: Map::new(),
        }
    }
}

impl OrgSettings {
    /// Whether a feature flag is on.
    pub fn has(&self, flag: &str) -> bool {
        self.feature_flags.get(flag).copied().unwrap_or(false)
    }
}

impl Document for OrgSettings {
    const KIND: &'static str = "org-settings";

    fn id(&self) -> &'static str {
        ORG_SETTINGS_ID
    }

    fn name(&self) -> &'static str {
        "org"
    }
}
