//! What identities were before: a row per change, compact, written with the change itself. A new
//! identity has none, so a first load writes none.
//!
//! Versions that nobody was told of (before the announcement) are not kept. The rows go with their
//! identity when it is deleted: what is erased must not live on in its history.

use muster_model::id::IdentityId;

use crate::args;
use crate::driver::Bits;
use crate::error::Result;
use crate::identities::{Identity, Replaced};
use crate::identity_delta::{pack, unpack};
use crate::limits::{VERSIONS_CHECKED, VERSIONS_KEPT};
use crate::tx::Tx;

/// What identities were before.
pub struct IdentityChanges<'t, 'c>(pub(crate) &'t mut Tx<'c>);

impl IdentityChanges<'_, '_> {
    /// Keeps what these identities were before.
    pub(crate) fn note(&mut self, replaced: &[Replaced<'_>]) -> Result<()> {
        const NOTE: &str =
            "INSERT INTO identity_change (identity_id, version, before) VALUES ($1, $2, $3)";
        const FORGET: &str = "DELETE FROM identity_change WHERE identity_id = $1 AND version <= $2";
        let told = || {
            replaced
                .iter()
                .filter(|one| one.before.stage.is_announced())
        };
        let rows = told()
            .map(|one| Ok((one.before, pack(one.before, &one.after)?)))
            .collect::<Result<Vec<_>>>()?;
        self.0.run(
            NOTE,
            rows.iter()
                .map(|(before, bytes)| args![Bits(before.id.0), before.version, bytes]),
        )?;
        let old = told().filter(|one| one.after.version % VERSIONS_CHECKED == 0);
        self.0.run(
            FORGET,
            old.map(|one| args![Bits(one.before.id.0), one.after.version - VERSIONS_KEPT]),
        )
    }

    /// How many versions are kept of an identity besides the current one.
    pub fn count(&mut self, id: IdentityId) -> Result<u64> {
        let sql = "SELECT COUNT(*) FROM identity_change WHERE identity_id = $1";
        let count = self
            .0
            .fetch_one(sql, &args![Bits(id.0)], |row| row.get::<i64>(0))?;
        Ok(count.unwrap_or(0).unsigned_abs())
    }

    /// The versions of an identity from the `current` one back, at most `limit` of them.
    pub fn versions(&mut self, current: Identity, limit: u32) -> Result<Versions> {
        const ROWS: &str = "
            SELECT before FROM identity_change
             WHERE identity_id = $1 AND version < $2 ORDER BY version DESC LIMIT $3";
        let args = args![Bits(current.id.0), current.version, limit.saturating_sub(1)];
        let rows = self.0.fetch(ROWS, &args, |row| row.get::<Vec<u8>>(0))?;
        Ok(Versions {
            next: (limit > 0).then_some(current),
            rows: rows.into_iter(),
        })
    }

    /// All versions that are kept, from the `current` one back.
    pub fn all_versions(&mut self, current: Identity) -> Result<Versions> {
        self.versions(current, u32::MAX)
    }

    /// Forgets what an identity was.
    pub(crate) fn forget(&mut self, id: IdentityId) -> Result<()> {
        let sql = "DELETE FROM identity_change WHERE identity_id = $1";
        self.0.execute(sql, &args![Bits(id.0)])?;
        Ok(())
    }
}

/// The versions of an identity, newest first.
pub struct Versions {
    next: Option<Identity>,
    rows: std::vec::IntoIter<Vec<u8>>,
}

impl Iterator for Versions {
    type Item = Result<Identity>;

    fn next(&mut self) -> Option<Self::Item> {
        let version = self.next.take()?;
        if let Some(bytes) = self.rows.next() {
            match unpack(&bytes, &version) {
                Ok(older) => self.next = Some(older),
                Err(error) => return Some(Err(error)),
            }
        }
        Some(Ok(version))
    }
}
