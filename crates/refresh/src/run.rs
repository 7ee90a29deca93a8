//! Does the jobs that ask for identities to be refreshed.

use std::collections::BTreeSet;
use std::sync::Arc;

use muster_event::Outboxes;
use muster_model::Clock;
use muster_model::handover::Refresh;
use muster_model::id::ProfileId;
use muster_store::{Error, Tx};
use muster_work::{Handler, Running, Stop};

use crate::batch::Setting;
use crate::configuration::Configurations;
use crate::limits::CONFLICTS_MAX;
use crate::person::Occasion;
use crate::reading::RandomBits;
use crate::whole_profile::ask_again;
use crate::write::Writer;

/// What the handlers of this station share.
pub struct Station {
    /// Where events go.
    pub outboxes: Outboxes,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Randomness for transforms that ask for it.
    pub random: Box<RandomBits>,
    /// Compiled configurations.
    pub configurations: Configurations,
}

impl Station {
    /// Refreshes a batch and writes it, with `also` in the same transaction.
    pub(crate) fn refresh(
        &self,
        job: &Running<'_>,
        order: &Refresh,
        also: impl Fn(&mut Tx<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        for _ in 0..CONFLICTS_MAX {
            match self.try_refresh(job, order, &also) {
                Err(Stop::Retry(cause)) if is_conflict(cause.as_ref()) => {
                    tracing::debug!("an identity changed meanwhile; the batch is computed anew");
                }
                ended => return ended,
            }
        }
        Err(Stop::Retry(
            "identities keep changing; the batch waits".into(),
        ))
    }

    fn try_refresh(
        &self,
        job: &Running<'_>,
        order: &Refresh,
        also: impl Fn(&mut Tx<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let now = self.clock.now();
        if job.org.many_keys_are_late() {
            job.org.write(|tx| tx.identity_keys().write_late())?;
        }
        let (configuration, decided) = job.org.read(|tx| {
            let configuration = self.configurations.current(tx)?;
            let setting = Setting {
                configuration: &configuration,
                random: self.random.as_ref(),
                occasion: Occasion {
                    cause: order.task,
                    now,
                },
                managers_may_come: order.managers_may_come,
            };
            let decided = setting.decide(tx, &order.identities)?;
            Ok::<_, Error>((configuration, decided))
        })?;
        let outbox = self.outboxes.of(job.org.name());
        let writer = Writer {
            configuration: &configuration,
            outbox: &outbox,
            task: order.task,
            managers_may_come: order.managers_may_come,
            now,
        };
        job.org.write(|tx| {
            also(tx)?;
            writer.write(tx, decided)?;
            Ok(())
        })
    }
}

fn is_conflict(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    matches!(error.downcast_ref::<Error>(), Some(Error::Conflict(_)))
}

/// Does refresh jobs.
pub struct Refreshing(pub Arc<Station>);

impl Handler for Refreshing {
    fn run(&self, job: &Running<'_>) -> Result<(), Stop> {
        let order: Refresh = serde_json::from_str(&job.claimed.body)
            .map_err(|error| Stop::GiveUp(Box::new(error)))?;
        self.0.refresh(job, &order, |tx| {
            if is_of_a_profile(tx, &order)? {
                tx.tasks().still_runs(order.task)?;
            }
            job.finish(tx)
        })
    }

    /// The identities are as they were: their profile's refresh is asked for again.
    fn ended(&self, job: &Running<'_>, tx: &mut Tx<'_>) -> Result<(), Stop> {
        let order: Refresh = serde_json::from_str(&job.claimed.body)
            .map_err(|error| Stop::GiveUp(Box::new(error)))?;
        let profiles: BTreeSet<ProfileId> = tx
            .identities()
            .get_each(&order.identities)?
            .into_iter()
            .filter_map(|identity| identity?.profile_id)
            .collect();
        for profile in profiles {
            ask_again(tx, &profile.to_string(), self.0.clock.now())?;
        }
        Ok(())
    }
}

/// Whether the batch belongs to a run over a whole profile, which a person may put to an end at any
/// batch. The other runs refresh what has changed already, and do that to the end.
fn is_of_a_profile(tx: &mut Tx<'_>, order: &Refresh) -> Result<bool, Error> {
    Ok(order.managers_may_come && tx.tasks().is_about_no_source(order.task)?)
}
