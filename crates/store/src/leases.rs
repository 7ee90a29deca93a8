//! Leases: things that only one holder may do at a time, given back or running out.

use muster_model::Timestamp;

use crate::args;
use crate::error::Result;
use crate::tx::Tx;

/// Leases by name.
pub struct Leases<'t, 'c>(pub(crate) &'t mut Tx<'c>);

impl Leases<'_, '_> {
    /// Takes or renews the lease for `owner`; false while someone else holds it.
    pub fn take(
        &mut self,
        name: &str,
        owner: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool> {
        const TAKE: &str = "
            INSERT INTO lease (name, owner, until) VALUES ($1, $2, $4)
            ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until
             WHERE lease.owner = excluded.owner OR lease.until < $3";
        Ok(self.0.execute(TAKE, &args![name, owner, now, until])? > 0)
    }

    /// Gives the lease back, if `owner` holds it.
    pub fn give_back(&mut self, name: &str, owner: &str) -> Result<()> {
        self.0.execute(
            "DELETE FROM lease WHERE name = $1 AND owner = $2",
            &args![name, owner],
        )?;
        Ok(())
    }

    /// Who holds leases at `now` whose names begin with `prefix`, in order.
    pub fn holders_of(&mut self, prefix: &str, now: Timestamp) -> Result<Vec<String>> {
        const HOLDERS: &str = "
            SELECT owner FROM lease
             WHERE SUBSTR(name, 1, LENGTH($1)) = $1 AND until >= $2 ORDER BY owner";
        self.0.fetch(HOLDERS, &args![prefix, now], |row| row.get(0))
    }

    /// Who holds it at `now`.
    pub fn holder(&mut self, name: &str, now: Timestamp) -> Result<Option<String>> {
        let sql = "SELECT owner FROM lease WHERE name = $1 AND until >= $2";
        self.0.fetch_one(sql, &args![name, now], |row| row.get(0))
    }
}
