//! Decides a token request: parameters and a stored client or personal access token become an
//! access token or an OAuth error (RFC 6749 §4.4, §5). The HTTP layer parses form, multipart and
//! query (api-surface.md §0.3), looks up the `client_id` and picks the status code.

use muster_model::{Secret, Timestamp};
use serde::{Serialize, Serializer};

use crate::caller::{Subject, UserContext};
use crate::client::{GrantType, OAuthClient};
use crate::issuer::{Bearer, IssuedToken, Issuer, SigningError};
use crate::level::{LevelSet, UserLevel};
use crate::personal_access_token::PersonalAccessToken;
use crate::random::Random;
use crate::scope::ScopeSet;
use crate::secret_hash::{SecretHash, SecretHasher};
use crate::token_request::TokenRequest;

/// What is stored under the `client_id` of a request.
#[derive(Clone, Copy, Debug)]
pub enum Applicant<'a> {
    /// An OAuth client.
    Client(&'a OAuthClient),
    /// A personal access token and its owner as of today.
    PersonalAccessToken {
        /// The token.
        token: &'a PersonalAccessToken,
        /// The owner.
        owner: &'a TokenOwner,
    },
}

/// The owner of a personal access token as of today.
#[derive(Clone, Debug)]
pub struct TokenOwner {
    /// Who it is.
    pub person: UserContext,
    /// The owner's user levels; `USER` is added.
    pub levels: LevelSet,
    /// Whether the owner may sign in.
    pub standing: Standing,
}

/// Whether a person may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Yes.
    Active,
    /// No: left, locked out or disabled.
    Barred,
}

/// The tools with which a request is decided.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// Issues the org's tokens.
    pub issuer: &'a Issuer,
    /// Checks the org's client secrets.
    pub hasher: &'a SecretHasher,
    /// Makes token ids.
    pub random: &'a dyn Random,
    /// The present moment.
    pub now: Timestamp,
}

/// A granted request.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The answer.
    pub response: TokenResponse,
    /// What to write as the applicant's `lastUsed`; `None` when today's use is written already
    /// (the schema: "only once a day").
    pub last_used: Option<Timestamp>,
}

/// The answer to a granted request (docs of the token endpoint, api-surface.md §1).
#[derive(Clone, Debug, Serialize)]
pub struct TokenResponse {
    /// The token.
    #[serde(serialize_with = "exposed")]
    pub access_token: Secret<String>,
    /// Always `bearer`.
    pub token_type: &'static str,
    /// Seconds until it ends.
    pub expires_in: i64,
    /// Its scopes, separated by blanks.
    pub scope: String,
    /// The org's id.
    pub tenant_id: String,
    /// The group of servers.
    pub pod: String,
    /// The org's name.
    pub org: String,
    /// The identity of the person; absent for a client that calls for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_id: Option<String>,
    /// The same, by its other name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The sign-in name of the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// Whether a second factor was given.
    pub strong_auth: bool,
    /// Whether the client may ask for one.
    pub strong_auth_supported: bool,
    /// Whether the client belongs to the product.
    pub internal: bool,
    /// The token's id.
    pub jti: String,
}

/// Why a request is refused; the HTTP layer sends [`Refusal::body`].
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A parameter is missing, repeated or too long.
    #[error("{0}")]
    InvalidRequest(String),
    /// Unknown client, wrong secret, or no longer in use. The first two look the same.
    #[error("{0}")]
    InvalidClient(&'static str),
    /// The client may not ask in this way.
    #[error("the client is not allowed the grant type {0}")]
    UnauthorizedClient(&'static str),
    /// Nobody may ask in this way.
    #[error("{0}")]
    UnsupportedGrantType(String),
    /// The scopes asked for are none or too many.
    #[error("{0}")]
    InvalidScope(String),
    /// Our fault.
    #[error("the token could not be signed")]
    Server(#[source] SigningError),
}

/// The body of an answer to a refused request (RFC 6749 §5.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusalBody {
    /// The code.
    pub error: &'static str,
    /// The text for people.
    pub error_description: String,
}

const BAD_CREDENTIALS: &str = "Bad client credentials";

/// Decides a request of an applicant; `None` when nothing is stored under the `client_id`.
pub fn decide(
    request: &TokenRequest,
    applicant: Option<Applicant<'_>>,
    desk: &Desk<'_>,
) -> Result<Grant, Refusal> {
    request.require_client_credentials()?;
    let applicant = authenticated(request, applicant, desk)?;
    applicant.check_in_use(desk.now)?;
    let scopes = narrowed(request, applicant.scopes())?;
    let issued = desk
        .issuer
        .issue(
            applicant.bearer(scopes),
            applicant.life_seconds(),
            desk.now,
            desk.random,
        )
        .map_err(Refusal::Server)?;
    Ok(Grant {
        response: response(issued, applicant.is_internal()),
        last_used: first_use_of_the_day(applicant.last_used(), desk.now),
    })
}

impl Refusal {
    /// The error code of RFC 6749 §5.2.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient(_) => "invalid_client",
            Self::UnauthorizedClient(_) => "unauthorized_client",
            Self::UnsupportedGrantType(_) => "unsupported_grant_type",
            Self::InvalidScope(_) => "invalid_scope",
            Self::Server(_) => "server_error",
        }
    }

    /// The body of the answer.
    pub fn body(&self) -> RefusalBody {
        RefusalBody {
            error: self.code(),
            error_description: self.to_string(),
        }
    }
}

fn authenticated<'a>(
    request: &TokenRequest,
    applicant: Option<Applicant<'a>>,
    desk: &Desk<'_>,
) -> Result<Applicant<'a>, Refusal> {
    let (id, secret) = request.credentials()?;
    let Some(applicant) = applicant else {
        // The same work as for a stored client, so that time does not tell which ids exist.
        let _ = desk.hasher.hash(id, secret);
        return Err(Refusal::InvalidClient(BAD_CREDENTIALS));
    };
    let (stored_id, stored_hash) = applicant.credentials();
    if stored_id != id || !desk.hasher.is_match(id, secret, stored_hash) {
        return Err(Refusal::InvalidClient(BAD_CREDENTIALS));
    }
    Ok(applicant)
}

impl Applicant<'_> {
    fn credentials(&self) -> (&str, &SecretHash) {
        match self {
            Self::Client(client) => (&client.details.id, &client.secret_hash),
            Self::PersonalAccessToken { token, .. } => (&token.details.id, &token.secret_hash),
        }
    }

    /// Called after the secret matched: only its holder learns why it does not work.
    fn check_in_use(&self, now: Timestamp) -> Result<(), Refusal> {
        match self {
            Self::Client(client) if !client.details.enabled => {
                Err(Refusal::InvalidClient("the client is disabled"))
            }
            Self::Client(client)
                if !client
                    .details
                    .grant_types
                    .contains(&GrantType::ClientCredentials) =>
            {
                Err(Refusal::UnauthorizedClient("client_credentials"))
            }
            Self::PersonalAccessToken { token, .. } if token.is_expired(now) => Err(
                Refusal::InvalidClient("the personal access token is expired"),
            ),
            Self::PersonalAccessToken { owner, .. } if owner.standing == Standing::Barred => Err(
                Refusal::InvalidClient("the owner of the personal access token may not sign in"),
            ),
            _ => Ok(()),
        }
    }

    fn bearer(&self, scopes: ScopeSet) -> Bearer {
        match self {
            Self::Client(client) => Bearer {
                subject: Subject::Client(client.details.id.clone()),
                person: None,
                levels: client.levels,
                scopes,
                strong_auth_supported: client.details.strong_auth_supported,
            },
            Self::PersonalAccessToken { token, owner } => Bearer {
                subject: Subject::PersonalAccessToken(token.details.id.clone()),
                person: Some(owner.person.clone()),
                levels: owner.levels.with(UserLevel::User),
                scopes,
                strong_auth_supported: false,
            },
        }
    }

    fn scopes(&self) -> &ScopeSet {
        match self {
            Self::Client(client) => &client.details.scope,
            Self::PersonalAccessToken { token, .. } => &token.details.scope,
        }
    }

    fn life_seconds(&self) -> u32 {
        match self {
            Self::Client(client) => client.details.access_token_validity_seconds,
            Self::PersonalAccessToken { token, .. } => token.details.access_token_validity_seconds,
        }
    }

    fn last_used(&self) -> Option<Timestamp> {
        match self {
            Self::Client(client) => client.details.last_used,
            Self::PersonalAccessToken { token, .. } => token.details.last_used,
        }
    }

    fn is_internal(&self) -> bool {
        matches!(self, Self::Client(client) if client.details.internal)
    }
}

/// The scopes asked for, or all that the applicant has when it asks for none.
fn narrowed(request: &TokenRequest, allowed: &ScopeSet) -> Result<ScopeSet, Refusal> {
    let Some(text) = request.scope() else {
        return Ok(allowed.clone());
    };
    let wanted =
        ScopeSet::parse(text).map_err(|reason| Refusal::InvalidScope(reason.to_string()))?;
    if wanted.is_empty() {
        return Ok(allowed.clone());
    }
    if !allowed.covers(&wanted) {
        let text = format!("the client may use: {allowed}");
        return Err(Refusal::InvalidScope(text));
    }
    Ok(wanted)
}

fn response(issued: IssuedToken, internal: bool) -> TokenResponse {
    let claims = issued.claims;
    let identity_id = claims.identity_id.map(|id| id.to_string());
    TokenResponse {
        access_token: issued.text,
        token_type: "bearer",
        expires_in: claims.exp - claims.iat,
        scope: claims.scope.to_string(),
        tenant_id: claims.tenant_id,
        pod: claims.pod,
        org: claims.org,
        user_id: identity_id.clone(),
        identity_id,
        user_name: claims.user_name,
        strong_auth: claims.strong_auth,
        strong_auth_supported: claims.strong_auth_supported,
        internal,
        jti: claims.jti,
    }
}

fn first_use_of_the_day(last: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    const DAY_MILLIS: i64 = 86_400_000;
    last.is_none_or(|last| now.millis_since(last) >= DAY_MILLIS)
        .then_some(now)
}

/// The one place where a token leaves its wrapping: the answer to the one who asked for it.
fn exposed<S: Serializer>(token: &Secret<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(token.expose())
}
