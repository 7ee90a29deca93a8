//! Feature flags of an org (decisions.md 9): a trigger behind a flag that is off does not exist.

use std::collections::BTreeSet;

use muster_model::{Document, Timestamp};
use muster_store::{Result, Tx};
use serde::{Deserialize, Serialize};

use super::Trigger;

/// Allows Provisioning Completed. The name is the seed document's.
pub const POST_PROVISIONING: &str = "ARSENAL_ALLOW_POSTPROVISIONING_TRIGGERS";

/// Every flag there is.
pub const FLAGS: [&str; 1] = [POST_PROVISIONING];

/// The flags that are on in an org.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags(BTreeSet<String>);

/// One flag as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Flag {
    name: String,
    enabled: bool,
}

impl Document for Flag {
    const KIND: &'static str = "feature-flag";

    fn id(&self) -> &str {
        &self.name
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl Flags {
    /// Exactly these flags.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().map(str::to_owned).collect())
    }

    /// The org's flags.
    pub fn load(tx: &mut Tx<'_>) -> Result<Self> {
        let flags = tx.typed::<Flag>().list()?;
        Ok(Self(
            flags
                .into_iter()
                .filter(|flag| flag.enabled)
                .map(|flag| flag.name)
                .collect(),
        ))
    }

    /// Switches a flag of the org.
    pub fn set(tx: &mut Tx<'_>, name: &str, state: State, now: Timestamp) -> Result<()> {
        let flag = Flag {
            name: name.to_owned(),
            enabled: state == State::On,
        };
        tx.typed::<Flag>().put(&flag, now)
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

/// A flag's position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The feature is there.
    On,
    /// The feature is not there.
    Off,
}
