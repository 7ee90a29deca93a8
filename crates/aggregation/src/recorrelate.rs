//! Looks for the owners of accounts that are nobody's, without reading the source
//! (aggregation-refresh.md §1.4, load-uncorrelated-accounts).

use std::sync::Arc;

use muster_event::Outboxes;
use muster_event::account_told::Told;
use muster_model::handover::{REFRESH, Refresh, SETTLE, Settle, WholeSource, refresh_lane};
use muster_model::id::AccountId;
use muster_model::{Clock, Reference, Schema, Source};
use muster_store::Tx;
use muster_work::{Handler, Running, Stop};

use crate::correlate::{Owner, correlate, wait_for_keys};
use crate::limits::PAGE_ACCOUNTS;

/// Correlates accounts that are nobody's.
pub struct Recorrelate {
    /// Where events go.
    pub outboxes: Outboxes,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

impl Handler for Recorrelate {
    fn run(&self, job: &Running<'_>) -> Result<(), Stop> {
        let order: WholeSource = serde_json::from_str(&job.claimed.body)
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

impl Recorrelate {
    /// Correlates one page; gives its last account, or nothing when the job is finished.
    fn page(
        &self,
        tx: &mut Tx<'_>,
        job: &Running<'_>,
        order: &WholeSource,
        after: Option<AccountId>,
    ) -> Result<Option<AccountId>, Stop> {
        let now = self.clock.now();
        job.still_mine(tx, now)?;
        wait_for_keys(tx)?;
        let task = tx.tasks().get(order.task)?;
        let mut report = task.map(|task| task.report).unwrap_or_default();
        report.started.get_or_insert(now);
        let lane = refresh_lane(order.task);
        let source = tx.typed::<Source>().get(&order.source.to_string())?;
        let accounts = tx
            .accounts()
            .uncorrelated(order.source, after, PAGE_ACCOUNTS as u32)?;
        let (Some(source), Some(last)) = (source, accounts.last().map(|account| account.id)) else {
            tx.jobs()
                .leave(SETTLE, &lane, &Settle { task: order.task }, now)?;
            tx.tasks().save_report(order.task, &report, now)?;
            job.finish(tx)?;
            return Ok(None);
        };
        let candidates: Vec<_> = accounts
            .iter()
            .map(|account| (account.name.as_str(), &account.attributes))
            .collect();
        let owners = correlate(tx, &source, &candidates)?;
        let mut found = Vec::new();
        let mut identities = Vec::new();
        for (account, owner) in accounts.iter().zip(owners) {
            if let Owner::Identity(identity) = owner {
                let mut account = account.clone();
                account.identity_id = Some(identity);
                account.uncorrelated_reason = None;
                account.modified = now;
                identities.push(identity);
                found.push(account);
            }
        }
        report.processed += accounts.len() as i64;
        report.identities += identities.len() as i64;
        tx.accounts().save(&found)?;
        tx.tasks().save_report(order.task, &report, now)?;
        let names = tx.identities().names(&identities)?;
        let (reference, cause) = (source.reference(), order.task.to_string());
        let no_schema = Schema::default();
        let schema = source.account_schema().unwrap_or(&no_schema);
        let told = Told {
            source: &reference,
            schema,
            cause: &cause,
            now,
        };
        let drafts =
            found
                .iter()
                .zip(&identities)
                .zip(names)
                .filter_map(|((account, id), name)| {
                    let identity = Reference::identity(id.to_string(), name?.0);
                    Some(told.correlated(&identity, account))
                });
        let drafts = drafts.collect();
        if !identities.is_empty() {
            let refresh = Refresh {
                task: order.task,
                identities,
                managers_may_come: false,
            };
            tx.jobs().leave(REFRESH, &lane, &refresh, now)?;
        }
        self.outboxes.of(job.org.name()).append(tx, drafts)?;
        Ok(Some(last))
    }
}
