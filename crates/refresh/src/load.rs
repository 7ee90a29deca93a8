//! What a batch reads before anything is decided.

use std::collections::{HashMap, HashSet};

use muster_model::id::IdentityId;
use muster_store::{Account, Identity, ManualState, Result, Tx};

/// The identities of a batch with what is stored of them; places agree between the lists.
pub(crate) struct Loaded {
    pub(crate) ids: Vec<IdentityId>,
    pub(crate) accounts: Vec<Vec<Account>>,
    pub(crate) stored: Vec<Option<Identity>>,
    /// Which of them wait for a manager.
    pub(crate) awaiting: Vec<bool>,
    /// Managers as of the last refresh, which transforms may read.
    pub(crate) managers: HashMap<IdentityId, Identity>,
    /// Lifecycle states that people set.
    pub(crate) manual: HashMap<IdentityId, ManualState>,
}

impl Loaded {
    /// Reads each identity once, however often it is named.
    pub(crate) fn read(tx: &mut Tx<'_>, ids: &[IdentityId]) -> Result<Self> {
        let mut seen = HashSet::with_capacity(ids.len());
        let ids: Vec<IdentityId> = ids.iter().copied().filter(|id| seen.insert(*id)).collect();
        let accounts = tx.accounts().of_each(&ids)?;
        // People of a first load have ids that follow each other, and nothing is stored of them.
        let is_new = match (ids.iter().min(), ids.iter().max()) {
            (Some(first), Some(last)) => !tx.identities().any_between(*first, *last)?,
            _ => true,
        };
        let (stored, awaiting) = if is_new {
            (vec![None; ids.len()], vec![false; ids.len()])
        } else {
            (
                tx.identities().get_each(&ids)?,
                tx.identity_keys().which_await(&ids)?,
            )
        };
        let manual = tx.manual_lifecycle().of(&ids)?;
        let wanted: HashSet<IdentityId> = stored
            .iter()
            .flatten()
            .filter_map(|identity| identity.manager_id)
            .collect();
        let wanted: Vec<IdentityId> = wanted.into_iter().collect();
        let managers = tx.identities().get_each(&wanted)?;
        let managers = managers
            .into_iter()
            .flatten()
            .map(|manager| (manager.id, manager))
            .collect();
        Ok(Self {
            ids,
            accounts,
            stored,
            awaiting,
            managers,
            manual,
        })
    }
}
