//! A copy of an org to try a run on: the real code writes into it, and then it is thrown away.
//!
//! Only what a run reads is copied, so an org with a long log of events costs no more than one without.
//! The copy is a file or a schema of its own, in which nothing is made to outlast a crash; writers of
//! the org go on while it is made. What a crash left behind is removed at the next start.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;

use crate::args;
use crate::driver::dialect::Backend;
use crate::driver::{postgres, sqlite};
use crate::error::{Error, Result};
use crate::late_keys;
use crate::migrate::statements;
use crate::open::{Place, Store};
use crate::org::{Database, GivenUp, Org};

/// The tables that a run reads.
const COPIED: [&str; 10] = [
    "setting",
    "counter",
    "document",
    "account",
    "identity",
    "entitlement",
    "entitlement_parent",
    "manual_lifecycle",
    "identity_key",
    "unresolved_manager",
];

/// The folder of copies beside that of the orgs.
const FOLDER: &str = "scratch";

/// A copy of an org. It goes away when it is dropped, and nobody can reach it by name.
pub struct Scratch {
    org: Org,
    name: String,
    store: Store,
    is_dropped: Arc<AtomicBool>,
    /// What makes the place this copy's own.
    claim: Claim,
}

enum Claim {
    /// Removed with the copy.
    Folder(#[expect(dead_code, reason = "is there to be dropped")] TempDir),
    /// Holds the lock by which other nodes see that the schema is in use.
    Session(Box<postgres::Connection>),
}

impl Store {
    /// Copies what a run reads of `org`, as of one moment. Each transaction on the copy first asks
    /// `given_up` and fails with [`Error::GivenUp`] when it says so. There is one copy of an org at a
    /// time, on all nodes together.
    pub fn scratch(
        &self,
        org: &Org,
        given_up: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Result<Scratch> {
        let turn = Turn::take(self, org.name())?;
        let is_dropped = Arc::<AtomicBool>::default();
        let dropped = Arc::clone(&is_dropped);
        let given_up: GivenUp = Box::new(move || dropped.load(Ordering::SeqCst) || given_up());
        let (database, claim) = self.0.place.claim_scratch(org.name())?;
        let scratch = Scratch {
            org: Org::copy(org.name(), database, given_up),
            name: turn.keep(),
            store: self.clone(),
            is_dropped,
            claim,
        };
        // Keys that wait in the memory of the org are not in its file.
        let filled = scratch.fill(org);
        match filled.and_then(|()| late_keys::recover(&scratch.org)) {
            Err(error) if error.is_full() => Err(no_room(org)),
            filled => filled.map(|()| scratch),
        }
    }
}

impl Scratch {
    /// The copy, under the name of the org.
    pub fn org(&self) -> &Org {
        &self.org
    }

    fn fill(&self, from: &Org) -> Result<()> {
        match (self.org.database(), from.database()) {
            (Database::Sqlite(to), Database::Sqlite(from)) => fill_file(to, from.path()),
            (Database::Postgres(to), Database::Postgres(from)) => fill_schema(to, from.schema()),
            _ => Err(Error::Corrupt("a copy is on another backend".to_owned())),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Whoever still holds the org finds it closed.
        self.is_dropped.store(true, Ordering::SeqCst);
        if let (Some(schema), Claim::Session(session)) = (self.org.schema(), &mut self.claim)
            && let Err(error) = let_go(session, schema)
        {
            tracing::warn!(%error, "a copy stays behind until the next start");
        }
        self.store.0.copied.lock().remove(&self.name);
    }
}

/// The turn of one org among the copies of this process.
struct Turn<'s> {
    store: &'s Store,
    name: Option<String>,
}

impl<'s> Turn<'s> {
    fn take(store: &'s Store, name: &str) -> Result<Self> {
        if !store.0.copied.lock().insert(name.to_owned()) {
            return Err(Error::CopyInUse(name.to_owned()));
        }
        let name = Some(name.to_owned());
        Ok(Self { store, name })
    }

    /// Leaves it to the copy to give the turn back.
    fn keep(mut self) -> String {
        self.name.take().unwrap_or_default()
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            self.store.0.copied.lock().remove(name);
        }
    }
}

impl Place {
    /// A place for the copy of an org that nobody else uses.
    fn claim_scratch(&self, name: &str) -> Result<(Database, Claim)> {
        match self {
            Self::Folder { path, .. } => {
                let parent = path.join(FOLDER);
                let in_folder = |source| Error::File {
                    path: parent.display().to_string(),
                    source,
                };
                std::fs::create_dir_all(&parent).map_err(in_folder)?;
                let folder = tempfile::Builder::new()
                    .prefix(&format!("{name}-"))
                    .tempdir_in(&parent)
                    .map_err(in_folder)?;
                let file = folder.path().join("org.db");
                let database = sqlite::Database::open(&file, sqlite::Lasts::AsLongAsTheProcess)?;
                Ok((Database::Sqlite(database), Claim::Folder(folder)))
            }
            Self::Postgres {
                config,
                prefix,
                runtime,
            } => {
                let schema = format!("{}{}", scratch_prefix(prefix), name.replace('-', "_"));
                // Nobody listens to this channel: what is tried is nobody's work.
                let database = postgres::Database::new(
                    config.as_ref().clone(),
                    &schema,
                    &format!("{prefix}muster_scratch"),
                    runtime.handle().clone(),
                );
                let mut session = database.take()?;
                if !try_lock(&mut session, &schema)? {
                    return Err(Error::CopyInUse(name.to_owned()));
                }
                let claim = Claim::Session(Box::new(session));
                Ok((Database::Postgres(Box::new(database)), claim))
            }
        }
    }

    /// Removes the copies of processes that are gone.
    pub(crate) fn remove_left_overs(&self, control: &Org) -> Result<()> {
        const SCHEMAS: &str = "SELECT CAST(nspname AS TEXT) FROM pg_namespace WHERE starts_with(CAST(nspname AS TEXT), $1)";
        match (self, control.database()) {
            (Self::Folder { path, .. }, _) => match std::fs::remove_dir_all(path.join(FOLDER)) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(Error::File {
                    path: path.join(FOLDER).display().to_string(),
                    source,
                }),
                _ => Ok(()),
            },
            (Self::Postgres { prefix, .. }, Database::Postgres(database)) => {
                let start = scratch_prefix(prefix);
                let schemas: Vec<String> =
                    control.read(|tx| tx.fetch(SCHEMAS, &args![&start], |row| row.get(0)))?;
                let mut session = database.take()?;
                let removed = schemas.iter().try_for_each(|schema| {
                    if try_lock(&mut session, schema)? {
                        let_go(&mut session, schema)?;
                    }
                    Ok(())
                });
                database.give_back(session);
                removed
            }
            _ => Ok(()),
        }
    }
}

/// Says how much a copy takes at most, and where.
fn no_room(from: &Org) -> Error {
    const SIZE: &str = "
        SELECT CAST(COALESCE(SUM(pg_total_relation_size(c.oid)), 0) AS BIGINT)
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = $1 AND c.relkind = 'r'";
    let (place, bytes) = match from.database() {
        Database::Sqlite(database) => {
            let bytes = std::fs::metadata(database.path()).map_or(0, |file| file.len());
            let folder = database.path().parent().and_then(Path::parent);
            let folder = folder.unwrap_or_else(|| Path::new("."));
            (folder.join(FOLDER).display().to_string(), bytes)
        }
        Database::Postgres(database) => {
            let schema = database.schema();
            let size: Result<Option<i64>> =
                from.read(|tx| tx.fetch_one(SIZE, &args![schema], |row| row.get(0)));
            let bytes = size.ok().flatten().unwrap_or(0);
            ("the PostgreSQL server".to_owned(), bytes.max(0) as u64)
        }
    };
    let mib = bytes.div_ceil(1024 * 1024);
    Error::NoRoom { place, mib }
}

fn scratch_prefix(prefix: &str) -> String {
    format!("{prefix}scratch_")
}

fn drop_schema(schema: &str) -> String {
    format!("DROP SCHEMA IF EXISTS \"{schema}\" CASCADE")
}

fn try_lock(session: &mut postgres::Connection, schema: &str) -> Result<bool> {
    let sql = "SELECT CAST(CAST(pg_try_advisory_lock(hashtextextended($1, 0)) AS INT) AS BIGINT)";
    let mut is_locked = false;
    session.query(sql, &args![schema], &mut |row| {
        is_locked = row.get(0)?;
        Ok(())
    })?;
    Ok(is_locked)
}

/// Removes a schema that this session has locked, and unlocks it.
fn let_go(session: &mut postgres::Connection, schema: &str) -> Result<()> {
    session.script(&drop_schema(schema))?;
    session.script("SELECT pg_advisory_unlock_all()")
}

/// Rows go over as they are stored, indexes too: SQLite does that where both tables are the same and
/// the new one is empty.
fn fill_file(to: &sqlite::Database, from: &Path) -> Result<()> {
    let writer = to.writer();
    let (tables, indexes) = statements(Backend::Sqlite);
    // There is nothing to roll back to: a copy that fails is thrown away.
    writer.execute_batch("PRAGMA journal_mode = OFF")?;
    writer.execute("ATTACH DATABASE ?1 AS origin", [from.to_string_lossy()])?;
    writer.execute_batch("BEGIN")?;
    for statement in tables.iter().chain(&indexes) {
        writer.execute_batch(statement)?;
    }
    for table in COPIED {
        writer.execute_batch(&format!(
            "INSERT INTO main.{table} SELECT * FROM origin.{table}"
        ))?;
    }
    writer.execute_batch(
        "COMMIT;
         DETACH DATABASE origin;
         PRAGMA journal_mode = WAL",
    )?;
    Ok(())
}

/// Indexes are made once the rows are there, which costs less than growing them row by row.
fn fill_schema(to: &postgres::Database, from: &str) -> Result<()> {
    let schema = to.schema();
    let (tables, indexes) = statements(Backend::Postgres);
    let tables: Vec<String> = tables
        .iter()
        .map(|table| table.replacen("CREATE TABLE", "CREATE UNLOGGED TABLE", 1))
        .collect();
    let rows = COPIED
        .map(|table| format!("INSERT INTO \"{schema}\".{table} SELECT * FROM \"{from}\".{table}"));
    let script = format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL enable_seqscan = on;
         {}; CREATE SCHEMA \"{schema}\"; {}; {}; {}; COMMIT",
        drop_schema(schema),
        tables.join(";"),
        rows.join(";"),
        indexes.join(";"),
    );
    let mut connection = to.take()?;
    let filled = connection.script(&script);
    if filled.is_err() {
        // What went wrong has been said already.
        let _ = connection.script("ROLLBACK");
    }
    to.give_back(connection);
    filled
}

#[cfg(test)]
mod tests {
    use muster_model::Timestamp;

    use super::*;

    /// Tables that a copy has empty: what happened, whom it was told, and work under way.
    const LEFT_BEHIND: [&str; 17] = [
        "attempt",
        "audit",
        "delivery",
        "event",
        "held_account",
        "identity_change",
        "invocation",
        "job",
        "lease",
        "notice",
        "rejection",
        "schedule",
        "sync_plan",
        "task",
        "upload",
        "upload_chunk",
        "migration",
    ];

    #[test]
    fn each_table_is_copied_or_left_behind_on_purpose() {
        let (tables, _) = statements(Backend::Sqlite);
        let mut made: Vec<&str> = tables
            .iter()
            .filter_map(|table| table.split_whitespace().nth(2))
            .chain(["migration"])
            .collect();
        let mut known = [COPIED.as_slice(), &LEFT_BEHIND].concat();
        made.sort_unstable();
        known.sort_unstable();
        assert_eq!(made, known, "say of a new table whether a run reads it");
    }

    #[test]
    fn a_full_disk_is_told_with_what_is_missing() {
        let store = Store::temporary().unwrap();
        let org = store.create_org("acme", Timestamp::from_micros(0)).unwrap();
        let scratch = store.scratch(&org, || false).unwrap();
        let Database::Sqlite(database) = scratch.org().database() else {
            unreachable!("the store is in a folder");
        };
        let full = "PRAGMA max_page_count = 1; CREATE TABLE more (a TEXT)";
        let refused = Error::from(database.writer().execute_batch(full).unwrap_err());
        assert!(refused.is_full(), "{refused:?}");
        let told = no_room(&org).to_string();
        assert!(told.contains("scratch") && told.contains("MiB"), "{told}");
    }
}
