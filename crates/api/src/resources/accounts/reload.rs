//! Reading one account again (aggregation-refresh.md §1.4). The only place that a delimited source can be
//! read from again is its last complete file.

use muster_model::Reading;
use muster_model::handover::{RELOAD, Reload};

use super::list::find;
use super::shape::AsyncResult;
use super::show::Around;
use super::values;
use crate::call::{Call, Trace};
use crate::handler::Json;
use crate::problem::Problem;
use crate::resources::tasks::begin::{NewRun, add_job, begin};

/// `POST /accounts/{id}/reload`
pub(super) fn reload(call: &Call, (): ()) -> Result<Json<AsyncResult>, Problem> {
    let task = call.org().write(|tx| {
        let around = Around::load(tx)?;
        let listed = find(call.id(), &around, tx, call)?;
        let source = around.source(&listed);
        values::schema(source)?;
        let account = &listed.account;
        let reading = tx
            .typed::<Reading>()
            .get(&account.source_id.to_string())?
            .unwrap_or_default();
        if reading.accounts.is_none() {
            return Err(Problem::precondition(
                "No file of the account's source is kept, so there is nothing to read it from; load \
                 the source's accounts.",
            ));
        }
        let run = NewRun {
            kind: "ACCOUNT_RELOAD",
            name: "Account Reload",
            source,
            optimized: false,
        };
        let task = begin(&run, tx, call)?;
        let order = Reload {
            task: task.id,
            source: account.source_id,
            account: account.id,
        };
        add_job(RELOAD, &order, tx, call)?;
        let id = account.id.to_string();
        let trace = Trace {
            action: "reload",
            kind: "account",
            id: &id,
            before: None,
            after: None,
        };
        call.audit(tx, trace)?;
        Ok::<_, Problem>(task)
    })?;
    Ok(Json(AsyncResult::from(&task)))
}
