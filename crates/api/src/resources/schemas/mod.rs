//! Schemas of sources: which attributes accounts and entitlements have (aggregation-refresh.md §1.2).
//!
//! They are stored with their source; `change` checks and stores, `template` reads and writes the
//! headers of files.

mod change;
mod shape;
mod template;

use muster_auth::{Guard, LevelSet, UserLevel};
use muster_model::{Schema, Source};
use muster_query::PatchRules;
use serde_json::Value;

use self::shape::SchemaShape;
use super::shaped::{Shaped, without_nulls};
use super::sources::rights::SOURCE_ADMINS;
use super::sources::{TAG, find};
use crate::call::Call;
use crate::handler::{Blocking, Json, Rows};
use crate::operation::{Operation, QueryParameter};
use crate::problem::{Problem, quote};
use crate::spelling::ALL;

/// The schema of accounts.
const ACCOUNT: &str = "account";

const READ: Guard = Guard::reading(
    SOURCE_ADMINS,
    &["idn:source-schema:manage", "idn:source-schema:read"],
);
const MANAGE: Guard = Guard::changing(SOURCE_ADMINS, &["idn:source-schema:manage"]);
const CREATE: Guard = Guard::changing(
    LevelSet::ORG_ADMIN.with(UserLevel::SourceAdmin),
    &["idn:source-schema:manage"],
);

const PATCHABLE: PatchRules = PatchRules::new(&[
    "nativeObjectType",
    "identityAttribute",
    "displayAttribute",
    "hierarchyAttribute",
    "includePermissions",
    "features",
    "configuration",
    "attributes",
]);

const MANY: &str = "/sources/{sourceId}/schemas";
const ONE: &str = "/sources/{sourceId}/schemas/{schemaId}";
const ACCOUNTS: &str = "/sources/{id}/schemas/accounts";
const ENTITLEMENTS: &str = "/sources/{id}/schemas/entitlements";

const FORCE: QueryParameter = QueryParameter::new(
    "force",
    "Whether Account ID and Account Name may change though there are accounts.",
);
const SCHEMA_NAME: QueryParameter =
    QueryParameter::new("schemaName", "The name of the schema; group by default.");

/// The operations.
pub static OPERATIONS: &[Operation] = &[
    Operation::get(MANY, "getSourceSchemas")
        .title(TAG, "List the schemas of a source")
        .spoken(ALL)
        .guard(READ)
        .asks(&[
            QueryParameter::new("include-types", "group: only schemas of entitlements."),
            QueryParameter::new("include-names", "Names of schemas, separated by commas."),
        ])
        .runs(&Blocking(list)),
    Operation::post(MANY, "createSourceSchema")
        .title(TAG, "Create a schema of a source")
        .spoken(ALL)
        .guard(CREATE)
        .runs(&Blocking(change::create))
        .answers(201),
    Operation::get(ONE, "getSourceSchema")
        .title(TAG, "Get a schema of a source by id")
        .spoken(ALL)
        .guard(READ)
        .runs(&Blocking(get)),
    Operation::put(ONE, "putSourceSchema")
        .title(TAG, "Replace a schema of a source")
        .spoken(ALL)
        .guard(MANAGE)
        .asks(&[FORCE])
        .runs(&Blocking(change::put)),
    Operation::patch(ONE, "updateSourceSchema")
        .title(TAG, "Change parts of a schema of a source")
        .spoken(ALL)
        .guard(MANAGE)
        .asks(&[FORCE])
        .runs(&Blocking(change::patch)),
    Operation::delete(ONE, "deleteSourceSchema")
        .title(TAG, "Delete a schema of a source")
        .spoken(ALL)
        .guard(MANAGE)
        .runs(&Blocking(change::delete)),
    Operation::get(ACCOUNTS, "getAccountsSchema")
        .title(TAG, "Download the header of an account file")
        .spoken(ALL)
        .guard(READ)
        .runs(&Blocking(template::accounts)),
    Operation::post(ACCOUNTS, "importAccountsSchema")
        .title(TAG, "Make the account schema after the header of a file")
        .spoken(ALL)
        .guard(MANAGE)
        .asks(&[FORCE])
        .runs(&Blocking(template::import_accounts)),
    Operation::get(ENTITLEMENTS, "getEntitlementsSchema")
        .title(TAG, "Download the header of an entitlement file")
        .spoken(ALL)
        .guard(READ)
        .asks(&[SCHEMA_NAME])
        .runs(&Blocking(template::entitlements)),
    Operation::post(ENTITLEMENTS, "importEntitlementsSchema")
        .title(TAG, "Make an entitlement schema after the header of a file")
        .spoken(ALL)
        .guard(MANAGE)
        .asks(&[SCHEMA_NAME])
        .runs(&Blocking(template::import_entitlements)),
];

type Shown = Shaped<SchemaShape>;

fn list(call: &Call, (): ()) -> Result<Rows<Shown>, Problem> {
    let source = call
        .org()
        .read(|tx| find(call.parameter("sourceId"), tx, call))?;
    let only_groups = call.query("include-types") == Some("group");
    let names: Option<Vec<&str>> = call
        .query("include-names")
        .map(|names| names.split(',').map(str::trim).collect());
    // The vendor looks at the names only where no type is asked for.
    let wanted = |schema: &&Schema| match &names {
        _ if only_groups => schema.name != ACCOUNT,
        Some(names) => names.contains(&schema.name.as_str()),
        None => true,
    };
    let schemas = source.schema_objects.iter().filter(wanted);
    let items = schemas
        .map(|schema| show(schema).map(Shown::from))
        .collect::<Result<_, _>>()?;
    Ok(Rows { items, total: None })
}

fn get(call: &Call, (): ()) -> Result<Json<Shown>, Problem> {
    let source = call
        .org()
        .read(|tx| find(call.parameter("sourceId"), tx, call))?;
    let at = place(&source, call.parameter("schemaId"))?;
    Ok(Json(show(&source.schema_objects[at])?.into()))
}

/// Where a source keeps the schema with that id; a 404 where it has none.
fn place(source: &Source, id: &str) -> Result<usize, Problem> {
    let schemas = &source.schema_objects;
    schemas
        .iter()
        .position(|schema| schema.id == id)
        .ok_or_else(|| {
            Problem::not_found(format!(
                "The source {} has no schema with the id \"{}\".",
                source.name,
                quote(id)
            ))
        })
}

/// A schema on the wire. Older spellings allow no null anywhere in it.
fn show(schema: &Schema) -> Result<Value, Problem> {
    let wire = serde_json::to_value(schema).map_err(|error| Problem::hidden(&error))?;
    Ok(without_nulls(wire))
}
