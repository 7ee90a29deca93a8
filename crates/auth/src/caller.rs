//! Who is calling: what a verified access token says, in the words of the domain.

use muster_model::id::IdentityId;

use crate::level::LevelSet;
use crate::scope::ScopeSet;

/// The one who calls an operation. It comes out of a verified token; a handler never builds one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The org that the token belongs to; the token of another org never becomes a caller.
    pub org: String,
    /// What the token was issued to.
    pub subject: Subject,
    /// The person for whom the call is made, if it is made for one.
    pub person: Option<UserContext>,
    /// The ceiling of what may be done.
    pub levels: LevelSet,
    /// What of it the token may be used for.
    pub scopes: ScopeSet,
    /// The token's id (`jti`): audit events name it, never the token.
    pub token_id: String,
}

/// What a token was issued to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An OAuth client, by its id.
    Client(String),
    /// A personal access token, by its id.
    PersonalAccessToken(String),
}

impl Subject {
    /// The `client_id` of the wire, whichever it is.
    pub fn id(&self) -> &str {
        match self {
            Self::Client(id) | Self::PersonalAccessToken(id) => id,
        }
    }
}

/// The person for whom a call is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserContext {
    /// The person's identity.
    pub identity_id: IdentityId,
    /// The name with which the person signs in.
    pub user_name: String,
}

impl Caller {
    /// The person behind the call; `None` for a client that calls for itself (client credentials of
    /// an OAuth client), which may not do what only people do (api-surface.md §1).
    pub fn user_context(&self) -> Option<&UserContext> {
        self.person.as_ref()
    }

    /// The caller with what the levels of today leave of those in the token: a level that was taken
    /// away must not live on until the token expires.
    pub fn capped_by(mut self, levels_today: LevelSet) -> Self {
        self.levels = self.levels.intersection(levels_today);
        self
    }
}
