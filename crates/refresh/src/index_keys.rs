//! Makes the identities of an org findable by attributes that nothing was looked up by before: a
//! correlation or a manager lookup was changed after people were there.

use std::sync::Arc;

use muster_model::handover::IndexKeys;
use muster_model::id::IdentityId;
use muster_model::{AttributeValue, Clock};
use muster_store::{Identity, Stage, Tx};
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
        let ids: Vec<IdentityId> = page.iter().map(|identity| identity.id).collect();
        for attribute in &order.attributes {
            // Keys from a time when the attribute was looked up by, and has not been since.
            tx.identity_keys().forget_attribute(attribute, &ids)?;
            let keys: Vec<_> = page
                .iter()
                .filter_map(|identity| {
                    Some((attribute.as_str(), key(identity, attribute)?, identity.id))
                })
                .collect();
            tx.identity_keys().add(&keys)?;
        }
        Ok(Some(last))
    }
}

/// The value by which an identity is found. A faulty one is not found, nor is anybody by a reference.
pub(crate) fn key(identity: &Identity, attribute: &str) -> Option<String> {
    let value = identity.attributes.get(attribute)?;
    (identity.stage != Stage::Faulty && !matches!(value, AttributeValue::Reference(_)))
        .then(|| value.to_text())
}
