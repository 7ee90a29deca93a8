//! Spellings: the prefixes under which one operation is known.
//!
//! A path is declared once, without version. All older addresses follow mechanically from it
//! (api-surface.md §0.1): `/sources/{id}` is `/v3/sources/{id}`, `/beta/sources/{id}`,
//! `/v2024/sources/{id}` and so on, and newest `/sources/v1/{id}`. This file and `mount.rs` are the
//! only code that knows prefixes.

use std::fmt;

/// A set of prefixes, combined with [`Spelling::and`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Spelling(u16);

/// `/beta/…`
pub const BETA: Spelling = Spelling(1);
/// `/v3/…`
pub const V3: Spelling = Spelling(1 << 1);
/// `/v2024/…`
pub const V2024: Spelling = Spelling(1 << 2);
/// `/v2025/…`
pub const V2025: Spelling = Spelling(1 << 3);
/// `/v2026/…`
pub const V2026: Spelling = Spelling(1 << 4);
/// `/{first segment}/v1/…`, the newest form.
pub const V1: Spelling = Spelling(1 << 5);
/// `/{first segment}/v2/…`, which three groups of operations have beside `v1`.
pub const V2: Spelling = Spelling(1 << 6);
/// The path as declared: Muster's own operations and the few that carry no version.
pub const NATIVE: Spelling = Spelling(1 << 7);

/// The three yearly forms.
pub const DATED: Spelling = V2024.and(V2025).and(V2026);
/// Every form that official clients still send.
pub const ALL: Spelling = BETA.and(V3).and(DATED).and(V1);

const EACH: [(Spelling, &str); 8] = [
    (V1, "v1"),
    (V2, "v2"),
    (V2026, "v2026"),
    (V2025, "v2025"),
    (V2024, "v2024"),
    (V3, "v3"),
    (BETA, "beta"),
    (NATIVE, "native"),
];

impl Spelling {
    /// Both sets together.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This set without the prefixes of `other`.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether every prefix of `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Its prefixes one by one, newest first.
    pub fn each(self) -> impl Iterator<Item = Self> {
        EACH.into_iter()
            .map(|(one, _)| one)
            .filter(move |one| self.contains(*one))
    }

    /// The newest prefix of the set.
    pub fn newest(self) -> Self {
        self.each().next().unwrap_or(NATIVE)
    }

    /// The single prefix called `name`: `beta`, `v3`, `v2024`, `v2025`, `v2026`, `v1`, `v2`.
    pub fn named(name: &str) -> Option<Self> {
        EACH.into_iter()
            .find(|(_, known)| *known == name)
            .map(|(one, _)| one)
    }

    /// The name of a single prefix; of a set, its newest.
    pub fn name(self) -> &'static str {
        let newest = self.newest();
        EACH.into_iter()
            .find(|(one, _)| *one == newest)
            .map_or("native", |(_, name)| name)
    }
}

impl fmt::Debug for Spelling {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_set()
            .entries(self.each().map(Self::name))
            .finish()
    }
}

/// `path` under one prefix. A set is spelled by its newest prefix.
pub fn spell(path: &str, spelling: Spelling) -> String {
    match spelling.newest() {
        NATIVE => path.to_owned(),
        newest @ (V1 | V2) => {
            let version = newest.name();
            let path = path.trim_start_matches('/');
            match path.split_once('/') {
                Some((first, rest)) => format!("/{first}/{version}/{rest}"),
                None => format!("/{path}/{version}"),
            }
        }
        older => format!("/{}{path}", older.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_path_has_an_address_under_each_prefix() {
        let all: Vec<String> = ALL
            .each()
            .map(|one| spell("/sources/{id}/load-accounts", one))
            .collect();
        assert_eq!(
            all,
            [
                "/sources/v1/{id}/load-accounts",
                "/v2026/sources/{id}/load-accounts",
                "/v2025/sources/{id}/load-accounts",
                "/v2024/sources/{id}/load-accounts",
                "/v3/sources/{id}/load-accounts",
                "/beta/sources/{id}/load-accounts",
            ]
        );
        assert_eq!(spell("/transforms", V1), "/transforms/v1");
        assert_eq!(
            spell("/access-request-config", V2),
            "/access-request-config/v2"
        );
        assert_eq!(spell("/oauth/token", NATIVE), "/oauth/token");
    }

    #[test]
    fn sets_combine_in_constants() {
        const WITHOUT_V3: Spelling = ALL.without(V3);
        assert!(WITHOUT_V3.contains(BETA.and(DATED)));
        assert!(!WITHOUT_V3.contains(V3));
        assert_eq!(WITHOUT_V3.newest(), V1);
        assert_eq!(Spelling::named("v2025"), Some(V2025));
    }
}
