//! Accounts whose attributes differ from those of the people that they belong to, as attribute
//! synchronisation found them last. A row stands for one account, whichever run found it.

use muster_model::attribute_sync::PlannedSync;
use muster_model::id::{AccountId, SourceId, TaskId};

use crate::args;
use crate::driver::Row;
use crate::error::Result;
use crate::tx::Tx;

/// The plans.
pub struct SyncPlans<'t, 'c>(pub(crate) &'t mut Tx<'c>);

impl SyncPlans<'_, '_> {
    /// Says of these accounts what is planned for them; of those that are not planned for, nothing is.
    pub fn replace(&mut self, looked_at: &[AccountId], planned: &[PlannedSync]) -> Result<()> {
        self.0.run(
            "DELETE FROM sync_plan WHERE account_id = $1",
            looked_at.iter().map(|account| args![*account]),
        )?;
        let bodies = planned
            .iter()
            .map(|one| Ok(serde_json::to_string(&one.changes)?))
            .collect::<Result<Vec<_>>>()?;
        self.0.run(
            "INSERT INTO sync_plan (account_id, source_id, identity_id, task_id, changes)
             VALUES ($1, $2, $3, $4, $5)",
            planned.iter().zip(bodies).map(|(one, changes)| {
                args![
                    one.account_id,
                    one.source_id,
                    one.identity_id,
                    one.task,
                    changes
                ]
            }),
        )
    }

    /// Forgets what earlier runs have planned for a source: its accounts are gone.
    pub fn forget_others(&mut self, source: SourceId, task: TaskId) -> Result<()> {
        let sql = "DELETE FROM sync_plan WHERE source_id = $1 AND task_id <> $2";
        self.0.execute(sql, &args![source, task])?;
        Ok(())
    }

    /// Forgets all that is planned for a source.
    pub fn forget(&mut self, source: SourceId) -> Result<()> {
        self.0
            .execute("DELETE FROM sync_plan WHERE source_id = $1", &args![source])?;
        Ok(())
    }

    /// What is planned for the accounts of a source that are still whose they were, in the order of their
    /// ids, each with the account's name and key.
    pub fn page(
        &mut self,
        source: SourceId,
        limit: u32,
        offset: u64,
    ) -> Result<Vec<(PlannedSync, String, String)>> {
        let sql = format!(
            "SELECT p.account_id, p.source_id, p.identity_id, p.task_id, p.changes, a.name,
                    a.native_identity
               FROM sync_plan p
               JOIN account a ON a.id = p.account_id AND a.identity_id = p.identity_id
              WHERE p.source_id = $1 ORDER BY p.account_id LIMIT {limit} OFFSET {offset}"
        );
        self.0.fetch(&sql, &args![source], |row| {
            Ok((planned(row)?, row.get(5)?, row.get(6)?))
        })
    }

    /// How many of these there are.
    pub fn count(&mut self, source: SourceId) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM sync_plan p
                     JOIN account a ON a.id = p.account_id AND a.identity_id = p.identity_id
                    WHERE p.source_id = $1";
        let count = self.0.fetch_one(sql, &args![source], |row| row.get(0))?;
        Ok(count.unwrap_or(0))
    }
}

fn planned(row: &Row<'_>) -> Result<PlannedSync> {
    Ok(PlannedSync {
        account_id: row.get(0)?,
        source_id: row.get(1)?,
        identity_id: row.get(2)?,
        task: row.get(3)?,
        changes: row.json(4)?,
    })
}
