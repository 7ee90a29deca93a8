//! Accounts that the file lacks: deleted, unless there are too many of them or the view was not whole
//! (aggregation-refresh.md §1.6).

use muster_model::id::AccountId;
use muster_model::{Source, Timestamp};
use muster_store::{Account, Result};

use crate::collect::Collected;
use crate::error::Failure;
use crate::limits::{DELETE_THRESHOLD_DEFAULT, PAGE_ACCOUNTS};
use crate::process::Run;
use muster_model::{Report, Severity};

/// Why missing accounts are not deleted, or `None` when they may be.
pub(crate) fn reason_to_hold(
    source: &Source,
    collected: &Collected,
    report: &Report,
) -> Option<String> {
    let missing = report.removed as u64;
    if missing == 0 {
        return None;
    }
    if collected.someone_unreadable {
        return Some("a row without a readable Account ID may have been anyone's".to_owned());
    }
    if report.scanned == 0 {
        return Some("the file has no accounts at all".to_owned());
    }
    let threshold = source
        .delete_threshold
        .unwrap_or(DELETE_THRESHOLD_DEFAULT)
        .clamp(0, 100) as u64;
    let before = collected.known.before();
    // Exceeding means strictly more: 10 of 100 pass a threshold of 10 %.
    (missing * 100 > threshold * before).then(|| {
        format!("{missing} of {before} accounts are missing, more than the delete threshold of {threshold} %")
    })
}

impl Run<'_> {
    /// Deletes what the file lacks, a page a transaction.
    pub(crate) fn delete_missing(
        &self,
        collected: &Collected,
        report: &mut Report,
    ) -> Result<(), Failure> {
        if report.removed == 0 {
            return Ok(());
        }
        if let Some(reason) = &report.deletion_held {
            let text = format!(
                "{reason}; nothing was deleted. Raise the source's deleteThreshold and load the file \
                 again if this is right"
            );
            report.say(Severity::Warn, text);
            return Ok(());
        }
        let source = self.source.source_id();
        let mut natives = Vec::new();
        self.job.org.read(|tx| {
            tx.accounts().each_known(source, |native, _| {
                if collected.known.is_missing(native) {
                    natives.push(native.to_owned());
                }
                Ok(())
            })
        })?;
        for page in natives.chunks(PAGE_ACCOUNTS) {
            let now = self.clock.now();
            self.delete_page(page, report, now)?;
        }
        Ok(())
    }

    fn delete_page(
        &self,
        page: &[String],
        report: &mut Report,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let natives: Vec<&str> = page.iter().map(String::as_str).collect();
        self.job.org.write(|tx| {
            self.job.still_mine(tx, now)?;
            let accounts: Vec<Account> = tx
                .accounts()
                .find_each(self.source.source_id(), &natives)?
                .into_iter()
                .flatten()
                .collect();
            let ids: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
            tx.accounts().delete(&ids)?;
            let identities: Vec<_> = accounts
                .iter()
                .filter_map(|account| account.identity_id)
                .collect();
            report.deleted += accounts.len() as i64;
            report.identities += identities.len() as i64;
            tx.tasks().save_report(self.task, report, now)?;
            self.ask_for_refresh(tx, identities, now)?;
            Ok::<_, Failure>(())
        })
    }
}
