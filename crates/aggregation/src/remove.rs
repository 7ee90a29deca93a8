//! Removes all accounts of a source; the system behind it is not touched (aggregation-refresh.md §1.4).

use std::sync::Arc;

use muster_event::Outboxes;
use muster_model::handover::{REFRESH, Refresh, SETTLE, Settle, WholeSource, refresh_lane};
use muster_model::id::AccountId;
use muster_model::{Clock, Source};
use muster_store::Tx;
use muster_work::{Handler, Running, Stop};

use crate::departure::{Departed, depart};
use crate::limits::PAGE_ACCOUNTS;
use crate::news::{Author, Occasion};

/// Removes all accounts of a source.
pub struct RemoveAccounts {
    /// Where events go.
    pub outboxes: Outboxes,
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
        let accounts = tx
            .accounts()
            .page_of(order.source, None, PAGE_ACCOUNTS as u32)?;
        let lane = refresh_lane(order.task);
        let source = tx.typed::<Source>().get(&order.source.to_string())?;
        if accounts.is_empty() && source.is_none() {
            // The source itself is deleted: its entitlements go after its accounts.
            let gone = tx
                .entitlements()
                .first_of(order.source, PAGE_ACCOUNTS as u32)?;
            if !gone.is_empty() {
                tx.entitlements().delete(&gone)?;
                return Ok(true);
            }
        }
        if accounts.is_empty() {
            tx.jobs()
                .leave(SETTLE, &lane, &Settle { task: order.task }, now)?;
            tx.tasks().save_report(order.task, &report, now)?;
            job.finish(tx)?;
            return Ok(false);
        }
        let cause = order.task.to_string();
        let occasion = Occasion {
            cause: &cause,
            now,
            author: Author::Caller,
        };
        let Departed { identities, events } = if let Some(source) = source {
            depart(tx, &source, &accounts, occasion)?
        } else {
            // The source itself was deleted, and that was told.
            let ids: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
            tx.accounts().delete(&ids)?;
            let identities = accounts.iter().filter_map(|account| account.identity_id);
            Departed {
                identities: identities.collect(),
                events: Vec::new(),
            }
        };
        report.deleted += accounts.len() as i64;
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
        self.outboxes.of(job.org.name()).append(tx, events)?;
        Ok(true)
    }
}
