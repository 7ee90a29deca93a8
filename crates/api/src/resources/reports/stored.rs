//! Finding a report again: the run that asked for it, or the profile that names it.

use muster_model::IdentityProfile;
use muster_store::{Task, Tx};
use serde_json::{Map, Value, json};

use super::exceptions;
use super::wanted::Wanted;
use crate::call::Call;
use crate::problem::{Problem, quote};

/// What kind of run a report is, as the wire's `type` filter knows it.
pub(super) const KIND: &str = "REPORT";
/// How a cancelled one ended.
pub(super) const WITHDRAWN: &str = "TERMINATED";

/// A report that can be downloaded, or could be until it was cancelled.
pub(super) struct Stored {
    /// What it is on.
    pub(super) wanted: Wanted,
    /// The run that asked for it; none for one that a profile names.
    pub(super) run: Option<Task>,
}

impl Stored {
    /// Whether it was cancelled.
    pub(super) fn is_withdrawn(&self) -> bool {
        let end = self.run.as_ref().map(|run| &run.completion_status);
        end.is_some_and(|end| end.as_deref() == Some(WITHDRAWN))
    }
}

/// The report that the path names.
pub(super) fn find(tx: &mut Tx<'_>, call: &Call) -> Result<Stored, Problem> {
    if let Some((run, wanted)) = find_run(call.id(), tx)? {
        let run = Some(run);
        return Ok(Stored { wanted, run });
    }
    let profiles = tx.typed::<IdentityProfile>().list()?;
    let named = profiles
        .into_iter()
        .find(|profile| exceptions::id(&profile.id) == call.id())
        .and_then(|profile| profile.authoritative_source.id.parse().ok())
        .ok_or_else(|| {
            unknown(
                call.id(),
                "reports/run answers one, and the identityExceptionReportReference of an identity \
                 profile names one",
            )
        })?;
    Ok(Stored {
        wanted: Wanted::Exceptions(named),
        run: None,
    })
}

/// The run of a report, and what it asked for.
pub(super) fn find_run(id: &str, tx: &mut Tx<'_>) -> Result<Option<(Task, Wanted)>, Problem> {
    let Ok(id) = id.parse() else {
        return Ok(None);
    };
    let run = tx.tasks().get(id)?.filter(|task| task.kind == KIND);
    run.map(|run| read(&run).map(|wanted| (run, wanted)))
        .transpose()
}

/// A 404 that says where ids come from.
pub(super) fn unknown(id: &str, remedy: &str) -> Problem {
    Problem::not_found(format!(
        "There is no report with the id \"{}\"; {remedy}.",
        quote(id)
    ))
}

/// What is kept of a report, in the words of the call that ran it.
pub(super) fn write(wanted: Wanted) -> Value {
    json!({ "reportType": wanted.kind(), "arguments": wanted.arguments() })
}

fn read(run: &Task) -> Result<Wanted, Problem> {
    let asked = run.report.asked.as_ref();
    let kind = asked.and_then(|asked| asked["reportType"].as_str());
    let arguments = asked.and_then(|asked| asked["arguments"].as_object());
    let nothing = Map::new();
    Wanted::read(kind.unwrap_or_default(), arguments.unwrap_or(&nothing))
}
