//! Changing accounts: whose they are, and what delimited sources say.
//!
//! The change is stored at once; what follows from it for identities is a run that the answer names.

use muster_aggregation::ByCall;
use muster_event::Draft;
use muster_model::Source;
use muster_model::id::IdentityId;
use muster_store::{Account, Seen, Stage, Task, Tx};
use serde_json::{Value, json};

use super::list::{find, show};
use super::shape::{AccountAttributes, AccountShape, AsyncResult};
use super::show::Around;
use super::{PATCHABLE, values};
use crate::call::{Call, Trace};
use crate::extract::json;
use crate::extract::patch::PatchBody;
use crate::handler::Json;
use crate::problem::{Problem, quote};
use crate::resource::Object;
use crate::resources::shaped::Shaped;
use crate::resources::tasks::begin::{NewRun, begin, refresh};

/// `PATCH /accounts/{id}`
pub(super) fn patch(call: &Call, patch: PatchBody) -> Result<Json<Shaped<AccountShape>>, Problem> {
    let says_whether_by_hand = names_the_flag(&json::read(call.body())?);
    let shown = call.org().write(|tx| {
        let around = Around::load(tx)?;
        let listed = find(call.id(), &around, tx, call)?;
        let mut seen = show(&listed, &around);
        if let Value::Object(members) = &mut seen {
            // `replace` must find its place when the account is nobody's.
            members.entry("identityId").or_insert(Value::Null);
        }
        let next = patch.apply(&seen, PATCHABLE)?;
        let mut account = listed.account.clone();
        account.manually_correlated = next["manuallyCorrelated"]
            .as_bool()
            .ok_or_else(|| Problem::illegal_value("manuallyCorrelated: send true or false."))?;
        account.identity_id = owner(&next["identityId"], account.identity_id, tx)?;
        if account.identity_id != listed.account.identity_id {
            account.uncorrelated_reason = None;
            account.manually_correlated |= !says_whether_by_hand;
        }
        // Nobody's account must stay open for correlation (aggregation-refresh.md §2).
        account.manually_correlated &= account.identity_id.is_some();
        if next["attributes"] != seen["attributes"] {
            let schema = values::schema(around.source(&listed))?;
            let none = Object::new();
            let sent = next["attributes"].as_object().unwrap_or(&none);
            values::replace(&mut account, values::read(sent, schema)?, schema)?;
        }
        if account == listed.account {
            return Ok(show(&listed, &around));
        }
        store(&listed.account, account, around.source(&listed), tx, call)?;
        Ok::<Value, Problem>(show(&find(call.id(), &around, tx, call)?, &around))
    })?;
    Ok(Json(shown.into()))
}

/// `PUT /accounts/{id}`
pub(super) fn put(
    call: &Call,
    Json(body): Json<AccountAttributes>,
) -> Result<Json<AsyncResult>, Problem> {
    let task = call.org().write(|tx| {
        let around = Around::load(tx)?;
        let listed = find(call.id(), &around, tx, call)?;
        let source = around.source(&listed);
        let schema = values::schema(source)?;
        let mut account = listed.account.clone();
        values::replace(
            &mut account,
            values::read(&body.attributes, schema)?,
            schema,
        )?;
        store(&listed.account, account, source, tx, call)
    })?;
    Ok(Json(AsyncResult::from(&task)))
}

/// Whether a patch says itself if a person decided whose the account is.
fn names_the_flag(patch: &Value) -> bool {
    let operations = patch.as_array().into_iter().flatten();
    operations
        .filter_map(|operation| operation["path"].as_str())
        .any(|path| path == "/manuallyCorrelated")
}

/// The identity that a patch names.
fn owner(
    sent: &Value,
    was: Option<IdentityId>,
    tx: &mut Tx<'_>,
) -> Result<Option<IdentityId>, Problem> {
    let Some(text) = sent.as_str() else {
        return match sent {
            Value::Null => Ok(None),
            _ => Err(Problem::illegal_value("identityId: send an id, or null.")),
        };
    };
    let unknown = || {
        Problem::referenced_not_found(format!(
            "identityId: there is no identity with the id \"{}\".",
            quote(text)
        ))
    };
    let id: IdentityId = text.parse().map_err(|_| unknown())?;
    if Some(id) == was {
        return Ok(was);
    }
    match tx.identities().get(id)? {
        Some(identity) if identity.stage == Stage::Active => Ok(Some(id)),
        _ => Err(unknown()),
    }
}

/// Stores a changed account, tells of it, and asks for the refresh of those it concerns.
pub(super) fn store(
    was: &Account,
    mut account: Account,
    source: Option<&Source>,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<Task, Problem> {
    hold(was, tx)?;
    account.modified = call.now();
    tx.accounts().save(std::slice::from_ref(&account))?;
    if let Some(source) = source {
        muster_aggregation::promote::of_account(tx, source, &account, call.now())?;
    }
    let mut concerned: Vec<IdentityId> = was.identity_id.into_iter().collect();
    concerned.extend(account.identity_id.filter(|id| !concerned.contains(id)));
    let task = refresh_run(concerned, source, tx, call)?;
    let id = account.id.to_string();
    let (before, after) = (audited(was), audited(&account));
    let trace = Trace {
        action: "update",
        kind: "account",
        id: &id,
        before: Some(&before),
        after: Some(&after),
    };
    call.audit(tx, trace)?;
    if let Some(source) = source {
        tell(Some(was), &account, (source, &task), tx, call)?;
    }
    Ok(task)
}

/// Refuses a change of an account that somebody else, such as a run, has changed since it was read.
fn hold(was: &Account, tx: &mut Tx<'_>) -> Result<(), Problem> {
    let seen = (was.native_identity.as_str(), Some(Seen::from(was)));
    if tx.accounts().hold_as(was.source_id, &[seen])? {
        return Ok(());
    }
    Err(Problem::conflict(
        "The account was changed a moment ago; read it and send your change again.",
    ))
}

/// A run that refreshes these identities; it ends at once where there are none.
pub(super) fn refresh_run(
    identities: Vec<IdentityId>,
    source: Option<&Source>,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<Task, Problem> {
    let run = NewRun {
        kind: "IDENTITY_REFRESH",
        name: "Identity Refresh",
        source,
        optimized: false,
    };
    let task = begin(&run, tx, call)?;
    refresh(&task, identities, tx, call)?;
    Ok(task)
}

/// Tells of an account that was written.
pub(super) fn tell(
    was: Option<&Account>,
    is: &Account,
    (source, task): (&Source, &Task),
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<(), Problem> {
    let cause = task.id.to_string();
    let by_call = ByCall {
        source,
        cause: &cause,
        now: call.now(),
    };
    let drafts = by_call.written(tx, was, is)?;
    append(drafts, tx, call)
}

/// Writes events down: the last thing in a transaction.
pub(super) fn append(drafts: Vec<Draft>, tx: &mut Tx<'_>, call: &Call) -> Result<(), Problem> {
    let outbox = call.app().outboxes.of(call.org().name());
    Ok(outbox.append(tx, drafts)?)
}

/// What the audit log keeps of an account.
pub(super) fn audited(account: &Account) -> Value {
    json!({
        "name": account.name,
        "nativeIdentity": account.native_identity,
        "sourceId": account.source_id,
        "identityId": account.identity_id,
        "manuallyCorrelated": account.manually_correlated,
        "attributes": account.attributes,
    })
}
