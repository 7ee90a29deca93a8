//! OAuth clients: programs that call for themselves. The rules are those of `muster-auth`.

use muster_auth::client::ClientDetails;
use muster_auth::{Guard, LevelSet, NewClient, OAuthClient};
use muster_query::filter::operator::{ISNULL, LE};
use muster_query::{Field, Fields, PatchRules};
use muster_store::Tx;
use serde_json::{Value, json};

use crate::call::{Call, Trace};
use crate::extract::json::read_value;
use crate::extract::patch::PatchBody;
use crate::handler::{Blocking, Json, Rows};
use crate::listing::Listing;
use crate::operation::Operation;
use crate::problem::{Problem, quote};
use crate::spelling::ALL;

const TAG: &str = "OAuth Clients";
const KIND: &str = "oauth-client";

const READ: Guard = Guard::reading(
    LevelSet::ORG_ADMIN,
    &["sp:oauth-client:read", "sp:oauth-client:manage"],
);
const MANAGE: Guard = Guard::changing(LevelSet::ORG_ADMIN, &["sp:oauth-client:manage"]);

static LISTING: Listing = Listing::unpaged(Fields::new(&[Field::time("lastUsed", ISNULL.and(LE))]));

const PATCHABLE: PatchRules = PatchRules::new(OAuthClient::PATCHABLE);

/// `/oauth-clients`
pub static OPERATIONS: &[Operation] = &[
    Operation::get("/oauth-clients", "listOauthClients")
        .title(TAG, "List oauth clients")
        .spoken(ALL)
        .guard(READ)
        .lists(&LISTING)
        .runs(&Blocking(list)),
    Operation::post("/oauth-clients", "createOauthClient")
        .title(TAG, "Create oauth client")
        .spoken(ALL)
        .guard(MANAGE)
        .runs(&Blocking(create)),
    Operation::get("/oauth-clients/{id}", "getOauthClient")
        .title(TAG, "Get oauth client")
        .spoken(ALL)
        .guard(READ.also_for_applications())
        .runs(&Blocking(get)),
    Operation::patch("/oauth-clients/{id}", "patchOauthClient")
        .title(TAG, "Patch oauth client")
        .spoken(ALL)
        .guard(MANAGE)
        .runs(&Blocking(patch)),
    Operation::delete("/oauth-clients/{id}", "deleteOauthClient")
        .title(TAG, "Delete oauth client")
        .spoken(ALL)
        .guard(MANAGE)
        .runs(&Blocking(delete)),
];

fn list(call: &Call, (): ()) -> Result<Rows<Value>, Problem> {
    let clients = call
        .org()
        .read(|tx| Ok::<_, Problem>(tx.typed::<OAuthClient>().list()?))?;
    let shown = clients
        .iter()
        .map(|client| shown(&client.details))
        .collect::<Result<_, _>>()?;
    Ok(call.view()?.take(shown))
}

fn create(call: &Call, Json(body): Json<Value>) -> Result<Json<Value>, Problem> {
    let request: NewClient = read_value(body)?;
    let keys = call.keys()?;
    let now = call.now();
    let random = &**call.app().keyring.random();
    let (client, secret) = OAuthClient::create(request, call.caller()?, &keys.hasher, now, random)?;
    let mut wire = shown(&client.details)?;
    call.org().write(|tx| {
        tx.typed::<OAuthClient>().put(&client, now)?;
        audit(call, tx, "create", &client.details.id, (None, Some(&wire)))
    })?;
    // Strings here, though nullable when read: the schema of the creation's answer says so.
    for field in ["businessName", "homepageUrl", "description"] {
        if wire[field].is_null() {
            wire[field] = json!("");
        }
    }
    if wire["redirectUris"].is_null() {
        wire["redirectUris"] = json!([]);
    }
    wire["secret"] = json!(secret.expose());
    Ok(Json(wire))
}

fn get(call: &Call, (): ()) -> Result<Json<Value>, Problem> {
    let client = call.org().read(|tx| find(call, tx))?;
    shown(&client.details).map(Json)
}

fn patch(call: &Call, patch: PatchBody) -> Result<Json<Value>, Problem> {
    let now = call.now();
    call.org().write(|tx| {
        let client = find(call, tx)?;
        let before = shown(&client.details)?;
        let patched: ClientDetails = read_value(patch.apply(&before, PATCHABLE)?)?;
        let client = client.amend(patched, now)?;
        let after = shown(&client.details)?;
        tx.typed::<OAuthClient>().put(&client, now)?;
        audit(
            call,
            tx,
            "update",
            &client.details.id,
            (Some(&before), Some(&after)),
        )?;
        Ok(Json(after))
    })
}

fn delete(call: &Call, (): ()) -> Result<(), Problem> {
    call.org().write(|tx| {
        let client = find(call, tx)?;
        let before = shown(&client.details)?;
        tx.typed::<OAuthClient>().delete(&client.details.id)?;
        audit(
            call,
            tx,
            "delete",
            &client.details.id,
            (Some(&before), None),
        )
    })
}

fn find(call: &Call, tx: &mut Tx<'_>) -> Result<OAuthClient, Problem> {
    tx.typed::<OAuthClient>().get(call.id())?.ok_or_else(|| {
        Problem::not_found(format!(
            "There is no OAuth client with the id \"{}\".",
            quote(call.id())
        ))
    })
}

fn shown(details: &ClientDetails) -> Result<Value, Problem> {
    let mut wire = serde_json::to_value(details).map_err(|error| Problem::hidden(&error))?;
    wire["secret"] = Value::Null;
    wire["metadata"] = Value::Null;
    Ok(wire)
}

fn audit(
    call: &Call,
    tx: &mut Tx<'_>,
    action: &str,
    id: &str,
    (before, after): (Option<&Value>, Option<&Value>),
) -> Result<(), Problem> {
    call.audit(
        tx,
        Trace {
            action,
            kind: KIND,
            id,
            before,
            after,
        },
    )
}
