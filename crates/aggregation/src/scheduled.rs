//! A schedule of a source has come due: it starts a run that people can follow, as if somebody had
//! called. A delimited source is read from its last complete file.

use std::sync::Arc;

use muster_model::handover::{
    AGGREGATE, AGGREGATE_ENTITLEMENTS, Aggregate, AggregateEntitlements, ScheduleType,
    StartScheduled,
};
use muster_model::id::{TaskId, derive, time_ordered};
use muster_model::{Clock, Report, Source};
use muster_store::{Task, Tx};
use muster_work::{Handler, Running, Stop};

/// Starts runs for schedules.
pub struct StartsScheduled {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

impl Handler for StartsScheduled {
    fn run(&self, job: &Running<'_>) -> Result<(), Stop> {
        let order: StartScheduled = serde_json::from_str(&job.claimed.body)
            .map_err(|error| Stop::GiveUp(Box::new(error)))?;
        job.org.write(|tx| self.start(tx, job, &order))
    }
}

impl StartsScheduled {
    fn start(
        &self,
        tx: &mut Tx<'_>,
        job: &Running<'_>,
        order: &StartScheduled,
    ) -> Result<(), Stop> {
        let Some(source) = tx.typed::<Source>().get(&order.source.to_string())? else {
            return job.finish(tx);
        };
        let now = self.clock.now();
        // The job's number is its own for good, so a start that is repeated is the same run.
        let bits = derive(&[b"scheduled", &job.claimed.id.to_be_bytes()]);
        let id = TaskId(time_ordered(now, bits));
        let (kind, name) = match order.what {
            ScheduleType::AccountAggregation => {
                ("CLOUD_ACCOUNT_AGGREGATION", "Cloud Account Aggregation")
            }
            ScheduleType::GroupAggregation => {
                ("CLOUD_GROUP_AGGREGATION", "Cloud Group Aggregation")
            }
        };
        let report = Report {
            name: name.to_owned(),
            about: source.name,
            optimized: true,
            ..Report::default()
        };
        tx.tasks().put(&Task {
            source_id: Some(order.source),
            ..Task::accepted(id, kind, "schedule", report, now)
        })?;
        match order.what {
            ScheduleType::AccountAggregation => {
                let order = Aggregate {
                    task: id,
                    source: order.source,
                    upload: None,
                    optimized: true,
                    approved_changes: None,
                };
                tx.jobs().leave(AGGREGATE, "", &order, now)?;
            }
            ScheduleType::GroupAggregation => {
                let order = AggregateEntitlements {
                    task: id,
                    source: order.source,
                    upload: None,
                };
                tx.jobs().leave(AGGREGATE_ENTITLEMENTS, "", &order, now)?;
            }
        }
        job.finish(tx)
    }
}
