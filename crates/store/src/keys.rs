//! Values by which identities are found: unique user names, correlation, managers.
//!
//! Only attributes that some configuration looks things up by are kept here, because each row is a
//! write in random order (speed-spikes.md §2). Values are stored in lower case.

use muster_model::id::{IdentityId, TaskId};
use muster_query::fold;

use crate::args;
use crate::error::Result;
use crate::identities::Identity;
use crate::tx::Tx;
use crate::user_names::USER_NAME;

const ADD: &str = "
    INSERT INTO identity_key (attribute, value, sharer, owner) VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING";

/// Those found are in the order of their ids: a value has one owner or only sharers.
const FIND: &str = "
    SELECT COALESCE(owner, sharer) FROM identity_key WHERE attribute = $1 AND value = $2
     ORDER BY sharer";

/// Keys of identities, and managers that nobody has turned up for yet.
pub struct IdentityKeys<'t, 'c>(pub(crate) &'t mut Tx<'c>);

impl IdentityKeys<'_, '_> {
    /// Identities whose `attribute` has `value` (compared in lower case), at most `limit`.
    pub fn find(&mut self, attribute: &str, value: &str, limit: u32) -> Result<Vec<IdentityId>> {
        let folded = [fold(value)];
        let rows = self.0.fetch(
            &format!("{FIND} LIMIT $3"),
            &args![attribute, &folded[0], limit],
            |row| row.get(0),
        )?;
        let mut found = [rows];
        self.find_late(attribute, &folded, limit as usize, &mut found);
        let [found] = found;
        Ok(found)
    }

    /// [`IdentityKeys::find`] for many values at once: for each value, the first two identities.
    pub fn find_each(&mut self, attribute: &str, values: &[&str]) -> Result<Vec<Vec<IdentityId>>> {
        let folded: Vec<String> = values.iter().map(|value| fold(value)).collect();
        self.find_each_folded(attribute, &folded)
    }

    /// The same for values that are in lower case.
    pub(crate) fn find_each_folded(
        &mut self,
        attribute: &str,
        folded: &[String],
    ) -> Result<Vec<Vec<IdentityId>>> {
        const EACH_MAX: usize = 2;
        let asked = self.may_be_found(attribute, folded);
        let mut found = vec![Vec::new(); folded.len()];
        self.0.batch(
            &format!("{FIND} LIMIT {EACH_MAX}"),
            asked.iter().map(|at| args![attribute, &folded[*at]]),
            |at, row| {
                found[asked[at]].push(row.get(0)?);
                Ok(())
            },
        )?;
        self.find_late(attribute, folded, EACH_MAX, &mut found);
        Ok(found)
    }

    /// Adds keys: attribute, value, identity. A conflict where somebody else has one of the user names.
    pub fn add(&mut self, keys: &[(&str, String, IdentityId)]) -> Result<()> {
        let folded: Vec<String> = keys.iter().map(|(_, value, _)| fold(value)).collect();
        let keys = keys.iter().zip(&folded);
        let keys = keys.map(|((name, _, id), value)| (*name, value.as_str(), *id));
        let (names, shared): (Vec<_>, Vec<_>) = keys.partition(|(name, ..)| *name == USER_NAME);
        let all = names.iter().chain(&shared);
        self.sift(all.map(|(name, value, _)| (*name, *value)));
        self.own(names)?;
        self.insert_folded(shared.into_iter())
    }

    /// Stores keys whose values are in lower case, unless they are there.
    pub(crate) fn insert_folded<'k>(
        &mut self,
        keys: impl Iterator<Item = (&'k str, &'k str, IdentityId)>,
    ) -> Result<()> {
        self.0.run(
            ADD,
            keys.map(|(name, value, id)| {
                let (sharer, owner) = holders(name, id);
                args![name, value, sharer, owner]
            }),
        )
    }

    /// Removes one key.
    pub fn remove(&mut self, attribute: &str, value: &str, identity: IdentityId) -> Result<()> {
        const REMOVE: &str = "
            DELETE FROM identity_key
             WHERE attribute = $1 AND value = $2 AND sharer = $3 AND COALESCE(owner, sharer) = $4";
        let folded = fold(value);
        let (sharer, _) = holders(attribute, identity);
        self.0
            .execute(REMOVE, &args![attribute, &folded, sharer, identity])?;
        self.remove_late(attribute, folded, identity);
        Ok(())
    }

    /// Removes some of the keys of one attribute; false when none is left.
    pub fn forget_some(&mut self, attribute: &str, limit: u32) -> Result<bool> {
        const LAST: &str = "
            SELECT value FROM (
                SELECT value FROM identity_key WHERE attribute = $1 ORDER BY value LIMIT $2) AS few
             ORDER BY value DESC LIMIT 1";
        const FORGET: &str = "DELETE FROM identity_key WHERE attribute = $1 AND value <= $2";
        let last = self
            .0
            .fetch_one(LAST, &args![attribute, limit], |row| row.get::<String>(0))?;
        let Some(last) = last else { return Ok(false) };
        self.0.execute(FORGET, &args![attribute, last])?;
        Ok(true)
    }

    /// Removes all keys and open manager references of an identity. What it is found by is among its
    /// attributes; keys of an attribute that nothing is looked up by any more may stay, and go when
    /// that attribute is indexed anew.
    pub fn forget(&mut self, identity: &Identity) -> Result<()> {
        for (attribute, _) in identity.attributes.iter() {
            if let Some(value) = identity.key(attribute) {
                self.remove(attribute, &value, identity.id)?;
            }
        }
        self.manager_found(identity.id)
    }

    /// Notes that `identity` names a manager who is not there; `task` is the run that may still
    /// bring the manager, if one may.
    pub fn await_manager(
        &mut self,
        attribute: &str,
        value: &str,
        identity: IdentityId,
        task: Option<TaskId>,
    ) -> Result<()> {
        const AWAIT: &str = "
            INSERT INTO unresolved_manager (attribute, value, identity_id, task_id)
            VALUES ($1, $2, $3, $4)
            ON CONFLICT (attribute, value, identity_id) DO UPDATE SET task_id = excluded.task_id";
        let task = task.map(|task| task.to_string()).unwrap_or_default();
        self.0
            .execute(AWAIT, &args![attribute, fold(value), identity, task])?;
        Ok(())
    }

    /// Notes that `identity` waits for no manager any more.
    pub fn manager_found(&mut self, identity: IdentityId) -> Result<()> {
        let sql = "DELETE FROM unresolved_manager WHERE identity_id = $1";
        self.0.execute(sql, &args![identity])?;
        Ok(())
    }

    /// Which of these identities wait for a manager, each at the place of its id.
    pub fn which_await(&mut self, identities: &[IdentityId]) -> Result<Vec<bool>> {
        const WHICH: &str = "SELECT 1 FROM unresolved_manager WHERE identity_id = $1 LIMIT 1";
        let mut found = vec![false; identities.len()];
        self.0
            .batch(WHICH, identities.iter().map(|id| args![*id]), |at, _| {
                found[at] = true;
                Ok(())
            })?;
        Ok(found)
    }

    /// Whether any identity waits for a manager.
    pub fn anyone_awaits(&mut self) -> Result<bool> {
        let sql = "SELECT 1 FROM unresolved_manager LIMIT 1";
        Ok(self.0.fetch_one(sql, &[], |_| Ok(()))?.is_some())
    }

    /// Identities that wait, outside any run, for a manager with one of these values.
    pub fn awaiting(&mut self, attribute: &str, values: &[&str]) -> Result<Vec<IdentityId>> {
        const AWAITING: &str = "
            SELECT identity_id FROM unresolved_manager
             WHERE attribute = $1 AND value = $2 AND task_id = ''";
        let mut found = Vec::new();
        self.0.batch(
            AWAITING,
            values.iter().map(|value| args![attribute, fold(value)]),
            |_, row| {
                found.push(row.get(0)?);
                Ok(())
            },
        )?;
        Ok(found)
    }

    /// Identities that wait for a manager whom this run may bring, at most `limit`.
    pub fn awaiting_in(&mut self, task: TaskId, limit: u32) -> Result<Vec<IdentityId>> {
        const AWAITING: &str = "
            SELECT DISTINCT identity_id FROM unresolved_manager WHERE task_id = $1
             ORDER BY identity_id LIMIT $2";
        self.0
            .fetch(AWAITING, &args![task, limit], |row| row.get(0))
    }
}

/// Who stands in the key as its sharer, and who beside it as its owner.
fn holders(attribute: &str, identity: IdentityId) -> (String, Option<IdentityId>) {
    if attribute == USER_NAME {
        (String::new(), Some(identity))
    } else {
        (identity.to_string(), None)
    }
}
