//! What a job is to the code that does it.

use std::error::Error;

use muster_model::Timestamp;
use muster_store::{Claimed, Org, Tx};

use crate::limits::LEASE_MILLIS;

/// Code that does jobs of one kind.
pub trait Handler: Send + Sync + 'static {
    /// Does the job, finishing it with [`Running::finish`] in its last transaction.
    fn run(&self, job: &Running<'_>) -> Result<(), Stop>;

    /// Called when the job was given up, for what people should see of it.
    fn given_up(&self, _job: &Running<'_>, _error: &str) {}

    /// Called when a person has put the run to an end: gives back what the job held, in the
    /// transaction that removes it.
    fn ended(&self, _job: &Running<'_>, _tx: &mut Tx<'_>) -> Result<(), Stop> {
        Ok(())
    }
}

/// Why a job stops before its end. The job's author decides which.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// Try again later.
    #[error("will be tried again")]
    Retry(#[source] Box<dyn Error + Send + Sync>),
    /// Trying again would not help.
    #[error("given up")]
    GiveUp(#[source] Box<dyn Error + Send + Sync>),
    /// Someone else has taken the job over; nothing of this try may be committed.
    #[error("the job was taken over")]
    Lost,
    /// A person has put the run to an end that the job belongs to.
    #[error("the run was put to an end")]
    Ended,
}

impl From<muster_store::Error> for Stop {
    /// What the store refuses today it may accept tomorrow, but for what has come to an end.
    fn from(error: muster_store::Error) -> Self {
        match error {
            muster_store::Error::RunEnded => Self::Ended,
            error => Self::Retry(Box::new(error)),
        }
    }
}

/// A job while it is being done.
pub struct Running<'a> {
    /// The org it belongs to.
    pub org: &'a Org,
    /// The job's row.
    pub claimed: &'a Claimed,
    /// This worker's name.
    pub owner: &'a str,
}

impl Running<'_> {
    /// Removes the job; call it in the transaction that holds the job's last effect.
    pub fn finish(&self, tx: &mut Tx<'_>) -> Result<(), Stop> {
        if tx.jobs().finish(self.claimed.id, self.owner)? {
            Ok(())
        } else {
            Err(Stop::Lost)
        }
    }

    /// Gives a sign of life, and makes sure that the job still belongs to this worker; call it in
    /// the transaction of each step of a long job.
    pub fn still_mine(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Stop> {
        let until = now.plus_millis(LEASE_MILLIS);
        if tx.jobs().renew(self.claimed.id, self.owner, until)? {
            Ok(())
        } else {
            Err(Stop::Lost)
        }
    }
}
