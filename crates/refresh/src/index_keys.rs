//! Makes the identities of an org findable by attributes that nothing was looked up by before: a
//! correlation or a manager lookup was changed after people were there.

use std::sync::Arc;

use muster_model::Clock;
use muster_model::handover::IndexKeys;
use muster_model::id::IdentityId;
use muster_store::Tx;
use muster_work::{Handler, Running, Stop};

use crate::limits::BATCH_IDENTITIES;

/// Indexes identities.
pub struct IndexingKeys {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

impl Handler for IndexingKeys {
    fn run(&self, job: &Running<'_>) -> Result<(), Stop> {
        let order: IndexKeys = serde_json::from_str(&job.claimed.body)
            .map_err(|error| Stop::GiveUp(Box::new(error)))?;
        for attribute in &order.attributes {
            while job.org.write(|tx| self.forget_some(tx, job, attribute))? {}
        }
        let mut after = None;
        loop {
            match job.org.write(|tx| self.page(tx, job, &order, after))? {
                Some(last) => after = Some(last),
                None => return Ok(()),
            }
        }
    }
}

impl IndexingKeys {
    /// Removes keys from a time when the attribute was looked up by, and has not been since; false when
    /// none is left.
    fn forget_some(
        &self,
        tx: &mut Tx<'_>,
        job: &Running<'_>,
        attribute: &str,
    ) -> Result<bool, Stop> {
        job.still_mine(tx, self.clock.now())?;
        Ok(tx
            .identity_keys()
            .forget_some(attribute, BATCH_IDENTITIES)?)
    }

    /// Indexes one page; gives its last identity, or nothing when the job is finished.
    fn page(
        &self,
        tx: &mut Tx<'_>,
        job: &Running<'_>,
        order: &IndexKeys,
        after: Option<IdentityId>,
    ) -> Result<Option<IdentityId>, Stop> {
        job.still_mine(tx, self.clock.now())?;
        // Held until the commit: a refresh that changes one of them meanwhile comes after this.
        let page = tx.identities().hold_after(after, BATCH_IDENTITIES)?;
        let Some(last) = page.last().map(|identity| identity.id) else {
            return job.finish(tx).map(|()| None);
        };
        for attribute in &order.attributes {
            let keys: Vec<_> = page
                .iter()
                .filter_map(|identity| {
                    Some((attribute.as_str(), identity.key(attribute)?, identity.id))
                })
                .collect();
            tx.identity_keys().add(&keys)?;
        }
        Ok(Some(last))
    }
}
