//! Creating, changing and deleting schemas.

use muster_model::schema::FieldError;
use muster_model::{Schema, Source};
use muster_store::Tx;
use serde_json::Value;

use super::{ACCOUNT, PATCHABLE, Shown, place, show};
use crate::call::{Call, Trace};
use crate::extract::json;
use crate::extract::patch::PatchBody;
use crate::handler::Json;
use crate::problem::{Problem, quote, sentence};
use crate::resources::sources::{change, find};

/// `POST /sources/{sourceId}/schemas`
pub(super) fn create(call: &Call, Json(body): Json<Shown>) -> Result<Json<Shown>, Problem> {
    let schema: Schema = json::read_value(body.0)?;
    let shown = call.org().write(|tx| {
        let source = find(call.parameter("sourceId"), tx, call)?;
        if source
            .schema_objects
            .iter()
            .any(|one| one.name == schema.name)
        {
            return Err(Problem::reference_conflict(format!(
                "name: the source has a schema called \"{}\" already; change that one.",
                quote(&schema.name)
            )));
        }
        add(schema, source, tx, call)
    })?;
    Ok(Json(shown.into()))
}

/// `PUT /sources/{sourceId}/schemas/{schemaId}`
pub(super) fn put(call: &Call, Json(body): Json<Shown>) -> Result<Json<Shown>, Problem> {
    let next: Schema = json::read_value(body.0)?;
    let shown = call.org().write(|tx| {
        let source = find(call.parameter("sourceId"), tx, call)?;
        let at = place(&source, call.parameter("schemaId"))?;
        replace(next, at, source, tx, call)
    })?;
    Ok(Json(shown.into()))
}

/// `PATCH /sources/{sourceId}/schemas/{schemaId}`
pub(super) fn patch(call: &Call, patch: PatchBody) -> Result<Json<Shown>, Problem> {
    let shown = call.org().write(|tx| {
        let source = find(call.parameter("sourceId"), tx, call)?;
        let at = place(&source, call.parameter("schemaId"))?;
        // With its nulls, so that `replace` finds its place.
        let seen = serde_json::to_value(&source.schema_objects[at])
            .map_err(|error| Problem::hidden(&error))?;
        let next = json::read_value(patch.apply(&seen, PATCHABLE)?)?;
        replace(next, at, source, tx, call)
    })?;
    Ok(Json(shown.into()))
}

/// `DELETE /sources/{sourceId}/schemas/{schemaId}`
pub(super) fn delete(call: &Call, (): ()) -> Result<(), Problem> {
    call.org().write(|tx| {
        let mut source = find(call.parameter("sourceId"), tx, call)?;
        let at = place(&source, call.parameter("schemaId"))?;
        let gone = source.schema_objects.remove(at);
        if gone.name == ACCOUNT {
            return Err(Problem::illegal_update(
                "A source without account schema could not be read; change the schema instead.",
            ));
        }
        refuse_while_named(&gone, &source)?;
        let before = show(&gone)?;
        let trace = Trace {
            action: "delete",
            kind: "schema",
            id: &gone.id,
            before: Some(&before),
            after: None,
        };
        change::save(source, trace, tx, call)
    })
}

/// Stores a new schema.
pub(super) fn add(
    mut schema: Schema,
    mut source: Source,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<Value, Problem> {
    schema.validate().map_err(refuse)?;
    schema.id = call.new_id();
    schema.created = Some(call.now());
    schema.modified = None;
    let shown = show(&schema)?;
    let id = schema.id.clone();
    source.schema_objects.push(schema);
    let trace = Trace {
        action: "create",
        kind: "schema",
        id: &id,
        before: None,
        after: Some(&shown),
    };
    change::save(source, trace, tx, call)?;
    Ok(shown)
}

/// Stores the next form of the schema at that place.
pub(super) fn replace(
    mut next: Schema,
    at: usize,
    mut source: Source,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<Value, Problem> {
    let was = &source.schema_objects[at];
    keep_fixed(&mut next, was)?;
    if next == *was {
        return show(was);
    }
    next.validate().map_err(refuse)?;
    refuse_new_key(&next, was, &source, tx, call)?;
    next.modified = Some(call.now());
    let (before, after) = (show(was)?, show(&next)?);
    let id = next.id.clone();
    source.schema_objects[at] = next;
    let trace = Trace {
        action: "update",
        kind: "schema",
        id: &id,
        before: Some(&before),
        after: Some(&after),
    };
    change::save(source, trace, tx, call)?;
    Ok(after)
}

/// Everything that is wrong with a schema, the first of it as the message.
pub(super) fn refuse(errors: Vec<FieldError>) -> Problem {
    let mut errors = errors.into_iter();
    let first = errors
        .next()
        .map_or_else(String::new, |error| format!("{error}."));
    errors.fold(Problem::illegal_value(first), |problem, error| {
        problem.because(sentence(&error.to_string()))
    })
}

/// Fixed members may be left out or repeated.
fn keep_fixed(next: &mut Schema, was: &Schema) -> Result<(), Problem> {
    let kept = [
        ("id", next.id.is_empty() || next.id == was.id),
        ("name", next.name.is_empty() || next.name == was.name),
        (
            "created",
            next.created.is_none() || next.created == was.created,
        ),
        (
            "modified",
            next.modified.is_none() || next.modified == was.modified,
        ),
    ];
    if let Some((field, _)) = kept.iter().find(|(_, kept)| !kept) {
        return Err(Problem::illegal_update(format!(
            "{field} cannot be changed; leave it out or send the value it has."
        )));
    }
    next.id.clone_from(&was.id);
    next.name.clone_from(&was.name);
    next.created = was.created;
    next.modified = was.modified;
    Ok(())
}

/// With another Account ID every account would be a new one, and every person too.
fn refuse_new_key(
    next: &Schema,
    was: &Schema,
    source: &Source,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<(), Problem> {
    let is_same = next.identity_attribute == was.identity_attribute
        && next.display_attribute == was.display_attribute;
    let is_forced = call
        .query("force")
        .is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
    if is_same || is_forced || was.name != ACCOUNT {
        return Ok(());
    }
    match tx.accounts().count(source.source_id())? {
        0 => Ok(()),
        count => Err(Problem::reference_conflict(format!(
            "identityAttribute and displayAttribute name the {count} accounts of this source; with \
             others all of them would be lost and read as new ones. Send ?force=true if that is \
             what you want."
        ))),
    }
}

fn refuse_while_named(gone: &Schema, source: &Source) -> Result<(), Problem> {
    for schema in &source.schema_objects {
        let named = schema.attributes.iter().find(|attribute| {
            attribute
                .schema
                .as_ref()
                .is_some_and(|one| one.id == gone.id)
        });
        if let Some(attribute) = named {
            return Err(Problem::reference_conflict(format!(
                "The attribute {} of the schema {} has values of this schema; change it first.",
                attribute.name, schema.name
            )));
        }
    }
    Ok(())
}
