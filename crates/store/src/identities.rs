//! Identities: people as their identity profile sees them, and how far each has come.

use muster_model::id::{IdentityId, ProfileId, TaskId};
use muster_model::{AttributeMap, AttributeValue, Timestamp};
use muster_query::fold;
use serde_json::Value;

use crate::args;
use crate::driver::{Bits, Row};
use crate::error::{Error, Result};
use crate::tx::Tx;

/// How far an identity has come. Numbers are stored: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Made, not announced yet: its manager may still turn up in the same file.
    Held = 0,
    /// Never announced, because a required attribute is missing or its user name is taken.
    Faulty = 1,
    /// Announced by Identity Created and visible.
    Active = 2,
    /// Its authoritative account is gone; kept, hidden, until it returns or is deleted.
    Withdrawn = 3,
}

impl Stage {
    pub(crate) fn from_number(number: i64) -> Result<Self> {
        [Self::Held, Self::Faulty, Self::Active, Self::Withdrawn]
            .into_iter()
            .find(|stage| *stage as i64 == number)
            .ok_or_else(|| Error::Corrupt(format!("an identity is at stage {number}")))
    }

    /// Whether the outside has been told of it.
    pub const fn is_announced(self) -> bool {
        matches!(self, Self::Active | Self::Withdrawn)
    }
}

/// An identity.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// Its id, for good, whatever its user name becomes (decisions.md 18).
    pub id: IdentityId,
    /// Counts its writes, for optimistic locking.
    pub version: i64,
    /// Counts the events that told of its changes; makes their ids.
    pub revision: i64,
    /// The profile that maps its attributes.
    pub profile_id: Option<ProfileId>,
    /// How far it has come.
    pub stage: Stage,
    /// Its display name.
    pub name: String,
    /// Its user name (`uid`).
    pub alias: String,
    /// Its manager.
    pub manager_id: Option<IdentityId>,
    /// The technical name of its lifecycle state, as far as such a state exists and is enabled.
    pub lifecycle: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
    /// The run that changed it.
    pub cause: TaskId,
    /// Its attributes by technical name.
    pub attributes: AttributeMap,
    /// What is wrong with it, if anything: attribute, reason, severity.
    pub problems: Option<Value>,
}

/// A stored identity and what takes its place.
#[derive(Clone, Debug)]
pub struct Replaced<'a> {
    /// As it was read.
    pub before: &'a Identity,
    /// At its next version.
    pub after: Identity,
}

/// The processing state as SQL, in lower case; [`Identity::has_errors`] says the same of a row.
/// Quotes inside of texts are escaped, so no reason can look like a severity.
pub const PROCESSING_STATE: &str =
    "(CASE WHEN problems LIKE '%\"severity\":\"ERROR\"%' THEN 'error' ELSE 'ok' END)";

impl Identity {
    /// The value by which it is found under an attribute. A faulty one is not found, nor is anybody by
    /// a reference.
    pub fn key(&self, attribute: &str) -> Option<String> {
        let value = self.attributes.get(attribute)?;
        (self.stage != Stage::Faulty && !matches!(value, AttributeValue::Reference(_)))
            .then(|| value.to_text())
    }

    /// Whether something about it must be mended; warnings do not count.
    pub fn has_errors(&self) -> bool {
        let problems = self.problems.as_ref().and_then(Value::as_array);
        let mut problems = problems.into_iter().flatten();
        problems.any(|problem| problem["severity"] == "ERROR")
    }
}

pub(crate) const COLUMNS: &str =
    "id, version, revision, profile_id, stage, name, alias, manager_id, lifecycle,
    created, modified, cause, attributes, problems";

/// Identities.
pub struct Identities<'t, 'c>(pub(crate) &'t mut Tx<'c>);

impl Identities<'_, '_> {
    /// One identity.
    pub fn get(&mut self, id: IdentityId) -> Result<Option<Identity>> {
        let sql = format!("SELECT {COLUMNS} FROM identity WHERE id = $1");
        self.0.fetch_one(&sql, &args![id], identity)
    }

    /// The identities with these ids, each at the place of its id.
    pub fn get_each(&mut self, ids: &[IdentityId]) -> Result<Vec<Option<Identity>>> {
        let sql = format!("SELECT {COLUMNS} FROM identity WHERE id = $1");
        let mut found = vec![None; ids.len()];
        self.0
            .batch(&sql, ids.iter().map(|id| args![*id]), |at, row| {
                found[at] = Some(identity(row)?);
                Ok(())
            })?;
        Ok(found)
    }

    /// Ids and versions of all identities, in no order.
    pub fn versions(&mut self) -> Result<Vec<(IdentityId, i64)>> {
        let sql = "SELECT id, version FROM identity";
        self.0.fetch(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Whether there is any identity from `first` to `last`. One look answers for all people of a
    /// first load, whose ids follow each other.
    pub fn any_between(&mut self, first: IdentityId, last: IdentityId) -> Result<bool> {
        let sql = "SELECT 1 FROM identity WHERE id BETWEEN $1 AND $2 LIMIT 1";
        Ok(self
            .0
            .fetch_one(sql, &args![first, last], |_| Ok(()))?
            .is_some())
    }

    /// Id, display name and stage of these identities, each at the place of its id.
    pub fn names(&mut self, ids: &[IdentityId]) -> Result<Vec<Option<(String, Stage)>>> {
        let mut found = vec![None; ids.len()];
        self.0.batch(
            "SELECT name, stage FROM identity WHERE id = $1",
            ids.iter().map(|id| args![*id]),
            |at, row| {
                found[at] = Some((row.get(0)?, Stage::from_number(row.get(1)?)?));
                Ok(())
            },
        )?;
        Ok(found)
    }

    /// Stores new identities.
    pub fn insert(&mut self, identities: &[Identity]) -> Result<()> {
        const INSERT: &str = "
            INSERT INTO identity (id, version, revision, profile_id, stage, name, name_lower, alias,
                                  alias_lower, email_lower, firstname_lower, lastname_lower,
                                  manager_id, lifecycle, created, modified, cause, attributes,
                                  problems)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                    $19)";
        let bodies = bodies(identities.iter())?;
        self.0.run(
            INSERT,
            identities.iter().zip(bodies).map(|(one, body)| {
                args![
                    one.id,
                    one.version,
                    one.revision,
                    one.profile_id,
                    one.stage as i64,
                    &one.name,
                    fold(&one.name),
                    &one.alias,
                    fold(&one.alias),
                    lower(one, "email"),
                    lower(one, "firstname"),
                    lower(one, "lastname"),
                    one.manager_id,
                    one.lifecycle.as_deref(),
                    one.created,
                    one.modified,
                    Bits(one.cause.0),
                    body,
                    one.problems.as_ref().map(Value::to_string)
                ]
            }),
        )
    }

    /// Stores changed identities and what they were before; a conflict when someone else has changed
    /// one of them since it was read.
    pub fn update(&mut self, replaced: &[Replaced<'_>]) -> Result<()> {
        const UPDATE: &str = "
            UPDATE identity
               SET version = $2, revision = $3, profile_id = $4, stage = $5, name = $6,
                   name_lower = $7, alias = $8, alias_lower = $9, email_lower = $10,
                   firstname_lower = $11, lastname_lower = $12, manager_id = $13, lifecycle = $14,
                   modified = $15, cause = $16, attributes = $17, problems = $18
             WHERE id = $1 AND version = $2 - 1
            RETURNING id";
        let bodies = bodies(replaced.iter().map(|one| &one.after))?;
        let mut updated = 0;
        self.0.batch(
            UPDATE,
            replaced.iter().zip(bodies).map(|(one, body)| {
                let one = &one.after;
                args![
                    one.id,
                    one.version,
                    one.revision,
                    one.profile_id,
                    one.stage as i64,
                    &one.name,
                    fold(&one.name),
                    &one.alias,
                    fold(&one.alias),
                    lower(one, "email"),
                    lower(one, "firstname"),
                    lower(one, "lastname"),
                    one.manager_id,
                    one.lifecycle.as_deref(),
                    one.modified,
                    Bits(one.cause.0),
                    body,
                    one.problems.as_ref().map(Value::to_string)
                ]
            }),
            |_, _| {
                updated += 1;
                Ok(())
            },
        )?;
        if updated < replaced.len() {
            return Err(Error::Conflict("an identity".into()));
        }
        self.0.identity_changes().note(replaced)
    }

    /// Removes an identity and what it was before.
    pub fn delete(&mut self, id: IdentityId) -> Result<bool> {
        self.0.identity_changes().forget(id)?;
        Ok(self
            .0
            .execute("DELETE FROM identity WHERE id = $1", &args![id])?
            > 0)
    }

    /// How many visible identities a profile has, and how many of all that it has are with errors.
    pub fn count_of_profile(&mut self, profile: ProfileId) -> Result<(i64, i64)> {
        let sql = format!(
            "SELECT COUNT(CASE WHEN stage = 2 THEN 1 END),
                    COUNT(CASE WHEN {PROCESSING_STATE} = 'error' THEN 1 END)
               FROM identity WHERE profile_id = $1"
        );
        let counts = self
            .0
            .fetch_one(&sql, &args![profile], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(counts.unwrap_or_default())
    }

    /// Identities of a profile after `after` that have errors, in the order of their ids.
    pub fn with_errors(
        &mut self,
        profile: ProfileId,
        after: Option<IdentityId>,
        limit: u32,
    ) -> Result<Vec<Identity>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM identity
              WHERE profile_id = $1 AND id > $2 AND {PROCESSING_STATE} = 'error'
              ORDER BY id LIMIT $3"
        );
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.0.fetch(&sql, &args![profile, after, limit], identity)
    }

    /// Ids of a profile's identities after `after`, in order.
    pub fn ids_of_profile(
        &mut self,
        profile: ProfileId,
        after: Option<IdentityId>,
        limit: u32,
    ) -> Result<Vec<IdentityId>> {
        const IDS: &str = "
            SELECT id FROM identity WHERE profile_id = $1 AND id > $2 ORDER BY id LIMIT $3";
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.0
            .fetch(IDS, &args![profile, after, limit], |row| row.get(0))
    }

    /// Ids of identities at that stage after `after`, in order.
    pub fn ids_at(
        &mut self,
        stage: Stage,
        after: Option<IdentityId>,
        limit: u32,
    ) -> Result<Vec<IdentityId>> {
        const IDS: &str =
            "SELECT id FROM identity WHERE stage = $1 AND id > $2 ORDER BY id LIMIT $3";
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.0
            .fetch(IDS, &args![stage as i64, after, limit], |row| row.get(0))
    }

    /// Identities after `after`, in order; nobody else changes them until the transaction ends.
    pub fn hold_after(&mut self, after: Option<IdentityId>, limit: u32) -> Result<Vec<Identity>> {
        let sql =
            format!("SELECT {COLUMNS} FROM identity WHERE id > $1 ORDER BY id LIMIT $2 {{hold}}");
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.0.fetch(&sql, &args![after, limit], identity)
    }

    /// Whether anyone reports to this identity.
    pub fn is_manager(&mut self, id: IdentityId) -> Result<bool> {
        let sql = "SELECT 1 FROM identity WHERE manager_id = $1 LIMIT 1";
        Ok(self.0.fetch_one(sql, &args![id], |_| Ok(()))?.is_some())
    }

    /// Identities that satisfy `rest`: a condition, order and page over the identity table.
    pub fn select(&mut self, rest: &str, args: &[crate::Arg<'_>]) -> Result<Vec<Identity>> {
        self.0.fetch(
            &format!("SELECT {COLUMNS} FROM identity {rest}"),
            args,
            identity,
        )
    }
}

fn bodies<'a>(identities: impl Iterator<Item = &'a Identity>) -> Result<Vec<String>> {
    Ok(identities
        .map(|one| serde_json::to_string(&one.attributes))
        .collect::<Result<_, _>>()?)
}

fn lower(identity: &Identity, attribute: &str) -> Option<String> {
    identity
        .attributes
        .get(attribute)
        .map(|value| fold(&value.to_text()))
}

pub(crate) fn identity(row: &Row<'_>) -> Result<Identity> {
    Ok(Identity {
        id: row.get(0)?,
        version: row.get(1)?,
        revision: row.get(2)?,
        profile_id: row.get(3)?,
        stage: Stage::from_number(row.get(4)?)?,
        name: row.get(5)?,
        alias: row.get(6)?,
        manager_id: row.get(7)?,
        lifecycle: row.get(8)?,
        created: row.get(9)?,
        modified: row.get(10)?,
        cause: TaskId(row.get::<Bits>(11)?.0),
        attributes: row.json(12)?,
        problems: row
            .get::<Option<String>>(13)?
            .map(|text| serde_json::from_str(&text))
            .transpose()?,
    })
}
