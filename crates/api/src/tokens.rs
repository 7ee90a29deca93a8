//! From an access token to its caller: the signature, then whether the client or personal access
//! token behind it is still there, and which of its levels its owner still has.

use muster_auth::grant::Standing;
use muster_auth::{Caller, OAuthClient, PersonalAccessToken, Subject, TokenError};
use muster_model::Timestamp;
use muster_store::{Org, Store, Tx};

use crate::keyring::{Error, Keyring};
use crate::people;
use crate::problem::Problem;

/// Turns access tokens into callers.
pub trait Tokens: Send + Sync + 'static {
    /// Who presents `token` to `org`: a 401 where the token does not hold, a 404 where it is a good
    /// token of another org, which must not even learn that this one exists. May block.
    fn caller(
        &self,
        store: &Store,
        org: &Org,
        token: &str,
        now: Timestamp,
    ) -> Result<Caller, Problem>;
}

impl Tokens for Keyring {
    fn caller(
        &self,
        store: &Store,
        org: &Org,
        token: &str,
        now: Timestamp,
    ) -> Result<Caller, Problem> {
        match self.of(org)?.issuer.verify(token, now) {
            Ok(caller) => org.read(|tx| still_good(caller, now, tx)),
            Err(TokenError::UnknownKey | TokenError::WrongOrg | TokenError::WrongIssuer)
                if self.is_of_another(store, org, token, now)? =>
            {
                Err(Problem::not_found(
                    "The access token belongs to another org, which has nothing here.",
                ))
            }
            Err(error) => Err(Problem::unauthorized(error.to_string())),
        }
    }
}

impl Keyring {
    fn is_of_another(
        &self,
        store: &Store,
        org: &Org,
        token: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        for other in store.orgs() {
            if other.name() != org.name() && self.of(&other)?.issuer.verify(token, now).is_ok() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Holds a caller against what is stored today.
fn still_good(caller: Caller, now: Timestamp, tx: &mut Tx<'_>) -> Result<Caller, Problem> {
    let revoked = || Problem::unauthorized(TokenError::Revoked.to_string());
    match &caller.subject {
        Subject::Client(id) => {
            let client = tx.typed::<OAuthClient>().get(id)?.ok_or_else(revoked)?;
            if !client.details.enabled {
                return Err(revoked());
            }
            Ok(caller.capped_by(client.levels))
        }
        Subject::PersonalAccessToken(id) => {
            let token = tx.typed::<PersonalAccessToken>().get(id)?;
            let token = token
                .filter(|token| !token.is_expired(now))
                .ok_or_else(revoked)?;
            let owner = token.details.owner.id.parse().map_err(|_| revoked())?;
            let owner = people::owner(tx, owner)?.ok_or_else(revoked)?;
            if owner.standing == Standing::Barred {
                return Err(revoked());
            }
            Ok(caller.capped_by(owner.levels))
        }
    }
}
