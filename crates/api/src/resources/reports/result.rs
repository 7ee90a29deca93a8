//! What there is to download of a report.

use muster_model::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::stored::{Stored, find};
use super::table::Table;
use super::wanted::FORMATS;
use crate::call::Call;
use crate::handler::Json;
use crate::problem::Problem;

/// What there is to download.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReportResult {
    /// What it reports.
    report_type: &'static str,
    /// Its name.
    task_def_name: &'static str,
    /// Its id.
    id: String,
    /// When it was run; now, for one that nobody needs to run.
    #[schemars(with = "String")]
    created: Timestamp,
    /// `SUCCESS`, or `TERMINATED` once it was cancelled.
    status: &'static str,
    /// How long it took to make, in milliseconds: it is made while it is downloaded.
    duration: u32,
    /// How many lines it would have below its header now.
    rows: i64,
    /// The formats that it can be had in.
    available_formats: &'static [&'static str],
}

/// `GET /reports/{taskResultId}/result`
pub(super) fn result(call: &Call, (): ()) -> Result<Json<ReportResult>, Problem> {
    call.org().read(|tx| {
        let stored = find(tx, call)?;
        let table = Table::of(stored.wanted, tx, call)?;
        let (status, rows) = if stored.is_withdrawn() {
            (super::stored::WITHDRAWN, 0)
        } else {
            ("SUCCESS", table.count(tx)?)
        };
        let Stored { wanted, run } = stored;
        Ok(Json(ReportResult {
            report_type: wanted.kind(),
            task_def_name: wanted.name(),
            id: call.id().to_owned(),
            created: run.map_or_else(|| call.now(), |run| run.created),
            status,
            duration: 0,
            rows,
            available_formats: &FORMATS,
        }))
    })
}
