//! OAuth clients: programs that call for themselves or, with sign-in, for people. Field names and
//! nullability are those of `/oauth-clients/v1`; the secret is kept as a keyed hash only.

use muster_model::{Document, Secret, Timestamp};
use serde::{Deserialize, Serialize};

use crate::caller::Caller;
use crate::field::{self, InvalidField, invalid};
use crate::level::{LevelSet, UserLevel};
use crate::limits::{
    ACCESS_TOKEN_SECONDS_DEFAULT, REDIRECT_URIS_MAX, REFRESH_TOKEN_SECONDS_DEFAULT,
    REFRESH_TOKEN_SECONDS_MAX,
};
use crate::random::Random;
use crate::scope::ScopeSet;
use crate::secret_hash::{SecretHash, SecretHasher};
use crate::secret_text::{new_secret, new_uuid};

/// A client as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OAuthClient {
    /// What the wire shows.
    #[serde(flatten)]
    pub details: ClientDetails,
    /// The keyed hash of its secret.
    pub secret_hash: SecretHash,
    /// The ceiling of its own calls: the levels of the person who made it ("the API Client will
    /// have all the rights of the owner who created it", schema of `scope`).
    pub levels: LevelSet,
}

/// A client as the wire shows it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "the wire has these four switches"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientDetails {
    /// The client id: a dashed UUID.
    pub id: String,
    /// The business that it belongs to.
    pub business_name: Option<String>,
    /// The business's page.
    pub homepage_url: Option<String>,
    /// The name that people see.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Life of its access tokens.
    pub access_token_validity_seconds: u32,
    /// Life of its refresh tokens.
    pub refresh_token_validity_seconds: u32,
    /// Where sign-in may return to.
    pub redirect_uris: Option<Vec<String>>,
    /// How it may ask for tokens.
    pub grant_types: Vec<GrantType>,
    /// Whether it may act while the person is away.
    pub access_type: AccessType,
    /// Whether it can keep a secret.
    #[serde(rename = "type")]
    pub kind: ClientType,
    /// Whether it belongs to the product itself.
    pub internal: bool,
    /// Whether it may be used.
    pub enabled: bool,
    /// Whether it may ask for a second factor.
    pub strong_auth_supported: bool,
    /// Whether it takes claims from SAML.
    pub claims_supported: bool,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
    /// When it last got a token; written once a day at most.
    pub last_used: Option<Timestamp>,
    /// What its tokens may be used for.
    pub scope: ScopeSet,
}

/// A way of asking for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum GrantType {
    /// For itself.
    ClientCredentials,
    /// For a person who signs in.
    AuthorizationCode,
    /// Again for a person who signed in.
    RefreshToken,
}

/// Whether a client may act while the person is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccessType {
    /// Only while the person is there.
    Online,
    /// At any time.
    Offline,
}

/// Whether a client can keep a secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ClientType {
    /// It can.
    #[default]
    Confidential,
    /// It runs where others may look.
    Public,
}

/// The body of a request for a new client. SDKs send explicit nulls for what was not given.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewClient {
    business_name: Option<String>,
    homepage_url: Option<String>,
    name: Option<String>,
    description: Option<String>,
    access_token_validity_seconds: Option<u32>,
    refresh_token_validity_seconds: Option<u32>,
    redirect_uris: Option<Vec<String>>,
    grant_types: Option<Vec<GrantType>>,
    access_type: AccessType,
    #[serde(rename = "type")]
    kind: Option<ClientType>,
    internal: Option<bool>,
    enabled: bool,
    strong_auth_supported: Option<bool>,
    claims_supported: Option<bool>,
    scope: Option<ScopeSet>,
}

impl OAuthClient {
    /// The fields that PATCH may change. The description also names `tenant`, which no schema has.
    pub const PATCHABLE: &[&str] = &[
        "businessName",
        "homepageUrl",
        "name",
        "description",
        "accessTokenValiditySeconds",
        "refreshTokenValiditySeconds",
        "redirectUris",
        "grantTypes",
        "accessType",
        "enabled",
        "strongAuthSupported",
        "claimsSupported",
    ];

    /// Makes a client with the rights of `creator`. The secret is given back this once.
    pub fn create(
        request: NewClient,
        creator: &Caller,
        hasher: &SecretHasher,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<(Self, Secret<String>), InvalidField> {
        let id = new_uuid(random);
        let secret = new_secret(random);
        let details = ClientDetails {
            business_name: request.business_name,
            homepage_url: request.homepage_url,
            name: request.name.unwrap_or_default(),
            description: request.description,
            access_token_validity_seconds: request
                .access_token_validity_seconds
                .unwrap_or(ACCESS_TOKEN_SECONDS_DEFAULT),
            refresh_token_validity_seconds: request
                .refresh_token_validity_seconds
                .unwrap_or(REFRESH_TOKEN_SECONDS_DEFAULT),
            redirect_uris: request.redirect_uris,
            grant_types: request.grant_types.unwrap_or_default(),
            access_type: request.access_type,
            kind: request.kind.unwrap_or_default(),
            internal: request.internal.unwrap_or_default(),
            enabled: request.enabled,
            strong_auth_supported: request.strong_auth_supported.unwrap_or_default(),
            claims_supported: request.claims_supported.unwrap_or_default(),
            created: now,
            modified: now,
            last_used: None,
            scope: request
                .scope
                .filter(|scope| !scope.is_empty())
                .unwrap_or_else(ScopeSet::all),
            id,
        };
        details.check()?;
        if !creator.scopes.covers(&details.scope) {
            return Err(invalid("scope", "goes beyond the scopes of your own token"));
        }
        let client = Self {
            secret_hash: hasher.hash(&details.id, &secret),
            levels: creator.levels.with(UserLevel::Api),
            details,
        };
        Ok((client, secret))
    }

    /// The client after a PATCH: of `patched`, only what may be changed is taken.
    pub fn amend(&self, patched: ClientDetails, now: Timestamp) -> Result<Self, InvalidField> {
        patched.check()?;
        let before = &self.details;
        let details = ClientDetails {
            id: before.id.clone(),
            kind: before.kind,
            internal: before.internal,
            created: before.created,
            modified: now,
            last_used: before.last_used,
            scope: before.scope.clone(),
            ..patched
        };
        Ok(Self {
            details,
            ..self.clone()
        })
    }
}

impl ClientDetails {
    fn check(&self) -> Result<(), InvalidField> {
        field::required_text("name", &self.name)?;
        field::bounded_text("businessName", self.business_name.as_deref())?;
        field::bounded_text("homepageUrl", self.homepage_url.as_deref())?;
        field::bounded_text("description", self.description.as_deref())?;
        field::access_token_seconds(self.access_token_validity_seconds)?;
        if !(1..=REFRESH_TOKEN_SECONDS_MAX).contains(&self.refresh_token_validity_seconds) {
            let reason = format!("must be between 1 and {REFRESH_TOKEN_SECONDS_MAX}");
            return Err(invalid("refreshTokenValiditySeconds", reason));
        }
        self.check_grant_types()?;
        self.check_redirect_uris()
    }

    fn check_grant_types(&self) -> Result<(), InvalidField> {
        let has = |grant_type| self.grant_types.contains(&grant_type);
        if self.grant_types.is_empty() {
            return Err(invalid("grantTypes", "must name at least one grant type"));
        }
        if has(GrantType::ClientCredentials) && self.kind == ClientType::Public {
            let reason = "CLIENT_CREDENTIALS needs a client of type CONFIDENTIAL";
            return Err(invalid("grantTypes", reason));
        }
        Ok(())
    }

    fn check_redirect_uris(&self) -> Result<(), InvalidField> {
        let addresses = self.redirect_uris.as_deref().unwrap_or_default();
        if addresses.len() > REDIRECT_URIS_MAX {
            let reason = format!("must not be more than {REDIRECT_URIS_MAX}");
            return Err(invalid("redirectUris", reason));
        }
        for address in addresses {
            field::required_text("redirectUris", address)?;
        }
        if addresses.is_empty() && self.grant_types.contains(&GrantType::AuthorizationCode) {
            let reason = "AUTHORIZATION_CODE needs at least one redirect URI";
            return Err(invalid("redirectUris", reason));
        }
        Ok(())
    }
}

impl Document for OAuthClient {
    const KIND: &'static str = "oauth-client";

    fn id(&self) -> &str {
        &self.details.id
    }

    fn name(&self) -> &str {
        &self.details.name
    }
}
