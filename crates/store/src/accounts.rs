//! Accounts: what a source says about someone, as last seen.
//!
//! An account is found by (source, native identity). Its digest is that of its raw fields, so an
//! account that did not change is not written again. Which accounts a run met is kept in the run's
//! memory: marking them here would turn every unchanged row into a write.

use muster_model::id::{AccountId, IdentityId, SourceId, TaskId};
use muster_model::{AttributeMap, Timestamp};
use muster_query::fold;

use crate::args;
use crate::driver::{Bits, Row};
use crate::error::{Error, Result};
use crate::tx::Tx;

/// An account.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The source it is on.
    pub source_id: SourceId,
    /// Its key on the source.
    pub native_identity: String,
    /// BLAKE3-128 of its raw fields under the schema it was read with.
    pub digest: [u8; 16],
    /// Whose it is, if anyone's.
    pub identity_id: Option<IdentityId>,
    /// Its display name.
    pub name: String,
    /// Whether the source says that it is disabled.
    pub disabled: bool,
    /// Whether the source says that it is locked.
    pub locked: bool,
    /// Whether a person said whose it is.
    pub manually_correlated: bool,
    /// Why it is nobody's, where there is more to say than "nobody matches".
    pub uncorrelated_reason: Option<String>,
    /// When it was first seen.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
    /// What the source says, by the names of the schema.
    pub attributes: AttributeMap,
    /// Where it was last written from; nothing where a call wrote it.
    pub origin: Option<Origin>,
}

/// What somebody has seen of an account who is about to write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    modified: Timestamp,
    digest: [u8; 16],
    identity_id: Option<IdentityId>,
    manually_correlated: bool,
}

impl From<&Account> for Seen {
    fn from(account: &Account) -> Self {
        Self {
            modified: account.modified,
            digest: account.digest,
            identity_id: account.identity_id,
            manually_correlated: account.manually_correlated,
        }
    }
}

/// The place that an account was last written from. A run that finds an account unchanged does not
/// write it, so this may be the file before the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The line of the account's first row, counted from 1.
    pub line: i64,
    /// The run that read the file.
    pub task: TaskId,
}

/// Accounts of a source by their keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'k> {
    /// All of them.
    Whole,
    /// Those whose keys come before this one.
    Below(&'k str),
    /// Those with this key and the keys behind it.
    From(&'k str),
}

pub(crate) const COLUMNS: &str =
    "id, source_id, native_identity, digest, identity_id, name, disabled, locked,
    manually_correlated, uncorrelated_reason, created, modified, attributes, line, task_id";

const INSERT: &str = "
    INSERT INTO account (id, source_id, native_identity, digest, identity_id, name, name_lower,
                         disabled, locked, manually_correlated, uncorrelated_reason, created, modified,
                         attributes, line, task_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";

/// Accounts.
pub struct Accounts<'t, 'c>(pub(crate) &'t mut Tx<'c>);

impl Accounts<'_, '_> {
    /// Hands over key and digest of each account of a source, or of some of them.
    pub fn each_known(
        &mut self,
        source: SourceId,
        part: Part<'_>,
        mut each: impl FnMut(&str, [u8; 16]) -> Result<()>,
    ) -> Result<()> {
        const KNOWN: &str = "SELECT native_identity, digest FROM account WHERE source_id = $1";
        let (condition, bound) = match part {
            Part::Whole => ("", None),
            Part::Below(bound) => ("AND native_identity < $2", Some(bound)),
            Part::From(bound) => ("AND native_identity >= $2", Some(bound)),
        };
        let mut args = args![source].to_vec();
        args.extend(bound.map(crate::Arg::from));
        self.0
            .for_each(&format!("{KNOWN} {condition}"), &args, |row| {
                each(row.text(0)?, digest_of(row.bytes(1)?)?)
            })
    }

    /// The key before which a source has that many others.
    pub fn key_after(&mut self, source: SourceId, others: i64) -> Result<Option<String>> {
        const KEY: &str = "
            SELECT native_identity FROM account WHERE source_id = $1
             ORDER BY native_identity LIMIT 1 OFFSET $2";
        self.0
            .fetch_one(KEY, &args![source, others], |row| row.get(0))
    }

    /// How many accounts a source has.
    pub fn count(&mut self, source: SourceId) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM account WHERE source_id = $1";
        Ok(self
            .0
            .fetch_one(sql, &args![source], |row| row.get(0))?
            .unwrap_or(0))
    }

    /// How many accounts of a source are nobody's.
    pub fn count_uncorrelated(&mut self, source: SourceId) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM account WHERE source_id = $1 AND identity_id IS NULL";
        let count = self.0.fetch_one(sql, &args![source], |row| row.get(0))?;
        Ok(count.unwrap_or(0))
    }

    /// The accounts of a source with these keys, each at the place of its key.
    pub fn find_each(
        &mut self,
        source: SourceId,
        natives: &[&str],
    ) -> Result<Vec<Option<Account>>> {
        let sql =
            format!("SELECT {COLUMNS} FROM account WHERE source_id = $1 AND native_identity = $2");
        let mut found = vec![None; natives.len()];
        self.0.batch(
            &sql,
            natives.iter().map(|native| args![source, *native]),
            |at, row| {
                found[at] = Some(account(row)?);
                Ok(())
            },
        )?;
        Ok(found)
    }

    /// Whether the accounts of a source with these keys are as they were seen, or not there where none
    /// was. Nobody else changes those that are there until the transaction ends.
    pub fn hold_as(&mut self, source: SourceId, seen: &[(&str, Option<Seen>)]) -> Result<bool> {
        const HOLD: &str = "
            SELECT modified, digest, identity_id, manually_correlated FROM account
             WHERE source_id = $1 AND native_identity = $2 {hold}";
        let mut found = vec![None; seen.len()];
        let keys = seen.iter().map(|(native, _)| args![source, *native]);
        self.0.batch(HOLD, keys, |at, row| {
            found[at] = Some(Seen {
                modified: row.get(0)?,
                digest: digest_of(row.bytes(1)?)?,
                identity_id: row.get(2)?,
                manually_correlated: row.get(3)?,
            });
            Ok(())
        })?;
        Ok(found
            .iter()
            .zip(seen)
            .all(|(found, (_, seen))| found == seen))
    }

    /// One account.
    pub fn get(&mut self, id: AccountId) -> Result<Option<Account>> {
        let sql = format!("SELECT {COLUMNS} FROM account WHERE id = $1");
        self.0.fetch_one(&sql, &args![id], account)
    }

    /// The accounts of each of these identities, each with the place of its identity, oldest first.
    pub fn of_each(&mut self, identities: &[IdentityId]) -> Result<Vec<Vec<Account>>> {
        let sql =
            format!("SELECT {COLUMNS} FROM account WHERE identity_id = $1 ORDER BY created, id");
        let mut found = vec![Vec::new(); identities.len()];
        self.0
            .batch(&sql, identities.iter().map(|id| args![*id]), |at, row| {
                found[at].push(account(row)?);
                Ok(())
            })?;
        Ok(found)
    }

    /// Stores accounts, new or changed, found by source and native identity.
    pub fn save<'a>(&mut self, accounts: impl IntoIterator<Item = &'a Account>) -> Result<()> {
        const UPSERT: &str = "
            ON CONFLICT (source_id, native_identity) DO UPDATE
               SET digest = excluded.digest, identity_id = excluded.identity_id,
                   name = excluded.name, name_lower = excluded.name_lower,
                   disabled = excluded.disabled, locked = excluded.locked,
                   manually_correlated = excluded.manually_correlated,
                   uncorrelated_reason = excluded.uncorrelated_reason,
                   modified = excluded.modified, attributes = excluded.attributes,
                   line = excluded.line, task_id = excluded.task_id";
        self.put(&format!("{INSERT} {UPSERT}"), accounts)
    }

    /// Stores accounts that nobody has stored before; an error where somebody has. Quicker than
    /// [`Accounts::save`], most of all on PostgreSQL.
    pub fn insert<'a>(&mut self, accounts: impl IntoIterator<Item = &'a Account>) -> Result<()> {
        self.put(INSERT, accounts)
    }

    fn put<'a>(
        &mut self,
        sql: &str,
        accounts: impl IntoIterator<Item = &'a Account>,
    ) -> Result<()> {
        let with_bodies = accounts
            .into_iter()
            .map(|one| Ok((one, serde_json::to_string(&one.attributes)?)))
            .collect::<Result<Vec<_>>>()?;
        self.0.run(
            sql,
            with_bodies.into_iter().map(|(one, body)| {
                args![
                    one.id,
                    one.source_id,
                    &one.native_identity,
                    &one.digest,
                    one.identity_id,
                    &one.name,
                    fold(&one.name),
                    one.disabled,
                    one.locked,
                    one.manually_correlated,
                    one.uncorrelated_reason.as_deref(),
                    one.created,
                    one.modified,
                    body,
                    one.origin.map(|origin| origin.line),
                    one.origin.map(|origin| Bits(origin.task.0))
                ]
            }),
        )
    }

    /// Removes accounts.
    pub fn delete(&mut self, ids: &[AccountId]) -> Result<()> {
        self.0.run(
            "DELETE FROM account WHERE id = $1",
            ids.iter().map(|id| args![*id]),
        )
    }

    /// Makes all accounts of an identity nobody's.
    pub fn release(&mut self, identity: IdentityId, now: Timestamp) -> Result<u64> {
        const RELEASE: &str = "
            UPDATE account SET identity_id = NULL, manually_correlated = 0, modified = $2
             WHERE identity_id = $1";
        self.0.execute(RELEASE, &args![identity, now])
    }

    /// Accounts of a source after `after`, or the first, in the order of their ids.
    pub fn page_of(
        &mut self,
        source: SourceId,
        after: Option<AccountId>,
        limit: u32,
    ) -> Result<Vec<Account>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM account
              WHERE source_id = $1 AND id > $2 ORDER BY id LIMIT $3"
        );
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.0.fetch(&sql, &args![source, after, limit], account)
    }

    /// Accounts after `after` that are nobody's, in the order of their ids.
    pub fn uncorrelated(
        &mut self,
        source: SourceId,
        after: Option<AccountId>,
        limit: u32,
    ) -> Result<Vec<Account>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM account
              WHERE source_id = $1 AND identity_id IS NULL AND id > $2 ORDER BY id LIMIT $3"
        );
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.0.fetch(&sql, &args![source, after, limit], account)
    }

    /// The owners of a source's accounts after `after`, in the order of their ids.
    pub fn identities_of(
        &mut self,
        source: SourceId,
        after: Option<IdentityId>,
        limit: u32,
    ) -> Result<Vec<IdentityId>> {
        const OWNERS: &str = "
            SELECT DISTINCT identity_id FROM account
             WHERE identity_id > $2 AND source_id = $1 ORDER BY identity_id LIMIT $3";
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.0
            .fetch(OWNERS, &args![source, after, limit], |row| row.get(0))
    }

    /// Accounts that satisfy `condition` over the account table, with its arguments `$1…`.
    pub fn select(&mut self, rest: &str, args: &[crate::Arg<'_>]) -> Result<Vec<Account>> {
        self.0.fetch(
            &format!("SELECT {COLUMNS} FROM account {rest}"),
            args,
            account,
        )
    }
}

pub(crate) fn account(row: &Row<'_>) -> Result<Account> {
    Ok(Account {
        id: row.get(0)?,
        source_id: row.get(1)?,
        native_identity: row.get(2)?,
        digest: digest_of(row.bytes(3)?)?,
        identity_id: row.get(4)?,
        name: row.get(5)?,
        disabled: row.get(6)?,
        locked: row.get(7)?,
        manually_correlated: row.get(8)?,
        uncorrelated_reason: row.get(9)?,
        created: row.get(10)?,
        modified: row.get(11)?,
        attributes: row.json(12)?,
        origin: origin(row)?,
    })
}

fn origin(row: &Row<'_>) -> Result<Option<Origin>> {
    let (line, task) = (row.get(13)?, row.get::<Option<Bits>>(14)?);
    let origin = Option::zip(line, task);
    Ok(origin.map(|(line, task)| Origin {
        line,
        task: TaskId(task.0),
    }))
}

fn digest_of(bytes: &[u8]) -> Result<[u8; 16]> {
    bytes
        .try_into()
        .map_err(|_| Error::Corrupt("an account's digest has 16 bytes".into()))
}
