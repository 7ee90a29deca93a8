//! Holds: what a run did not do because it was too much (aggregation-refresh.md §1.6, §7). At most one
//! run of a source is held; the next one that reads its file to the end takes its place.

use muster_model::id::TaskId;
use muster_model::{HeldKind, Hold, Reading, Source, Timestamp};
use muster_store::{Result, Tx};

use crate::collect::Collected;
use crate::error::Failure;
use crate::limits::PAGE_ACCOUNTS;
use crate::process::Run;
use muster_model::Report;

/// Writes a hold down, in the place of older ones of its source.
pub(crate) fn put(tx: &mut Tx<'_>, hold: &Hold, now: Timestamp) -> Result<()> {
    replace(tx, &hold.source_id, Some(&hold.id))?;
    tx.typed::<Hold>().put(hold, now)
}

/// Forgets the holds of a source but the one of the run `keep`.
pub(crate) fn replace(tx: &mut Tx<'_>, source: &str, keep: Option<&str>) -> Result<()> {
    for hold in tx.typed::<Hold>().list()? {
        if hold.source_id == source && Some(hold.id.as_str()) != keep {
            forget(tx, &hold)?;
        }
    }
    Ok(())
}

/// Forgets a hold with all that was kept for it.
pub fn forget(tx: &mut Tx<'_>, hold: &Hold) -> Result<()> {
    if let Ok(id) = hold.id.parse::<TaskId>() {
        tx.held_accounts().forget(id)?;
    }
    if let Some(upload) = &hold.upload {
        tx.uploads().remove(upload)?;
    }
    tx.typed::<Hold>().delete(&hold.id)?;
    Ok(())
}

/// Why a run must not go on without an administrator, or `None` when it may: it would change more
/// accounts than the source allows. After a change of the source's settings all accounts look
/// changed, so such a run is not judged.
pub(crate) fn too_many_changes(
    reading: &Reading,
    source: &Source,
    collected: &Collected,
    report: &Report,
) -> Option<String> {
    let threshold = reading.change_threshold?.clamp(0, 100) as u64;
    if reading.version != source.reading_version {
        return None;
    }
    let (changed, before) = (report.changed.max(0) as u64, collected.known.before());
    (changed * 100 > threshold * before).then(|| {
        format!(
            "{changed} of {before} accounts are changed, more than the change threshold of \
             {threshold} %"
        )
    })
}

impl Run<'_> {
    /// Holds the deletion of what the file lacks: an administrator may release it.
    pub(crate) fn hold_missing(
        &self,
        natives: &[String],
        reason: &str,
    ) -> std::result::Result<(), Failure> {
        let now = self.clock.now();
        for page in natives.chunks(PAGE_ACCOUNTS) {
            let natives: Vec<&str> = page.iter().map(String::as_str).collect();
            self.job.org.write(|tx| {
                self.job.still_mine(tx, now)?;
                let accounts = tx.accounts().find_each(self.source.source_id(), &natives)?;
                let ids: Vec<_> = accounts.iter().flatten().map(|one| one.id).collect();
                tx.held_accounts().add(self.task, &ids)?;
                Ok::<_, Failure>(())
            })?;
        }
        let hold = Hold {
            id: self.task.to_string(),
            source_id: self.source.id.clone(),
            kind: HeldKind::Deletions,
            reason: reason.to_owned(),
            count: natives.len() as i64,
            held: now,
            upload: None,
        };
        self.job.org.write(|tx| {
            self.job.still_mine(tx, now)?;
            put(tx, &hold, now)?;
            Ok::<_, Failure>(())
        })
    }
}
