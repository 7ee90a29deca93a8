//! Reports: run by type and downloaded by the id of the run, or by the id that some other object names.
//!
//! `wanted` is what a report is on, `run` starts and cancels, `stored` finds one again, `result` and
//! `file` serve it; `table` is what each kind of report is written from, a page at a time.

mod accounts;
pub(crate) mod exceptions;
mod file;
mod identities;
mod result;
mod run;
mod stored;
mod table;
mod wanted;

use muster_auth::{Guard, LevelSet, UserLevel};

use crate::handler::Blocking;
use crate::operation::{Operation, QueryParameter};
use crate::spelling::{ALL, BETA, Spelling};

const TAG: &str = "Reports Data Extraction";
const SPOKEN: Spelling = ALL.without(BETA);

/// Who may start reports; the vendor states no user levels for the other operations.
const REPORTERS: LevelSet = LevelSet::of(&[
    UserLevel::OrgAdmin,
    UserLevel::CertificationAdmin,
    UserLevel::ReportAdmin,
    UserLevel::RoleAdmin,
    UserLevel::RoleSubadmin,
    UserLevel::SourceAdmin,
    UserLevel::SourceSubadmin,
]);
const READ: Guard =
    Guard::reading(REPORTERS, &["sp:report:manage", "sp:report:read"]).also_for_applications();
const RUN: Guard = Guard::changing(REPORTERS, &["sp:report:manage"]).also_for_applications();
const CANCEL: Guard = Guard::changing(REPORTERS, &["sp:report:manage"]);

/// `/reports`
pub static OPERATIONS: &[Operation] = &[
    Operation::post("/reports/run", "startReport")
        .title(TAG, "Run report")
        .spoken(SPOKEN)
        .guard(RUN)
        .runs(&Blocking(run::run)),
    Operation::post("/reports/{id}/cancel", "cancelReport")
        .title(TAG, "Cancel report")
        .spoken(SPOKEN)
        .guard(CANCEL)
        .runs(&Blocking(run::cancel)),
    Operation::get("/reports/{taskResultId}/result", "getReportResult")
        .title(TAG, "Get report result")
        .spoken(SPOKEN)
        .guard(READ)
        .asks(&[QueryParameter::new(
            "completed",
            "Accepted and without effect: a report is written when it is downloaded.",
        )])
        .runs(&Blocking(result::result)),
    Operation::get("/reports/{taskResultId}", "getReport")
        .title(TAG, "Get report file")
        .spoken(SPOKEN)
        .guard(READ)
        .asks(&[
            QueryParameter::new("fileFormat", "The format; csv is made."),
            QueryParameter::new("name", "The name of the file, without its ending."),
            QueryParameter::new("auditable", "Whether the audit log keeps the download."),
        ])
        .runs(&Blocking(file::download)),
];
