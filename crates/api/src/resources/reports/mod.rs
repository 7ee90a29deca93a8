//! Reports that are there to be downloaded, by the id that some other object names. One so far: the
//! identities of a profile with problems.

pub(crate) mod exceptions;

use axum::http::{HeaderValue, StatusCode, header};
use muster_auth::{Guard, LevelSet, UserLevel};
use muster_model::{IdentityProfile, Timestamp};
use muster_store::Tx;
use schemars::JsonSchema;
use serde::Serialize;

use super::sources::own;
use crate::answer::Answer;
use crate::call::{Call, Trace};
use crate::handler::{Blocking, Gives, Json, Shape};
use crate::limits::REPORT_NAME_CHARS_MAX;
use crate::operation::{Operation, QueryParameter};
use crate::problem::{Problem, quote};
use crate::spelling::{ALL, BETA, Spelling};

const TAG: &str = "Reports Data Extraction";
const SPOKEN: Spelling = ALL.without(BETA);

/// The vendor states no user levels here; these are the ones that may start reports.
const READERS: LevelSet = LevelSet::of(&[
    UserLevel::OrgAdmin,
    UserLevel::CertificationAdmin,
    UserLevel::ReportAdmin,
    UserLevel::RoleAdmin,
    UserLevel::RoleSubadmin,
    UserLevel::SourceAdmin,
    UserLevel::SourceSubadmin,
]);
const READ: Guard =
    Guard::reading(READERS, &["sp:report:manage", "sp:report:read"]).also_for_applications();

/// `/reports`
pub static OPERATIONS: &[Operation] = &[
    Operation::get("/reports/{taskResultId}/result", "getReportResult")
        .title(TAG, "Get report result")
        .spoken(SPOKEN)
        .guard(READ)
        .asks(&[QueryParameter::new(
            "completed",
            "Accepted and without effect: a report is made when it is asked for.",
        )])
        .runs(&Blocking(result)),
    Operation::get("/reports/{taskResultId}", "getReport")
        .title(TAG, "Get report file")
        .spoken(SPOKEN)
        .guard(READ)
        .asks(&[
            QueryParameter::new("fileFormat", "The format; csv is made."),
            QueryParameter::new("name", "The name of the file, without its ending."),
            QueryParameter::new("auditable", "Whether the audit log keeps the download."),
        ])
        .runs(&Blocking(download)),
];

/// What there is to download.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReportResult {
    /// What it reports.
    report_type: &'static str,
    /// Its name.
    task_def_name: &'static str,
    /// Its id.
    id: String,
    /// When it was made, which is now.
    #[schemars(with = "String")]
    created: Timestamp,
    /// Always `SUCCESS`.
    status: &'static str,
    /// How long it took to make, in milliseconds.
    duration: u32,
    /// How many lines it has below its header.
    rows: i64,
    /// The formats that it can be had in.
    available_formats: [&'static str; 1],
}

/// A file that is written while it is read from the store.
pub(crate) struct File(Answer);

impl Gives for File {
    const SHAPE: Option<Shape> = Some(Shape {
        content_types: &["application/csv"],
        schema: None,
        required: true,
        spooled: false,
    });
    const STATUS: u16 = 200;

    fn give(self, _: StatusCode) -> Answer {
        self.0
    }
}

/// `GET /reports/{taskResultId}/result`
fn result(call: &Call, (): ()) -> Result<Json<ReportResult>, Problem> {
    call.org().read(|tx| {
        let profile = find(tx, call)?;
        let (_, rows) = tx.identities().count_of_profile(profile.profile_id())?;
        Ok(Json(ReportResult {
            report_type: exceptions::TYPE,
            task_def_name: exceptions::NAME,
            id: call.id().to_owned(),
            created: call.now(),
            status: "SUCCESS",
            duration: 0,
            rows,
            available_formats: ["CSV"],
        }))
    })
}

/// `GET /reports/{taskResultId}`
fn download(call: &Call, (): ()) -> Result<File, Problem> {
    match call.query("fileFormat") {
        Some(format) if format.eq_ignore_ascii_case("csv") => {}
        Some(format) => {
            return Err(Problem::illegal_value(format!(
                "fileFormat: \"{}\" cannot be made; use csv.",
                quote(format)
            )));
        }
        None => return Err(Problem::required("fileFormat is required; send csv.")),
    }
    let disposition = disposition(call.query("name").unwrap_or(exceptions::NAME))?;
    let is_auditable = call.query_as::<bool>("auditable")?.unwrap_or(false);
    let profile = call.org().read(|tx| find(tx, call))?;
    if is_auditable {
        let trace = Trace {
            action: "download",
            kind: "report",
            id: call.id(),
            before: None,
            after: None,
        };
        call.org().write(|tx| call.audit(tx, trace))?;
    }
    let body = exceptions::csv(call.org().clone(), &profile);
    let answer = Answer::stream(StatusCode::OK, "application/csv", body);
    Ok(File(
        answer.with_header(header::CONTENT_DISPOSITION, disposition),
    ))
}

/// The profile whose report the path names.
fn find(tx: &mut Tx<'_>, call: &Call) -> Result<IdentityProfile, Problem> {
    let profiles = tx.typed::<IdentityProfile>().list()?;
    let profile = profiles
        .into_iter()
        .find(|profile| exceptions::id(&profile.id) == call.id())
        .ok_or_else(|| {
            Problem::not_found(format!(
                "There is no report with the id \"{}\"; the identityExceptionReportReference of an \
                 identity profile names one.",
                quote(call.id())
            ))
        })?;
    own::check_source(profile.authoritative_source.id.parse().ok(), tx, call)?;
    Ok(profile)
}

/// Has a client save the answer under that name.
fn disposition(name: &str) -> Result<HeaderValue, Problem> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || " ._-".contains(letter);
    let wrong = || {
        Problem::illegal_value(format!(
            "name: \"{}\" cannot be the name of a file; use at most {REPORT_NAME_CHARS_MAX} letters, \
             digits, spaces, dots, underscores and hyphens.",
            quote(name)
        ))
    };
    if name.len() > REPORT_NAME_CHARS_MAX || !name.chars().all(is_plain) {
        return Err(wrong());
    }
    HeaderValue::from_str(&format!("attachment; filename=\"{name}.csv\"")).map_err(|_| wrong())
}
