//! Accounts that the file lacks: deleted, unless there are too many of them or the view was not whole
//! (aggregation-refresh.md §1.6).

use muster_model::{Source, Timestamp};
use muster_store::{Account, Part, Result};

use crate::collect::Collected;
use crate::departure::depart;
use crate::error::Failure;
use crate::limits::{DELETE_THRESHOLD_DEFAULT, PAGE_ACCOUNTS};
use crate::news::{Author, Occasion};
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
        let natives = self.missing_natives(collected)?;
        if let Some(reason) = report.deletion_held.clone() {
            let text = if collected.someone_unreadable {
                format!("{reason}; nothing was deleted. Mend the file and load it again")
            } else {
                self.hold_missing(&natives, &reason)?;
                format!(
                    "{reason}; nothing was deleted. If this is right, release the held deletions \
                     (/muster/v1/sources/{}/held-deletions), or raise the source's \
                     deleteThreshold and load the file again",
                    self.source.id
                )
            };
            report.say(Severity::Warn, text);
            return Ok(());
        }
        for page in natives.chunks(PAGE_ACCOUNTS) {
            let now = self.clock.now();
            self.delete_page(page, report, now)?;
        }
        Ok(())
    }

    /// The keys of the known accounts that the file lacks.
    fn missing_natives(&self, collected: &Collected) -> Result<Vec<String>> {
        let mut natives = Vec::new();
        self.job.org.read(|tx| {
            tx.accounts()
                .each_known(self.source.source_id(), Part::Whole, |native, _| {
                    if collected.known.is_missing(native) {
                        natives.push(native.to_owned());
                    }
                    Ok(())
                })
        })?;
        Ok(natives)
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
            let cause = self.task.to_string();
            let occasion = Occasion {
                cause: &cause,
                now,
                author: Author::Source,
            };
            let departed = depart(tx, self.source, &accounts, occasion)?;
            report.deleted += accounts.len() as i64;
            report.identities += departed.identities.len() as i64;
            tx.tasks().save_report(self.task, report, now)?;
            self.ask_for_refresh(tx, departed.identities, now)?;
            self.outbox.append(tx, departed.events)?;
            Ok::<_, Failure>(())
        })
    }
}
