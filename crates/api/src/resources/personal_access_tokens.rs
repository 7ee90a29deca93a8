//! Personal access tokens: a person's standing credentials for programs. The rules are those of
//! `muster-auth`; here is who may see and delete whose.

use muster_auth::personal_access_token::{Owner, TokenDetails};
use muster_auth::{
    Caller, Guard, LevelSet, NewPersonalAccessToken, PersonalAccessToken, UserContext, UserLevel,
};
use muster_model::Reference;
use muster_query::PatchRules;
use muster_store::Tx;
use serde_json::{Value, json};

use super::credentials::{self, Credential, LISTING};
use crate::call::Call;
use crate::extract::json::read_value;
use crate::extract::patch::PatchBody;
use crate::handler::{Blocking, Json, Rows};
use crate::operation::{Operation, QueryParameter};
use crate::problem::{Problem, quote};
use crate::spelling::ALL;

const TAG: &str = "Personal Access Tokens";
const ALL_READ: &str = "sp:all-personal-access-tokens:read";
const ALL_MANAGE: &str = "sp:all-personal-access-tokens:manage";
const MY_READ: &str = "sp:my-personal-access-tokens:read";
const MY_MANAGE: &str = "sp:my-personal-access-tokens:manage";

/// What a token that never ends shows as its end when it is made: that one answer's schema wants a
/// date and allows no null, and the official clients refuse the answer without.
const NEVER: &str = "9999-12-31T23:59:59.999Z";

impl Credential for PersonalAccessToken {
    type Details = TokenDetails;
    const CALLED: &'static str = "personal-access-token";
    const PATCHABLE: PatchRules = PatchRules::new(Self::PATCHABLE);

    fn details(&self) -> &TokenDetails {
        &self.details
    }
}

/// `/personal-access-tokens`
pub static OPERATIONS: &[Operation] = &[
    Operation::get("/personal-access-tokens", "listPersonalAccessTokens")
        .title(TAG, "List personal access tokens")
        .spoken(ALL)
        .guard(Guard::reading(
            LevelSet::ANY,
            &[MY_READ, MY_MANAGE, ALL_READ, ALL_MANAGE],
        ))
        .lists(&LISTING)
        .asks(&[QueryParameter::new(
            "owner-id",
            "Whose tokens; `me` for one's own.",
        )])
        .runs(&Blocking(list)),
    Operation::post("/personal-access-tokens", "createPersonalAccessToken")
        .title(TAG, "Create personal access token")
        .spoken(ALL)
        .guard(Guard::changing(LevelSet::ANY, &[MY_MANAGE, ALL_MANAGE]))
        .runs(&Blocking(create)),
    Operation::patch("/personal-access-tokens/{id}", "patchPersonalAccessToken")
        .title(TAG, "Patch personal access token")
        .spoken(ALL)
        .guard(Guard::changing(LevelSet::ANY, &[MY_MANAGE]))
        .runs(&Blocking(patch)),
    Operation::delete("/personal-access-tokens/{id}", "deletePersonalAccessToken")
        .title(TAG, "Delete personal access token")
        .spoken(ALL)
        .guard(Guard::changing(LevelSet::ANY, &[MY_MANAGE, ALL_MANAGE]))
        .runs(&Blocking(delete)),
];

fn list(call: &Call, (): ()) -> Result<Rows<Value>, Problem> {
    let me = person(call)?.identity_id.to_string();
    let sees_all = reaches_others(call.caller()?, ALL_READ);
    let wanted = match call.query("owner-id") {
        Some("me") => Some(me),
        Some(other) if sees_all || other == me => Some(other.to_owned()),
        Some(_) => {
            return Err(Problem::forbidden(
                "Only administrators see the personal access tokens of others; use owner-id=me.",
            ));
        }
        None if sees_all => None,
        None => Some(me),
    };
    let mut tokens = call
        .org()
        .read(|tx| Ok::<_, Problem>(tx.typed::<PersonalAccessToken>().list()?))?;
    tokens.retain(|token| {
        !token.details.managed
            && wanted
                .as_deref()
                .is_none_or(|wanted| token.details.owner.id == wanted)
    });
    let shown = tokens
        .iter()
        .map(|token| token.shown().map(answered))
        .collect::<Result<_, _>>()?;
    Ok(call.view()?.take(shown))
}

fn create(call: &Call, Json(body): Json<Value>) -> Result<Json<Value>, Problem> {
    let request: NewPersonalAccessToken = read_value(body)?;
    let keys = call.keys()?;
    let now = call.now();
    let random = &**call.app().keyring.random();
    let identity = identity(call)?;
    call.org().write(|tx| {
        let tokens = tokens_of(&identity, tx)?;
        let owner = Owner {
            identity: &identity,
            tokens: &tokens,
            caller: call.caller()?,
        };
        let (token, secret) =
            PersonalAccessToken::create(request, &owner, &keys.hasher, now, random)?;
        let mut wire = credentials::create(&token, tx, call)?;
        if wire["expirationDate"].is_null() {
            wire["expirationDate"] = json!(NEVER);
        }
        wire["secret"] = json!(secret.expose());
        Ok(Json(wire))
    })
}

fn patch(call: &Call, patch: PatchBody) -> Result<Json<Value>, Problem> {
    let identity = identity(call)?;
    call.org().write(|tx| {
        let token = find(call, tx)?;
        // The description lets people change only their own.
        if token.details.owner.id != identity.id {
            return Err(unknown(call));
        }
        let tokens = tokens_of(&identity, tx)?;
        let owner = Owner {
            identity: &identity,
            tokens: &tokens,
            caller: call.caller()?,
        };
        let amend =
            |token: PersonalAccessToken, details| Ok(token.amend(details, &owner, call.now())?);
        let patched = credentials::patch(token, patch, amend, tx, call)?;
        Ok(Json(answered(patched)))
    })
}

fn delete(call: &Call, (): ()) -> Result<(), Problem> {
    let me = person(call)?.identity_id.to_string();
    let reaches_all = reaches_others(call.caller()?, ALL_MANAGE);
    call.org().write(|tx| {
        let token = find(call, tx)?;
        if token.details.owner.id != me && !reaches_all {
            return Err(unknown(call));
        }
        credentials::delete(&token, tx, call)
    })
}

/// Scopes narrow and levels cap: `sp:scopes:all` in anybody's hands must not reach others' tokens.
fn reaches_others(caller: &Caller, scope: &str) -> bool {
    caller.levels.contains(UserLevel::OrgAdmin) && caller.scopes.grants(scope)
}

fn person(call: &Call) -> Result<&UserContext, Problem> {
    call.caller()?.user_context().ok_or_else(|| {
        Problem::forbidden("Personal access tokens belong to people; this token names nobody.")
    })
}

fn identity(call: &Call) -> Result<Reference, Problem> {
    let person = person(call)?;
    Ok(Reference::identity(
        person.identity_id.to_string(),
        &person.user_name,
    ))
}

fn tokens_of(owner: &Reference, tx: &mut Tx<'_>) -> Result<Vec<PersonalAccessToken>, Problem> {
    let mut tokens = tx.typed::<PersonalAccessToken>().list()?;
    tokens.retain(|token| token.details.owner.id == owner.id);
    Ok(tokens)
}

fn find(call: &Call, tx: &mut Tx<'_>) -> Result<PersonalAccessToken, Problem> {
    tx.typed::<PersonalAccessToken>()
        .get(call.id())?
        .ok_or_else(|| unknown(call))
}

fn unknown(call: &Call) -> Problem {
    Problem::not_found(format!(
        "You have no personal access token with the id \"{}\".",
        quote(call.id())
    ))
}

/// A token that never expires has no date: the descriptions up to v2024 allow no null there, and
/// none asks for the member.
fn answered(mut wire: Value) -> Value {
    if let Value::Object(members) = &mut wire
        && members.get("expirationDate").is_some_and(Value::is_null)
    {
        members.remove("expirationDate");
    }
    wire
}
