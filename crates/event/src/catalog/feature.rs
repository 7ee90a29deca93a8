//! Feature flags of an org (decisions.md 9): a trigger behind a flag that is off does not exist.

use std::collections::BTreeSet;

use muster_model::settings::ORG_SETTINGS_ID;
use muster_model::{OrgSettings, Timestamp};
use muster_store::{Result, Tx};

use super::Trigger;

/// Allows Provisioning Completed. The name is the seed document's.
pub const POST_PROVISIONING: &str = "ARSENAL_ALLOW_POSTPROVISIONING_TRIGGERS";

/// Every flag there is.
pub const FLAGS: [&str; 1] = [POST_PROVISIONING];

/// The flags that are on in an org.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags(BTreeSet<String>);

impl Flags {
    /// Exactly these flags.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().map(str::to_owned).collect())
    }

    /// The org's flags, which stand among its settings.
    pub fn load(tx: &mut Tx<'_>) -> Result<Self> {
        let settings = settings(tx)?;
        let on = settings
            .feature_flags
            .into_iter()
            .filter(|(_, is_on)| *is_on);
        Ok(Self(on.map(|(name, _)| name).collect()))
    }

    /// Switches a flag of the org.
    pub fn set(tx: &mut Tx<'_>, name: &str, state: State, now: Timestamp) -> Result<()> {
        let mut settings = settings(tx)?;
        settings
            .feature_flags
            .insert(name.to_owned(), state == State::On);
        tx.typed::<OrgSettings>().put(&settings, now)
    }

    /// Whether the flag is on.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Whether the trigger exists for an org with these flags.
    pub fn allow(&self, trigger: &Trigger) -> bool {
        trigger.feature_flag().is_none_or(|flag| self.has(flag))
    }
}

fn settings(tx: &mut Tx<'_>) -> Result<OrgSettings> {
    let settings = tx.typed::<OrgSettings>().get(ORG_SETTINGS_ID)?;
    Ok(settings.unwrap_or_default())
}

/// A flag's position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The feature is there.
    On,
    /// The feature is not there.
    Off,
}
