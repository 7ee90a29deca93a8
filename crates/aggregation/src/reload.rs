//! Reads one account again. A delimited source has no account to be asked for: its last complete file is
//! looked through (aggregation-refresh.md §1.4, `POST /accounts/{id}/reload`).

use std::sync::Arc;

use muster_connector::Step;
use muster_connector::account::{Digester, RawAccount};
use muster_connector::flat_file::{Options, Reader};
use muster_event::Outboxes;
use muster_model::handover::{Reload, SETTLE, Settle, refresh_lane};
use muster_model::{Clock, IdentityProfile, Reading, Report, Severity, Source};
use muster_store::{Account, ChunkReader, Task, Tx};
use muster_work::{Handler, Running, Stop};

use crate::correlate::wait_for_keys;
use crate::error::Failure;
use crate::process::Run;
use crate::promote::Promoted;

/// Reads accounts again, one at a time.
pub struct ReloadAccount {
    /// Where events go.
    pub outboxes: Outboxes,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

/// What a reload starts from.
struct Start {
    task: Task,
    account: Account,
    source: Source,
    authoritative: bool,
    upload: String,
}

impl Handler for ReloadAccount {
    fn run(&self, job: &Running<'_>) -> Result<(), Stop> {
        let order: Reload = serde_json::from_str(&job.claimed.body)
            .map_err(|error| Stop::GiveUp(Box::new(error)))?;
        let Some(task) = job.org.read(|tx| tx.tasks().get(order.task))? else {
            return job.org.write(|tx| job.finish(tx));
        };
        let mut report = task.report.clone();
        report.started.get_or_insert_with(|| self.clock.now());
        match self.reload(job, &order, task, &mut report) {
            Ok(()) => {}
            Err(Failure::Stop(stop)) => return Err(stop),
            Err(Failure::Input(reason)) => report.say(Severity::Error, reason),
        }
        job.org.write(|tx| self.end(tx, job, &order, &report))
    }
}

impl ReloadAccount {
    fn reload(
        &self,
        job: &Running<'_>,
        order: &Reload,
        task: Task,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let start = job.org.read(|tx| {
            wait_for_keys(tx)?;
            start(tx, order, task)
        })?;
        let schema = start
            .source
            .account_schema()
            .ok_or_else(|| Failure::Input("the source has no account schema".to_owned()))?;
        let options = Options::from_attributes(&start.source.connector_attributes)?;
        let chunks = ChunkReader::new(job.org.clone(), &start.upload);
        let mut reader = Reader::open(chunks, &options, schema)?;
        let native = &start.account.native_identity;
        let mut found: Option<RawAccount> = None;
        while let Some(step) = reader.next_account()? {
            let Step::Account(account) = step else {
                continue;
            };
            if account.native_identity() != native {
                continue;
            }
            match &mut found {
                None => found = Some(account.clone()),
                Some(merged) => {
                    if let Err(rejection) = merged.merge(account) {
                        report.say(Severity::Warn, format!("account \"{native}\": {rejection}"));
                    }
                }
            }
        }
        let Some(account) = found.filter(|account| !account.is_incomplete()) else {
            report.say(
                Severity::Warn,
                format!(
                    "the last file of {} has no readable account \"{native}\"; nothing was changed",
                    start.source.name
                ),
            );
            return Ok(());
        };
        report.scanned = 1;
        let digest = Digester::new(start.source.reading_version as u64).digest(&account);
        let outbox = self.outboxes.of(job.org.name());
        let run = Run {
            job,
            outbox: &outbox,
            clock: self.clock.as_ref(),
            task: order.task,
            accepted: start.task.created,
            source: &start.source,
            schema,
            authoritative: start.authoritative,
            optimized: false,
            is_read_anew: false,
            promoted: Promoted::default(),
        };
        let incoming = run.incoming(1, &account, digest, report);
        run.store_page(vec![incoming], report)
    }

    fn end(
        &self,
        tx: &mut Tx<'_>,
        job: &Running<'_>,
        order: &Reload,
        report: &Report,
    ) -> Result<(), Stop> {
        let now = self.clock.now();
        tx.tasks().save_report(order.task, report, now)?;
        let settle = Settle { task: order.task };
        tx.jobs()
            .leave(SETTLE, &refresh_lane(order.task), &settle, now)?;
        job.finish(tx)
    }
}

fn start(tx: &mut Tx<'_>, order: &Reload, task: Task) -> Result<Start, Failure> {
    let account = tx.accounts().get(order.account)?;
    let source = tx.typed::<Source>().get(&order.source.to_string())?;
    let (Some(account), Some(source)) = (account, source) else {
        return Err(Failure::Input("the account was deleted".to_owned()));
    };
    let reading = tx.typed::<Reading>().get(&source.id)?.unwrap_or_default();
    let Some(kept) = reading.accounts else {
        return Err(Failure::Input(format!(
            "no file of {} is kept; load its accounts",
            source.name
        )));
    };
    let profiles = tx.typed::<IdentityProfile>().list()?;
    let authoritative = profiles
        .iter()
        .any(|profile| profile.authoritative_source.id == source.id);
    Ok(Start {
        task,
        account,
        source,
        authoritative,
        upload: kept.upload,
    })
}
