//! Personal access tokens: a person's standing credentials for programs. Field names and rules are
//! those of `/personal-access-tokens/v1`; the secret is kept as a keyed hash only.

use muster_model::{Document, Reference, Secret, Timestamp};
use serde::{Deserialize, Serialize};

use crate::caller::Caller;
use crate::field::{self, InvalidField, invalid};
use crate::limits::{ACCESS_TOKEN_SECONDS_MAX, PERSONAL_ACCESS_TOKENS_MAX};
use crate::random::Random;
use crate::scope::ScopeSet;
use crate::secret_hash::{SecretHash, SecretHasher};
use crate::secret_text::{new_hex_id, new_secret};

/// A personal access token as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonalAccessToken {
    /// What the wire shows.
    #[serde(flatten)]
    pub details: TokenDetails,
    /// The keyed hash of its secret.
    pub secret_hash: SecretHash,
}

/// A personal access token as the wire shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenDetails {
    /// Its id, which is the client id when asking for an access token: 32 hex digits.
    pub id: String,
    /// The name that its owner gave it.
    pub name: String,
    /// What its access tokens may be used for.
    pub scope: ScopeSet,
    /// The identity whose rights it carries.
    pub owner: Reference,
    /// When it was made.
    pub created: Timestamp,
    /// When it last yielded an access token; written once a day at most.
    pub last_used: Option<Timestamp>,
    /// Whether the product made it for itself, unseen in lists for people.
    pub managed: bool,
    /// Life of its access tokens.
    pub access_token_validity_seconds: u32,
    /// When it ends; `None` is never.
    pub expiration_date: Option<Timestamp>,
    /// Whether its owner confirmed that it never ends.
    pub user_aware_token_never_expires: bool,
}

/// The body of a request for a new personal access token.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewPersonalAccessToken {
    name: String,
    scope: Option<ScopeSet>,
    access_token_validity_seconds: Option<u32>,
    expiration_date: Option<Timestamp>,
    user_aware_token_never_expires: Option<bool>,
}

impl PersonalAccessToken {
    /// The fields that PATCH may change.
    pub const PATCHABLE: &[&str] = &[
        "name",
        "scope",
        "expirationDate",
        "userAwareTokenNeverExpires",
    ];

    /// Makes a token for `owner`, who is the caller. The secret is given back this once.
    pub fn create(
        request: NewPersonalAccessToken,
        owner: &Owner<'_>,
        hasher: &SecretHasher,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<(Self, Secret<String>), InvalidField> {
        let own = owner.tokens.iter().filter(|token| !token.details.managed);
        if own.count() >= PERSONAL_ACCESS_TOKENS_MAX {
            let reason = format!(
                "you have {PERSONAL_ACCESS_TOKENS_MAX} personal access tokens, which is the most; \
                 delete one first"
            );
            return Err(invalid("owner", reason));
        }
        let details = TokenDetails {
            id: new_hex_id(random),
            name: request.name,
            scope: request
                .scope
                .filter(|scope| !scope.is_empty())
                .unwrap_or_else(ScopeSet::all),
            owner: owner.identity.clone(),
            created: now,
            last_used: None,
            managed: false,
            access_token_validity_seconds: request
                .access_token_validity_seconds
                .unwrap_or(ACCESS_TOKEN_SECONDS_MAX),
            expiration_date: request.expiration_date,
            user_aware_token_never_expires: request
                .user_aware_token_never_expires
                .unwrap_or_default(),
        };
        details.check(owner)?;
        details.check_scope(owner.caller)?;
        details.check_end(now)?;
        let secret = new_secret(random);
        let token = Self {
            secret_hash: hasher.hash(&details.id, &secret),
            details,
        };
        Ok((token, secret))
    }

    /// The token after a PATCH: of `patched`, only what may be changed is taken.
    pub fn amend(
        &self,
        patched: TokenDetails,
        owner: &Owner<'_>,
        now: Timestamp,
    ) -> Result<Self, InvalidField> {
        let details = TokenDetails {
            name: patched.name,
            scope: patched.scope,
            expiration_date: patched.expiration_date,
            user_aware_token_never_expires: patched.user_aware_token_never_expires,
            ..self.details.clone()
        };
        details.check(owner)?;
        // A narrow token may rename a wide one, and an expired one may be renamed too: only what
        // changes is held against today's rules.
        if details.scope != self.details.scope {
            details.check_scope(owner.caller)?;
        }
        if details.expiration_date != self.details.expiration_date {
            details.check_end(now)?;
        }
        Ok(Self {
            details,
            secret_hash: self.secret_hash.clone(),
        })
    }

    /// Whether its time is over.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.details.expiration_date.is_some_and(|end| end <= now)
    }
}

/// The owner of a new or changed token, and what the checks need to know of them.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// The owner's identity.
    pub identity: &'a Reference,
    /// All tokens that the owner has.
    pub tokens: &'a [PersonalAccessToken],
    /// The call that asks: a token gives no scope that it lacks.
    pub caller: &'a Caller,
}

impl TokenDetails {
    fn check(&self, owner: &Owner<'_>) -> Result<(), InvalidField> {
        field::required_text("name", &self.name)?;
        field::access_token_seconds(self.access_token_validity_seconds)?;
        let others = owner.tokens.iter().map(|token| &token.details);
        let is_taken = others
            .filter(|other| other.id != self.id)
            .any(|other| other.name == self.name);
        if is_taken {
            return Err(invalid("name", "is taken by another of your tokens"));
        }
        Ok(())
    }

    fn check_scope(&self, caller: &Caller) -> Result<(), InvalidField> {
        if caller.scopes.covers(&self.scope) {
            return Ok(());
        }
        Err(invalid("scope", "goes beyond the scopes of your own token"))
    }

    fn check_end(&self, now: Timestamp) -> Result<(), InvalidField> {
        match self.expiration_date {
            Some(end) if end <= now => Err(invalid("expirationDate", "must be in the future")),
            None if !self.user_aware_token_never_expires => Err(invalid(
                "expirationDate",
                "is needed, or userAwareTokenNeverExpires must be true",
            )),
            _ => Ok(()),
        }
    }
}

impl Document for PersonalAccessToken {
    const KIND: &'static str = "personal-access-token";

    fn id(&self) -> &str {
        &self.details.id
    }

    fn name(&self) -> &str {
        &self.details.name
    }
}
