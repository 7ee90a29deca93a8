//! How the accounts of a source find their identities (aggregation-refresh.md §3).

use muster_auth::Guard;
use muster_model::Source;
use muster_model::source::CorrelationConfig;
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::rights::{MANAGE, READ};
use super::{TAG, change, find};
use crate::call::{Call, Trace};
use crate::extract::json;
use crate::handler::{Blocking, Json};
use crate::limits::ASSIGNMENTS_MAX;
use crate::operation::Operation;
use crate::problem::{Problem, quote};
use crate::resources::shaped::{Shaped, without_nulls};
use crate::spelling::{ALL, Spelling, V3};

const SPOKEN: Spelling = ALL.without(V3);
const PATH: &str = "/sources/{id}/correlation-config";
const MATCH_MODES: [&str; 3] = ["ANYWHERE", "START", "END"];

/// A correlation configuration; this type only describes.
#[expect(dead_code, reason = "only the description is used")]
#[derive(JsonSchema)]
#[schemars(rename = "CorrelationConfig", rename_all = "camelCase")]
struct ConfigShape {
    /// Its id.
    id: Option<String>,
    /// Its name.
    name: Option<String>,
    /// Pairs tried in order; the first that matches wins.
    attribute_assignments: Option<Vec<AssignmentShape>>,
}

/// An identity attribute and the account attribute that must equal it.
#[expect(dead_code, reason = "only the description is used")]
#[derive(JsonSchema)]
#[schemars(rename = "CorrelationAssignment", rename_all = "camelCase")]
struct AssignmentShape {
    /// The identity attribute.
    property: String,
    /// The account attribute.
    value: String,
    /// Always `EQ`.
    operation: Option<String>,
    /// Kept and not used.
    complex: Option<bool>,
    /// Whether case is ignored; it is, where this is left out.
    ignore_case: Option<bool>,
    /// Kept and not used.
    match_mode: Option<String>,
    /// Kept and not used.
    filter_string: Option<String>,
}

type Shown = Shaped<ConfigShape>;

/// Its two operations.
pub(crate) static OPERATIONS: &[Operation] = &[
    of(Operation::get(PATH, "getCorrelationConfig"), READ)
        .title(TAG, "How accounts of a source find their identities")
        .runs(&Blocking(get)),
    of(Operation::put(PATH, "putCorrelationConfig"), MANAGE)
        .title(
            TAG,
            "Replace how accounts of a source find their identities",
        )
        .runs(&Blocking(put)),
];

const fn of(operation: Operation, guard: Guard) -> Operation {
    operation.spoken(SPOKEN).guard(guard)
}

fn get(call: &Call, (): ()) -> Result<Json<Shown>, Problem> {
    let source = call.org().read(|tx| find(call.id(), tx, call))?;
    Ok(Json(show(&source.correlation)?.into()))
}

fn put(call: &Call, Json(body): Json<Shown>) -> Result<Json<Shown>, Problem> {
    let next: CorrelationConfig = json::read_value(without_nulls(body.0))?;
    let shown = call.org().write(|tx| {
        let mut source = find(call.id(), tx, call)?;
        let next = complete(next, &source)?;
        let before = show(&source.correlation)?;
        let after = show(&next)?;
        if before == after {
            return Ok(after);
        }
        source.correlation = next;
        let id = source.correlation.id.clone();
        let trace = Trace {
            action: "update",
            kind: "correlation-config",
            id: &id,
            before: Some(&before),
            after: Some(&after),
        };
        change::save(source, trace, tx, call)?;
        Ok::<Value, Problem>(after)
    })?;
    Ok(Json(shown.into()))
}

/// The configuration as it is to be stored: its id stays, its name may be left out.
fn complete(mut next: CorrelationConfig, source: &Source) -> Result<CorrelationConfig, Problem> {
    let was = &source.correlation;
    if !next.id.is_empty() && next.id != was.id {
        return Err(Problem::illegal_update(
            "id cannot be changed; leave it out or send the value it has.",
        ));
    }
    next.id.clone_from(&was.id);
    if next.name.trim().is_empty() {
        next.name.clone_from(&was.name);
    }
    if next.attribute_assignments.len() > ASSIGNMENTS_MAX {
        return Err(Problem::limit(format!(
            "attributeAssignments has more than {ASSIGNMENTS_MAX} entries."
        )));
    }
    for (at, pair) in next.attribute_assignments.iter().enumerate() {
        let place = |member: &str| format!("attributeAssignments[{at}].{member}");
        if pair.property.trim().is_empty() {
            return Err(Problem::required(format!(
                "{} is empty; name an identity attribute.",
                place("property")
            )));
        }
        if pair.operation != "EQ" {
            return Err(Problem::illegal_value(format!(
                "{}: \"{}\" is not supported; use EQ.",
                place("operation"),
                quote(&pair.operation)
            )));
        }
        if let Some(mode) = &pair.match_mode
            && !MATCH_MODES.contains(&mode.as_str())
        {
            return Err(Problem::illegal_value(format!(
                "{}: use one of {}.",
                place("matchMode"),
                MATCH_MODES.join(", ")
            )));
        }
        let schema = source.account_schema();
        if schema.is_some_and(|schema| schema.attribute(&pair.value).is_none()) {
            return Err(Problem::illegal_value(format!(
                "{}: the account schema has no attribute \"{}\".",
                place("value"),
                quote(&pair.value)
            )));
        }
    }
    Ok(next)
}

fn show(config: &CorrelationConfig) -> Result<Value, Problem> {
    let assignments = serde_json::to_value(&config.attribute_assignments)
        .map_err(|error| Problem::hidden(&error))?;
    Ok(json!({
        "id": config.id,
        "name": config.name,
        "attributeAssignments": without_nulls(assignments),
    }))
}
