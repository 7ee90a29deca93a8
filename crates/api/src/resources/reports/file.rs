//! The file of a report, written while it is read from the store.

use axum::http::{HeaderValue, StatusCode, header};

use super::stored::find;
use super::table::Table;
use super::wanted::FORMATS;
use crate::answer::Answer;
use crate::call::{Call, Trace};
use crate::handler::{Gives, Shape};
use crate::limits::REPORT_NAME_CHARS_MAX;
use crate::problem::{Problem, quote};

/// A file that is written while it is read from the store.
pub(super) struct File(Answer);

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

/// `GET /reports/{taskResultId}`
pub(super) fn download(call: &Call, (): ()) -> Result<File, Problem> {
    check_format(call)?;
    let name = call.query("name").map(disposition).transpose()?;
    let is_auditable = call.query_as::<bool>("auditable")?.unwrap_or(false);
    let (wanted, table) = call.org().read(|tx| {
        let stored = find(tx, call)?;
        if stored.is_withdrawn() {
            return Err(Problem::gone(
                "This report was cancelled; run it again with reports/run.",
            ));
        }
        let table = Table::of(stored.wanted, tx, call)?;
        Ok((stored.wanted, table))
    })?;
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
    let name = match name {
        Some(name) => name,
        None => disposition(wanted.name())?,
    };
    let body = table.csv(call.org().clone());
    let answer = Answer::stream(StatusCode::OK, "application/csv", body);
    Ok(File(answer.with_header(header::CONTENT_DISPOSITION, name)))
}

fn check_format(call: &Call) -> Result<(), Problem> {
    match call.query("fileFormat") {
        Some(format) if FORMATS.iter().any(|made| format.eq_ignore_ascii_case(made)) => Ok(()),
        Some(format) => Err(Problem::illegal_value(format!(
            "fileFormat: \"{}\" cannot be made; use csv.",
            quote(format)
        ))),
        None => Err(Problem::required("fileFormat is required; send csv.")),
    }
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
