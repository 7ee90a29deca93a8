//! What can go wrong with the store.

/// The store's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite refused.
    #[error("the database file refused the statement")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL refused or could not be reached.
    #[error("PostgreSQL refused the statement or could not be reached")]
    Postgres(#[from] tokio_postgres::Error),
    /// A file or folder could not be used.
    #[error("cannot use `{path}`")]
    File {
        /// The file or folder.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Another process holds the data folder.
    #[error(
        "another muster process uses `{0}`; stop it, or give this one a folder of its own with --data"
    )]
    Locked(String),
    /// A store address that no backend knows.
    #[error("`{0}` is no store address; use a folder, `sqlite:FOLDER` or `postgres://…`")]
    UnknownAddress(String),
    /// An org name outside the rule.
    #[error(
        "`{0}` is no org name; use 1 to 40 lower-case letters, digits and `-`, starting with a letter"
    )]
    OrgName(String),
    /// The org exists already.
    #[error("org `{0}` exists already")]
    OrgExists(String),
    /// The schema is newer than this program.
    #[error("`{0}` was written by a newer version; use that version or restore a backup")]
    Newer(String),
    /// A migration that was applied has changed since.
    #[error("migration {0} differs from the one that was applied to this store")]
    ChangedMigration(String),
    /// Someone else changed the row in between.
    #[error("someone else changed {0} at the same time; read it again and retry")]
    Conflict(String),
    /// The run was put to an end by a person; nothing more may be done for it.
    #[error("the run has ended")]
    RunEnded,
    /// A copy of the org is being tried on already.
    #[error("a copy of org `{0}` is in use; wait until whoever uses it has ended")]
    CopyInUse(String),
    /// A copy of an org did not fit.
    #[error(
        "there is no room for a copy of the org in {place}, which takes up to {mib} MiB; make room there"
    )]
    NoRoom {
        /// Where it would be.
        place: String,
        /// What it takes at most.
        mib: u64,
    },
    /// Nobody waits for what is tried on a copy any more.
    #[error("nobody waits for this any more")]
    GivenUp,
    /// Stored data that cannot be read back.
    #[error("stored data is damaged: {0}")]
    Corrupt(String),
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Corrupt(error.to_string())
    }
}

impl Error {
    /// Whether a row with that key is there already.
    pub(crate) fn is_unique_violation(&self) -> bool {
        match self {
            Self::Sqlite(error) => {
                error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
            }
            Self::Postgres(error) => {
                error.code() == Some(&tokio_postgres::error::SqlState::UNIQUE_VIOLATION)
            }
            _ => false,
        }
    }

    /// Whether the place where the rows belong is full.
    pub(crate) fn is_full(&self) -> bool {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull),
            Self::Postgres(error) => {
                error.code() == Some(&tokio_postgres::error::SqlState::DISK_FULL)
            }
            _ => false,
        }
    }
}
