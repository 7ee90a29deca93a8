//! People who may sign in or hold tokens, and what they may do. Where identities come from sources,
//! these are made by administrators; their id is the identity's.

use muster_auth::grant::{Standing, TokenOwner};
use muster_auth::{LevelSet, UserContext, UserLevel};
use muster_model::Document;
use muster_model::id::IdentityId;
use muster_store::{Stage, Tx};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// A person who may sign in.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthUser {
    /// The id of the person's identity.
    pub id: String,
    /// The name with which the person signs in.
    pub uid: String,
    /// The name that people see.
    #[serde(default)]
    pub display_name: String,
    /// The person's user levels.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub capabilities: LevelSet,
}

impl Document for AuthUser {
    const KIND: &'static str = "auth-user";

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.uid
    }
}

/// The person with that identity as of now, as tokens need to know; `None` where there is nobody.
pub fn owner(tx: &mut Tx<'_>, identity_id: IdentityId) -> Result<Option<TokenOwner>, Problem> {
    let user = tx.typed::<AuthUser>().get(&identity_id.to_string())?;
    let identity = tx.identities().get(identity_id)?;
    let standing = match &identity {
        Some(identity) if identity.stage == Stage::Withdrawn => Standing::Barred,
        _ => Standing::Active,
    };
    let user_name = match (&user, &identity) {
        (Some(user), _) => user.uid.clone(),
        (None, Some(identity)) => identity.alias.clone(),
        (None, None) => return Ok(None),
    };
    Ok(Some(TokenOwner {
        person: UserContext {
            identity_id,
            user_name,
        },
        levels: user
            .map_or(LevelSet::NONE, |user| user.capabilities)
            .with(UserLevel::User),
        standing,
    }))
}
