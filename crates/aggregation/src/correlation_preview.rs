//! What a correlation would do to the accounts that a source has, without storing anything: counts, and
//! samples that a person can check (issue D; Muster's own).
//!
//! The keys that identities are found by need not exist for attributes that nothing looks people up by
//! yet, so identities are read once and indexed in memory, up to a bound.

use std::collections::HashMap;

use muster_model::id::{AccountId, IdentityId};
use muster_model::source::AttributeAssignment;
use muster_model::{AttributeValue, Source};
use muster_query::fold;
use muster_store::{Account, Identity, Result, Stage, Tx};

use crate::limits::{PAGE_ACCOUNTS, PREVIEW_IDENTITIES_MAX, PREVIEW_SAMPLES_MAX};

/// What would become of one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// It would belong to whom it belongs.
    Kept,
    /// It is nobody's and would be somebody's.
    Found,
    /// It would be somebody else's.
    Moved,
    /// It is somebody's, and nobody would match.
    Lost,
    /// It is nobody's and would stay so.
    Nobody,
    /// Several would match.
    Ambiguous,
    /// A person decided whose it is; correlation leaves it alone.
    Manual,
}

/// One account as a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The account.
    pub account: AccountId,
    /// Its key on the source.
    pub native_identity: String,
    /// Whose it is, by display name.
    pub owner: Option<String>,
    /// Who would match, by display name.
    pub matches: Vec<String>,
    /// The pair that decides, as `identity attribute = account attribute`.
    pub pair: Option<String>,
}

/// What a correlation would do.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// How many accounts have each outcome.
    pub counts: HashMap<Outcome, i64>,
    /// The first accounts of each outcome.
    pub samples: HashMap<Outcome, Vec<Sample>>,
}

/// Why there is no preview.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There are too many people to be indexed in memory.
    #[error("a preview looks at up to {} identities", PREVIEW_IDENTITIES_MAX)]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] muster_store::Error),
}

/// People by the values that the pairs ask for.
struct Index {
    names: HashMap<IdentityId, String>,
    /// For each pair: folded value to identities, with the value as it is written.
    by_value: Vec<HashMap<String, Vec<(IdentityId, String)>>>,
}

/// Tries `pairs` on all accounts of a source.
pub fn preview(
    tx: &mut Tx<'_>,
    source: &Source,
    pairs: &[AttributeAssignment],
) -> std::result::Result<Preview, Error> {
    let mut pairs = pairs.to_vec();
    pairs.push(crate::correlate::default_pair());
    let index = Index::read(tx, &pairs)?;
    let mut preview = Preview::default();
    let mut after = None;
    loop {
        let page = tx
            .accounts()
            .page_of(source.source_id(), after, PAGE_ACCOUNTS as u32)?;
        let Some(last) = page.last() else {
            return Ok(preview);
        };
        after = Some(last.id);
        for account in &page {
            let (outcome, sample) = index.judge(&pairs, account);
            *preview.counts.entry(outcome).or_default() += 1;
            let samples = preview.samples.entry(outcome).or_default();
            if samples.len() < PREVIEW_SAMPLES_MAX {
                samples.push(sample);
            }
        }
    }
}

impl Index {
    fn read(tx: &mut Tx<'_>, pairs: &[AttributeAssignment]) -> std::result::Result<Self, Error> {
        let mut index = Self {
            names: HashMap::new(),
            by_value: vec![HashMap::new(); pairs.len()],
        };
        let mut after = None;
        loop {
            let ids = tx
                .identities()
                .ids_at(Stage::Active, after, PAGE_ACCOUNTS as u32)?;
            let Some(last) = ids.last().copied() else {
                return Ok(index);
            };
            after = Some(last);
            let page: Result<Vec<Option<Identity>>> = tx.identities().get_each(&ids);
            for identity in page?.into_iter().flatten() {
                index.add(pairs, identity);
            }
            if index.names.len() > PREVIEW_IDENTITIES_MAX {
                return Err(Error::TooMany);
            }
        }
    }

    fn add(&mut self, pairs: &[AttributeAssignment], identity: Identity) {
        for (pair, values) in pairs.iter().zip(&mut self.by_value) {
            let value = identity.attributes.get(&pair.property);
            if let Some(value) = value.map(AttributeValue::to_text) {
                let owners = values.entry(fold(&value)).or_default();
                owners.push((identity.id, value));
            }
        }
        self.names.insert(identity.id, identity.name);
    }

    fn judge(&self, pairs: &[AttributeAssignment], account: &Account) -> (Outcome, Sample) {
        let (mut matches, mut decides) = (Vec::new(), None);
        for (at, pair) in pairs.iter().enumerate() {
            // The default pair, which stands last, compares the account's name.
            let value = if pair.value.is_empty() {
                Some(account.name.clone())
            } else {
                account
                    .attributes
                    .get(&pair.value)
                    .map(AttributeValue::to_text)
            };
            let Some(value) = value.filter(|value| !value.trim().is_empty()) else {
                continue;
            };
            let found: Vec<IdentityId> = self.by_value[at]
                .get(&fold(&value))
                .into_iter()
                .flatten()
                .filter(|(_, written)| pair.ignore_case || *written == value)
                .map(|(identity, _)| *identity)
                .collect();
            if found.is_empty() {
                continue;
            }
            let is_clear = found.len() == 1;
            matches = found;
            decides = Some(format!("{} = {}", pair.property, account_side(pair)));
            if is_clear {
                break;
            }
        }
        let outcome = outcome(account, &matches);
        let name = |identity: &IdentityId| self.names.get(identity).cloned();
        let sample = Sample {
            account: account.id,
            native_identity: account.native_identity.clone(),
            owner: account.identity_id.as_ref().and_then(name),
            matches: matches
                .iter()
                .take(PREVIEW_SAMPLES_MAX)
                .filter_map(name)
                .collect(),
            pair: decides,
        };
        (outcome, sample)
    }
}

fn outcome(account: &Account, matches: &[IdentityId]) -> Outcome {
    match (account.identity_id, matches) {
        _ if account.manually_correlated => Outcome::Manual,
        (Some(owner), [only]) if owner == *only => Outcome::Kept,
        (Some(_), [_]) => Outcome::Moved,
        (None, [_]) => Outcome::Found,
        (Some(_), []) => Outcome::Lost,
        (None, []) => Outcome::Nobody,
        _ => Outcome::Ambiguous,
    }
}

fn account_side(pair: &AttributeAssignment) -> &str {
    if pair.value.is_empty() {
        "the account's name"
    } else {
        &pair.value
    }
}
