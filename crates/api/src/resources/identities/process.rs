//! Has identities refreshed that a caller names (aggregation-refresh.md §4.4).

use muster_model::handover::{REFRESH, Refresh, SETTLE, Settle};
use muster_model::id::IdentityId;
use muster_model::{Report, Severity};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::call::{Call, Trace};
use crate::handler::Json;
use crate::problem::{Problem, quote};
use crate::resources::identity_tasks::{TaskReference, add_job, start};

/// Identities that one call may name (aggregation-refresh.md §4.4).
const IDENTITIES_MAX: usize = 250;

/// Who is to be refreshed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProcessRequest {
    /// 1 to 250 ids.
    identity_ids: Vec<String>,
}

/// Answers identities/process. An id that nobody has is told of in the run's messages: people come
/// and go between a list and this call.
pub(super) fn process(
    call: &Call,
    Json(request): Json<ProcessRequest>,
) -> Result<Json<TaskReference>, Problem> {
    let count = request.identity_ids.len();
    if count == 0 {
        return Err(Problem::required(
            "identityIds is empty; name 1 to 250 identities.",
        ));
    }
    if count > IDENTITIES_MAX {
        return Err(Problem::limit(format!(
            "identityIds has {count} ids; name at most {IDENTITIES_MAX} and the others in further \
             calls."
        )));
    }
    let ids = request
        .identity_ids
        .iter()
        .enumerate()
        .map(|(at, id)| read(at, id))
        .collect::<Result<Vec<_>, _>>()?;
    call.org().write(|tx| {
        let found = tx.identities().names(&ids)?;
        let mut report = Report {
            about: format!("{count} identities"),
            ..Report::default()
        };
        let mut identities = Vec::with_capacity(ids.len());
        for (id, found) in ids.into_iter().zip(found) {
            if found.is_some() {
                identities.push(id);
            } else {
                report.say(Severity::Warn, format!("there is no identity {id}"));
            }
        }
        report.identities = identities.len() as i64;
        let task = start(report, "Identity Refresh", tx, call)?;
        let refresh = Refresh {
            task: task.id,
            identities,
            managers_may_come: false,
        };
        add_job(REFRESH, task.id, &refresh, tx, call)?;
        add_job(SETTLE, task.id, &Settle { task: task.id }, tx, call)?;
        let id = task.id.to_string();
        let trace = Trace {
            action: "process-identities",
            kind: "task",
            id: &id,
            before: None,
            after: None,
        };
        call.audit(tx, trace)?;
        Ok(Json(TaskReference::from(&task)))
    })
}

fn read(at: usize, id: &str) -> Result<IdentityId, Problem> {
    id.parse().map_err(|_| {
        Problem::illegal_value(format!(
            "identityIds[{at}]: \"{}\" is no id of an identity; it has 32 hexadecimal digits.",
            quote(id)
        ))
    })
}
