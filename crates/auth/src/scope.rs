//! Scopes: what a token may be used for, below what its holder may do. One scope is a string such
//! as `idn:sources:manage`; which scopes exist is the business of the operations that demand them.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::limits::{SCOPE_BYTES_MAX, SCOPES_MAX};

/// Everything that the holder may do.
pub const ALL: &str = "sp:scopes:all";

/// The operations that name no scope of their own.
pub const DEFAULT: &str = "sp:scopes:default";

/// Names from before 2023 and what they are called today (event-triggers.md §1.2).
const ALIASES: &[(&str, &str)] = &[
    (
        "idn:trigger-service-subscriptions:create",
        "sp:trigger-service-subscriptions:manage",
    ),
    (
        "idn:trigger-service-subscriptions:read",
        "sp:trigger-service-subscriptions:read",
    ),
    (
        "idn:trigger-service-invocation-status:read",
        "sp:trigger-service-invocation-status:read",
    ),
    (
        "idn:trigger-service-invocation-test:create",
        "sp:trigger-service-invocation-status:manage",
    ),
];

/// The scopes of a client, a personal access token or an access token, in the order given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScopeSet(Vec<String>);

/// Why a list of scopes is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidScope {
    /// A character that RFC 6749 §3.3 does not allow, or no character at all.
    #[error("\"{0}\" is not a scope: scopes are printable ASCII without blanks and quotes")]
    Malformed(String),
    /// One scope is longer than the bound.
    #[error("a scope has at most {SCOPE_BYTES_MAX} characters")]
    TooLong,
    /// The list is longer than the bound.
    #[error("at most {SCOPES_MAX} scopes are allowed")]
    TooMany,
}

impl ScopeSet {
    /// `sp:scopes:all` alone.
    pub fn all() -> Self {
        Self(vec![ALL.to_owned()])
    }

    /// Takes a list, dropping repetitions.
    pub fn from_names<N: AsRef<str>>(
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self, InvalidScope> {
        let mut scopes: Vec<String> = Vec::new();
        for name in names {
            let name = checked(name.as_ref())?;
            if scopes.iter().any(|known| known == name) {
                continue;
            }
            if scopes.len() == SCOPES_MAX {
                return Err(InvalidScope::TooMany);
            }
            scopes.push(name.to_owned());
        }
        Ok(Self(scopes))
    }

    /// Reads the blank-separated form of tokens and token requests.
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        Self::from_names(text.split_ascii_whitespace())
    }

    /// Whether a token with these scopes may do what `demanded` stands for.
    pub fn grants(&self, demanded: &str) -> bool {
        let demanded = canonical(demanded);
        self.0
            .iter()
            .any(|held| satisfies(canonical(held), demanded))
    }

    /// Whether nothing in `narrower` goes beyond this set.
    pub fn covers(&self, narrower: &Self) -> bool {
        narrower.0.iter().all(|scope| self.grants(scope))
    }

    /// The scopes in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there is no scope in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join(" "))
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        Self::from_names(names).map_err(serde::de::Error::custom)
    }
}

/// Whether the last part of the scope says that it only looks.
pub(crate) fn only_reads(scope: &str) -> bool {
    scope.ends_with(":read") || scope.ends_with(":list")
}

fn checked(name: &str) -> Result<&str, InvalidScope> {
    if name.len() > SCOPE_BYTES_MAX {
        return Err(InvalidScope::TooLong);
    }
    let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
    if name.is_empty() || !name.bytes().all(allowed) {
        return Err(InvalidScope::Malformed(name.to_owned()));
    }
    Ok(name)
}

fn canonical(scope: &str) -> &str {
    ALIASES
        .iter()
        .find(|(old, _)| *old == scope)
        .map_or(scope, |(_, today)| today)
}

fn satisfies(held: &str, demanded: &str) -> bool {
    held == ALL || held == demanded || manages_what_is_read(held, demanded)
}

/// `:manage` includes `:read` of the same thing: most operations list both, a few forget to.
fn manages_what_is_read(held: &str, demanded: &str) -> bool {
    match (held.strip_suffix(":manage"), demanded.strip_suffix(":read")) {
        (Some(managed), Some(read)) => managed == read,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(held: &str, demanded: &str) -> bool {
        ScopeSet::parse(held).unwrap().grants(demanded)
    }

    #[test]
    fn a_scope_grants_what_the_table_says() {
        for (held, demanded, granted) in [
            ("sp:scopes:all", "idn:sources:manage", true),
            ("sp:scopes:all", DEFAULT, true),
            ("sp:scopes:default", "idn:sources:read", false),
            ("idn:sources:manage", DEFAULT, false),
            ("idn:sources:read", "idn:sources:read", true),
            ("idn:sources:manage", "idn:sources:read", true),
            ("idn:sources:read", "idn:sources:manage", false),
            ("idn:sources-admin:manage", "idn:sources:read", false),
            ("idn:sources:manage", "idn:sources:update", false),
            ("IDN:SOURCES:READ", "idn:sources:read", false),
            ("a:read b:manage", "b:read", true),
            ("", "idn:sources:read", false),
        ] {
            assert_eq!(grants(held, demanded), granted, "{held} for {demanded}");
        }
    }

    #[test]
    fn the_names_from_before_2023_still_work() {
        assert!(grants(
            "idn:trigger-service-subscriptions:create",
            "sp:trigger-service-subscriptions:manage"
        ));
        assert!(!grants(
            "idn:trigger-service-subscriptions:read",
            "sp:trigger-service-subscriptions:manage"
        ));
        assert!(grants(
            "idn:trigger-service-invocation-test:create",
            "sp:trigger-service-invocation-status:manage"
        ));
        assert!(!grants(
            "idn:trigger-service-invocation-status:read",
            "sp:trigger-service-invocation-status:manage"
        ));
    }

    #[test]
    fn narrower_scopes_are_covered_and_wider_ones_are_not() {
        let managing = ScopeSet::parse("idn:sources:manage").unwrap();
        let reading = ScopeSet::parse("idn:sources:read").unwrap();
        assert!(managing.covers(&reading));
        assert!(!reading.covers(&managing));
        assert!(!managing.covers(&ScopeSet::all()));
    }

    #[test]
    fn lists_are_bounded_and_checked() {
        assert!(ScopeSet::from_names(["with blank"]).is_err());
        assert!(ScopeSet::from_names([""]).is_err());
        assert!(ScopeSet::from_names(["q\"uote"]).is_err());
        assert_eq!(
            ScopeSet::from_names(["x".repeat(SCOPE_BYTES_MAX + 1)]),
            Err(InvalidScope::TooLong)
        );
        let many = (0..=SCOPES_MAX).map(|count| format!("idn:thing-{count}:read"));
        assert_eq!(ScopeSet::from_names(many), Err(InvalidScope::TooMany));
        assert_eq!(ScopeSet::parse("a a b").unwrap().to_string(), "a b");
    }
}
