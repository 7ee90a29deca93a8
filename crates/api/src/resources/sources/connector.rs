//! Trying a source out: is it set up well, what would it give. A delimited source has nothing to connect
//! to; its settings and its last complete file are looked at.

use muster_auth::{Guard, LevelSet};
use muster_connector::Step;
use muster_connector::flat_file::{Options, Reader};
use muster_model::{Reading, Source};
use muster_store::{ChunkReader, Tx};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::stored::profile_of;
use super::{TAG, find};
use crate::call::Call;
use crate::handler::{Blocking, Json};
use crate::operation::Operation;
use crate::problem::{Problem, quote};
use crate::resource::Object;
use crate::resources::shaped::Shaped;
use crate::spelling::{ALL, BETA, Spelling, V3};

const SPOKEN: Spelling = ALL.without(V3);
const TRY: Guard =
    Guard::changing(LevelSet::ORG_ADMIN, &["idn:source-connector:manage"]).also_for_applications();

/// Objects that are shown where the caller does not say how many.
const PEEKED_DEFAULT: usize = 25;
/// Objects that are shown at most.
const PEEKED_MAX: usize = 100;

/// The operations.
pub(crate) static OPERATIONS: &[Operation] = &[
    Operation::post(
        "/sources/{sourceId}/connector/check-connection",
        "testSourceConnection",
    )
    .title(TAG, "Check the connection of a source")
    .spoken(SPOKEN)
    .guard(TRY)
    .runs(&Blocking(test))
    .answers(200),
    Operation::post(
        "/sources/{sourceId}/connector/test-configuration",
        "testSourceConfiguration",
    )
    .title(TAG, "Test the settings of a source")
    .spoken(SPOKEN)
    .guard(TRY)
    .runs(&Blocking(test))
    .answers(200),
    Operation::post("/sources/{sourceId}/connector/ping-cluster", "pingCluster")
        .title(TAG, "Ping the cluster of a source")
        .spoken(SPOKEN)
        .guard(TRY)
        .runs(&Blocking(ping))
        .answers(200),
    Operation::post(
        "/sources/{sourceId}/connector/peek-resource-objects",
        "searchResourceObjects",
    )
    .title(TAG, "Look at the first objects of a source")
    .spoken(SPOKEN)
    .guard(TRY)
    .runs(&Blocking(peek))
    .answers(200),
    Operation::get("/sources/{sourceId}/source-health", "getSourceHealth")
        .title(TAG, "The health of a source")
        .spoken(ALL.without(BETA))
        .guard(super::rights::READ)
        .runs(&Blocking(health)),
];

/// How a test went.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SourceStatusResponse")]
struct Tested {
    /// The source.
    id: String,
    /// Its name.
    name: String,
    /// `SUCCESS` or `FAILURE`.
    status: &'static str,
    /// How long it took.
    elapsed_millis: i64,
    /// What was found.
    details: Object,
}

/// What is to be looked at.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Peek {
    /// `account`, or the name of an entitlement schema.
    object_type: Option<String>,
    /// How many objects; 25 where it is left out.
    max_count: Option<usize>,
}

/// What was seen.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ResourceObjectsResponse")]
struct Peeked {
    /// The source.
    id: String,
    /// Its name.
    name: String,
    /// How many objects are shown.
    object_count: usize,
    /// How long it took.
    elapsed_millis: i64,
    /// The objects.
    resource_objects: Vec<Object>,
}

/// The health of a source.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only the description is used")]
#[schemars(rename = "SourceHealth", rename_all = "camelCase")]
struct Health {
    /// Its id.
    id: String,
    /// Its type.
    #[serde(rename = "type")]
    kind: String,
    /// Its name.
    name: String,
    /// Its org.
    org: String,
    /// Whether identities are made of its accounts.
    is_authoritative: bool,
    /// Always false.
    is_cluster: bool,
    /// The vendor's word for its state.
    status: Option<String>,
}

fn test(call: &Call, (): ()) -> Result<Json<Tested>, Problem> {
    let began = call.now();
    let (source, reading) = call.org().read(|tx| around(tx, call))?;
    let (status, details) = match tried(&source, &reading, call) {
        Ok(details) => ("SUCCESS", details),
        Err(reason) => ("FAILURE", json!({ "message": reason })),
    };
    let Value::Object(details) = details else {
        return Err(Problem::hidden(&std::fmt::Error));
    };
    Ok(Json(Tested {
        id: source.id,
        name: source.name,
        status,
        elapsed_millis: call.now().as_millis() - began.as_millis(),
        details,
    }))
}

/// A delimited source is read here, by no appliance.
fn ping(call: &Call, (): ()) -> Result<Json<Tested>, Problem> {
    let source = call
        .org()
        .read(|tx| find(call.parameter("sourceId"), tx, call))?;
    Err(Problem::illegal_value(format!(
        "The source {} is read by Muster itself and has no cluster to ping; use \
         connector/test-configuration.",
        source.name
    )))
}

fn peek(call: &Call, request: Option<Json<Peek>>) -> Result<Json<Peeked>, Problem> {
    let request = request.map(|Json(request)| request).unwrap_or_default();
    let wanted = request.max_count.unwrap_or(PEEKED_DEFAULT);
    if wanted > PEEKED_MAX {
        return Err(Problem::limit(format!(
            "maxCount is {wanted}; ask for at most {PEEKED_MAX}."
        )));
    }
    let kind = request.object_type.as_deref().unwrap_or("account");
    if kind != "account" {
        return Err(Problem::illegal_value(format!(
            "objectType: \"{}\" cannot be looked at; use account.",
            quote(kind)
        )));
    }
    let began = call.now();
    let (source, reading) = call.org().read(|tx| around(tx, call))?;
    let mut reader = open(&source, &reading, call).map_err(Problem::precondition)?;
    let mut objects = Vec::new();
    while objects.len() < wanted {
        let next = reader.next_account();
        let next = next.map_err(|error| Problem::precondition(format!("{error}.")))?;
        let Some(step) = next else { break };
        let Step::Account(account) = step else {
            continue;
        };
        let (attributes, _) = account.to_attributes();
        let shown = json!({
            "identity": account.native_identity(),
            "name": account.display_name(),
            "objectType": kind,
            "incomplete": account.is_incomplete(),
            "attributes": attributes,
        });
        if let Value::Object(shown) = shown {
            objects.push(shown);
        }
    }
    Ok(Json(Peeked {
        id: source.id,
        name: source.name,
        object_count: objects.len(),
        elapsed_millis: call.now().as_millis() - began.as_millis(),
        resource_objects: objects,
    }))
}

fn health(call: &Call, (): ()) -> Result<Json<Shaped<Health>>, Problem> {
    call.org().read(|tx| {
        let source = find(call.parameter("sourceId"), tx, call)?;
        let authoritative = profile_of(&source.id, tx)?.is_some();
        let mut shown = json!({
            "id": source.id,
            "type": source.kind,
            "name": source.name,
            "org": call.org().name(),
            "isAuthoritative": authoritative,
            "isCluster": false,
        });
        if !source.status.is_empty() {
            shown["status"] = Value::from(source.status);
        }
        Ok(Json(shown.into()))
    })
}

fn around(tx: &mut Tx<'_>, call: &Call) -> Result<(Source, Reading), Problem> {
    let source = find(call.parameter("sourceId"), tx, call)?;
    let reading = tx.typed::<Reading>().get(&source.id)?;
    Ok((source, reading.unwrap_or_default()))
}

/// What a test finds, or why it fails.
fn tried(source: &Source, reading: &Reading, call: &Call) -> Result<Value, String> {
    Options::from_attributes(&source.connector_attributes)
        .map_err(|error| format!("connectorAttributes: {error}"))?;
    let Some(kept) = &reading.accounts else {
        return Ok(json!({ "message": "The settings are right. No file was loaded yet." }));
    };
    let reader = open(source, reading, call)?;
    Ok(json!({
        "message": "The settings are right, and the last file can be read with them.",
        "lastFileRead": kept.read,
        "missingColumns": reader.missing_columns().iter().map(|name| &**name).collect::<Vec<&str>>(),
    }))
}

fn open(source: &Source, reading: &Reading, call: &Call) -> Result<Reader<ChunkReader>, String> {
    let kept = reading.accounts.as_ref().ok_or_else(|| {
        format!(
            "No file of {} is kept; load its accounts first.",
            source.name
        )
    })?;
    let schema = source
        .account_schema()
        .ok_or_else(|| format!("The source {} has no account schema.", source.name))?;
    let options = Options::from_attributes(&source.connector_attributes)
        .map_err(|error| format!("connectorAttributes: {error}."))?;
    let chunks = ChunkReader::new(call.org().clone(), &kept.upload);
    Reader::open(chunks, &options, schema).map_err(|error| format!("{error}."))
}
