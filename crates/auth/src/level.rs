//! User levels: the ceiling of what a person may do. Wire names are the vendor's
//! (`userLevels` of api-operations.json); scopes, which narrow, are in [`crate::scope`].

use std::fmt;
use std::str::FromStr;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! user_levels {
    ($($(#[$doc:meta])* $name:ident = $wire:literal),+ $(,)?) => {
        /// One user level.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum UserLevel {
            $($(#[$doc])* $name),+
        }

        impl UserLevel {
            /// Every level there is.
            pub const EACH: &[Self] = &[$(Self::$name),+];

            /// The name on the wire.
            pub const fn wire_name(self) -> &'static str {
                match self {
                    $(Self::$name => $wire),+
                }
            }
        }
    };
}

user_levels! {
    /// May administer the whole org.
    OrgAdmin = "ORG_ADMIN",
    /// May administer all sources.
    SourceAdmin = "SOURCE_ADMIN",
    /// May administer the sources of its governance groups.
    SourceSubadmin = "SOURCE_SUBADMIN",
    /// May administer all roles.
    RoleAdmin = "ROLE_ADMIN",
    /// May administer the roles over its sources.
    RoleSubadmin = "ROLE_SUBADMIN",
    /// May unlock accounts and reset passwords for others.
    Helpdesk = "HELPDESK",
    /// May administer certification campaigns.
    CertificationAdmin = "CERT_ADMIN",
    /// May read reports and search.
    ReportAdmin = "REPORT_ADMIN",
    /// May see the dashboard.
    Dashboard = "DASHBOARD",
    /// May administer the vendor's SaaS management; kept, opens nothing here.
    SaasManagementAdmin = "SAAS_MANAGEMENT_ADMIN",
    /// May read the vendor's SaaS management; kept, opens nothing here.
    SaasManagementReader = "SAAS_MANAGEMENT_READER",
    /// May administer separation-of-duties policies.
    SodPolicyAdmin = "SOD_POLICY_ADMIN",
    /// May administer the mitigating controls of such policies.
    SodControlAdmin = "SOD_CONTROL_ADMIN",
    /// May administer policies; an older name.
    PolicyAdmin = "POLICY_ADMIN",
    /// May administer sources of several hosts.
    MultihostsAdmin = "MULTIHOSTS_ADMIN",
    /// Owns the approval that is spoken of. No token carries it: it says how caller and object
    /// relate, so the operation itself looks.
    ApprovalOwner = "APPROVAL_OWNER",
    /// A client that calls for itself, not for a person.
    Api = "API",
    /// Every person who may sign in.
    User = "USER",
}

/// A text that names no user level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no user level")]
pub struct UnknownLevel(pub String);

impl FromStr for UserLevel {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::EACH
            .iter()
            .copied()
            .find(|level| level.wire_name() == text)
            .ok_or_else(|| UnknownLevel(text.to_owned()))
    }
}

/// A set of user levels in one word, so that guards are constants and checks one instruction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct LevelSet(u32);

impl LevelSet {
    /// No level.
    pub const NONE: Self = Self(0);

    /// Any level will do; the wire says `Any`.
    pub const ANY: Self = Self::of(UserLevel::EACH);

    /// Only administrators of the org: what an operation demands that does not say.
    pub const ORG_ADMIN: Self = Self::of(&[UserLevel::OrgAdmin]);

    /// The set of `levels`.
    pub const fn of(levels: &[UserLevel]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < levels.len() {
            bits |= 1 << levels[at] as u32;
            at += 1;
        }
        Self(bits)
    }

    /// This set and one more level.
    pub const fn with(self, level: UserLevel) -> Self {
        Self(self.0 | 1 << level as u32)
    }

    /// Whether `level` is in the set.
    pub const fn contains(self, level: UserLevel) -> bool {
        self.0 & (1 << level as u32) != 0
    }

    /// Whether the two sets share a level.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The levels that both sets have.
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether there is no level in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The levels, in the order of their declaration.
    pub fn iter(self) -> impl Iterator<Item = UserLevel> {
        UserLevel::EACH
            .iter()
            .copied()
            .filter(move |level| self.contains(*level))
    }
}

impl FromIterator<UserLevel> for LevelSet {
    fn from_iter<I: IntoIterator<Item = UserLevel>>(levels: I) -> Self {
        levels.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Display for LevelSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ANY {
            return formatter.write_str("any user level");
        }
        for (count, level) in self.iter().enumerate() {
            let comma = if count == 0 { "" } else { ", " };
            write!(formatter, "{comma}{}", level.wire_name())?;
        }
        if self.is_empty() {
            formatter.write_str("none")?;
        }
        Ok(())
    }
}

impl Serialize for LevelSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(UserLevel::wire_name))
    }
}

impl<'de> Deserialize<'de> for LevelSet {
    /// Reads a list of wire names. A name that this version does not know grants nothing.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = LevelSet;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("a list of user levels")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<LevelSet, A::Error> {
                let mut levels = LevelSet::NONE;
                while let Some(name) = names.next_element::<String>()? {
                    if let Ok(level) = name.parse() {
                        levels = levels.with(level);
                    }
                }
                Ok(levels)
            }
        }
        deserializer.deserialize_seq(Names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_reads_back_from_its_wire_name() {
        for level in UserLevel::EACH {
            assert_eq!(level.wire_name().parse(), Ok(*level));
        }
        assert!("org_admin".parse::<UserLevel>().is_err());
    }

    #[test]
    fn a_level_that_is_not_known_grants_nothing() {
        let levels: LevelSet = serde_json::from_str(r#"["USER","EMPEROR","CERT_ADMIN"]"#).unwrap();
        assert_eq!(
            levels,
            LevelSet::of(&[UserLevel::CertificationAdmin, UserLevel::User])
        );
        assert_eq!(
            serde_json::to_string(&levels).unwrap(),
            r#"["CERT_ADMIN","USER"]"#
        );
    }

    #[test]
    fn sets_print_for_people() {
        assert_eq!(LevelSet::NONE.to_string(), "none");
        assert_eq!(LevelSet::ANY.to_string(), "any user level");
        assert_eq!(
            LevelSet::of(&[UserLevel::User, UserLevel::OrgAdmin]).to_string(),
            "ORG_ADMIN, USER"
        );
    }
}
