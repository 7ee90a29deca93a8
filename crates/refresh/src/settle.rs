//! Ends a run: people whose manager has not turned up in it wait no longer.

use std::sync::Arc;

use muster_model::Severity;
use muster_model::handover::{Refresh, Settle};
use muster_work::{Handler, Running, Stop};

use crate::limits::BATCH_IDENTITIES;
use crate::run::Station;

/// Ends runs.
pub struct Settling(pub Arc<Station>);

impl Handler for Settling {
    fn run(&self, job: &Running<'_>) -> Result<(), Stop> {
        let order: Settle = serde_json::from_str(&job.claimed.body)
            .map_err(|error| Stop::GiveUp(Box::new(error)))?;
        loop {
            let waiting = job
                .org
                .read(|tx| tx.identity_keys().awaiting_in(order.task, BATCH_IDENTITIES))?;
            if waiting.is_empty() {
                break;
            }
            let batch = Refresh {
                task: order.task,
                identities: waiting,
                managers_may_come: false,
            };
            self.0
                .refresh(job, &batch, |tx| job.still_mine(tx, self.0.clock.now()))?;
        }
        let now = self.0.clock.now();
        job.org.write(|tx| {
            if let Some(task) = tx.tasks().get(order.task)? {
                tx.tasks().end(order.task, &task.report, now)?;
            }
            tx.identity_keys().end_late()?;
            job.finish(tx)
        })
    }

    fn given_up(&self, job: &Running<'_>, error: &str) {
        let Ok(order) = serde_json::from_str::<Settle>(&job.claimed.body) else {
            return;
        };
        let ended = job.org.write(|tx| {
            let Some(task) = tx.tasks().get(order.task)? else {
                return Ok(());
            };
            let mut report = task.report;
            report.say(
                Severity::Error,
                format!("the end of the run was given up: {error}"),
            );
            tx.tasks().end(order.task, &report, self.0.clock.now())
        });
        if let Err(error) = ended {
            tracing::error!(%error, "the end of a run could not be written down");
        }
    }
}
