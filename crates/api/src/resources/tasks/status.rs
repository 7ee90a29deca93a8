//! The list of runs, one run, and putting an end to one that hangs.

use std::str::FromStr;

use muster_model::{Severity, Source, Timestamp};
use muster_store::{Selection, Task, Tx};
use serde_json::{Value, json};

use super::aggregation::task_id;
use super::shape::TaskShape;
use super::{PATCHABLE, words};
use crate::call::{Call, Trace};
use crate::extract::patch::PatchBody;
use crate::handler::{Json, Rows};
use crate::limits::TASK_HISTORY_MILLIS;
use crate::problem::{Problem, quote};
use crate::resources::shaped::Shaped;
use crate::resources::sources::own;

type Shown = Shaped<TaskShape>;

/// What a caller may write as the end of a run.
const ENDS: [&str; 5] = ["SUCCESS", "WARNING", "ERROR", "TERMINATED", "TEMPERROR"];

/// `GET /task-status`
pub(super) fn list(call: &Call, (): ()) -> Result<Rows<Shown>, Problem> {
    let view = call.view()?;
    let selection = Selection {
        condition: view
            .filter
            .as_ref()
            .map(|filter| filter.to_sql(1))
            .transpose()?,
        order: if view.sort.is_empty() {
            "created DESC, id DESC".to_owned()
        } else {
            view.sort.to_sql("id")?
        },
        limit: view.page.limit,
        offset: view.page.offset,
    };
    let since = call.now().plus_millis(-TASK_HISTORY_MILLIS);
    let (tasks, total) = call.org().read(|tx| {
        let tasks = tx.tasks().list(since, &selection)?;
        let total = if view.page.count {
            Some(tx.tasks().count(since, &selection)?)
        } else {
            None
        };
        Ok::<_, Problem>((tasks, total))
    })?;
    Ok(Rows {
        items: tasks.iter().map(|task| Shown::from(show(task))).collect(),
        total,
    })
}

/// `GET /task-status/{id}`
pub(super) fn get(call: &Call, (): ()) -> Result<Json<Shown>, Problem> {
    let task = call.org().read(|tx| find(call.id(), tx))?;
    Ok(Json(show(&task).into()))
}

/// `PATCH /task-status/{id}`
pub(super) fn patch(call: &Call, patch: PatchBody) -> Result<Json<Shown>, Problem> {
    let shown = call.org().write(|tx| {
        let mut task = find(call.id(), tx)?;
        let before = show(&task);
        let next = patch.apply(&before, PATCHABLE)?;
        if next == before {
            return Ok(before);
        }
        if task.completion_status.is_some() {
            return Err(has_ended());
        }
        let status = next["completionStatus"].as_str();
        let Some(status) = status.filter(|status| ENDS.contains(status)) else {
            return Err(Problem::illegal_value(format!(
                "completionStatus: use one of {}.",
                ENDS.join(", ")
            )));
        };
        own::check_source(task.source_id, tx, call)?;
        refuse_half_a_deletion(&task, tx)?;
        task.completion_status = Some(status.to_owned());
        task.completed = Some(completed(&next, call)?);
        task.modified = call.now();
        let text = format!("the run was put to an end by {}", call.actor());
        task.report.say(Severity::Warn, text);
        if !tx.tasks().stop(&task)? {
            return Err(has_ended());
        }
        let after = show(&task);
        let id = task.id.to_string();
        let trace = Trace {
            action: "update",
            kind: "task",
            id: &id,
            before: Some(&before),
            after: Some(&after),
        };
        call.audit(tx, trace)?;
        Ok(after)
    })?;
    Ok(Json(shown.into()))
}

fn has_ended() -> Problem {
    Problem::illegal_update("This run has ended; only one that goes on can be put to an end.")
}

/// What belongs to a source that is gone must go too.
fn refuse_half_a_deletion(task: &Task, tx: &mut Tx<'_>) -> Result<(), Problem> {
    let Some(source) = task.source_id else {
        return Ok(());
    };
    if tx.typed::<Source>().get(&source.to_string())?.is_none() {
        return Err(Problem::illegal_update(
            "The source of this run is deleted, and its accounts must follow; let the run end.",
        ));
    }
    Ok(())
}

fn completed(next: &Value, call: &Call) -> Result<Timestamp, Problem> {
    match next["completed"].as_str() {
        None => Ok(call.now()),
        Some(text) => Timestamp::from_str(text).map_err(|_| {
            Problem::illegal_value("completed: write a moment such as 2026-01-31T08:00:00Z.")
        }),
    }
}

/// The run with that id; a 404 where there is none.
pub(super) fn find(id: &str, tx: &mut Tx<'_>) -> Result<Task, Problem> {
    let task = tx.tasks().get(task_id(id)?)?;
    task.ok_or_else(|| nobody(id))
}

pub(super) fn nobody(id: &str) -> Problem {
    Problem::not_found(format!("There is no run with the id \"{}\".", quote(id)))
}

fn show(task: &Task) -> Value {
    let id = task.id.to_string();
    let name = &task.report.name;
    let description = words::description(task);
    let target = task.source_id.map(|source| {
        json!({ "id": source.to_string(), "type": "APPLICATION", "name": task.report.about })
    });
    let messages: Vec<Value> = task.report.messages.iter().map(message).collect();
    let returns: Vec<Value> = words::RETURNS
        .iter()
        .map(|(label, attribute)| json!({ "name": label, "attributeName": attribute }))
        .collect();
    let asked = task.report.asked.as_ref();
    let arguments = asked.map_or_else(|| json!({}), |asked| asked["arguments"].clone());
    let (done, of) = words::progress(task);
    let percent = match task.completed {
        Some(_) => 100,
        None if of == 0 => 0,
        None => (done * 100 / of).min(99),
    };
    json!({
        "id": id,
        "type": "QUARTZ",
        "uniqueName": name,
        "description": description,
        "parentName": null,
        "launcher": task.launcher,
        "target": target,
        "created": task.created,
        "modified": task.modified,
        "launched": task.report.started,
        "completed": task.completed,
        "completionStatus": task.completion_status,
        "messages": messages,
        "returns": returns,
        "attributes": attributes(task),
        "progress": task.completed.is_none().then(|| format!("{done} of {of}")),
        "percentComplete": percent,
        // The official Python client refuses a null parentName here (api-surface.md §0.6).
        "taskDefinitionSummary": {
            "id": id,
            "uniqueName": name,
            "description": description,
            "parentName": name,
            "executor": "muster",
            "arguments": arguments,
        },
    })
}

fn message(message: &muster_model::report::Message) -> Value {
    json!({
        "type": words::severity(message.severity),
        "localizedText": { "locale": "en-US", "message": message.text },
        "key": message.text,
        "parameters": [],
    })
}

fn attributes(task: &Task) -> Value {
    let report = &task.report;
    json!({
        "appId": task.source_id.map(|source| source.to_string()),
        "applications": report.about,
        "optimizedAggregation": words::optimization(task),
        "total": report.scanned,
        "optimized": report.unchanged,
        "created": report.added,
        "updated": report.changed,
        "deleted": report.deleted,
        "ignored": report.rejected,
        "identities": task.refreshed.identities,
        "identitiesCreated": task.refreshed.created,
        "identitiesChanged": task.refreshed.changed,
        "deletionHeld": report.deletion_held,
        "messagesDropped": report.messages_dropped,
        "type": task.kind,
    })
}
