//! Deletes what a run held back, once an administrator has released it (aggregation-refresh.md §1.6).

use std::sync::Arc;

use muster_event::Outboxes;
use muster_model::handover::{REFRESH, Refresh, Release, SETTLE, Settle, refresh_lane};
use muster_model::id::AccountId;
use muster_model::{Clock, Hold, Severity, Source, Timestamp};
use muster_store::{Account, Tx};
use muster_work::{Handler, Running, Stop};

use crate::departure::depart;
use crate::hold;
use crate::limits::{PAGE_ACCOUNTS, SOURCE_LEASE_MILLIS};
use crate::news::{Author, Occasion};

/// Deletes held accounts.
pub struct ReleaseHeld {
    /// Where events go.
    pub outboxes: Outboxes,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

impl Handler for ReleaseHeld {
    fn run(&self, job: &Running<'_>) -> Result<(), Stop> {
        let order: Release = serde_json::from_str(&job.claimed.body)
            .map_err(|error| Stop::GiveUp(Box::new(error)))?;
        while job.org.write(|tx| self.page(tx, job, &order))? {}
        Ok(())
    }

    /// What was deleted before stays deleted; the rest stays held.
    fn ended(&self, job: &Running<'_>, tx: &mut Tx<'_>) -> Result<(), Stop> {
        let order: Release = serde_json::from_str(&job.claimed.body)
            .map_err(|error| Stop::GiveUp(Box::new(error)))?;
        let lease = format!("aggregation:{}", order.source);
        tx.leases().give_back(&lease, &order.task.to_string())?;
        let settle = Settle { task: order.task };
        tx.jobs()
            .leave(SETTLE, &refresh_lane(order.task), &settle, self.clock.now())?;
        Ok(())
    }
}

impl ReleaseHeld {
    /// Deletes one page; false when it was the last and the job is finished.
    fn page(&self, tx: &mut Tx<'_>, job: &Running<'_>, order: &Release) -> Result<bool, Stop> {
        let now = self.clock.now();
        job.still_mine(tx, now)?;
        let task = tx.tasks().get(order.task)?;
        let mut report = task.map(|task| task.report).unwrap_or_default();
        report.started.get_or_insert(now);
        let lease = format!("aggregation:{}", order.source);
        let (owner, until) = (order.task.to_string(), now.plus_millis(SOURCE_LEASE_MILLIS));
        let source = tx.typed::<Source>().get(&order.source.to_string())?;
        let held = tx.typed::<Hold>().get(&order.hold.to_string())?;
        let (Some(source), Some(held)) = (source, held) else {
            report.say(
                Severity::Warn,
                "what was held is gone: a later run of the source has taken its place",
            );
            return end(tx, job, order, &report, now).map(|()| false);
        };
        if !tx.leases().take(&lease, &owner, now, until)? {
            report.say(
                Severity::Error,
                "an aggregation of the source is running; release again when it has ended, if it \
                 has not decided itself",
            );
            return end(tx, job, order, &report, now).map(|()| false);
        }
        let page = tx
            .held_accounts()
            .page(order.hold, PAGE_ACCOUNTS as u32, 0)?;
        if page.is_empty() {
            hold::forget(tx, &held)?;
            tx.leases().give_back(&lease, &owner)?;
            return end(tx, job, order, &report, now).map(|()| false);
        }
        let ids: Vec<AccountId> = page.iter().map(|account| account.id).collect();
        tx.held_accounts().remove(order.hold, &ids)?;
        // Whoever has changed an account since wants it.
        let (gone, kept): (Vec<Account>, Vec<Account>) = page
            .into_iter()
            .partition(|account| account.modified <= held.held);
        for account in &kept {
            report.say(
                Severity::Warn,
                format!(
                    "account \"{}\" was changed after the run and stays",
                    account.native_identity
                ),
            );
        }
        let occasion = Occasion {
            cause: &owner,
            now,
            author: Author::Source,
        };
        let departed = depart(tx, &source, &gone, occasion)?;
        report.removed += gone.len() as i64;
        report.deleted += gone.len() as i64;
        report.identities += departed.identities.len() as i64;
        tx.tasks().save_report(order.task, &report, now)?;
        if !departed.identities.is_empty() {
            let refresh = Refresh {
                task: order.task,
                identities: departed.identities,
                managers_may_come: false,
            };
            tx.jobs()
                .leave(REFRESH, &refresh_lane(order.task), &refresh, now)?;
        }
        self.outboxes
            .of(job.org.name())
            .append(tx, departed.events)?;
        Ok(true)
    }
}

fn end(
    tx: &mut Tx<'_>,
    job: &Running<'_>,
    order: &Release,
    report: &muster_model::Report,
    now: Timestamp,
) -> Result<(), Stop> {
    tx.tasks().save_report(order.task, report, now)?;
    let settle = Settle { task: order.task };
    tx.jobs()
        .leave(SETTLE, &refresh_lane(order.task), &settle, now)?;
    job.finish(tx)
}
