//! The first person and the first token of an org: no operation can make them, because nobody may
//! call one yet.

use muster_auth::grant::TokenOwner;
use muster_auth::personal_access_token::Owner;
use muster_auth::{
    Caller, LevelSet, NewPersonalAccessToken, PersonalAccessToken, Random, ScopeSet, Subject,
};
use muster_model::{Reference, Secret, Timestamp};
use muster_store::Tx;
use serde_json::json;

use crate::keyring::OrgKeys;
use crate::people::{self, AuthUser};
use crate::problem::Problem;

/// A person to be let in.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// The id of the person's identity: 32 hex digits.
    pub id: String,
    /// The name with which the person signs in.
    pub uid: String,
    /// The person's user levels.
    pub levels: LevelSet,
}

/// Client id and secret of a personal access token.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// What clients call `SAIL_CLIENT_ID`.
    pub client_id: String,
    /// What clients call `SAIL_CLIENT_SECRET`.
    pub client_secret: Secret<String>,
}

/// Lets a person in, or changes the levels of one who is already there.
pub fn let_in(tx: &mut Tx<'_>, newcomer: &Newcomer, now: Timestamp) -> Result<(), Problem> {
    let user = AuthUser {
        id: newcomer.id.clone(),
        uid: newcomer.uid.clone(),
        display_name: newcomer.uid.clone(),
        capabilities: newcomer.levels,
    };
    Ok(tx.typed::<AuthUser>().put(&user, now)?)
}

/// Makes a personal access token that never expires for a person who was let in.
pub fn token_for(
    tx: &mut Tx<'_>,
    keys: &OrgKeys,
    identity_id: &str,
    name: &str,
    (now, random): (Timestamp, &dyn Random),
) -> Result<Credentials, Problem> {
    let nobody =
        || Problem::referenced_not_found(format!("There is nobody with the id {identity_id}."));
    let identity_id = identity_id.parse().map_err(|_| nobody())?;
    let TokenOwner { person, levels, .. } = people::owner(tx, identity_id)?.ok_or_else(nobody)?;
    let identity = Reference::identity(identity_id.to_string(), &person.user_name);
    let caller = Caller {
        org: tx.org().name().to_owned(),
        subject: Subject::Client("bootstrap".to_owned()),
        person: Some(person),
        levels,
        scopes: ScopeSet::all(),
        token_id: "bootstrap".to_owned(),
    };
    let mut tokens = tx.typed::<PersonalAccessToken>().list()?;
    tokens.retain(|token| token.details.owner.id == identity.id);
    let request: NewPersonalAccessToken =
        serde_json::from_value(json!({ "name": name, "userAwareTokenNeverExpires": true }))
            .map_err(|error| Problem::hidden(&error))?;
    let owner = Owner {
        identity: &identity,
        tokens: &tokens,
        caller: &caller,
    };
    let (token, secret) = PersonalAccessToken::create(request, &owner, &keys.hasher, now, random)?;
    tx.typed::<PersonalAccessToken>().put(&token, now)?;
    Ok(Credentials {
        client_id: token.details.id,
        client_secret: secret,
    })
}
