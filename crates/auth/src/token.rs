//! What stands in an access token, and why one is refused. Signing and verifying is in
//! [`crate::issuer`].

use muster_model::id::IdentityId;
use serde::{Deserialize, Serialize};

use crate::caller::{Caller, Subject, UserContext};
use crate::level::LevelSet;
use crate::scope::ScopeSet;

/// The claims of an access token: those that the official clients read (api-surface.md §0.4) and
/// one of ours. Times are whole seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued the token: the org's own address.
    pub iss: String,
    /// When it was issued.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
    /// The token's own id.
    pub jti: String,
    /// The org's id.
    pub tenant_id: String,
    /// The group of servers that the org lives on.
    pub pod: String,
    /// The org's name.
    pub org: String,
    /// The OAuth client or personal access token that asked for it.
    pub client_id: String,
    /// The identity of the person it stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_id: Option<IdentityId>,
    /// The sign-in name of that person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// The user levels.
    pub authorities: LevelSet,
    /// The scopes, separated by blanks (RFC 9068 §2.2.3).
    #[serde(with = "blank_separated")]
    pub scope: ScopeSet,
    /// Whether the person signed in with a second factor.
    pub strong_auth: bool,
    /// Whether the client may ask for that.
    pub strong_auth_supported: bool,
    /// Which kind of thing `client_id` names. The vendor's tokens do not say.
    pub muster_subject: SubjectKind,
}

/// What `client_id` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// An OAuth client.
    Client,
    /// A personal access token.
    PersonalAccessToken,
}

/// Why a token is refused. The text is that of the 401 answer; it follows the vendor's only
/// documented one, `JWT validation failed: JWT is expired`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The request carries no bearer token.
    #[error("JWT validation failed: no bearer token in the Authorization header")]
    Missing,
    /// Not a signed token, or one without the claims that ours have.
    #[error("JWT validation failed: JWT is malformed")]
    Malformed,
    /// Signed by a key that is not ours or no longer in use.
    #[error("JWT validation failed: JWT is signed with an unknown key")]
    UnknownKey,
    /// The signature is not that of the key it names.
    #[error("JWT validation failed: JWT signature is not valid")]
    BadSignature,
    /// Issued by someone else with our key: another installation that shares it.
    #[error("JWT validation failed: JWT was issued by another server")]
    WrongIssuer,
    /// Issued for another org.
    #[error("JWT validation failed: JWT belongs to another org")]
    WrongOrg,
    /// Issued later than now.
    #[error("JWT validation failed: JWT is not valid yet")]
    NotYetValid,
    /// Past its end.
    #[error("JWT validation failed: JWT is expired")]
    Expired,
    /// The client or token it was issued to is gone or switched off; the one who looks it up says so.
    #[error("JWT validation failed: the client of the JWT is deleted or disabled")]
    Revoked,
}

impl Claims {
    /// The caller that these claims speak of; they must have been verified.
    pub(crate) fn into_caller(self) -> Caller {
        let subject = match self.muster_subject {
            SubjectKind::Client => Subject::Client(self.client_id),
            SubjectKind::PersonalAccessToken => Subject::PersonalAccessToken(self.client_id),
        };
        let person = self
            .identity_id
            .zip(self.user_name)
            .map(|(identity_id, user_name)| UserContext {
                identity_id,
                user_name,
            });
        Caller {
            org: self.org,
            subject,
            person,
            levels: self.authorities,
            scopes: self.scope,
            token_id: self.jti,
        }
    }
}

mod blank_separated {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::scope::ScopeSet;

    pub(super) fn serialize<S: Serializer>(
        scopes: &ScopeSet,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(scopes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<ScopeSet, D::Error> {
        let text = String::deserialize(deserializer)?;
        ScopeSet::parse(&text).map_err(serde::de::Error::custom)
    }
}
