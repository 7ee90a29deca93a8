//! The headers of files: downloaded to be filled, uploaded to make a schema. Delimited sources only.

use muster_connector::flat_file::read_template;
use muster_model::{Schema, Source};
use serde_json::Value;

use super::change::{add, refuse, replace};
use super::{ACCOUNT, Shown};
use crate::call::Call;
use crate::extract::upload::Form;
use crate::handler::{Csv, Json};
use crate::problem::{Problem, quote};
use crate::resources::sources::{delimited, find};

/// The schema of entitlements that is meant where none is named.
const GROUP: &str = "group";

/// `GET /sources/{id}/schemas/accounts`
pub(super) fn accounts(call: &Call, (): ()) -> Result<Csv, Problem> {
    let source = call.org().read(|tx| find(call.parameter("id"), tx, call))?;
    refuse_others(&source)?;
    let schema = named(&source, ACCOUNT).cloned();
    Ok(csv(&schema.unwrap_or_else(Schema::default_account)))
}

/// `GET /sources/{id}/schemas/entitlements`
pub(super) fn entitlements(call: &Call, (): ()) -> Result<Csv, Problem> {
    let source = call.org().read(|tx| find(call.parameter("id"), tx, call))?;
    refuse_others(&source)?;
    let name = entitlement_name(call)?;
    match named(&source, name) {
        Some(schema) => Ok(csv(schema)),
        None if name == GROUP => Ok(csv(&Schema::default_group())),
        None => Err(Problem::not_found(format!(
            "The source {} has no schema called \"{}\".",
            source.name,
            quote(name)
        ))),
    }
}

/// `POST /sources/{id}/schemas/accounts`
pub(super) fn import_accounts(call: &Call, _: Form) -> Result<Json<Shown>, Problem> {
    import(ACCOUNT, Schema::default_account(), call)
}

/// `POST /sources/{id}/schemas/entitlements`
pub(super) fn import_entitlements(call: &Call, _: Form) -> Result<Json<Shown>, Problem> {
    let name = entitlement_name(call)?;
    let fresh = Schema {
        name: name.to_owned(),
        ..Schema::default_group()
    };
    import(name, fresh, call)
}

/// Makes the schema of that name after the header of the file; `fresh` where there is none yet.
fn import(name: &str, fresh: Schema, call: &Call) -> Result<Json<Shown>, Problem> {
    let shown: Value = call.org().write(|tx| {
        let source = find(call.parameter("id"), tx, call)?;
        refuse_others(&source)?;
        let columns = columns(&source, call)?;
        let at = source
            .schema_objects
            .iter()
            .position(|schema| schema.name == name);
        match at {
            Some(at) => {
                let next = source.schema_objects[at].clone();
                let next = next.with_columns(&columns).map_err(refuse)?;
                replace(next, at, source, tx, call)
            }
            None => add(
                fresh.with_columns(&columns).map_err(refuse)?,
                source,
                tx,
                call,
            ),
        }
    })?;
    Ok(Json(shown.into()))
}

fn columns(source: &Source, call: &Call) -> Result<Vec<String>, Problem> {
    let options = delimited::options(&source.connector_attributes)?;
    let upload = call.upload();
    let wrong = |error: &dyn std::error::Error| Problem::illegal_value(format!("file: {error}."));
    if let Some(file) = upload.and_then(|upload| upload.file("file")) {
        return read_template(file.open()?, &options).map_err(|error| wrong(&error));
    }
    match upload.and_then(|upload| upload.field("file")) {
        Some(text) => read_template(text.as_bytes(), &options).map_err(|error| wrong(&error)),
        None => Err(Problem::required(
            "file: send a file with a header line as the multipart part `file`.",
        )),
    }
}

fn entitlement_name(call: &Call) -> Result<&str, Problem> {
    match call.query("schemaName") {
        Some(ACCOUNT) => Err(Problem::illegal_value(
            "schemaName: account is the schema of accounts; use schemas/accounts.",
        )),
        name => Ok(name.unwrap_or(GROUP)),
    }
}

fn named<'s>(source: &'s Source, name: &str) -> Option<&'s Schema> {
    source
        .schema_objects
        .iter()
        .find(|schema| schema.name == name)
}

fn refuse_others(source: &Source) -> Result<(), Problem> {
    if source.kind == delimited::TYPE {
        return Ok(());
    }
    Err(Problem::illegal_value(format!(
        "The source {} is not a delimited file, so it has no template.",
        source.name
    )))
}

fn csv(schema: &Schema) -> Csv {
    Csv(schema.to_template_csv().into_bytes())
}
