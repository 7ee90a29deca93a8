//! The report on the identities of a profile whose attributes could not be made: a line for each, with
//! what is wrong and the account in which it must be mended (aggregation-refresh.md §4.2).

use muster_model::id::{IdentityId, ProfileId, SourceId, dashed, derive, version_8};
use muster_model::{IdentityProfile, Severity};
use muster_refresh::exceptions::{Exception, page};
use muster_store::{Result, Tx};
use serde_json::{Value, json};

use super::table::Rows;
use crate::call::Call;
use crate::limits::REPORT_ROWS;
use crate::problem::Problem;
use crate::resources::sources::own;

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

/// The people of a profile with problems.
pub(super) struct Exceptions {
    profile: ProfileId,
    source: SourceId,
    after: Option<IdentityId>,
}

impl Exceptions {
    /// Of the profile that makes people of that source's accounts.
    pub(super) fn of(source: SourceId, tx: &mut Tx<'_>, call: &Call) -> Result<Self, Problem> {
        own::check_source(Some(source), tx, call)?;
        let profiles = tx.typed::<IdentityProfile>().list()?;
        let profile = profiles
            .into_iter()
            .find(|profile| profile.authoritative_source.id.parse() == Ok(source))
            .ok_or_else(|| {
                Problem::referenced_not_found(format!(
                    "arguments.authoritativeSource: no identity profile makes people of the source \
                     {source}; name the authoritative source of one."
                ))
            })?;
        Ok(Self {
            profile: profile.profile_id(),
            source,
            after: None,
        })
    }
}

impl Rows for Exceptions {
    fn header(&self) -> Vec<String> {
        HEADER.map(str::to_owned).to_vec()
    }

    fn count(&self, tx: &mut Tx<'_>) -> Result<i64> {
        let (_, with_errors) = tx.identities().count_of_profile(self.profile)?;
        Ok(with_errors)
    }

    fn next(&mut self, tx: &mut Tx<'_>) -> Result<Vec<Vec<String>>> {
        let people = page(tx, self.profile, self.source, self.after, REPORT_ROWS)?;
        self.after = people.last().map(|last| last.id);
        Ok(people.iter().map(line).collect())
    }
}

fn line(person: &Exception) -> Vec<String> {
    let texts = |wanted: Severity| {
        let of = person.problems.iter();
        let of = of.filter(|(_, severity, _)| *severity == wanted);
        let texts: Vec<String> = of
            .map(|(attribute, _, reason)| format!("{attribute}: {reason}"))
            .collect();
        texts.join("; ")
    };
    vec![
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
