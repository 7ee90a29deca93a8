//! Lifecycle states that people set. Such a state holds until the calculated one changes
//! (aggregation-refresh.md §4.3), so what was calculated then is kept with it.

use std::collections::HashMap;

use muster_model::Timestamp;
use muster_model::id::IdentityId;

use crate::args;
use crate::error::Result;
use crate::tx::Tx;

/// A lifecycle state that a person set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManualState {
    /// Its technical name.
    pub state: String,
    /// The state that was calculated when it was set.
    pub calculated: Option<String>,
    /// When it was set.
    pub set_at: Timestamp,
}

/// Manual lifecycle states by identity.
pub struct ManualLifecycle<'t, 'c>(pub(crate) &'t mut Tx<'c>);

impl ManualLifecycle<'_, '_> {
    /// Sets the state of an identity.
    pub fn set(&mut self, identity: IdentityId, manual: &ManualState) -> Result<()> {
        const SET: &str = "
            INSERT INTO manual_lifecycle (identity_id, state, calculated, set_at)
            VALUES ($1, $2, $3, $4)
            ON CONFLICT (identity_id) DO UPDATE
               SET state = excluded.state, calculated = excluded.calculated, set_at = excluded.set_at";
        let calculated = manual.calculated.as_deref();
        self.0.execute(
            SET,
            &args![identity, &manual.state, calculated, manual.set_at],
        )?;
        Ok(())
    }

    /// The states of those among `identities` who have one.
    pub fn of(&mut self, identities: &[IdentityId]) -> Result<HashMap<IdentityId, ManualState>> {
        let mut found = HashMap::new();
        // Mostly nobody has one, and then a batch of a thousand costs one look.
        let any = self
            .0
            .fetch_one("SELECT 1 FROM manual_lifecycle LIMIT 1", &[], |_| Ok(()))?;
        if any.is_none() {
            return Ok(found);
        }
        self.0.batch(
            "SELECT state, calculated, set_at FROM manual_lifecycle WHERE identity_id = $1",
            identities.iter().map(|id| args![*id]),
            |at, row| {
                let manual = ManualState {
                    state: row.get(0)?,
                    calculated: row.get(1)?,
                    set_at: row.get(2)?,
                };
                found.insert(identities[at], manual);
                Ok(())
            },
        )?;
        Ok(found)
    }

    /// The calculated state counts again.
    pub fn release(&mut self, identity: IdentityId) -> Result<()> {
        let sql = "DELETE FROM manual_lifecycle WHERE identity_id = $1";
        self.0.execute(sql, &args![identity])?;
        Ok(())
    }
}
