//! Settings: small values by name, of an org or of the whole installation.

use crate::args;
use crate::error::Result;
use crate::tx::Tx;

/// Settings by name.
pub struct Settings<'t, 'c>(pub(crate) &'t mut Tx<'c>);

impl Settings<'_, '_> {
    /// The value of a setting.
    pub fn get(&mut self, name: &str) -> Result<Option<String>> {
        self.0.fetch_one(
            "SELECT value FROM setting WHERE name = $1",
            &args![name],
            |row| row.get(0),
        )
    }

    /// Sets a value.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        const SET: &str = "
            INSERT INTO setting (name, value) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.0.execute(SET, &args![name, value])?;
        Ok(())
    }

    /// Removes a setting.
    pub fn remove(&mut self, name: &str) -> Result<()> {
        self.0
            .execute("DELETE FROM setting WHERE name = $1", &args![name])?;
        Ok(())
    }

    /// Sets a value unless there is one; gives the one that holds. Two nodes that do this at once
    /// get the same answer.
    pub fn get_or_set(&mut self, name: &str, value: &str) -> Result<String> {
        const SET: &str =
            "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        self.0.execute(SET, &args![name, value])?;
        Ok(self.get(name)?.unwrap_or_else(|| value.to_owned()))
    }
}
