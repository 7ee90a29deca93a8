//! Inboxes: addresses of this server that catch whatever is sent to them, for trying subscriptions
//! without a third party. The address is stored; what it caught is remembered in memory by the node
//! that caught it, and forgotten when that node restarts. Muster's own.

mod stream;

use std::sync::Arc;

use muster_auth::{Guard, LevelSet};
use muster_inbox::{Caught, Inbox as Memory, Inboxes};
use muster_model::Document;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::{Call, Trace};
use crate::handler::{Blocking, Json, Rows};
use crate::limits::{INBOX_NAME_CHARS_MAX, INBOXES_MAX};
use crate::listing::PAGED;
use crate::operation::Operation;
use crate::problem::{Problem, quote};

const TAG: &str = "Inboxes";
const READ: Guard = Guard::reading(LevelSet::ORG_ADMIN, &[]).also_for_applications();
const MANAGE: Guard = Guard::changing(LevelSet::ORG_ADMIN, &[]).also_for_applications();

/// `/muster/v1/inboxes`
pub static OPERATIONS: &[Operation] = &[
    Operation::get("/muster/v1/inboxes", "listInboxes")
        .title(TAG, "List inboxes")
        .guard(READ)
        .lists(&PAGED)
        .runs(&Blocking(list)),
    Operation::post("/muster/v1/inboxes", "createInbox")
        .title(TAG, "Make an inbox")
        .guard(MANAGE)
        .runs(&Blocking(create))
        .answers(201),
    Operation::delete("/muster/v1/inboxes/{id}", "deleteInbox")
        .title(TAG, "Delete an inbox")
        .guard(MANAGE)
        .runs(&Blocking(delete)),
    Operation::get("/muster/v1/inboxes/{id}/requests", "listInboxRequests")
        .title(TAG, "List what an inbox caught, newest first")
        .guard(READ)
        .lists(&PAGED)
        .runs(&Blocking(requests)),
    Operation::delete("/muster/v1/inboxes/{id}/requests", "clearInbox")
        .title(TAG, "Forget what an inbox caught")
        .guard(MANAGE)
        .runs(&Blocking(clear)),
    Operation::get("/muster/v1/inboxes/{id}/stream", "streamInbox")
        .title(TAG, "Follow what an inbox catches, as server-sent events")
        .guard(READ)
        .runs(&Blocking(stream::follow)),
];

/// An inbox as it is stored. Its id is the secret part of its address.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Stored {
    id: String,
    name: String,
    created: String,
}

impl Document for Stored {
    const KIND: &'static str = "inbox";

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// An inbox.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Inbox {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created: String,
    /// The address that catches whatever is sent to it.
    pub url: String,
}

/// An inbox to be made.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct NewInbox {
    /// Its name, unique whatever its case.
    pub name: String,
}

/// A request that an inbox caught.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct InboxRequest {
    /// Its number in its inbox, from 1.
    pub id: u64,
    /// When it came.
    pub received: String,
    /// Its method.
    pub method: String,
    /// Its path and query.
    pub path: String,
    /// Its headers, in the order they came; secrets are hidden.
    pub headers: Vec<InboxHeader>,
    /// Bytes of its body.
    pub size: u64,
    /// Its body, as text.
    pub body: String,
}

/// A header of a caught request.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct InboxHeader {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl From<&Caught> for InboxRequest {
    fn from(caught: &Caught) -> Self {
        let headers = caught.headers.iter().map(|header| InboxHeader {
            name: header.name.clone(),
            value: header.value.clone(),
        });
        Self {
            id: caught.id,
            received: caught.received.clone(),
            method: caught.method.clone(),
            path: caught.path.clone(),
            headers: headers.collect(),
            size: caught.size,
            body: caught.body.clone(),
        }
    }
}

/// Whether a token is the address of an inbox of that org. May block.
pub fn is_known(org: &muster_store::Org, token: &str) -> Result<bool, muster_store::Error> {
    org.read(|tx| Ok(tx.typed::<Stored>().get(token)?.is_some()))
}

fn list(call: &Call, (): ()) -> Result<Rows<Inbox>, Problem> {
    let all = call
        .org()
        .read(|tx| Ok::<_, Problem>(tx.typed::<Stored>().list()?))?;
    let shown = all.into_iter().map(|stored| shown(call, stored));
    Ok(call.view()?.page_of(shown.collect()))
}

fn shown(call: &Call, stored: Stored) -> Inbox {
    let address = call.app().keyring.address(call.org().name());
    Inbox {
        url: format!("{address}/inbox/{}", stored.id),
        id: stored.id,
        name: stored.name,
        created: stored.created,
    }
}

fn create(call: &Call, Json(body): Json<NewInbox>) -> Result<Json<Inbox>, Problem> {
    let name = body.name.trim();
    if name.is_empty() {
        return Err(Problem::required("name is missing or empty; send it."));
    }
    if name.chars().count() > INBOX_NAME_CHARS_MAX {
        return Err(Problem::length(format!(
            "name has more than {INBOX_NAME_CHARS_MAX} characters; shorten it."
        )));
    }
    let stored = Stored {
        id: call.new_id(),
        name: name.to_owned(),
        created: call.now().to_string(),
    };
    call.org().write(|tx| {
        let all = tx.typed::<Stored>().list()?;
        if all.len() >= INBOXES_MAX {
            return Err(Problem::limit(format!(
                "There are {INBOXES_MAX} of {INBOXES_MAX} inboxes; delete one first."
            )));
        }
        if all
            .iter()
            .any(|one| one.name.to_lowercase() == name.to_lowercase())
        {
            return Err(Problem::reference_conflict(format!(
                "name: there is already an inbox called \"{}\"; choose another name.",
                quote(name)
            )));
        }
        tx.typed::<Stored>().put(&stored, call.now())?;
        audit(call, tx, "create", &stored.id)
    })?;
    Ok(Json(shown(call, stored)))
}

fn delete(call: &Call, (): ()) -> Result<(), Problem> {
    let inboxes = call.app().service::<Inboxes>()?;
    call.org().write(|tx| {
        tx.typed::<Stored>()
            .get(call.id())?
            .ok_or_else(|| unknown(call))?;
        tx.typed::<Stored>().delete(call.id())?;
        audit(call, tx, "delete", call.id())
    })?;
    inboxes.remove(call.id());
    Ok(())
}

fn requests(call: &Call, (): ()) -> Result<Rows<InboxRequest>, Problem> {
    let recent = memory(call)?.recent();
    let all = recent.iter().map(|caught| InboxRequest::from(&**caught));
    Ok(call.view()?.page_of(all.collect()))
}

fn clear(call: &Call, (): ()) -> Result<(), Problem> {
    memory(call)?.clear();
    Ok(())
}

/// What the inbox that the path names remembers.
fn memory(call: &Call) -> Result<Arc<Memory>, Problem> {
    let id = call.parameter("id");
    if !is_known(call.org(), id)? {
        return Err(unknown(call));
    }
    call.app()
        .service::<Inboxes>()?
        .of(id)
        .ok_or_else(|| Problem::unavailable("Too many inboxes are in use on this server."))
}

fn unknown(call: &Call) -> Problem {
    Problem::not_found(format!(
        "There is no inbox with the id \"{}\".",
        quote(call.parameter("id"))
    ))
}

fn audit(
    call: &Call,
    tx: &mut muster_store::Tx<'_>,
    action: &str,
    id: &str,
) -> Result<(), Problem> {
    call.audit(
        tx,
        Trace {
            action,
            kind: Stored::KIND,
            id,
            before: None,
            after: None,
        },
    )
}
