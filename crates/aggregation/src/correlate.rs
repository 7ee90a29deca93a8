//! Whose account is it? Pairs of the source's correlation configuration in order, then the account's
//! name against user names (aggregation-refresh.md §3).

use muster_model::handover::INDEX_KEYS;
use muster_model::id::IdentityId;
use muster_model::source::AttributeAssignment;
use muster_model::{AttributeMap, Source};
use muster_store::{Result, Tx};
use muster_work::Stop;

use crate::limits::CANDIDATES_MAX;

/// Whose an account is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// This identity's.
    Identity(IdentityId),
    /// Nobody's.
    Nobody,
    /// Several could own it, so nobody does.
    Ambiguous(String),
}

/// Accounts to be correlated: their names and attributes.
pub type Candidate<'a> = (&'a str, &'a AttributeMap);

/// Has a run wait while identities are indexed for a changed correlation. Owners are looked up by keys;
/// until all identities have theirs, some would be missed.
pub(crate) fn wait_for_keys(tx: &mut Tx<'_>) -> Result<(), Stop> {
    if tx.jobs().lane_is_busy(INDEX_KEYS)? {
        let text = "identities are being indexed for a changed correlation; the run waits";
        return Err(Stop::Retry(text.into()));
    }
    Ok(())
}

/// Finds the owner of each account.
pub fn correlate(
    tx: &mut Tx<'_>,
    source: &Source,
    accounts: &[Candidate<'_>],
) -> Result<Vec<Owner>> {
    let mut owners = vec![Owner::Nobody; accounts.len()];
    for pair in &source.correlation.attribute_assignments {
        let value_of = |(_, attributes): &Candidate<'_>| {
            attributes
                .get(&pair.value)
                .map(muster_model::AttributeValue::to_text)
        };
        try_pair(tx, pair, accounts, value_of, &mut owners)?;
    }
    let by_name = default_pair();
    try_pair(
        tx,
        &by_name,
        accounts,
        |(name, _)| Some((*name).to_owned()),
        &mut owners,
    )?;
    Ok(owners)
}

/// The default correlation: account name against user name, whatever the case.
pub(crate) fn default_pair() -> AttributeAssignment {
    AttributeAssignment {
        property: "uid".to_owned(),
        value: String::new(),
        operation: "EQ".to_owned(),
        complex: false,
        ignore_case: true,
        match_mode: None,
        filter_string: None,
    }
}

fn try_pair(
    tx: &mut Tx<'_>,
    pair: &AttributeAssignment,
    accounts: &[Candidate<'_>],
    value_of: impl Fn(&Candidate<'_>) -> Option<String>,
    owners: &mut [Owner],
) -> Result<()> {
    let asked: Vec<(usize, String)> = accounts
        .iter()
        .enumerate()
        .filter(|(at, _)| !matches!(owners[*at], Owner::Identity(_)))
        .filter_map(|(at, account)| Some((at, value_of(account)?)))
        .filter(|(_, value)| !value.trim().is_empty())
        .collect();
    if asked.is_empty() {
        return Ok(());
    }
    let values: Vec<&str> = asked.iter().map(|(_, value)| value.as_str()).collect();
    let found = tx.identity_keys().find_each(&pair.property, &values)?;
    for ((at, value), mut identities) in asked.into_iter().zip(found) {
        if !pair.ignore_case {
            identities = exactly(tx, pair, &value, &identities)?;
        }
        match identities.as_slice() {
            [] => {}
            [only] => owners[at] = Owner::Identity(*only),
            _ => owners[at] = Owner::Ambiguous(ambiguity(tx, pair, &value)?),
        }
    }
    Ok(())
}

/// Of identities whose value equals in lower case, those whose value equals to the letter.
fn exactly(
    tx: &mut Tx<'_>,
    pair: &AttributeAssignment,
    value: &str,
    identities: &[IdentityId],
) -> Result<Vec<IdentityId>> {
    let rows = tx.identities().get_each(identities)?;
    let exact = rows.into_iter().flatten().filter(|identity| {
        identity
            .attributes
            .get(&pair.property)
            .is_some_and(|own| own.to_text() == value)
    });
    Ok(exact.map(|identity| identity.id).collect())
}

fn ambiguity(tx: &mut Tx<'_>, pair: &AttributeAssignment, value: &str) -> Result<String> {
    let candidates = tx
        .identity_keys()
        .find(&pair.property, value, CANDIDATES_MAX)?;
    let names = tx.identities().names(&candidates)?;
    let names: Vec<String> = names.into_iter().flatten().map(|(name, _)| name).collect();
    Ok(format!(
        "AMBIGUOUS: {} is the same for {}",
        pair.property,
        names.join(", ")
    ))
}
