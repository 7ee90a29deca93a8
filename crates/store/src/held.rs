//! Accounts that a run found missing and did not delete, because they were too many: they wait for
//! an administrator (aggregation-refresh.md §1.6). The hold itself is a document.

use muster_model::id::{AccountId, TaskId};

use crate::accounts::{Account, COLUMNS, account};
use crate::args;
use crate::error::Result;
use crate::tx::Tx;

/// Held accounts by hold.
pub struct HeldAccounts<'t, 'c>(pub(crate) &'t mut Tx<'c>);

impl HeldAccounts<'_, '_> {
    /// Adds accounts to a hold.
    pub fn add(&mut self, hold: TaskId, accounts: &[AccountId]) -> Result<()> {
        let sql = "INSERT INTO held_account (hold_id, account_id) VALUES ($1, $2)
                   ON CONFLICT DO NOTHING";
        self.0
            .run(sql, accounts.iter().map(|account| args![hold, *account]))
    }

    /// How many accounts of a hold still exist.
    pub fn count(&mut self, hold: TaskId) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM held_account h JOIN account a ON a.id = h.account_id
                    WHERE h.hold_id = $1";
        let count = self.0.fetch_one(sql, &args![hold], |row| row.get(0))?;
        Ok(count.unwrap_or(0))
    }

    /// Accounts of a hold that still exist, in the order of their ids.
    pub fn page(&mut self, hold: TaskId, limit: u32, offset: u64) -> Result<Vec<Account>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM account
              WHERE id IN (SELECT account_id FROM held_account WHERE hold_id = $1)
              ORDER BY id LIMIT {limit} OFFSET {offset}"
        );
        self.0.fetch(&sql, &args![hold], account)
    }

    /// Takes accounts out of a hold.
    pub fn remove(&mut self, hold: TaskId, accounts: &[AccountId]) -> Result<()> {
        let sql = "DELETE FROM held_account WHERE hold_id = $1 AND account_id = $2";
        self.0
            .run(sql, accounts.iter().map(|account| args![hold, *account]))
    }

    /// Forgets a hold.
    pub fn forget(&mut self, hold: TaskId) -> Result<()> {
        self.0
            .execute("DELETE FROM held_account WHERE hold_id = $1", &args![hold])?;
        Ok(())
    }
}
