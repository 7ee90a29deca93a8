//! People of a profile whose attributes could not be made as they should (aggregation-refresh.md §4.2):
//! what is wrong, and the account that it must be mended in. Those who were never announced for it are
//! among them; they are found nowhere else.

use muster_model::id::{IdentityId, ProfileId, SourceId};
use muster_model::{Severity, Timestamp};
use muster_store::{Account, Identity, Result, Tx};

use crate::attributes::Problem;

/// A person with problems.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The identity.
    pub id: IdentityId,
    /// The user name, as far as it is known.
    pub alias: String,
    /// The display name, as far as it is known.
    pub name: String,
    /// Whether the identity is there for others; those who were never announced are not.
    pub is_visible: bool,
    /// The key of the account on the profile's source, where it has one.
    pub account: Option<String>,
    /// The line of the file that the account was last written from.
    pub line: Option<i64>,
    /// What is wrong, attribute by attribute; warnings come along.
    pub problems: Vec<(String, Severity, String)>,
    /// Since when the identity is as it is.
    pub since: Timestamp,
}

/// The people with problems after `after`, in the order of their ids, at most `limit`.
pub fn page(
    tx: &mut Tx<'_>,
    profile: ProfileId,
    source: SourceId,
    after: Option<IdentityId>,
    limit: u32,
) -> Result<Vec<Exception>> {
    let people = tx.identities().with_errors(profile, after, limit)?;
    let ids: Vec<IdentityId> = people.iter().map(|one| one.id).collect();
    let accounts = tx.accounts().of_each(&ids)?;
    let own = |accounts: Vec<Account>| accounts.into_iter().find(|one| one.source_id == source);
    people
        .into_iter()
        .zip(accounts)
        .map(|(identity, accounts)| exception(identity, own(accounts)))
        .collect()
}

fn exception(identity: Identity, account: Option<Account>) -> Result<Exception> {
    let problems = identity.problems.unwrap_or_default();
    let problems: Vec<Problem> = serde_json::from_value(problems)?;
    Ok(Exception {
        id: identity.id,
        alias: identity.alias,
        name: identity.name,
        is_visible: identity.stage.is_announced(),
        line: account.as_ref().and_then(|one| Some(one.origin?.line)),
        account: account.map(|one| one.native_identity),
        problems: problems
            .into_iter()
            .map(|one| (one.attribute, one.severity, one.reason))
            .collect(),
        since: identity.modified,
    })
}
