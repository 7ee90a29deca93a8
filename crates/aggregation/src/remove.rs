//! Removes all accounts of a source; the system behind it is not touched (aggregation-refresh.md §1.4).

use std::sync::Arc;

use muster_model::Clock;
use muster_model::handover::{REFRESH, Refresh, SETTLE, Settle, WholeSource, refresh_lane};
use muster_model::id::AccountId;
use muster_store::Tx;
use muster_work::{Handler, Running, Stop};

use crate::limits::PAGE_ACCOUNTS;

/// Removes all accounts of a source.
pub struct RemoveAccounts {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

impl Handler for RemoveAccounts {
    fn run(&self, job: &Running<'_>) -> Result<(), Stop> {
        let order: WholeSource = serde_json::from_str(&job.claimed.body)
            .map_err(|error| Stop::GiveUp(Box::new(error)))?;
        loop {
            if !job.org.write(|tx| self.page(tx, job, &order))? {
                return Ok(());
            }
        }
    }
}

impl RemoveAccounts {
    /// Removes one page; false when it was the last and the job is finished.
    fn page(&self, tx: &mut Tx<'_>, job: &Running<'_>, order: &WholeSource) -> Result<bool, Stop> {
        let now = self.clock.now();
        job.still_mine(tx, now)?;
        let task = tx.tasks().get(order.task)?;
        let mut report = task.map(|task| task.report).unwrap_or_default();
        report.started.get_or_insert(now);
        let accounts = tx.accounts().first_of(order.source, PAGE_ACCOUNTS as u32)?;
        let lane = refresh_lane(order.task);
        if accounts.is_empty() {
            tx.jobs()
                .leave(SETTLE, &lane, &Settle { task: order.task }, now)?;
            tx.tasks().save_report(order.task, &report, now)?;
            job.finish(tx)?;
            return Ok(false);
        }
        let ids: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
        tx.accounts().delete(&ids)?;
        let identities: Vec<_> = accounts
            .iter()
            .filter_map(|account| account.identity_id)
            .collect();
        report.deleted += ids.len() as i64;
        report.identities += identities.len() as i64;
        tx.tasks().save_report(order.task, &report, now)?;
        if !identities.is_empty() {
            let refresh = Refresh {
                task: order.task,
                identities,
                managers_may_come: false,
            };
            tx.jobs().leave(REFRESH, &lane, &refresh, now)?;
        }
        Ok(true)
    }
}
