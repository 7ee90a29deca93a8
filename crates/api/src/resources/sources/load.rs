//! Starting aggregations: the file goes into the store piece by piece, and its last piece, the run
//! and its job are one transaction, so that a crash leaves a run or nothing.

use std::fs::File;
use std::io::{Cursor, Read};

use muster_connector::{Feature, Features};
use muster_model::Source;
use muster_model::handover::{AGGREGATE, Aggregate, CORRELATE, REMOVE_ACCOUNTS, WholeSource};
use muster_store::Tx;

use super::find;
use crate::call::{Call, Trace};
use crate::extract::upload::{Form, Upload};
use crate::handler::Json;
use crate::limits::{PIECE_BYTES, PIECES_PER_COMMIT};
use crate::problem::Problem;
use crate::resources::tasks::begin::{NewRun, add_job, begin};
use crate::resources::tasks::reference::{TaskReference, reference};
use crate::resources::tasks::started::StartedTask;

/// `POST /sources/{id}/load-accounts`
pub(super) fn load_accounts(call: &Call, _: Form) -> Result<Json<StartedTask>, Problem> {
    let source = call.org().read(|tx| find(call.id(), tx, call))?;
    refuse_unreadable(&source)?;
    let (mut content, name) = accounts_file(call)?;
    let optimized = !call
        .upload()
        .and_then(|upload| upload.field("disableOptimization"))
        .is_some_and(|flag| flag.trim().eq_ignore_ascii_case("true"));
    let upload = call.new_id();
    let (size, rest) = put_away(&mut content, &upload, &name, call)?;
    let task = call.org().write(|tx| {
        let source = find(call.id(), tx, call)?;
        tx.uploads().append(&upload, rest.seq, &rest.pieces)?;
        tx.uploads().complete(&upload, size)?;
        let run = NewRun {
            kind: "CLOUD_ACCOUNT_AGGREGATION",
            name: "Cloud Account Aggregation",
            source: Some(&source),
            optimized,
        };
        let task = begin(&run, tx, call)?;
        let order = Aggregate {
            task: task.id,
            source: source.source_id(),
            upload: Some(upload.clone()),
            optimized,
            approved_changes: None,
        };
        add_job(AGGREGATE, &order, tx, call)?;
        audit("aggregate", &source, tx, call)?;
        Ok::<_, Problem>(task)
    })?;
    Ok(Json(StartedTask::aggregation(&task)))
}

/// The file of accounts that came along.
pub(super) fn accounts_file(call: &Call) -> Result<(Content, String), Problem> {
    content(call.upload(), "file")?.ok_or_else(|| {
        Problem::required(
            "file: a delimited source is read from a file; send one as the multipart part `file`.",
        )
    })
}

/// `POST /sources/{id}/load-uncorrelated-accounts`. The accounts are those already stored: a file
/// that comes along is not read (aggregation-refresh.md §1.4).
pub(super) fn load_uncorrelated_accounts(
    call: &Call,
    _: Form,
) -> Result<Json<StartedTask>, Problem> {
    let run = WholeRun {
        kind: "CLOUD_PROCESS_UNCORRELATED_ACCOUNTS",
        name: "Cloud Process Uncorrelated Accounts",
        job: CORRELATE,
        action: "correlate",
    };
    let task = run.start(call)?;
    Ok(Json(StartedTask::correlation(&task)))
}

/// `POST /sources/{id}/remove-accounts`
pub(super) fn remove_accounts(call: &Call, (): ()) -> Result<Json<TaskReference>, Problem> {
    let run = WholeRun {
        kind: "ACCOUNT_DELETION",
        name: "Account Deletion",
        job: REMOVE_ACCOUNTS,
        action: "remove-accounts",
    };
    let task = run.start(call)?;
    Ok(Json(reference(&task)))
}

/// A run over all that is stored of a source.
struct WholeRun {
    kind: &'static str,
    name: &'static str,
    job: &'static str,
    action: &'static str,
}

impl WholeRun {
    fn start(&self, call: &Call) -> Result<muster_store::Task, Problem> {
        call.org().write(|tx| {
            let source = find(call.id(), tx, call)?;
            let run = NewRun {
                kind: self.kind,
                name: self.name,
                source: Some(&source),
                optimized: false,
            };
            let task = begin(&run, tx, call)?;
            let order = WholeSource {
                task: task.id,
                source: source.source_id(),
            };
            add_job(self.job, &order, tx, call)?;
            audit(self.action, &source, tx, call)?;
            Ok(task)
        })
    }
}

pub(crate) fn refuse_unreadable(source: &Source) -> Result<(), Problem> {
    if Features::from_names(&source.features).has(Feature::NoAggregation) {
        return Err(Problem::illegal_value(format!(
            "The source {} has the feature NO_AGGREGATION, so its accounts cannot be aggregated.",
            source.name
        )));
    }
    Ok(())
}

fn audit(action: &str, source: &Source, tx: &mut Tx<'_>, call: &Call) -> Result<(), Problem> {
    let trace = Trace {
        action,
        kind: "source",
        id: &source.id,
        before: None,
        after: None,
    };
    call.audit(tx, trace)
}

/// The file, and what the client called it. Some clients send a small file as a plain form field.
pub(crate) fn content(
    upload: Option<&Upload>,
    part: &str,
) -> Result<Option<(Content, String)>, Problem> {
    let Some(upload) = upload else {
        return Ok(None);
    };
    if let Some(file) = upload.file(part) {
        return Ok(Some((Content::File(file.open()?), file.name.clone())));
    }
    Ok(upload.field(part).map(|text| {
        let text = Cursor::new(text.as_bytes().to_vec());
        (Content::Text(text), "file".to_owned())
    }))
}

pub(crate) enum Content {
    File(File),
    Text(Cursor<Vec<u8>>),
}

impl Read for Content {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::File(file) => file.read(into),
            Self::Text(text) => text.read(into),
        }
    }
}

/// Pieces that are not stored yet, and the number of the first.
pub(crate) struct Rest {
    pub(crate) seq: i64,
    pub(crate) pieces: Vec<Vec<u8>>,
}

/// Stores the content but for its end; gives its size and the end. Each commit is small, so that
/// neither memory nor other writers wait for a large file.
pub(crate) fn put_away(
    content: &mut Content,
    upload: &str,
    name: &str,
    call: &Call,
) -> Result<(i64, Rest), Problem> {
    call.org()
        .write(|tx| tx.uploads().begin(upload, name, call.now()))?;
    let mut size = 0;
    let mut rest = Rest {
        seq: 0,
        pieces: Vec::new(),
    };
    loop {
        let mut piece = Vec::new();
        content
            .by_ref()
            .take(PIECE_BYTES)
            .read_to_end(&mut piece)
            .map_err(|error| Problem::hidden(&error))?;
        if piece.is_empty() {
            return Ok((size, rest));
        }
        if rest.pieces.len() == PIECES_PER_COMMIT {
            call.org()
                .write(|tx| tx.uploads().append(upload, rest.seq, &rest.pieces))?;
            rest.seq += rest.pieces.len() as i64;
            rest.pieces.clear();
        }
        size += piece.len() as i64;
        rest.pieces.push(piece);
    }
}
