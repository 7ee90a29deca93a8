//! What people say of entitlements: names, owners, whether they may be asked for. Files of entitlements
//! leave alone what people have set.

use muster_query::Patch;
use muster_store::{Entitlement, Tx};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::PATCHABLE;
use super::list::find;
use super::shape::{EntitlementShape, HIGH, SourceNames};
use crate::call::{Call, Trace};
use crate::extract::json as body;
use crate::extract::patch::PatchBody;
use crate::handler::Json;
use crate::people::AuthUser;
use crate::problem::{Problem, quote};
use crate::resources::shaped::Shaped;

/// Entitlements that one call may change (the vendor's bound).
const BULK_MAX: usize = 50;
/// Characters of a name.
const NAME_CHARS_MAX: usize = 450;
/// Characters of a description.
const DESCRIPTION_CHARS_MAX: usize = 2_000;
/// Levels of privilege.
const LEVELS: [&str; 4] = [HIGH, "MEDIUM", "LOW", "NONE"];

/// What is to be changed about many entitlements.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct BulkRequest {
    /// Up to 50 ids.
    entitlement_ids: Vec<String>,
    /// The patch that each of them gets.
    json_patch: Value,
}

/// `PATCH /entitlements/{id}`
pub(super) fn patch(call: &Call, _: PatchBody) -> Result<Json<Shaped<EntitlementShape>>, Problem> {
    let patch: Value = body::read(call.body())?;
    let shown = call.org().write(|tx| change(call.id(), &patch, tx, call))?;
    Ok(Json(shown.into()))
}

/// `POST /entitlements/bulk-update`: all or none.
pub(super) fn bulk(call: &Call, Json(request): Json<BulkRequest>) -> Result<(), Problem> {
    let count = request.entitlement_ids.len();
    if count > BULK_MAX {
        return Err(Problem::limit(format!(
            "entitlementIds has {count} ids; name at most {BULK_MAX} and the others in further calls."
        )));
    }
    call.org().write(|tx| {
        for id in &request.entitlement_ids {
            change(id, &request.json_patch, tx, call)?;
        }
        Ok(())
    })
}

fn change(id: &str, patch: &Value, tx: &mut Tx<'_>, call: &Call) -> Result<Value, Problem> {
    let was = find(id, tx)?;
    let names = SourceNames::load(tx)?;
    let seen = names.show(&was);
    let mut open = seen.clone();
    if let Value::Object(members) = &mut open {
        // `replace` must find its place where there is no value yet.
        for name in [
            "description",
            "owner",
            "segments",
            "privilegeLevel",
            "manuallyUpdatedFields",
        ] {
            members.entry(name).or_insert(Value::Null);
        }
    }
    let next = Patch::read(patch)?.apply(&open, PATCHABLE)?;
    let mut entitlement = read(&was, &seen, &next, tx)?;
    if entitlement == was {
        return Ok(seen);
    }
    entitlement.modified = call.now();
    tx.entitlements().save(std::slice::from_ref(&entitlement))?;
    let after = names.show(&entitlement);
    let trace = Trace {
        action: "update",
        kind: "entitlement",
        id,
        before: Some(&seen),
        after: Some(&after),
    };
    call.audit(tx, trace)?;
    Ok(after)
}

fn read(
    was: &Entitlement,
    seen: &Value,
    next: &Value,
    tx: &mut Tx<'_>,
) -> Result<Entitlement, Problem> {
    let mut entitlement = was.clone();
    entitlement.name = text(next, "name", NAME_CHARS_MAX)?
        .filter(|name| !name.trim().is_empty())
        .ok_or_else(|| Problem::required("name is empty; give the entitlement a name."))?;
    entitlement.description = text(next, "description", DESCRIPTION_CHARS_MAX)?;
    entitlement.requestable = flag(next, "requestable")?;
    entitlement.privilege = privilege(was, seen, next)?;
    if let Some(owner) = owner(&next["owner"], tx)? {
        entitlement.owner_id = owner["id"].as_str().map(str::to_owned);
        entitlement.other.insert("owner".to_owned(), owner);
    } else {
        entitlement.owner_id = None;
        entitlement.other.shift_remove("owner");
    }
    match &next["segments"] {
        Value::Null => {
            entitlement.other.shift_remove("segments");
        }
        Value::Array(ids) if ids.iter().all(Value::is_string) => {
            entitlement
                .other
                .insert("segments".to_owned(), next["segments"].clone());
        }
        _ => return Err(Problem::illegal_value("segments: send a list of ids.")),
    }
    fields_by_hand(was, seen, next, &mut entitlement)?;
    Ok(entitlement)
}

/// A name or description that somebody wrote stays whatever files say, unless the patch says otherwise.
fn fields_by_hand(
    was: &Entitlement,
    seen: &Value,
    next: &Value,
    entitlement: &mut Entitlement,
) -> Result<(), Problem> {
    let mut fields = match &next["manuallyUpdatedFields"] {
        Value::Null => serde_json::Map::new(),
        Value::Object(fields) if fields.values().all(Value::is_boolean) => fields.clone(),
        _ => {
            return Err(Problem::illegal_value(
                "manuallyUpdatedFields: send {\"DISPLAY_NAME\": …, \"DESCRIPTION\": …} with true or \
                 false.",
            ));
        }
    };
    if let Some(unknown) = fields
        .keys()
        .find(|name| !["DISPLAY_NAME", "DESCRIPTION"].contains(&name.as_str()))
    {
        return Err(Problem::illegal_value(format!(
            "manuallyUpdatedFields.{}: only DISPLAY_NAME and DESCRIPTION can be set.",
            quote(unknown)
        )));
    }
    let says_itself =
        seen.get("manuallyUpdatedFields").unwrap_or(&Value::Null) != &next["manuallyUpdatedFields"];
    if !says_itself {
        if entitlement.name != was.name {
            fields.insert("DISPLAY_NAME".to_owned(), Value::Bool(true));
        }
        if entitlement.description != was.description {
            fields.insert("DESCRIPTION".to_owned(), Value::Bool(true));
        }
    }
    if fields.is_empty() {
        entitlement.other.shift_remove("manuallyUpdatedFields");
    } else {
        entitlement
            .other
            .insert("manuallyUpdatedFields".to_owned(), Value::Object(fields));
    }
    Ok(())
}

/// The level, which older clients set by the flag `privileged`.
fn privilege(was: &Entitlement, seen: &Value, next: &Value) -> Result<Option<String>, Problem> {
    let level = match &next["privilegeLevel"] {
        Value::Null => None,
        level => {
            let direct = level["direct"].as_str().filter(|one| LEVELS.contains(one));
            let direct = direct.ok_or_else(|| {
                Problem::illegal_value(format!(
                    "privilegeLevel.direct: send one of {}.",
                    LEVELS.join(", ")
                ))
            })?;
            Some(direct.to_owned())
        }
    };
    let flagged = flag(next, "privileged")?;
    if seen["privileged"] == Value::Bool(flagged) || level != was.privilege {
        return Ok(level);
    }
    Ok(flagged.then(|| HIGH.to_owned()))
}

fn owner(sent: &Value, tx: &mut Tx<'_>) -> Result<Option<Value>, Problem> {
    if sent.is_null() {
        return Ok(None);
    }
    let id = sent["id"].as_str().ok_or_else(|| {
        Problem::required("owner.id is required; send {\"type\": \"IDENTITY\", \"id\": …}.")
    })?;
    let identity = match id.parse() {
        Ok(id) => tx.identities().get(id)?,
        Err(_) => None,
    };
    let name = match identity {
        Some(identity) => identity.name,
        None => match tx.typed::<AuthUser>().get(id)? {
            Some(user) => user.display_name,
            None => {
                return Err(Problem::referenced_not_found(format!(
                    "owner: there is no identity with the id \"{}\".",
                    quote(id)
                )));
            }
        },
    };
    Ok(Some(json!({ "type": "IDENTITY", "id": id, "name": name })))
}

fn text(next: &Value, field: &str, chars_max: usize) -> Result<Option<String>, Problem> {
    match &next[field] {
        Value::Null => Ok(None),
        Value::String(text) if text.chars().count() <= chars_max => Ok(Some(text.clone())),
        Value::String(_) => Err(Problem::length(format!(
            "{field}: use at most {chars_max} characters."
        ))),
        _ => Err(Problem::illegal_value(format!("{field}: send a text."))),
    }
}

fn flag(next: &Value, field: &str) -> Result<bool, Problem> {
    next[field]
        .as_bool()
        .ok_or_else(|| Problem::illegal_value(format!("{field}: send true or false.")))
}
