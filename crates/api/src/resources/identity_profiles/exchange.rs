//! Export and import of identity profiles: how a configuration travels from one org to another.
//! Ids differ between orgs, so what is imported is found by name where its id is not known.

use muster_model::{Document, IdentityProfile, Reference, Source};
use muster_store::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::references::identity_name;
use super::{IDENTITY_PROFILES, wire};
use crate::call::Call;
use crate::handler::{Json, Rows};
use crate::problem::{Problem, quote};
use crate::resource::Object;

/// Profiles that one call may import.
const IMPORTED_MAX: usize = 250;

/// The version of the exported form.
const VERSION: i32 = 1;

/// A profile on its way.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Exported {
    /// The version of this form.
    #[serde(default)]
    pub(super) version: i32,
    /// What it is.
    #[serde(default, rename = "self")]
    pub(super) this: Option<Object>,
    /// The profile.
    #[schemars(with = "wire::Described")]
    pub(super) object: Object,
}

/// What an import came to.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Imported {
    /// Good to know.
    pub(super) infos: Vec<Message>,
    /// What was imported otherwise than it was sent.
    pub(super) warnings: Vec<Message>,
    /// What could not be imported.
    pub(super) errors: Vec<Message>,
    /// The profiles that were created or changed.
    #[serde(rename = "importedObjects")]
    pub(super) objects: Vec<ImportedObject>,
}

/// A text about an import.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Message {
    /// Its key.
    pub(super) key: String,
    /// The text.
    pub(super) text: String,
    /// More, in pairs.
    pub(super) details: Object,
}

/// A profile that was created or changed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct ImportedObject {
    /// Always `IDENTITY_PROFILE`.
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    /// Its id here.
    pub(super) id: String,
    /// Its name.
    pub(super) name: String,
}

const KIND: &str = "IDENTITY_PROFILE";

/// Answers the export.
pub(super) fn export(call: &Call, (): ()) -> Result<Rows<Exported>, Problem> {
    let view = call.view()?;
    let all = call.org().read(|tx| IDENTITY_PROFILES.read_all(tx, call))?;
    let rows = view.take(all);
    let items = rows.items.into_iter().map(|row| {
        let this = json!({ "type": KIND, "id": row["id"], "name": row["name"] });
        Exported {
            version: VERSION,
            this: object(this),
            object: object(row).unwrap_or_default(),
        }
    });
    Ok(Rows {
        items: items.collect(),
        total: rows.total,
    })
}

/// Answers the import. Each profile stands or falls alone.
pub(super) fn import(
    call: &Call,
    Json(all): Json<Vec<Exported>>,
) -> Result<Json<Imported>, Problem> {
    if all.len() > IMPORTED_MAX {
        return Err(Problem::limit(format!(
            "The list has more than {IMPORTED_MAX} profiles; import them in several calls."
        )));
    }
    let mut imported = Imported::default();
    for one in all {
        let name = one.object.get("name").and_then(Value::as_str);
        let name = name.unwrap_or_default().to_owned();
        let mut warnings = Vec::new();
        let done = call
            .org()
            .write(|tx| import_one(one.object, &mut warnings, tx, call));
        match done {
            Ok(wire) => {
                let text = |field: &str| wire[field].as_str().unwrap_or_default().to_owned();
                imported.warnings.extend(warnings);
                imported.objects.push(ImportedObject {
                    kind: KIND,
                    id: text("id"),
                    name: text("name"),
                });
            }
            Err(problem) if problem.status().is_server_error() => return Err(problem),
            Err(problem) => {
                let text = format!("{}: {}", quote(&name), problem.text());
                imported.errors.push(message("IMPORT_FAILED", text));
            }
        }
    }
    Ok(Json(imported))
}

/// Creates a profile, or changes the one of its name.
fn import_one(
    mut body: Object,
    warnings: &mut Vec<Message>,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<Value, Problem> {
    body.remove("id");
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
    let known = tx.documents(IdentityProfile::KIND).find_by_name(name)?;
    let sources: Vec<Reference> = tx
        .documents(Source::KIND)
        .list()?
        .iter()
        .map(|source| Reference::source(&source.id, &source.name))
        .collect();
    settle_owner(&mut body, warnings, tx, call)?;
    for member in ["authoritativeSource", "identityAttributeConfig"] {
        if let Some(value) = body.get_mut(member) {
            find_sources(value, &sources);
        }
    }
    match known.filter(|known| !known.name.is_empty()) {
        Some(known) => IDENTITY_PROFILES.replace(&known, body, tx, call),
        None => IDENTITY_PROFILES.create(body, tx, call),
    }
}

/// An owner who is not here is replaced by whoever imports, or by nobody where that is a client.
fn settle_owner(
    body: &mut Object,
    warnings: &mut Vec<Message>,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<(), Problem> {
    let Some(owner) = body.get("owner").and_then(|owner| owner["id"].as_str()) else {
        return Ok(());
    };
    if identity_name(owner, tx)?.is_some() {
        return Ok(());
    }
    let importer = call
        .caller()?
        .user_context()
        .map(|person| person.identity_id.to_string());
    let name = match &importer {
        Some(id) => identity_name(id, tx)?,
        None => None,
    };
    let text = format!(
        "The owner \"{}\" is not in this org; {}.",
        quote(owner),
        match &name {
            Some(name) => format!("{} owns the profile instead", quote(name)),
            None => "the profile has no owner".to_owned(),
        }
    );
    warnings.push(message("OWNER_NOT_FOUND", text));
    let next = match (importer, name) {
        (Some(id), Some(name)) => json!(Reference::identity(id, name)),
        _ => Value::Null,
    };
    body.insert("owner".to_owned(), next);
    Ok(())
}

/// Turns ids of sources of another org into those of the sources of the same name here. The depth
/// is that of a JSON body, which its reader bounds.
fn find_sources(value: &mut Value, sources: &[Reference]) {
    match value {
        Value::Array(items) => {
            for item in items {
                find_sources(item, sources);
            }
        }
        Value::Object(members) => {
            let is_source = members.get("type").and_then(Value::as_str) == Some("SOURCE");
            if is_source {
                find_source(members, ("id", "name"), sources);
            }
            find_source(members, ("sourceId", "sourceName"), sources);
            for member in members.values_mut() {
                find_sources(member, sources);
            }
        }
        _ => {}
    }
}

fn find_source(members: &mut Object, (id, name): (&str, &str), sources: &[Reference]) {
    let text = |field: &str| members.get(field).and_then(Value::as_str);
    let is_known = text(id).is_some_and(|id| sources.iter().any(|known| known.id == id));
    let twin = text(name).and_then(|name| sources.iter().find(|known| known.name == name));
    if let (false, Some(twin), true) = (is_known, twin, members.contains_key(id)) {
        members.insert(id.to_owned(), Value::from(twin.id.clone()));
    }
}

fn message(key: &str, text: String) -> Message {
    Message {
        key: key.to_owned(),
        text,
        details: Object::new(),
    }
}

fn object(value: Value) -> Option<Object> {
    match value {
        Value::Object(members) => Some(members),
        _ => None,
    }
}
