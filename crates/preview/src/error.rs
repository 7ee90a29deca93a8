//! Why there is no preview.

/// Why a preview could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too many are being made.
    #[error("{0} previews are being made, and no more at once; try again in a moment")]
    TooMany(usize),
    /// One of this org is being made.
    #[error("another preview of this org is being made; wait until it has ended")]
    Taken,
    /// A run would wait now, so nobody can say yet what it would do.
    #[error(
        "identities are being indexed for a changed correlation, and every run waits for that; try again in a moment"
    )]
    Indexing,
    /// There is no room for a copy of the org.
    #[error("{0}")]
    NoRoom(String),
    /// The run did not come to its end.
    #[error("the run would not come to its end: {0}")]
    Unfinished(String),
    /// Nobody waits for the answer any more.
    #[error("nobody waits for this preview any more")]
    GivenUp,
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] muster_store::Error),
}

impl From<muster_store::Error> for Error {
    fn from(error: muster_store::Error) -> Self {
        match error {
            muster_store::Error::CopyInUse(_) => Self::Taken,
            muster_store::Error::NoRoom { .. } => Self::NoRoom(error.to_string()),
            muster_store::Error::GivenUp => Self::GivenUp,
            error => Self::Store(error),
        }
    }
}
