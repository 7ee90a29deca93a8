//! One aggregation from its job to its end.

use std::sync::Arc;

use muster_connector::flat_file::{Options, Reader};
use muster_event::aggregation::{Collected as Told, Statistics, Status, collected as body};
use muster_event::{
    ACCOUNT_AGGREGATION_COMPLETED, AGGREGATION_ACCOUNTS_COLLECTED, Draft, Outbox, Outboxes,
};
use muster_model::handover::{Aggregate, SETTLE, Settle, refresh_lane};
use muster_model::{Clock, HeldKind, Hold, IdentityProfile, Reading, Source, Timestamp};
use muster_store::{ChunkReader, Task, Tx};
use muster_work::{Handler, Running, Stop};

use crate::collect::collect;
use crate::correlate::wait_for_keys;
use crate::error::Failure;
use crate::hold;
use crate::kept;
use crate::known::Known;
use crate::limits::SOURCE_LEASE_MILLIS;
use crate::missing::reason_to_hold;
use crate::process::Run;
use crate::promote::Promoted;
use muster_model::{Report, Severity};

/// Does aggregations.
pub struct Aggregation {
    /// Where events go.
    pub outboxes: Outboxes,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

impl Handler for Aggregation {
    fn run(&self, job: &Running<'_>) -> Result<(), Stop> {
        let order: Aggregate = serde_json::from_str(&job.claimed.body)
            .map_err(|error| Stop::GiveUp(Box::new(error)))?;
        let Some(task) = job.org.read(|tx| tx.tasks().get(order.task))? else {
            return job.org.write(|tx| job.finish(tx));
        };
        if task.completed.is_some() {
            return Err(Stop::Ended);
        }
        let mut report = task.report.clone();
        report.started.get_or_insert_with(|| self.clock.now());
        match self.aggregate(job, &order, &task, &mut report) {
            Ok(()) => Ok(()),
            Err(Failure::Stop(stop)) => Err(stop),
            Err(Failure::Input(reason)) => self.fail(job, &order, report, &reason),
        }
    }

    /// What was stored before is brought to its end: its refreshes are in the lane, and people who
    /// wait for a manager of this file wait no longer.
    fn ended(&self, job: &Running<'_>, tx: &mut Tx<'_>) -> Result<(), Stop> {
        let order: Aggregate = serde_json::from_str(&job.claimed.body)
            .map_err(|error| Stop::GiveUp(Box::new(error)))?;
        let now = self.clock.now();
        let task = tx.tasks().get(order.task)?;
        let source = tx.typed::<Source>().get(&order.source.to_string())?;
        let settle = Settle { task: order.task };
        tx.jobs()
            .leave(SETTLE, &refresh_lane(order.task), &settle, now)?;
        release(tx, &order)?;
        if let (Some(task), Some(source)) = (task, source)
            && task.report.collected.is_none()
        {
            let drafts = collected_events(&order, &source, &task.report, Status::Terminated, now);
            self.outboxes.of(job.org.name()).append(tx, drafts)?;
        }
        Ok(())
    }

    fn given_up(&self, job: &Running<'_>, error: &str) {
        let Ok(order) = serde_json::from_str::<Aggregate>(&job.claimed.body) else {
            return;
        };
        let ended = job.org.write(|tx| {
            let task = tx.tasks().get(order.task)?;
            let mut report = task.map(|task| task.report).unwrap_or_default();
            report.say(
                Severity::Error,
                format!("the aggregation was given up: {error}"),
            );
            tx.tasks().end(order.task, &report, self.clock.now())?;
            release(tx, &order)
        });
        if let Err(error) = ended {
            tracing::error!(%error, "the end of a run could not be written down");
        }
    }
}

impl Aggregation {
    fn aggregate(
        &self,
        job: &Running<'_>,
        order: &Aggregate,
        task: &Task,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let (source, authoritative) = self.begin(job, order)?;
        let schema = source
            .account_schema()
            .ok_or_else(|| Failure::Input("the source has no account schema".to_owned()))?;
        let options = Options::from_attributes(&source.connector_attributes)?;
        let reading = job
            .org
            .read(|tx| tx.typed::<Reading>().get(&source.id))?
            .unwrap_or_default();
        let kept = reading.accounts.as_ref().map(|kept| &kept.upload);
        let Some(upload) = order.upload.as_ref().or(kept) else {
            return Err(Failure::Input(
                "a delimited source is read from an uploaded file; send one as the part `file`"
                    .into(),
            ));
        };
        let mut open = || {
            let chunks = ChunkReader::new(job.org.clone(), upload);
            Ok(Reader::open(chunks, &options, schema)?)
        };
        let version = source.reading_version as u64;
        let outbox = self.outboxes.of(job.org.name());
        let known = Known::load(job.org, source.source_id())?;
        let mut counted = Report {
            messages: Vec::new(),
            ..report.clone()
        };
        counted.reset_counts();
        let collected = collect(known, version, &mut open, &mut counted)?;
        // A run that goes on after a crash finds less to do than the first time; what it told then
        // stands.
        if report.collected.is_none() {
            if let Some(reason) = hold::too_many_changes(&reading, &source, &collected, &counted)
                && order
                    .approved_changes
                    .is_none_or(|approved| counted.changed > approved)
            {
                return self.hold_run(job, order, &source, counted, &reason);
            }
            counted.deletion_held = reason_to_hold(&source, &collected, &counted);
            *report = counted;
            self.tell_collected(job, order, &outbox, &source, report)?;
        }
        let run = Run {
            job,
            outbox: &outbox,
            clock: self.clock.as_ref(),
            task: order.task,
            accepted: task.created,
            source: &source,
            schema,
            authoritative,
            optimized: order.optimized,
            is_read_anew: reading.version != source.reading_version,
            promoted: Promoted::default(),
        };
        if !run.optimized || report.changed + report.added > 0 {
            run.process(&collected, &mut open, report)?;
        }
        run.delete_missing(&collected, report)?;
        job.org
            .write(|tx| self.end(tx, job, order, &source, report))
    }

    /// Stops before anything is stored: the file would change more than the source allows. It stays
    /// until an administrator decides or a later run ends well.
    fn hold_run(
        &self,
        job: &Running<'_>,
        order: &Aggregate,
        source: &Source,
        mut report: Report,
        reason: &str,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        report.collected = Some(now);
        report.say(
            Severity::Warn,
            format!(
                "{reason}; nothing was stored. If this is right, release the held run \
                 (/muster/v1/sources/{}/holds), or raise the change threshold and load the file \
                 again",
                source.id
            ),
        );
        let held = Hold {
            id: order.task.to_string(),
            source_id: source.id.clone(),
            kind: HeldKind::Changes,
            reason: reason.to_owned(),
            count: report.changed,
            held: now,
            upload: order.upload.clone(),
        };
        let outbox = self.outboxes.of(job.org.name());
        job.org.write(|tx| {
            job.still_mine(tx, now)?;
            hold::put(tx, &held, now)?;
            tx.tasks().end(order.task, &report, now)?;
            tx.leases()
                .give_back(&lease_name(order), &order.task.to_string())?;
            let drafts = collected_events(order, source, &report, Status::Terminated, now);
            job.finish(tx)?;
            outbox.append(tx, drafts)?;
            Ok(())
        })
    }

    /// Takes the source for this run; another run that holds it goes on undisturbed.
    fn begin(&self, job: &Running<'_>, order: &Aggregate) -> Result<(Source, bool), Failure> {
        let now = self.clock.now();
        job.org.write(|tx| {
            job.still_mine(tx, now)?;
            let Some(source) = tx.typed::<Source>().get(&order.source.to_string())? else {
                return Err(Failure::Input("the source was deleted".to_owned()));
            };
            wait_for_keys(tx)?;
            let until = now.plus_millis(SOURCE_LEASE_MILLIS);
            let (lease, owner) = (lease_name(order), order.task.to_string());
            if !tx.leases().take(&lease, &owner, now, until)? {
                return Err(Failure::Input(format!(
                    "another aggregation of {} is running; it must finish first",
                    source.name
                )));
            }
            let profiles = tx.typed::<IdentityProfile>().list()?;
            let authoritative = profiles
                .iter()
                .any(|profile| profile.authoritative_source.id == source.id);
            Ok((source, authoritative))
        })
    }

    /// Collecting has ended: the figures are told before anything is processed.
    fn tell_collected(
        &self,
        job: &Running<'_>,
        order: &Aggregate,
        outbox: &Outbox,
        source: &Source,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        report.collected = Some(now);
        job.org.write(|tx| {
            job.still_mine(tx, now)?;
            tx.tasks().save_report(order.task, report, now)?;
            // A file that lacks too many accounts is not wholly followed (event-triggers.md §6 case 80).
            let status = match report.deletion_held {
                Some(_) => Status::Terminated,
                None => Status::Success,
            };
            let drafts = collected_events(order, source, report, status, now);
            outbox.append(tx, drafts)?;
            Ok(())
        })
    }

    /// The last row of the run: once all refreshes before it in the lane are done, it has ended.
    fn end(
        &self,
        tx: &mut Tx<'_>,
        job: &Running<'_>,
        order: &Aggregate,
        source: &Source,
        report: &Report,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        tx.tasks().save_report(order.task, report, now)?;
        set_status(tx, source, "SOURCE_STATE_HEALTHY", true, now)?;
        let settle = Settle { task: order.task };
        tx.jobs()
            .leave(SETTLE, &refresh_lane(order.task), &settle, now)?;
        kept::accounts(tx, source, order.upload.as_deref(), now)?;
        hold::replace(tx, &source.id, Some(&order.task.to_string()))?;
        tx.leases()
            .give_back(&lease_name(order), &order.task.to_string())?;
        job.finish(tx)?;
        Ok(())
    }

    /// A run that a person must mend: its task, its source and its events say so.
    fn fail(
        &self,
        job: &Running<'_>,
        order: &Aggregate,
        mut report: Report,
        reason: &str,
    ) -> Result<(), Stop> {
        let now = self.clock.now();
        report.say(Severity::Error, reason);
        let outbox = self.outboxes.of(job.org.name());
        let owner = order.task.to_string();
        job.org.write(|tx| {
            tx.tasks().end(order.task, &report, now)?;
            let holds = tx.leases().holder(&lease_name(order), now)?.as_deref() == Some(&*owner);
            release(tx, order)?;
            job.finish(tx)?;
            // A run that could not take the source says nothing about it.
            if let (true, Some(source)) =
                (holds, tx.typed::<Source>().get(&order.source.to_string())?)
            {
                set_status(
                    tx,
                    &source,
                    "SOURCE_STATE_ERROR_ACCOUNT_FILE_IMPORT",
                    false,
                    now,
                )?;
                if report.collected.is_none() {
                    let drafts = collected_events(order, &source, &report, Status::Failed, now);
                    outbox.append(tx, drafts)?;
                }
            }
            Ok(())
        })
    }
}

fn lease_name(order: &Aggregate) -> String {
    format!("aggregation:{}", order.source)
}

/// Gives back what the run held.
fn release(tx: &mut Tx<'_>, order: &Aggregate) -> muster_store::Result<()> {
    tx.leases()
        .give_back(&lease_name(order), &order.task.to_string())?;
    if let Some(upload) = &order.upload {
        tx.uploads().remove(upload)?;
    }
    Ok(())
}

fn set_status(
    tx: &mut Tx<'_>,
    source: &Source,
    status: &str,
    healthy: bool,
    now: Timestamp,
) -> muster_store::Result<()> {
    if source.status == status && source.healthy == healthy {
        return Ok(());
    }
    // The source may have been edited since the run began: only the status is the run's.
    let Some(mut current) = tx.typed::<Source>().get(&source.id)? else {
        return Ok(());
    };
    status.clone_into(&mut current.status);
    current.healthy = healthy;
    tx.typed::<Source>().put(&current, now)
}

/// Both events of a run; they are told when collecting ends, before processing begins
/// (aggregation-refresh.md §0, fact 2).
fn collected_events(
    order: &Aggregate,
    source: &Source,
    report: &Report,
    status: Status,
    now: Timestamp,
) -> Vec<Draft> {
    let reference = source.reference();
    let mut warnings = report.texts(Severity::Warn);
    warnings.extend(report.deletion_held.clone());
    let told = Told {
        source: &reference,
        status,
        started: report.started.unwrap_or(now),
        completed: now,
        errors: report.texts(Severity::Error),
        warnings,
        statistics: statistics(report),
    };
    let value = body(&told);
    [
        AGGREGATION_ACCOUNTS_COLLECTED,
        ACCOUNT_AGGREGATION_COMPLETED,
    ]
    .map(|trigger| Draft {
        trigger,
        subject: source.id.clone(),
        identity: vec![order.task.0.to_be_bytes().to_vec()],
        created: now,
        cause: order.task.to_string(),
        value: value.clone(),
    })
    .into()
}

fn statistics(report: &Report) -> Statistics {
    Statistics {
        scanned: report.scanned,
        unchanged: report.unchanged,
        changed: report.changed,
        added: report.added,
        removed: report.removed,
    }
}
