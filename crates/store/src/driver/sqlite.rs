//! SQLite: one writer, as many readers as ask at once, one file per org.

use std::path::{Path, PathBuf};

use parking_lot::{Mutex, MutexGuard};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OpenFlags, Statement, ToSql};

use super::{Arg, Row};
use crate::error::Result;
use crate::limits::{
    READER_CACHE_KIB, SCRATCH_CACHE_KIB, SQLITE_CACHE_KIB, SQLITE_CHECKPOINT_PAGES,
    SQLITE_STATEMENTS,
};

/// A database file with its connections.
pub(crate) struct Database {
    path: PathBuf,
    lasts: Lasts,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

/// Whether what is committed must outlast a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lasts {
    /// It must.
    Forever,
    /// It may go with the process.
    AsLongAsTheProcess,
}

impl Database {
    /// Opens the file, creating it where it is missing.
    pub(crate) fn open(path: &Path, lasts: Lasts) -> Result<Self> {
        let writer = connect(path, lasts, SQLITE_CACHE_KIB)?;
        Ok(Self {
            path: path.to_owned(),
            lasts,
            writer: Mutex::new(writer),
            readers: Mutex::default(),
        })
    }

    /// Waits for the turn to write. SQLite has a single writer; queueing for it here costs less
    /// than its own busy polling.
    pub(crate) fn writer(&self) -> MutexGuard<'_, Connection> {
        self.writer.lock()
    }

    /// Lends a reading connection, opening one more where all are busy.
    pub(crate) fn reader(&self) -> Result<Connection> {
        let idle = self.readers.lock().pop();
        idle.map_or_else(|| connect(&self.path, self.lasts, READER_CACHE_KIB), Ok)
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Takes a reading connection back.
    pub(crate) fn give_back(&self, reader: Connection) {
        self.readers.lock().push(reader);
    }
}

fn connect(path: &Path, lasts: Lasts, cache_kib: u32) -> Result<Connection> {
    let (synchronous, cache_kib) = match lasts {
        Lasts::Forever => ("FULL", cache_kib),
        Lasts::AsLongAsTheProcess => ("OFF", cache_kib.min(SCRATCH_CACHE_KIB)),
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = {synchronous};
         PRAGMA busy_timeout = 10000;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -{cache_kib};
         PRAGMA wal_autocheckpoint = {SQLITE_CHECKPOINT_PAGES};"
    ))?;
    // Without this SQLite plans a statement anew for other values, which cost half of its time here.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(SQLITE_STATEMENTS);
    Ok(connection)
}

impl ToSql for Arg<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Arg::Null => ToSqlOutput::Owned(Value::Null),
            Arg::Int(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Arg::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Arg::Id(digits) => ToSqlOutput::Borrowed(ValueRef::Text(digits)),
            Arg::Bits(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Arg::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

/// Runs one statement that changes rows.
pub(crate) fn execute(connection: &Connection, sql: &str, args: &[Arg<'_>]) -> Result<u64> {
    let mut statement = connection.prepare_cached(sql)?;
    bind(&mut statement, args)?;
    Ok(statement.raw_execute()? as u64)
}

/// Runs one query and hands each row to `each`.
pub(crate) fn query(
    connection: &Connection,
    sql: &str,
    args: &[Arg<'_>],
    each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
) -> Result<()> {
    step(&mut *connection.prepare_cached(sql)?, args, each)
}

/// Runs one statement for many rows of arguments and hands each row that comes back to `each`, with
/// the number of its arguments.
pub(crate) fn batch<'r, const N: usize>(
    connection: &Connection,
    sql: &str,
    rows: impl IntoIterator<Item = [Arg<'r>; N]>,
    each: &mut dyn FnMut(usize, &Row<'_>) -> Result<()>,
) -> Result<()> {
    let mut statement = connection.prepare_cached(sql)?;
    for (at, args) in rows.into_iter().enumerate() {
        step(&mut statement, &args, &mut |row| each(at, row))?;
    }
    Ok(())
}

fn step(
    statement: &mut Statement<'_>,
    args: &[Arg<'_>],
    each: &mut dyn FnMut(&Row<'_>) -> Result<()>,
) -> Result<()> {
    bind(statement, args)?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        each(&Row::Sqlite(row))?;
    }
    Ok(())
}

/// Binds `?1`, `?2`, …; a statement need not use the last ones.
fn bind(statement: &mut Statement<'_>, args: &[Arg<'_>]) -> Result<()> {
    let count = statement.parameter_count();
    for (index, arg) in args.iter().take(count).enumerate() {
        statement.raw_bind_parameter(index + 1, arg)?;
    }
    Ok(())
}
