//! What runs of a source did not do because it was too much, and what an administrator says to it; and
//! how much a run may change (aggregation-refresh.md §1.6, §7). Muster's own.

use muster_aggregation::hold::forget;
use muster_model::handover::{AGGREGATE, Aggregate, RELEASE, Release};
use muster_model::id::{AccountId, IdentityId, TaskId};
use muster_model::{HeldKind, Hold, Reading, Timestamp};
use muster_store::{Account, Tx};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::rights::{MANAGE, READ};
use super::{TAG, find};
use crate::call::{Call, Trace};
use crate::handler::{Blocking, Json, Rows};
use crate::listing::PAGED;
use crate::operation::Operation;
use crate::problem::{Problem, quote};
use crate::resources::tasks::begin::{NewRun, add_job, begin};
use crate::resources::tasks::reference::{TaskReference, reference};

const HOLDS: &str = "/muster/v1/sources/{id}/holds";
const THRESHOLD: &str = "/muster/v1/sources/{id}/change-threshold";

/// The operations.
pub(crate) static OPERATIONS: &[Operation] = &[
    Operation::get(HOLDS, "listSourceHolds")
        .title(TAG, "What runs of a source hold back for an administrator")
        .guard(READ)
        .runs(&Blocking(list)),
    Operation::get(
        "/muster/v1/sources/{id}/held-deletions",
        "listHeldDeletions",
    )
    .title(
        TAG,
        "The accounts that a run found missing and did not delete",
    )
    .guard(READ)
    .lists(&PAGED)
    .runs(&Blocking(accounts)),
    Operation::post(
        "/muster/v1/sources/{id}/holds/{holdId}/release",
        "releaseSourceHold",
    )
    .title(TAG, "Do what a run held back")
    .guard(MANAGE)
    .runs(&Blocking(release))
    .answers(202),
    Operation::post(
        "/muster/v1/sources/{id}/holds/{holdId}/discard",
        "discardSourceHold",
    )
    .title(TAG, "Forget what a run held back")
    .guard(MANAGE)
    .runs(&Blocking(discard)),
    Operation::get(THRESHOLD, "getChangeThreshold")
        .title(TAG, "How many accounts a run of a source may change")
        .guard(READ)
        .runs(&Blocking(threshold)),
    Operation::put(THRESHOLD, "putChangeThreshold")
        .title(TAG, "Set how many accounts a run of a source may change")
        .guard(MANAGE)
        .runs(&Blocking(set_threshold)),
];

/// Something that a run did not do.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SourceHold")]
struct HoldShown {
    /// Its id, which is the run's: `task-status/{id}` tells more.
    id: String,
    /// `DELETIONS` of accounts that the file lacks, or all `CHANGES` of a file.
    #[serde(rename = "type")]
    #[schemars(with = "String")]
    kind: HeldKind,
    /// Why.
    reason: String,
    /// How many accounts it is about now.
    count: i64,
    /// When the run stopped there.
    #[schemars(with = "String")]
    held: Timestamp,
}

/// An account whose deletion is held.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "HeldDeletion")]
struct HeldAccount {
    /// The run that found it missing.
    hold_id: String,
    /// The account.
    #[schemars(with = "String")]
    account_id: AccountId,
    /// Its name.
    name: String,
    /// Its key on the source.
    native_identity: String,
    /// Whose it is.
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    identity_id: Option<IdentityId>,
}

/// What an administrator has looked at.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
struct Approval {
    /// The number of accounts as the list of holds showed it; another number now is a refusal.
    count: i64,
}

/// How many accounts a run may change.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ChangeThreshold {
    /// Percent of the accounts there were, from 0 to 100; none means any number.
    #[serde(default)]
    change_threshold: Option<i64>,
}

fn list(call: &Call, (): ()) -> Result<Rows<HoldShown>, Problem> {
    call.org().read(|tx| {
        let source = find(call.parameter("id"), tx, call)?;
        let mut items = Vec::new();
        for hold in tx.typed::<Hold>().list()? {
            if hold.source_id == source.id {
                items.push(HoldShown {
                    count: count(&hold, tx)?,
                    id: hold.id,
                    kind: hold.kind,
                    reason: hold.reason,
                    held: hold.held,
                });
            }
        }
        Ok(Rows { items, total: None })
    })
}

fn accounts(call: &Call, (): ()) -> Result<Rows<HeldAccount>, Problem> {
    let page = call.view()?.page;
    call.org().read(|tx| {
        let source = find(call.parameter("id"), tx, call)?;
        let holds = tx.typed::<Hold>().list()?;
        let mut of_source = holds
            .into_iter()
            .filter(|hold| hold.source_id == source.id && hold.kind == HeldKind::Deletions);
        // A later run takes an earlier one's place, so there is one at most.
        let Some(hold) = of_source.next() else {
            return Ok(Rows {
                items: Vec::new(),
                total: page.count.then_some(0),
            });
        };
        let id = task_id(&hold)?;
        let held = tx.held_accounts().page(id, page.limit, page.offset)?;
        let total = if page.count {
            Some(tx.held_accounts().count(id)?.unsigned_abs())
        } else {
            None
        };
        let shown = |account: Account| HeldAccount {
            hold_id: hold.id.clone(),
            account_id: account.id,
            name: account.name,
            native_identity: account.native_identity,
            identity_id: account.identity_id,
        };
        Ok(Rows {
            items: held.into_iter().map(shown).collect(),
            total,
        })
    })
}

fn release(call: &Call, Json(approval): Json<Approval>) -> Result<Json<TaskReference>, Problem> {
    call.org().write(|tx| {
        let source = find(call.parameter("id"), tx, call)?;
        let hold = named(tx, call)?;
        let now = count(&hold, tx)?;
        if approval.count != now {
            return Err(Problem::conflict(format!(
                "count: {now} accounts are held, not {}; look at them again and send {now}.",
                approval.count
            )));
        }
        let run = NewRun {
            kind: match hold.kind {
                HeldKind::Deletions => "ACCOUNT_DELETION",
                HeldKind::Changes => "CLOUD_ACCOUNT_AGGREGATION",
            },
            name: match hold.kind {
                HeldKind::Deletions => "Release of Held Deletions",
                HeldKind::Changes => "Cloud Account Aggregation",
            },
            source: Some(&source),
            optimized: true,
        };
        let task = begin(&run, tx, call)?;
        match hold.kind {
            HeldKind::Deletions => {
                let order = Release {
                    task: task.id,
                    source: source.source_id(),
                    hold: task_id(&hold)?,
                };
                add_job(RELEASE, &order, tx, call)?;
            }
            HeldKind::Changes => {
                let order = Aggregate {
                    task: task.id,
                    source: source.source_id(),
                    upload: hold.upload.clone(),
                    optimized: true,
                    approved_changes: Some(hold.count),
                };
                // The file is the run's now.
                tx.typed::<Hold>().delete(&hold.id)?;
                add_job(AGGREGATE, &order, tx, call)?;
            }
        }
        audit("release", &hold, tx, call)?;
        Ok(Json(reference(&task)))
    })
}

fn discard(call: &Call, (): ()) -> Result<(), Problem> {
    call.org().write(|tx| {
        find(call.parameter("id"), tx, call)?;
        let hold = named(tx, call)?;
        forget(tx, &hold)?;
        audit("discard", &hold, tx, call)
    })
}

fn threshold(call: &Call, (): ()) -> Result<Json<ChangeThreshold>, Problem> {
    call.org().read(|tx| {
        let source = find(call.parameter("id"), tx, call)?;
        let reading = tx.typed::<Reading>().get(&source.id)?.unwrap_or_default();
        Ok(Json(ChangeThreshold {
            change_threshold: reading.change_threshold,
        }))
    })
}

fn set_threshold(
    call: &Call,
    Json(next): Json<ChangeThreshold>,
) -> Result<Json<ChangeThreshold>, Problem> {
    if next
        .change_threshold
        .is_some_and(|percent| !(0..=100).contains(&percent))
    {
        return Err(Problem::illegal_value(
            "changeThreshold: write a whole number from 0 to 100, or null for no threshold.",
        ));
    }
    call.org().write(|tx| {
        let source = find(call.parameter("id"), tx, call)?;
        let mut reading = tx.typed::<Reading>().get(&source.id)?.unwrap_or_default();
        let before = json!({ "changeThreshold": reading.change_threshold });
        let after = json!({ "changeThreshold": next.change_threshold });
        reading.source_id.clone_from(&source.id);
        reading.change_threshold = next.change_threshold;
        tx.typed::<Reading>().put(&reading, call.now())?;
        let trace = Trace {
            action: "update",
            kind: "change-threshold",
            id: &source.id,
            before: Some(&before),
            after: Some(&after),
        };
        call.audit(tx, trace)?;
        Ok(Json(next))
    })
}

/// The hold that the path names.
fn named(tx: &mut Tx<'_>, call: &Call) -> Result<Hold, Problem> {
    let id = call.parameter("holdId");
    let hold = tx.typed::<Hold>().get(id)?;
    hold.filter(|hold| hold.source_id == call.parameter("id"))
        .ok_or_else(|| {
            Problem::not_found(format!(
                "The source holds nothing back under the id \"{}\"; a later run may have taken its \
                 place.",
                quote(id)
            ))
        })
}

/// How many accounts a hold is about now: some may have gone since.
fn count(hold: &Hold, tx: &mut Tx<'_>) -> Result<i64, Problem> {
    match hold.kind {
        HeldKind::Deletions => Ok(tx.held_accounts().count(task_id(hold)?)?),
        HeldKind::Changes => Ok(hold.count),
    }
}

fn task_id(hold: &Hold) -> Result<TaskId, Problem> {
    hold.id.parse().map_err(|error| Problem::hidden(&error))
}

fn audit(action: &str, hold: &Hold, tx: &mut Tx<'_>, call: &Call) -> Result<(), Problem> {
    let before = json!({ "type": hold.kind, "count": hold.count, "reason": hold.reason });
    let trace = Trace {
        action,
        kind: "hold",
        id: &hold.id,
        before: Some(&before),
        after: None,
    };
    call.audit(tx, trace)
}
