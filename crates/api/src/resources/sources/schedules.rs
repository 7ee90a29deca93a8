//! Schedules of a source: when its accounts or entitlements are read without anybody calling
//! (aggregation-refresh.md §1.4). A delimited source is read from its last complete file again.

use muster_model::Source;
use muster_model::handover::{START_SCHEDULED, ScheduleType, StartScheduled};
use muster_query::PatchRules;
use muster_store::{Schedule, Tx};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rights::{MANAGE, READ};
use super::{TAG, find};
use crate::call::{Call, Trace};
use crate::extract::json;
use crate::extract::patch::PatchBody;
use crate::handler::{Blocking, Json, Rows};
use crate::operation::Operation;
use crate::problem::{Problem, quote};
use crate::resources::settings::of_org;
use crate::spelling::{DATED, Spelling, V1};

const SPOKEN: Spelling = DATED.and(V1);
const MANY: &str = "/sources/{sourceId}/schedules";
const ONE: &str = "/sources/{sourceId}/schedules/{scheduleType}";

const TYPES: [ScheduleType; 2] = [
    ScheduleType::AccountAggregation,
    ScheduleType::GroupAggregation,
];

/// The operations.
pub(crate) static OPERATIONS: &[Operation] = &[
    Operation::get(MANY, "getSourceSchedules")
        .title(TAG, "List the schedules of a source")
        .spoken(SPOKEN)
        .guard(READ)
        .runs(&Blocking(list)),
    Operation::post(MANY, "createSourceSchedule")
        .title(TAG, "Create a schedule of a source")
        .spoken(SPOKEN)
        .guard(MANAGE)
        .runs(&Blocking(create))
        .answers(201),
    Operation::get(ONE, "getSourceSchedule")
        .title(TAG, "Get a schedule of a source by type")
        .spoken(SPOKEN)
        .guard(READ)
        .runs(&Blocking(get)),
    Operation::patch(ONE, "updateSourceSchedule")
        .title(TAG, "Change a schedule of a source")
        .spoken(SPOKEN)
        .guard(MANAGE)
        .runs(&Blocking(patch)),
    Operation::delete(ONE, "deleteSourceSchedule")
        .title(TAG, "Delete a schedule of a source")
        .spoken(SPOKEN)
        .guard(MANAGE)
        .runs(&Blocking(delete)),
];

/// A schedule on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SourceSchedule")]
struct Shown {
    /// `ACCOUNT_AGGREGATION` or `GROUP_AGGREGATION`.
    #[serde(rename = "type")]
    #[schemars(with = "String")]
    kind: ScheduleType,
    /// A Quartz expression of six or seven fields, in the org's time zone; weekdays count from
    /// Sunday = 1.
    cron_expression: String,
}

fn list(call: &Call, (): ()) -> Result<Rows<Shown>, Problem> {
    call.org().read(|tx| {
        let source = find(call.parameter("sourceId"), tx, call)?;
        let mut items = Vec::new();
        for kind in TYPES {
            items.extend(stored(&source, kind, tx)?);
        }
        Ok(Rows { items, total: None })
    })
}

fn create(call: &Call, Json(next): Json<Shown>) -> Result<Json<Shown>, Problem> {
    call.org().write(|tx| {
        let source = find(call.parameter("sourceId"), tx, call)?;
        if let Some(known) = stored(&source, next.kind, tx)? {
            return Err(Problem::reference_conflict(format!(
                "The source has a schedule of this type already ({}); change it with PATCH.",
                known.cron_expression
            )));
        }
        set(&source, None, &next, tx, call)?;
        Ok(Json(next))
    })
}

fn get(call: &Call, (): ()) -> Result<Json<Shown>, Problem> {
    call.org().read(|tx| {
        let source = find(call.parameter("sourceId"), tx, call)?;
        named(&source, tx, call).map(Json)
    })
}

fn patch(call: &Call, patch: PatchBody) -> Result<Json<Shown>, Problem> {
    call.org().write(|tx| {
        let source = find(call.parameter("sourceId"), tx, call)?;
        let was = named(&source, tx, call)?;
        let rules = PatchRules::new(&["cronExpression"]);
        let next: Shown = json::read_value(patch.apply(&wire(&was)?, rules)?)?;
        set(&source, Some(&was), &next, tx, call)?;
        Ok(Json(next))
    })
}

fn delete(call: &Call, (): ()) -> Result<(), Problem> {
    call.org().write(|tx| {
        let source = find(call.parameter("sourceId"), tx, call)?;
        let was = named(&source, tx, call)?;
        tx.schedules().remove(&name(&source.id, was.kind))?;
        audit(&source, Some(&was), None, tx, call)
    })
}

/// Removes the schedules of a source that is deleted.
pub(super) fn forget(source: &str, tx: &mut Tx<'_>) -> Result<(), Problem> {
    for kind in TYPES {
        tx.schedules().remove(&name(source, kind))?;
    }
    Ok(())
}

fn set(
    source: &Source,
    was: Option<&Shown>,
    next: &Shown,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<(), Problem> {
    let zone = of_org(tx)?.time_zone;
    let at = muster_work::next_time(&next.cron_expression, &zone, call.now())
        .map_err(|error| Problem::illegal_value(format!("cronExpression: {error}.")))?;
    let body = StartScheduled {
        source: source.source_id(),
        what: next.kind,
    };
    tx.schedules().put(&Schedule {
        name: name(&source.id, next.kind),
        kind: START_SCHEDULED.to_owned(),
        body: serde_json::to_string(&body).map_err(|error| Problem::hidden(&error))?,
        cron: next.cron_expression.clone(),
        zone,
        next: at,
    })?;
    audit(source, was, Some(next), tx, call)
}

fn stored(source: &Source, kind: ScheduleType, tx: &mut Tx<'_>) -> Result<Option<Shown>, Problem> {
    let name = name(&source.id, kind);
    let all = tx.schedules().list()?;
    let found = all.into_iter().find(|schedule| schedule.name == name);
    Ok(found.map(|schedule| Shown {
        kind,
        cron_expression: schedule.cron,
    }))
}

/// The schedule that the path names.
fn named(source: &Source, tx: &mut Tx<'_>, call: &Call) -> Result<Shown, Problem> {
    let written = call.parameter("scheduleType");
    let kind: Option<ScheduleType> = serde_json::from_value(Value::from(written)).ok();
    let found = match kind {
        Some(kind) => stored(source, kind, tx)?,
        None => None,
    };
    found.ok_or_else(|| {
        Problem::not_found(format!(
            "The source {} has no schedule of the type \"{}\".",
            source.name,
            quote(written)
        ))
    })
}

fn name(source: &str, kind: ScheduleType) -> String {
    match kind {
        ScheduleType::AccountAggregation => format!("source:{source}:accounts"),
        ScheduleType::GroupAggregation => format!("source:{source}:entitlements"),
    }
}

fn wire(shown: &Shown) -> Result<Value, Problem> {
    serde_json::to_value(shown).map_err(|error| Problem::hidden(&error))
}

fn audit(
    source: &Source,
    before: Option<&Shown>,
    after: Option<&Shown>,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<(), Problem> {
    let (before, after) = (before.map(wire).transpose()?, after.map(wire).transpose()?);
    let trace = Trace {
        action: "update",
        kind: "source-schedule",
        id: &source.id,
        before: before.as_ref(),
        after: after.as_ref(),
    };
    call.audit(tx, trace)
}
