//! Settings that Muster adds to those of the vendor's org configuration (decisions.md 2, 5, 17).
//! All of an org's settings are one document, [`OrgSettings`].

use muster_auth::{Guard, LevelSet};
use muster_model::settings::{EventIdentityName, ORG_SETTINGS_ID};
use muster_model::{Document, OrgSettings, Timestamp};
use muster_query::PatchRules;
use muster_refresh::periodic;
use muster_store::Tx;
use muster_trigger::subscription::check_retry_schedule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::collection::Offer;
use crate::problem::Problem;
use crate::singleton::{Single, Singleton};

/// Subscriptions that one trigger may have at most, whatever an org sets: each event is matched
/// against all of them.
const SUBSCRIPTIONS_MAX: u32 = 10_000;

/// For how many days an org may keep its log: longer than the last retry waits (decisions.md 14), and
/// no longer than ten years.
const RETENTION_DAYS: std::ops::RangeInclusive<u32> = 3..=3_650;

/// What an org may set beyond the vendor's configuration.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Whether documented vendor limits that lose information are copied.
    pub vendor_quirks: bool,
    /// Which name the identity of an event carries: `displayName` or `accountName`.
    #[schemars(with = "String")]
    pub event_identity_name: EventIdentityName,
    /// How many subscriptions one fire-and-forget trigger may have.
    pub subscriptions_max: u32,
    /// How many subscriptions one request-response trigger may have. Of several, the oldest is asked
    /// that is enabled and whose filter lets the question pass.
    pub request_response_subscriptions_max: u32,
    /// For how many days events, deliveries and invocations are kept.
    pub retention_days: u32,
    /// When people are refreshed whose attributes depend on the time: a Quartz expression in the org's
    /// time zone. `0 0 8,20 * * ?` is the vendor's; `0 * * * * ?` follows dates by the minute.
    pub periodic_refresh: String,
    /// Waits before each try of a delivery in milliseconds, the first try's included; the usual ones,
    /// where empty.
    pub retry_schedule_ms: Vec<u64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self::from(&OrgSettings::default())
    }
}

impl From<&OrgSettings> for Settings {
    fn from(settings: &OrgSettings) -> Self {
        Self {
            vendor_quirks: settings.vendor_quirks,
            event_identity_name: settings.event_identity_name,
            subscriptions_max: settings.subscriptions_max,
            request_response_subscriptions_max: settings.request_response_subscriptions_max,
            retention_days: settings.retention_days,
            periodic_refresh: settings.periodic_refresh.clone(),
            retry_schedule_ms: settings.retry_schedule_ms.clone(),
        }
    }
}

const READ: Guard = Guard::reading(LevelSet::ORG_ADMIN, &[]).also_for_applications();
const MANAGE: Guard = Guard::changing(LevelSet::ORG_ADMIN, &[]).also_for_applications();

/// `/muster/v1/settings`
pub static SETTINGS: Singleton = Singleton::of::<Settings>("/muster/v1/settings")
    .title("Settings")
    .guard(READ, MANAGE)
    .get(Offer::new("getSettings", "Get Muster's own settings"))
    .replace(Offer::new("putSettings", "Set Muster's own settings"))
    .patch(
        Offer::new("patchSettings", "Patch Muster's own settings"),
        PatchRules::new(&[
            "vendorQuirks",
            "eventIdentityName",
            "subscriptionsMax",
            "requestResponseSubscriptionsMax",
            "retentionDays",
            "periodicRefresh",
            "retryScheduleMs",
        ]),
    );

/// The settings are a part of the org's, so that everyone reads one document.
impl Single for Settings {
    const KIND: &'static str = OrgSettings::KIND;
    const ID: &'static str = ORG_SETTINGS_ID;

    fn of(tx: &mut Tx<'_>) -> Result<Self, Problem> {
        Ok(Self::from(&of_org(tx)?))
    }

    fn keep(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Problem> {
        let mut settings = of_org(tx)?;
        settings.vendor_quirks = self.vendor_quirks;
        settings.event_identity_name = self.event_identity_name;
        settings.subscriptions_max = self.subscriptions_max;
        settings.request_response_subscriptions_max = self.request_response_subscriptions_max;
        settings.retention_days = self.retention_days;
        settings.periodic_refresh.clone_from(&self.periodic_refresh);
        periodic::ensure(tx, &settings, now)
            .map_err(|error| Problem::illegal_value(format!("periodicRefresh: {error}.")))?;
        settings
            .retry_schedule_ms
            .clone_from(&self.retry_schedule_ms);
        Ok(tx.typed::<OrgSettings>().put(&settings, now)?)
    }

    fn before_save(&mut self, _: &Self, _: &mut Tx<'_>, _: &Call) -> Result<(), Problem> {
        if !RETENTION_DAYS.contains(&self.retention_days) {
            return Err(Problem::illegal_value(format!(
                "retentionDays: {} is out of range; use {} to {}.",
                self.retention_days,
                RETENTION_DAYS.start(),
                RETENTION_DAYS.end()
            )));
        }
        check_retry_schedule(&self.retry_schedule_ms)?;
        for (field, max) in [
            ("subscriptionsMax", self.subscriptions_max),
            (
                "requestResponseSubscriptionsMax",
                self.request_response_subscriptions_max,
            ),
        ] {
            if !(1..=SUBSCRIPTIONS_MAX).contains(&max) {
                return Err(Problem::illegal_value(format!(
                    "{field}: {max} is out of range; use 1 to {SUBSCRIPTIONS_MAX}."
                )));
            }
        }
        Ok(())
    }
}

/// All settings of the org, or the defaults.
pub(crate) fn of_org(tx: &mut Tx<'_>) -> Result<OrgSettings, Problem> {
    Ok(tx
        .typed::<OrgSettings>()
        .get(ORG_SETTINGS_ID)?
        .unwrap_or_default())
}
