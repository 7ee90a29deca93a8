//! What a connector can do: asked before a call, never discovered after.
//!
//! The names are those of the public API's source and schema objects.

use std::fmt;
use std::str::FromStr;

macro_rules! features {
    ($($(#[$doc:meta])* $variant:ident => $name:literal),+ $(,)?) => {
        /// One thing that a source may be able to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Feature {
            $($(#[$doc])* $variant),+
        }

        impl Feature {
            /// Every feature, in the order of the API description.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name on the wire.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }
        }
    };
}

features! {
    /// Pass-through authentication.
    Authenticate => "AUTHENTICATE",
    /// Composed of other sources.
    Composite => "COMPOSITE",
    /// Gives direct permissions.
    DirectPermissions => "DIRECT_PERMISSIONS",
    /// Finds schemas of users and groups by itself.
    DiscoverSchema => "DISCOVER_SCHEMA",
    /// Tells whether an account is enabled, and enables and disables.
    Enable => "ENABLE",
    /// Looks up managers while reading.
    ManagerLookup => "MANAGER_LOOKUP",
    /// Cannot read a single account.
    NoRandomAccess => "NO_RANDOM_ACCESS",
    /// Stands in for another source.
    Proxy => "PROXY",
    /// Searches.
    Search => "SEARCH",
    /// A template of sources.
    Template => "TEMPLATE",
    /// Tells whether an account is locked, and unlocks.
    Unlock => "UNLOCK",
    /// Gives unstructured targets.
    UnstructuredTargets => "UNSTRUCTURED_TARGETS",
    /// Gives SharePoint targets.
    SharepointTarget => "SHAREPOINT_TARGET",
    /// Reads and writes accounts.
    Provisioning => "PROVISIONING",
    /// Reads and writes groups.
    GroupProvisioning => "GROUP_PROVISIONING",
    /// Provisions while the caller waits.
    SyncProvisioning => "SYNC_PROVISIONING",
    /// Sets passwords.
    Password => "PASSWORD",
    /// Checks the current password.
    CurrentPassword => "CURRENT_PASSWORD",
    /// Accounts can be requested without entitlements.
    AccountOnlyRequest => "ACCOUNT_ONLY_REQUEST",
    /// Further accounts can be requested.
    AdditionalAccountRequest => "ADDITIONAL_ACCOUNT_REQUEST",
    /// Cannot be aggregated.
    NoAggregation => "NO_AGGREGATION",
    /// Membership stands at the group, not at the account.
    GroupsHaveMembers => "GROUPS_HAVE_MEMBERS",
    /// Cannot provision permissions of accounts.
    NoPermissionsProvisioning => "NO_PERMISSIONS_PROVISIONING",
    /// Cannot provision permissions of groups.
    NoGroupPermissionsProvisioning => "NO_GROUP_PERMISSIONS_PROVISIONING",
    /// Cannot provision unstructured targets.
    NoUnstructuredTargetsProvisioning => "NO_UNSTRUCTURED_TARGETS_PROVISIONING",
    /// Cannot provision direct permissions.
    NoDirectPermissionsProvisioning => "NO_DIRECT_PERMISSIONS_PROVISIONING",
    /// Prefers the uuid to the native identity.
    PreferUuid => "PREFER_UUID",
    /// Gives a security extract.
    ArmSecurityExtract => "ARM_SECURITY_EXTRACT",
    /// Gives a utilization extract.
    ArmUtilizationExtract => "ARM_UTILIZATION_EXTRACT",
    /// Gives a change-log extract.
    ArmChangelogExtract => "ARM_CHANGELOG_EXTRACT",
    /// Names objects by a compound of two ids.
    UsesUuid => "USES_UUID",
    /// Finds applications.
    ApplicationDiscovery => "APPLICATION_DISCOVERY",
    /// Deletes accounts.
    Delete => "DELETE",
}

impl fmt::Display for Feature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A name that is no feature Muster knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a feature")]
pub struct UnknownFeature;

impl FromStr for Feature {
    type Err = UnknownFeature;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|feature| feature.name() == name)
            .ok_or(UnknownFeature)
    }
}

/// A set of features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features(u64);

impl Features {
    /// The set of the features given.
    pub const fn of(features: &[Feature]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < features.len() {
            bits |= 1 << features[at] as u64;
            at += 1;
        }
        Self(bits)
    }

    /// The features among names of the wire; names that Muster does not know give nothing.
    pub fn from_names<S: AsRef<str>>(names: &[S]) -> Self {
        names
            .iter()
            .filter_map(|name| name.as_ref().parse::<Feature>().ok())
            .fold(Self::default(), |set, feature| {
                Self(set.0 | 1 << feature as u64)
            })
    }

    /// Whether a feature is in the set.
    pub const fn has(self, feature: Feature) -> bool {
        self.0 & (1 << feature as u64) != 0
    }

    /// The features in the order of the API description.
    pub fn iter(self) -> impl Iterator<Item = Feature> {
        Feature::ALL
            .iter()
            .copied()
            .filter(move |feature| self.has(*feature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_wire_read_back_and_unknown_ones_give_nothing() {
        for feature in Feature::ALL {
            assert_eq!(feature.name().parse(), Ok(*feature));
        }
        let features = Features::from_names(&["ENABLE", "A_NEW_ONE", "DELETE"]);
        assert_eq!(features, Features::of(&[Feature::Enable, Feature::Delete]));
        let listed: Vec<Feature> = features.iter().collect();
        assert_eq!(listed, [Feature::Enable, Feature::Delete]);
        assert!(!features.has(Feature::Unlock));
    }
}
