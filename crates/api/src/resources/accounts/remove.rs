//! Forgetting accounts; the system behind the source is not touched, and the next aggregation may
//! bring them back (aggregation-refresh.md §2).

use muster_aggregation::ByCall;
use muster_store::Task;

use super::change::{append, audited};
use super::list::find;
use super::shape::AsyncResult;
use super::show::Around;
use super::values;
use crate::call::{Call, Trace};
use crate::handler::Json;
use crate::problem::Problem;
use crate::resources::tasks::begin::{NewRun, begin, refresh};
use crate::resources::tasks::reference::{TaskReference, reference};

/// Which accounts may be forgotten.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    OfDelimitedSources,
    Any,
}

/// `DELETE /accounts/{id}`
pub(super) fn delete(call: &Call, (): ()) -> Result<Json<AsyncResult>, Problem> {
    let task = forget(Which::OfDelimitedSources, call)?;
    Ok(Json(AsyncResult::from(&task)))
}

/// `POST /accounts/{id}/remove`
pub(super) fn remove(call: &Call, (): ()) -> Result<Json<TaskReference>, Problem> {
    forget(Which::Any, call).map(|task| Json(reference(&task)))
}

fn forget(which: Which, call: &Call) -> Result<Task, Problem> {
    call.org().write(|tx| {
        let around = Around::load(tx)?;
        let listed = find(call.id(), &around, tx, call)?;
        let source = around.source(&listed);
        if which == Which::OfDelimitedSources {
            values::schema(source)?;
        }
        let account = &listed.account;
        let run = NewRun {
            kind: "ACCOUNT_DELETION",
            name: "Account Deletion",
            source,
            optimized: false,
        };
        let mut task = begin(&run, tx, call)?;
        task.report.removed = 1;
        task.report.deleted = 1;
        tx.tasks().put(&task)?;
        let cause = task.id.to_string();
        let (identities, told) = if let Some(source) = source {
            let by_call = ByCall {
                source,
                cause: &cause,
                now: call.now(),
            };
            by_call.forget(tx, account)?
        } else {
            // The source itself was deleted, and that was told.
            tx.accounts().delete(&[account.id])?;
            (account.identity_id.into_iter().collect(), Vec::new())
        };
        refresh(&task, identities, tx, call)?;
        let id = account.id.to_string();
        let before = audited(account);
        let trace = Trace {
            action: "delete",
            kind: "account",
            id: &id,
            before: Some(&before),
            after: None,
        };
        call.audit(tx, trace)?;
        append(told, tx, call)?;
        Ok(task)
    })
}
