//! Keys of new people that wait in memory for their rows.
//!
//! Keys are in no order in which people come, so each of them would dirty a page of its own: at a
//! million people that is most of what a first load writes. Instead they are kept here and written
//! down together, in the order of the table, when they are many or their run ends. Until then a row
//! says from which identity on keys may be missing; a process that finds it at its start makes them
//! from the identities. A file belongs to one process, so nobody else looks for keys meanwhile; on
//! PostgreSQL, where others may, each key is written at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use muster_model::id::IdentityId;
use muster_query::fold;
use serde::{Deserialize, Serialize};

use crate::args;
use crate::driver::dialect::Backend;
use crate::error::Result;
use crate::identities::{COLUMNS, identity};
use crate::keys::IdentityKeys;
use crate::limits::{LATE_KEYS_MANY, LATE_KEYS_MAX, LATE_KEYS_MIN, RECOVERED_IDENTITIES};
use crate::org::Org;
use crate::sieve::Sieve;
use crate::tx::Tx;
use crate::user_names::USER_NAME;

/// The setting that says which keys may be missing.
const MISSING: &str = "identity-keys-missing";

/// The keys of one org that wait, as of the last commit.
#[derive(Default)]
pub(crate) struct LateKeys {
    /// What the row says; nothing where no key waits.
    missing: Option<Missing>,
    waiting: Arc<Keys>,
    /// Those that got their rows last: a reader that began before does not see the rows.
    written: Arc<Keys>,
    /// All keys that there are, in rows or not; nothing where the process has not seen them come.
    sieve: Option<Sieve>,
}

/// Which keys may be missing: those under these attributes of the identities from this one on.
#[derive(Clone, Serialize, Deserialize)]
struct Missing {
    from: IdentityId,
    attributes: BTreeSet<String>,
}

/// Identities by attribute and folded value.
#[derive(Clone, Default)]
struct Keys {
    by_attribute: BTreeMap<String, BTreeSet<(String, IdentityId)>>,
    count: usize,
}

impl Keys {
    fn insert(&mut self, attribute: &str, value: String, identity: IdentityId) {
        let values = match self.by_attribute.get_mut(attribute) {
            Some(values) => values,
            None => self.by_attribute.entry(attribute.to_owned()).or_default(),
        };
        self.count += usize::from(values.insert((value, identity)));
    }

    fn remove(&mut self, attribute: &str, value: &str, identity: IdentityId) {
        if let Some(values) = self.by_attribute.get_mut(attribute) {
            self.count -= usize::from(values.remove(&(value.to_owned(), identity)));
        }
    }

    fn find(&self, attribute: &str, value: &str, found: &mut Vec<IdentityId>) {
        let Some(values) = self.by_attribute.get(attribute) else {
            return;
        };
        let first = (value.to_owned(), IdentityId(0));
        let same = values
            .range(first..)
            .take_while(|(known, _)| known == value);
        found.extend(same.map(|(_, identity)| *identity));
    }

    /// In the order of the table.
    fn iter(&self) -> impl Iterator<Item = (&str, &str, IdentityId)> {
        self.by_attribute.iter().flat_map(|(attribute, values)| {
            values
                .iter()
                .map(move |(value, id)| (attribute.as_str(), value.as_str(), *id))
        })
    }
}

impl LateKeys {
    /// Whether no key waits and none has just got its row.
    fn is_empty(&self) -> bool {
        self.waiting.count == 0 && self.written.count == 0
    }

    fn remove(&mut self, attribute: &str, value: &str, identity: IdentityId) {
        Arc::make_mut(&mut self.waiting).remove(attribute, value, identity);
        Arc::make_mut(&mut self.written).remove(attribute, value, identity);
    }

    /// The row that lets these keys wait, and whether it is there already; nothing where they may not.
    fn room_for(&self, keys: &[(&str, String, IdentityId)]) -> Option<(Missing, bool)> {
        let from = keys.iter().map(|(.., identity)| *identity).min()?;
        if keys.len() < LATE_KEYS_MIN || self.waiting.count + keys.len() > LATE_KEYS_MAX {
            return None;
        }
        let attributes: BTreeSet<String> =
            keys.iter().map(|(name, ..)| (*name).to_owned()).collect();
        match &self.missing {
            None => Some((Missing { from, attributes }, false)),
            Some(said) if said.from <= from && said.attributes.is_superset(&attributes) => {
                Some((said.clone(), true))
            }
            Some(_) => None,
        }
    }
}

impl Org {
    /// Whether so many keys of identities wait that they should be written before there are more.
    pub fn many_keys_are_late(&self) -> bool {
        self.late_keys().lock().waiting.count >= LATE_KEYS_MANY
    }
}

impl IdentityKeys<'_, '_> {
    /// [`IdentityKeys::add`] for identities that this transaction stores for the first time: others
    /// find them from the commit on. Whoever adds keys so calls [`IdentityKeys::write_late`] at the end.
    pub fn add_late(&mut self, keys: Vec<(&str, String, IdentityId)>) -> Result<()> {
        if self.0.org().backend() != Backend::Sqlite {
            return self.add(&keys);
        }
        let org = self.0.org().clone();
        let room = org.late_keys().lock().room_for(&keys);
        let Some((missing, is_said)) = room else {
            return self.add(&keys);
        };
        if !is_said {
            self.begin_sieve()?;
            let row = serde_json::to_string(&missing)?;
            self.0.settings().set(MISSING, &row)?;
        }
        let keys: Vec<(String, String, IdentityId)> = keys
            .into_iter()
            .map(|(attribute, value, identity)| (attribute.to_owned(), fold(&value), identity))
            .collect();
        // Before they are sifted, as they would seem to be in the table afterwards.
        let names = keys.iter().filter(|(name, ..)| name == USER_NAME);
        let names: Vec<_> = names
            .map(|(name, value, id)| (name.as_str(), value.as_str(), *id))
            .collect();
        self.refuse_taken(&names)?;
        self.sift(
            keys.iter()
                .map(|(name, value, _)| (name.as_str(), value.as_str())),
        );
        self.0.after_commit(move || {
            let mut late = org.late_keys().lock();
            late.missing = Some(missing);
            let waiting = Arc::make_mut(&mut late.waiting);
            for (attribute, value, identity) in keys {
                waiting.insert(&attribute, value, identity);
            }
        });
        Ok(())
    }

    /// Writes the keys that wait. A transaction of its own, or one that changes no other key.
    pub fn write_late(&mut self) -> Result<()> {
        let org = self.0.org().clone();
        let waiting = {
            let late = org.late_keys().lock();
            if late.missing.is_none() {
                return Ok(());
            }
            Arc::clone(&late.waiting)
        };
        self.insert_folded(waiting.iter())?;
        self.0.settings().remove(MISSING)?;
        self.0.after_commit(move || {
            let mut late = org.late_keys().lock();
            late.missing = None;
            late.waiting = Arc::default();
            late.written = waiting;
        });
        Ok(())
    }

    /// [`IdentityKeys::write_late`] at the end of a run; where nothing waits, what the run before left
    /// in memory goes.
    pub fn end_late(&mut self) -> Result<()> {
        {
            let mut late = self.0.org().late_keys().lock();
            late.sieve = None;
            if late.missing.is_none() {
                late.written = Arc::default();
            }
        }
        self.write_late()
    }

    /// From the first key on it is known which there are.
    fn begin_sieve(&mut self) -> Result<()> {
        let sql = "SELECT 1 FROM identity_key LIMIT 1";
        if self.0.fetch_one(sql, &[], |_| Ok(()))?.is_none() {
            self.0.org().late_keys().lock().sieve = Some(Sieve::new());
        }
        Ok(())
    }

    /// Notes keys that are about to be added, by attribute and folded value.
    pub(crate) fn sift<'k>(&self, keys: impl Iterator<Item = (&'k str, &'k str)>) {
        let mut late = self.0.org().late_keys().lock();
        let Some(sieve) = &mut late.sieve else { return };
        for (attribute, value) in keys {
            sieve.add(attribute, value);
        }
        if sieve.is_full() {
            late.sieve = None;
        }
    }

    /// The places of the values that the table may have.
    pub(crate) fn may_be_found(&self, attribute: &str, folded: &[String]) -> Vec<usize> {
        let late = self.0.org().late_keys().lock();
        let may = |at: &usize| match &late.sieve {
            Some(sieve) => sieve.may_have(attribute, &folded[*at]),
            None => true,
        };
        (0..folded.len()).filter(may).collect()
    }

    /// Adds those who are found in memory to those found in the table, for each value at most `limit`
    /// in order.
    pub(crate) fn find_late(
        &self,
        attribute: &str,
        folded: &[String],
        limit: usize,
        found: &mut [Vec<IdentityId>],
    ) {
        let late = self.0.org().late_keys().lock();
        if late.is_empty() {
            return;
        }
        for (value, found) in folded.iter().zip(found) {
            late.waiting.find(attribute, value, found);
            late.written.find(attribute, value, found);
            found.sort_unstable();
            found.dedup();
            found.truncate(limit);
        }
    }

    /// Removes a key that may still wait.
    pub(crate) fn remove_late(&mut self, attribute: &str, folded: String, identity: IdentityId) {
        let org = self.0.org().clone();
        if org.late_keys().lock().is_empty() {
            return;
        }
        let attribute = attribute.to_owned();
        self.0.after_commit(move || {
            org.late_keys().lock().remove(&attribute, &folded, identity);
        });
    }
}

/// Makes the keys that were in the memory of a process that is gone.
pub(crate) fn recover(org: &Org) -> Result<()> {
    org.write(|tx| {
        let Some(row) = tx.settings().get(MISSING)? else {
            return Ok(());
        };
        let missing: Missing = serde_json::from_str(&row)?;
        let mut from = missing.from;
        while let Some(last) = recover_page(tx, &missing, from)? {
            let Some(next) = last.0.checked_add(1) else {
                break;
            };
            from = IdentityId(next);
        }
        tx.settings().remove(MISSING)
    })
}

/// Makes the keys of some identities; gives the last of them.
fn recover_page(
    tx: &mut Tx<'_>,
    missing: &Missing,
    from: IdentityId,
) -> Result<Option<IdentityId>> {
    let sql = format!("SELECT {COLUMNS} FROM identity WHERE id >= $1 ORDER BY id LIMIT $2");
    let mut last = None;
    let mut keys = Keys::default();
    tx.for_each(&sql, &args![from, RECOVERED_IDENTITIES], |row| {
        let identity = identity(row)?;
        for attribute in &missing.attributes {
            if let Some(value) = identity.key(attribute) {
                keys.insert(attribute, fold(&value), identity.id);
            }
        }
        last = Some(identity.id);
        Ok(())
    })?;
    tx.identity_keys().insert_folded(keys.iter())?;
    Ok(last)
}
