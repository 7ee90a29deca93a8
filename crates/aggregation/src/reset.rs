//! Removes all entitlements of a source. Accounts keep their values: the next aggregation, which looks
//! at each account again, makes entitlements of them anew.

use std::sync::Arc;

use muster_model::handover::WholeSource;
use muster_model::{Clock, Source};
use muster_store::Tx;
use muster_work::{Handler, Running, Stop};

use crate::limits::PAGE_ACCOUNTS;

/// Removes all entitlements of a source.
pub struct ResetEntitlements {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

impl Handler for ResetEntitlements {
    fn run(&self, job: &Running<'_>) -> Result<(), Stop> {
        let order: WholeSource = serde_json::from_str(&job.claimed.body)
            .map_err(|error| Stop::GiveUp(Box::new(error)))?;
        while job.org.write(|tx| self.page(tx, job, &order))? {}
        Ok(())
    }
}

impl ResetEntitlements {
    /// Removes one page; false when it was the last and the job is finished.
    fn page(&self, tx: &mut Tx<'_>, job: &Running<'_>, order: &WholeSource) -> Result<bool, Stop> {
        let now = self.clock.now();
        job.still_mine(tx, now)?;
        let task = tx.tasks().get(order.task)?;
        let mut report = task.map(|task| task.report).unwrap_or_default();
        report.started.get_or_insert(now);
        let page = tx
            .entitlements()
            .first_of(order.source, PAGE_ACCOUNTS as u32)?;
        tx.entitlements().delete(&page)?;
        report.deleted += page.len() as i64;
        if !page.is_empty() {
            tx.tasks().save_report(order.task, &report, now)?;
            return Ok(true);
        }
        if let Some(mut source) = tx.typed::<Source>().get(&order.source.to_string())? {
            source.reading_version += 1;
            tx.typed::<Source>().put(&source, now)?;
        }
        tx.tasks().end(order.task, &report, now)?;
        job.finish(tx)?;
        Ok(false)
    }
}
