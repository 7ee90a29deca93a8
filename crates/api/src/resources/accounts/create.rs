//! An account that a caller writes into a delimited source, without a new file. The next file
//! decides whether it stays.

use muster_aggregation::correlate::{Owner, correlate};
use muster_model::id::{AccountId, IdentityId};
use muster_model::{AttributeValue, Source};
use muster_store::{Account, Task, Tx};
use serde_json::Value;

use super::change::{audited, refresh_run, store, tell};
use super::shape::{AsyncResult, NewAccount};
use super::values::{self, WRITTEN_BY_HAND};
use crate::call::{Call, Trace};
use crate::handler::Json;
use crate::problem::{Problem, quote};
use crate::resource::Object;
use crate::resources::sources::own;
use crate::resources::sources::stored::profile_of;

/// `POST /accounts`
pub(super) fn create(
    call: &Call,
    Json(body): Json<NewAccount>,
) -> Result<Json<AsyncResult>, Problem> {
    let mut sent = body.attributes;
    let Some(Value::String(source_id)) = sent.shift_remove("sourceId") else {
        return Err(Problem::required(
            "attributes.sourceId is required; send it.",
        ));
    };
    let task = call.org().write(|tx| {
        let source = tx.typed::<Source>().get(&source_id)?.ok_or_else(|| {
            Problem::referenced_not_found(format!(
                "attributes.sourceId: there is no source with the id \"{}\".",
                quote(&source_id)
            ))
        })?;
        own::check(source.owner.as_ref(), call)?;
        write(&sent, &source, tx, call)
    })?;
    Ok(Json(AsyncResult::from(&task)))
}

fn write(sent: &Object, source: &Source, tx: &mut Tx<'_>, call: &Call) -> Result<Task, Problem> {
    let schema = values::schema(Some(source))?;
    let attributes = values::read(sent, schema)?;
    let key = &schema.identity_attribute;
    let native = attributes.get(key).map(AttributeValue::to_text);
    let Some(native) = native.filter(|native| !native.trim().is_empty()) else {
        return Err(Problem::required(format!(
            "attributes.{key} is required; it is the Account ID of this source."
        )));
    };
    let known = tx.accounts().find_each(source.source_id(), &[&native])?;
    if let Some(was) = known.into_iter().flatten().next() {
        // An account that is there already is changed (aggregation-refresh.md §2).
        let mut merged = was.attributes.clone();
        for (name, value) in attributes.iter() {
            merged.set(name.clone(), value.clone());
        }
        let mut account = was.clone();
        values::replace(&mut account, merged, schema)?;
        return store(&was, account, Some(source), tx, call);
    }
    let now = call.now();
    let name = attributes
        .get(&schema.display_attribute)
        .map_or_else(|| native.clone(), AttributeValue::to_text);
    let mut account = Account {
        id: AccountId(new_bits(call)?),
        source_id: source.source_id(),
        native_identity: native,
        digest: WRITTEN_BY_HAND,
        identity_id: None,
        name,
        disabled: false,
        locked: false,
        manually_correlated: false,
        uncorrelated_reason: None,
        created: now,
        modified: now,
        attributes,
        origin: None,
    };
    match correlate(tx, source, &[(&account.name, &account.attributes)])?.pop() {
        Some(Owner::Identity(identity)) => account.identity_id = Some(identity),
        Some(Owner::Ambiguous(reason)) => account.uncorrelated_reason = Some(reason),
        _ if profile_of(&source.id, tx)?.is_some() => {
            account.identity_id = Some(IdentityId(new_bits(call)?));
        }
        _ => {}
    }
    tx.accounts().save(std::slice::from_ref(&account))?;
    muster_aggregation::promote::of_account(tx, source, &account, now)?;
    let task = refresh_run(
        account.identity_id.into_iter().collect(),
        Some(source),
        tx,
        call,
    )?;
    let id = account.id.to_string();
    let after = audited(&account);
    let trace = Trace {
        action: "create",
        kind: "account",
        id: &id,
        before: None,
        after: Some(&after),
    };
    call.audit(tx, trace)?;
    tell(None, &account, (source, &task), tx, call)?;
    Ok(task)
}

fn new_bits(call: &Call) -> Result<u128, Problem> {
    muster_model::id::parse(&call.new_id()).map_err(|error| Problem::hidden(&error))
}
