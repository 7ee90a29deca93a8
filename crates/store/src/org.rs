//! One org: a database file or schema of its own, and the two ways into it.
//!
//! No table has a column for the org and no query can forget one: this handle is the only door.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

use crate::documents::Cached;
use crate::driver::dialect::Backend;
use crate::driver::{postgres, sqlite};
use crate::error::{Error, Result};
use crate::hints::Hints;
use crate::late_keys::LateKeys;
use crate::tx::{Connection, Tx};

/// A handle to one org. Cloning it is cheap.
#[derive(Clone)]
pub struct Org(Arc<Inner>);

struct Inner {
    name: String,
    database: Database,
    hints: Arc<Hints>,
    documents: RwLock<HashMap<String, Cached>>,
    late_keys: Mutex<LateKeys>,
    /// Says that nothing may happen here any more; only a copy that is tried on has it.
    given_up: Option<GivenUp>,
}

/// Whether nobody waits for what is done.
pub(crate) type GivenUp = Box<dyn Fn() -> bool + Send + Sync>;

/// The connections behind an org.
pub(crate) enum Database {
    /// A file.
    Sqlite(sqlite::Database),
    /// A schema.
    Postgres(Box<postgres::Database>),
}

impl Org {
    pub(crate) fn new(name: &str, database: Database, hints: Arc<Hints>) -> Self {
        Self(Arc::new(Inner {
            name: name.to_owned(),
            database,
            hints: Arc::new(Hints::under(hints)),
            documents: RwLock::default(),
            late_keys: Mutex::default(),
            given_up: None,
        }))
    }

    /// A copy of the org `name`, which nobody else serves; each transaction first asks `given_up`.
    pub(crate) fn copy(name: &str, database: Database, given_up: GivenUp) -> Self {
        Self(Arc::new(Inner {
            name: name.to_owned(),
            database,
            hints: Arc::default(),
            documents: RwLock::default(),
            late_keys: Mutex::default(),
            given_up: Some(given_up),
        }))
    }

    pub(crate) fn database(&self) -> &Database {
        &self.0.database
    }

    /// An error once nobody waits for this copy any more.
    fn check_wanted(&self) -> Result<()> {
        match &self.0.given_up {
            Some(given_up) if given_up() => Err(Error::GivenUp),
            _ => Ok(()),
        }
    }

    /// The org's name, as in its host name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Which backend holds it.
    pub fn backend(&self) -> Backend {
        match self.0.database {
            Database::Sqlite(_) => Backend::Sqlite,
            Database::Postgres(_) => Backend::Postgres,
        }
    }

    /// Hints about work in this org.
    pub fn hints(&self) -> &Hints {
        &self.0.hints
    }

    pub(crate) fn hints_handle(&self) -> Arc<Hints> {
        Arc::clone(&self.0.hints)
    }

    /// Keys of identities that wait for their rows. Whoever writes holds the turn to write before this.
    pub(crate) fn late_keys(&self) -> &Mutex<LateKeys> {
        &self.0.late_keys
    }

    pub(crate) fn document_cache(&self) -> &RwLock<HashMap<String, Cached>> {
        &self.0.documents
    }

    /// Runs `act` in a transaction that is committed when it returns `Ok` and rolled back
    /// otherwise. Blocks the calling thread.
    pub fn write<R, E: From<Error>>(
        &self,
        act: impl FnOnce(&mut Tx<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        self.check_wanted()?;
        let (answer, topics) = match &self.0.database {
            Database::Sqlite(database) => {
                let connection = database.writer();
                let mut tx = Tx::new(self, Connection::Sqlite(&connection), "BEGIN IMMEDIATE")?;
                let answer = act(&mut tx);
                finish(tx, answer)?
            }
            Database::Postgres(database) => {
                let mut connection = database.take()?;
                let done = Tx::new(self, Connection::Postgres(&mut connection), "BEGIN")
                    .map_err(E::from)
                    .and_then(|mut tx| {
                        let answer = act(&mut tx);
                        tx.tell_others(database.channel());
                        finish(tx, answer)
                    });
                database.give_back(connection);
                done?
            }
        };
        self.hints().give_bits(topics);
        Ok(answer)
    }

    /// Runs `act` over one consistent view. Blocks the calling thread.
    pub fn read<R, E: From<Error>>(
        &self,
        act: impl FnOnce(&mut Tx<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        self.check_wanted()?;
        match &self.0.database {
            Database::Sqlite(database) => {
                let connection = database.reader()?;
                let done = Tx::new(self, Connection::Sqlite(&connection), "BEGIN")
                    .map_err(E::from)
                    .and_then(|mut tx| {
                        let answer = act(&mut tx);
                        tx.end_reading()?;
                        answer
                    });
                database.give_back(connection);
                done
            }
            Database::Postgres(database) => {
                let mut connection = database.take()?;
                let done = Tx::reading(self, &mut connection)
                    .map_err(E::from)
                    .and_then(|mut tx| {
                        let answer = act(&mut tx);
                        tx.end_reading()?;
                        answer
                    });
                database.give_back(connection);
                done
            }
        }
    }

    /// [`Org::write`] for async callers: the closure runs on a blocking thread.
    pub async fn write_async<R, E>(
        &self,
        act: impl FnOnce(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let org = self.clone();
        resume(tokio::task::spawn_blocking(move || org.write(act)).await)
    }

    /// [`Org::read`] for async callers: the closure runs on a blocking thread.
    pub async fn read_async<R, E>(
        &self,
        act: impl FnOnce(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let org = self.clone();
        resume(tokio::task::spawn_blocking(move || org.read(act)).await)
    }

    /// Runs a script outside any transaction; migrations and tests only.
    pub(crate) fn script(&self, sql: &str) -> Result<()> {
        match &self.0.database {
            Database::Sqlite(database) => Ok(database.writer().execute_batch(sql)?),
            Database::Postgres(database) => {
                let mut connection = database.take()?;
                let done = connection.script(sql);
                database.give_back(connection);
                done
            }
        }
    }

    /// The schema of this org, where the backend has schemas.
    pub(crate) fn schema(&self) -> Option<&str> {
        match &self.0.database {
            Database::Sqlite(_) => None,
            Database::Postgres(database) => Some(database.schema()),
        }
    }
}

/// Commits or rolls back, and says which hints to give.
fn finish<R, E: From<Error>>(mut tx: Tx<'_>, answer: Result<R, E>) -> Result<(R, u8), E> {
    match answer {
        Ok(answer) => {
            let topics = tx.topics();
            let after_commit = tx.take_after_commit();
            tx.end("COMMIT")?;
            for act in after_commit {
                act();
            }
            Ok((answer, topics))
        }
        Err(error) => {
            if let Err(second) = tx.end("ROLLBACK") {
                tracing::warn!(error = %second, "a transaction could not be rolled back");
            }
            Err(error)
        }
    }
}

/// A panic in the closure goes on in the caller, where the request's guard turns it into an answer.
fn resume<T>(joined: std::result::Result<T, tokio::task::JoinError>) -> T {
    match joined {
        Ok(answer) => answer,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(error) => panic!("the runtime stopped during a transaction: {error}"),
    }
}
