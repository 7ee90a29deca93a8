//! What an operation demands of its caller, and the one function that decides (decisions.md 21).
//! Scopes narrow, user levels cap, and whatever is not stated is refused.

use crate::caller::Caller;
use crate::level::LevelSet;
use crate::scope::{self, ScopeSet};

/// What one operation demands. Constants: each operation declares its guard beside its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard(Demand);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Demand {
    Nothing,
    Rights(Rights),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rights {
    effect: Effect,
    levels: LevelSet,
    scopes: Scopes,
    /// What a client without a person needs; `None` where only people may call.
    application_scopes: Option<Scopes>,
}

type Scopes = &'static [&'static str];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Reads,
    Changes,
}

impl Guard {
    /// Open to everyone, with or without a token: the token endpoint itself, and completing an
    /// invocation, which the secret in its body guards (decisions.md 12).
    pub const PUBLIC: Self = Self(Demand::Nothing);

    /// For an operation that only looks: any of `levels` and any of `scopes`.
    ///
    /// Without scopes, `sp:scopes:default` is demanded: the public description leaves the list
    /// empty where an operation has no scope of its own, and a token narrowed to one thing must
    /// not reach those.
    pub const fn reading(levels: LevelSet, scopes: Scopes) -> Self {
        Self::new(Effect::Reads, levels, scopes)
    }

    /// For an operation that changes something. As [`Guard::reading`], but where the list names a
    /// scope that allows changes, those that only read do not suffice: the public description lists
    /// `idn:sources:read` for creating an access profile, as one of several that are needed together.
    pub const fn changing(levels: LevelSet, scopes: Scopes) -> Self {
        Self::new(Effect::Changes, levels, scopes)
    }

    const fn new(effect: Effect, levels: LevelSet, scopes: Scopes) -> Self {
        Self(Demand::Rights(Rights {
            effect,
            levels,
            scopes,
            application_scopes: None,
        }))
    }

    /// The same for clients that call for themselves (`applicationAuth` of the public description).
    pub const fn also_for_applications(self) -> Self {
        match self.0 {
            Demand::Rights(rights) => self.for_applications_with(rights.scopes),
            Demand::Nothing => self,
        }
    }

    /// Lets clients call for themselves that have any of `scopes`, where they differ from those
    /// that people need.
    pub const fn for_applications_with(self, scopes: Scopes) -> Self {
        match self.0 {
            Demand::Rights(mut rights) => {
                rights.application_scopes = Some(scopes);
                Self(Demand::Rights(rights))
            }
            Demand::Nothing => self,
        }
    }

    /// Whether no token is needed.
    pub const fn is_public(&self) -> bool {
        matches!(self.0, Demand::Nothing)
    }

    /// The levels of which one is needed; for the published description.
    pub const fn levels(&self) -> LevelSet {
        match self.0 {
            Demand::Rights(rights) => rights.levels,
            Demand::Nothing => LevelSet::NONE,
        }
    }

    /// The scopes as declared; for the published description.
    pub const fn scopes(&self) -> &'static [&'static str] {
        match self.0 {
            Demand::Rights(rights) => rights.scopes,
            Demand::Nothing => &[],
        }
    }

    /// Whether clients may call for themselves; for the published description.
    pub const fn is_open_to_applications(&self) -> bool {
        match self.0 {
            Demand::Rights(rights) => rights.application_scopes.is_some(),
            Demand::Nothing => true,
        }
    }
}

/// Why a caller is turned away. The text is for the caller: it says what is missing and what is there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The operation acts for a person and the token names none.
    #[error(
        "this operation acts for a person, and the token of an API client names none; \
         use a personal access token"
    )]
    NoUserContext,
    /// The caller's user levels do not suffice.
    #[error("this operation needs one of the user levels: {needed}; the caller has: {held}")]
    Level {
        /// Any of these would do.
        needed: LevelSet,
        /// What the caller has.
        held: LevelSet,
    },
    /// The token's scopes do not suffice.
    #[error("this operation needs one of the scopes: {}; the token has: {}", .needed.join(" "), or_none(.held))]
    Scope {
        /// Any of these would do.
        needed: Vec<&'static str>,
        /// What the token has.
        held: ScopeSet,
    },
}

/// Decides whether `caller` may do what `guard` stands before. There is no other such function.
pub fn authorize(caller: &Caller, guard: &Guard) -> Result<(), Denied> {
    let Demand::Rights(rights) = guard.0 else {
        return Ok(());
    };
    let scopes = match caller.user_context() {
        Some(_) => rights.scopes,
        None => rights.application_scopes.ok_or(Denied::NoUserContext)?,
    };
    if !caller.levels.meets(rights.levels) {
        return Err(Denied::Level {
            needed: rights.levels,
            held: caller.levels,
        });
    }
    let needed = sufficient(rights.effect, scopes);
    if !needed.iter().any(|scope| caller.scopes.grants(scope)) {
        return Err(Denied::Scope {
            needed,
            held: caller.scopes.clone(),
        });
    }
    Ok(())
}

/// The scopes of which one suffices.
fn sufficient(effect: Effect, scopes: Scopes) -> Vec<&'static str> {
    if scopes.is_empty() {
        return vec![scope::DEFAULT];
    }
    let some_allow_changes = scopes.iter().any(|scope| !scope::only_reads(scope));
    let drop_readers = effect == Effect::Changes && some_allow_changes;
    scopes
        .iter()
        .copied()
        .filter(|scope| !(drop_readers && scope::only_reads(scope)))
        .collect()
}

fn or_none(scopes: &ScopeSet) -> String {
    if scopes.is_empty() {
        "none".to_owned()
    } else {
        scopes.to_string()
    }
}

#[cfg(test)]
mod tests {
    use muster_model::id::IdentityId;

    use super::*;
    use crate::caller::{Subject, UserContext};
    use crate::level::UserLevel;

    const SOURCES: LevelSet = LevelSet::of(&[UserLevel::OrgAdmin, UserLevel::SourceAdmin]);
    const READ: Guard = Guard::reading(SOURCES, &["idn:sources:read", "idn:sources:manage"]);
    const CHANGE: Guard = Guard::changing(SOURCES, &["idn:sources:manage", "idn:identity:read"]);
    const UNSTATED: Guard = Guard::changing(LevelSet::ORG_ADMIN, &[]);

    fn person(levels: &[UserLevel], scopes: &str) -> Caller {
        Caller {
            org: "acme".into(),
            subject: Subject::PersonalAccessToken("p".into()),
            person: Some(UserContext {
                identity_id: IdentityId(1),
                user_name: "ada".into(),
            }),
            levels: LevelSet::of(levels),
            scopes: ScopeSet::parse(scopes).unwrap(),
            token_id: "t".into(),
        }
    }

    fn client(levels: &[UserLevel], scopes: &str) -> Caller {
        Caller {
            subject: Subject::Client("c".into()),
            person: None,
            ..person(levels, scopes)
        }
    }

    #[test]
    fn levels_cap_and_scopes_narrow() {
        let admin = [UserLevel::SourceAdmin];
        assert_eq!(authorize(&person(&admin, "sp:scopes:all"), &READ), Ok(()));
        assert_eq!(
            authorize(&person(&admin, "idn:sources:read"), &READ),
            Ok(())
        );
        assert!(authorize(&person(&admin, "idn:roles:read"), &READ).is_err());
        assert!(authorize(&person(&[UserLevel::User], "sp:scopes:all"), &READ).is_err());
        assert!(authorize(&person(&[], "sp:scopes:all"), &READ).is_err());
    }

    #[test]
    fn reading_scopes_do_not_allow_changes() {
        let admin = [UserLevel::OrgAdmin];
        assert!(authorize(&person(&admin, "idn:identity:read"), &CHANGE).is_err());
        assert_eq!(
            authorize(&person(&admin, "idn:sources:manage"), &CHANGE),
            Ok(())
        );
    }

    #[test]
    fn a_change_that_lists_only_reading_scopes_takes_them() {
        const SEARCH: Guard = Guard::changing(LevelSet::ANY, &["sp:search:read"]);
        assert_eq!(
            authorize(&person(&[UserLevel::User], "sp:search:read"), &SEARCH),
            Ok(())
        );
    }

    #[test]
    fn an_operation_without_scopes_wants_the_default_one() {
        let admin = [UserLevel::OrgAdmin];
        assert!(authorize(&person(&admin, "idn:sources:manage"), &UNSTATED).is_err());
        assert_eq!(
            authorize(&person(&admin, "sp:scopes:default"), &UNSTATED),
            Ok(())
        );
    }

    #[test]
    fn a_client_without_a_person_is_turned_away_where_only_people_may_call() {
        let admin = [UserLevel::OrgAdmin, UserLevel::Api];
        let caller = client(&admin, "sp:scopes:all");
        assert_eq!(authorize(&caller, &READ), Err(Denied::NoUserContext));
        assert_eq!(authorize(&caller, &READ.also_for_applications()), Ok(()));
    }

    #[test]
    fn applications_may_need_other_scopes_than_people() {
        const GUARD: Guard = READ.for_applications_with(&["idn:accounts-state:manage"]);
        let admin = [UserLevel::OrgAdmin];
        assert!(authorize(&client(&admin, "idn:sources:read"), &GUARD).is_err());
        assert_eq!(
            authorize(&client(&admin, "idn:accounts-state:manage"), &GUARD),
            Ok(())
        );
        assert!(authorize(&person(&admin, "idn:accounts-state:manage"), &GUARD).is_err());
    }

    #[test]
    fn a_public_operation_asks_nothing() {
        assert_eq!(authorize(&client(&[], ""), &Guard::PUBLIC), Ok(()));
    }

    #[test]
    fn the_refusal_says_what_is_missing_and_what_is_there() {
        let texts = [
            authorize(&person(&[UserLevel::User], "sp:scopes:all"), &READ),
            authorize(&person(&[UserLevel::OrgAdmin], "idn:roles:read"), &READ),
            authorize(&person(&[UserLevel::OrgAdmin], ""), &CHANGE),
        ]
        .map(|outcome| outcome.unwrap_err().to_string());
        assert_eq!(
            texts,
            [
                "this operation needs one of the user levels: ORG_ADMIN, SOURCE_ADMIN; the caller has: USER",
                "this operation needs one of the scopes: idn:sources:read idn:sources:manage; the token has: idn:roles:read",
                "this operation needs one of the scopes: idn:sources:manage; the token has: none",
            ]
        );
    }

    #[test]
    fn a_level_taken_away_since_the_token_was_issued_is_gone() {
        let caller = person(&[UserLevel::OrgAdmin, UserLevel::User], "sp:scopes:all")
            .capped_by(LevelSet::of(&[UserLevel::User]));
        assert!(authorize(&caller, &UNSTATED).is_err());
    }
}
