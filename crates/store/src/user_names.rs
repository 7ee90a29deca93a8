//! User names: the one value that belongs to a single identity, whoever writes at the same time.
//!
//! On PostgreSQL the primary key of the keys decides, at no cost beside the write of the key. On SQLite
//! a name may wait in memory for its row (late_keys.rs), but there is a single writer: it looks before
//! it writes, and nobody comes in between.

use muster_model::id::IdentityId;
use muster_query::fold;

use crate::args;
use crate::error::{Error, Result};
use crate::keys::IdentityKeys;

/// The attribute that holds the user name.
pub const USER_NAME: &str = "uid";

impl IdentityKeys<'_, '_> {
    /// Stores user names in lower case; a conflict where somebody else has one.
    pub(crate) fn own(&mut self, mut names: Vec<(&str, &str, IdentityId)>) -> Result<()> {
        const OWN: &str = "
            INSERT INTO identity_key (attribute, value, sharer, owner) VALUES ($1, $2, '', $3)";
        // Two transactions that want the same names wait for each other in one order.
        names.sort_unstable();
        let values: Vec<String> = names
            .iter()
            .map(|(_, value, _)| (*value).to_owned())
            .collect();
        let mut late = vec![Vec::new(); names.len()];
        self.find_late(USER_NAME, &values, OWNERS, &mut late);
        self.refuse_owned(&names, &late)?;
        let rows = names
            .iter()
            .map(|(name, value, id)| args![*name, *value, *id]);
        self.0.run(OWN, rows).map_err(taken)
    }

    /// A conflict where somebody else has one of these names in lower case; for the single writer.
    pub(crate) fn refuse_taken(&mut self, names: &[(&str, &str, IdentityId)]) -> Result<()> {
        let values: Vec<String> = names
            .iter()
            .map(|(_, value, _)| (*value).to_owned())
            .collect();
        let found = self.find_each_folded(USER_NAME, &values)?;
        self.refuse_owned(names, &found)
    }

    /// A conflict where one who is found is somebody else. A key in memory goes with the commit, so
    /// whoever gave the name up in this very transaction is still found, and is none.
    fn refuse_owned(
        &mut self,
        names: &[(&str, &str, IdentityId)],
        found: &[Vec<IdentityId>],
    ) -> Result<()> {
        for ((_, value, id), found) in names.iter().zip(found) {
            for other in found.iter().filter(|other| *other != id) {
                let other = self.0.identities().get(*other)?;
                let theirs = other.and_then(|other| other.key(USER_NAME));
                if theirs.is_some_and(|theirs| fold(&theirs) == *value) {
                    return Err(conflict());
                }
            }
        }
        Ok(())
    }
}

/// One in a row, one in memory.
const OWNERS: usize = 2;

fn taken(error: Error) -> Error {
    if error.is_unique_violation() {
        conflict()
    } else {
        error
    }
}

fn conflict() -> Error {
    Error::Conflict("a user name".to_owned())
}
