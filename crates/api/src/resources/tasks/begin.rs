//! Starting a run: its row and its jobs, in the transaction of the call.

use muster_model::handover::{REFRESH, Refresh, SETTLE, Settle, refresh_lane};
use muster_model::id::{IdentityId, TaskId};
use muster_model::{Report, Source};
use muster_store::{Task, Tx};
use serde::Serialize;

use crate::call::Call;
use crate::problem::Problem;

/// A run that a caller starts.
pub(crate) struct NewRun<'a> {
    /// What kind of run, as the wire's `type` filter knows it.
    pub(crate) kind: &'static str,
    /// Its name for people.
    pub(crate) name: &'static str,
    /// The source it is about.
    pub(crate) source: Option<&'a Source>,
    /// Whether unchanged accounts are skipped.
    pub(crate) optimized: bool,
}

/// Writes down that a run begins.
pub(crate) fn begin(run: &NewRun<'_>, tx: &mut Tx<'_>, call: &Call) -> Result<Task, Problem> {
    let now = call.now();
    let id: TaskId = call
        .new_id()
        .parse()
        .map_err(|error| Problem::hidden(&error))?;
    let report = Report {
        name: run.name.to_owned(),
        about: run
            .source
            .map_or_else(String::new, |source| source.name.clone()),
        optimized: run.optimized,
        ..Report::default()
    };
    let task = Task {
        source_id: run.source.map(Source::source_id),
        ..Task::accepted(id, run.kind, &call.actor(), report, now)
    };
    tx.tasks().put(&task)?;
    // From here on the run's id ties together what happens: jobs, events, deliveries.
    tracing::Span::current().record("cause", tracing::field::display(task.id));
    Ok(task)
}

/// Leaves a job for the workers.
pub(crate) fn add_job<T: Serialize>(
    kind: &'static str,
    order: &T,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<(), Problem> {
    add(kind, "", order, tx, call)
}

/// Asks for the refresh of identities; the run ends when it is done.
pub(crate) fn refresh(
    task: &Task,
    identities: Vec<IdentityId>,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<(), Problem> {
    let lane = refresh_lane(task.id);
    if !identities.is_empty() {
        let mut report = task.report.clone();
        report.identities += identities.len() as i64;
        tx.tasks().save_report(task.id, &report, call.now())?;
        let order = Refresh {
            task: task.id,
            identities,
            managers_may_come: false,
        };
        add(REFRESH, &lane, &order, tx, call)?;
    }
    add(SETTLE, &lane, &Settle { task: task.id }, tx, call)
}

fn add<T: Serialize>(
    kind: &'static str,
    lane: &str,
    order: &T,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<(), Problem> {
    tx.jobs().leave(kind, lane, order, call.now())?;
    Ok(())
}
