//! Why an aggregation ends early.

use muster_connector::flat_file::{HeaderError, OptionsError, ReadError};
use muster_work::Stop;

/// What ends a run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The file or the source's settings are wrong: a person must mend them.
    #[error("{0}")]
    Input(String),
    /// The job stops for another reason.
    #[error(transparent)]
    Stop(#[from] Stop),
}

impl From<muster_store::Error> for Failure {
    fn from(error: muster_store::Error) -> Self {
        Self::Stop(error.into())
    }
}

impl From<OptionsError> for Failure {
    fn from(error: OptionsError) -> Self {
        Self::Input(format!("the source's connector attribute {error}"))
    }
}

impl From<HeaderError> for Failure {
    fn from(error: HeaderError) -> Self {
        let found = match &error {
            HeaderError::NoAccountId { found, .. } => {
                format!("; it has {}. Nothing was changed", found.join(", "))
            }
            _ => "; nothing was changed".to_owned(),
        };
        Self::Input(format!("{error}{found}"))
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::Input(error.to_string())
    }
}
