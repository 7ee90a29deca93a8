//! OAuth clients: programs that call for themselves. The rules are those of `muster-auth`.

use muster_auth::client::ClientDetails;
use muster_auth::{Guard, LevelSet, NewClient, OAuthClient};
use muster_query::PatchRules;
use muster_store::Tx;
use serde_json::{Value, json};

use super::credentials::{self, Credential, LISTING};
use crate::call::Call;
use crate::extract::json::read_value;
use crate::extract::patch::PatchBody;
use crate::handler::{Blocking, Json, Rows};
use crate::operation::Operation;
use crate::problem::{Problem, quote};
use crate::spelling::ALL;

const TAG: &str = "OAuth Clients";

const READ: Guard = Guard::reading(
    LevelSet::ORG_ADMIN,
    &["sp:oauth-client:read", "sp:oauth-client:manage"],
);
const MANAGE: Guard = Guard::changing(LevelSet::ORG_ADMIN, &["sp:oauth-client:manage"]);

impl Credential for OAuthClient {
    type Details = ClientDetails;
    const CALLED: &'static str = "oauth-client";
    const PATCHABLE: PatchRules = PatchRules::new(Self::PATCHABLE);

    fn details(&self) -> &ClientDetails {
        &self.details
    }

    fn shown(&self) -> Result<Value, Problem> {
        let mut wire =
            serde_json::to_value(&self.details).map_err(|error| Problem::hidden(&error))?;
        wire["secret"] = Value::Null;
        wire["metadata"] = Value::Null;
        Ok(wire)
    }
}

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
        .map(Credential::shown)
        .collect::<Result<_, _>>()?;
    Ok(call.view()?.take(shown))
}

fn create(call: &Call, Json(body): Json<Value>) -> Result<Json<Value>, Problem> {
    let request: NewClient = read_value(body)?;
    let keys = call.keys()?;
    let now = call.now();
    let random = &**call.app().keyring.random();
    let (client, secret) = OAuthClient::create(request, call.caller()?, &keys.hasher, now, random)?;
    let mut wire = call
        .org()
        .write(|tx| credentials::create(&client, tx, call))?;
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
    client.shown().map(Json)
}

fn patch(call: &Call, patch: PatchBody) -> Result<Json<Value>, Problem> {
    call.org().write(|tx| {
        let client = find(call, tx)?;
        let amend = |client: OAuthClient, details| Ok(client.amend(details, call.now())?);
        credentials::patch(client, patch, amend, tx, call).map(Json)
    })
}

fn delete(call: &Call, (): ()) -> Result<(), Problem> {
    call.org().write(|tx| {
        let client = find(call, tx)?;
        credentials::delete(&client, tx, call)
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
