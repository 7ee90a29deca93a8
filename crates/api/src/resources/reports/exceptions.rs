//! The report on the identities of a profile whose attributes could not be made: a line for each, with
//! what is wrong and the account in which it must be mended (aggregation-refresh.md §4.2). It is made
//! when it is asked for, so it is never older than the last refresh.

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream::unfold;
use muster_model::IdentityProfile;
use muster_model::Severity;
use muster_model::id::{IdentityId, ProfileId, SourceId, dashed, derive, version_8};
use muster_refresh::exceptions::{Exception, page};
use muster_store::Org;
use serde_json::{Value, json};

use crate::limits::REPORT_ROWS;

/// What the vendor calls reports of this kind.
pub(super) const TYPE: &str = "IDENTITY_PROFILE_IDENTITY_ERROR";
/// Its name.
pub(super) const NAME: &str = "Identity Exceptions Report";

const HEADER: [&str; 9] = [
    "Account ID",
    "Line",
    "Identity ID",
    "User Name",
    "Display Name",
    "Visible",
    "Errors",
    "Warnings",
    "Since",
];

/// The report's id follows from the profile's, so that it stays the same as long as there are any.
pub(super) fn id(profile: &str) -> String {
    dashed(version_8(derive(&[
        b"identity exceptions",
        profile.as_bytes(),
    ])))
}

/// The report, as a profile names it.
pub(crate) fn reference(profile: &str) -> Value {
    json!({ "taskResultId": id(profile), "reportName": NAME })
}

/// Where the report on a profile has come to.
struct Reading {
    org: Org,
    profile: ProfileId,
    source: SourceId,
    next: Next,
}

#[derive(Clone, Copy)]
enum Next {
    Header,
    After(Option<IdentityId>),
    End,
}

/// The report, page by page: a profile may have a million people with problems. A store that fails on
/// the way breaks the answer off, so that nobody takes a part for the whole.
pub(super) fn csv(org: Org, profile: &IdentityProfile) -> Body {
    let reading = Reading {
        org,
        profile: profile.profile_id(),
        // A profile without a source has nobody.
        source: profile
            .authoritative_source
            .id
            .parse()
            .unwrap_or(SourceId(0)),
        next: Next::Header,
    };
    Body::from_stream(unfold(reading, |mut reading| async move {
        let lines = reading.go_on().await.transpose()?;
        Some((lines, reading))
    }))
}

impl Reading {
    /// The next lines; nothing after the last.
    async fn go_on(&mut self) -> Result<Option<Bytes>, std::io::Error> {
        let after = match self.next {
            Next::End => return Ok(None),
            Next::Header => {
                self.next = Next::After(None);
                return write([HEADER.map(str::to_owned)]).map(Some);
            }
            Next::After(after) => after,
        };
        let (profile, source) = (self.profile, self.source);
        let page = self
            .org
            .read_async(move |tx| page(tx, profile, source, after, REPORT_ROWS));
        let people = page.await.inspect_err(|_| self.next = Next::End);
        let people = people.map_err(std::io::Error::other)?;
        self.next = match people.last() {
            Some(last) => Next::After(Some(last.id)),
            None => Next::End,
        };
        write(people.iter().map(line)).map(Some)
    }
}

fn line(person: &Exception) -> [String; 9] {
    let texts = |wanted: Severity| {
        let of = person.problems.iter();
        let of = of.filter(|(_, severity, _)| *severity == wanted);
        let texts: Vec<String> = of
            .map(|(attribute, _, reason)| format!("{attribute}: {reason}"))
            .collect();
        texts.join("; ")
    };
    [
        person.account.clone().unwrap_or_default(),
        person.line.map(|line| line.to_string()).unwrap_or_default(),
        person.id.to_string(),
        person.alias.clone(),
        person.name.clone(),
        person.is_visible.to_string(),
        texts(Severity::Error),
        texts(Severity::Warn),
        person.since.to_string(),
    ]
}

fn write(lines: impl IntoIterator<Item = [String; 9]>) -> Result<Bytes, std::io::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in lines {
        writer.write_record(&line)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(csv::IntoInnerError::into_error)?;
    Ok(Bytes::from(bytes))
}
