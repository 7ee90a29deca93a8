//! The last complete file of a source stays stored: schedules read it again, and so does a reload of
//! one account. A delimited source has no other place to be read from.

use muster_model::{KeptFile, Reading, Source, Timestamp};
use muster_store::{Result, Tx};

use crate::limits::KEPT_FILE_BYTES_MAX;

/// Keeps a file of accounts that was read to its end; none where the kept one was read again.
pub(crate) fn accounts(
    tx: &mut Tx<'_>,
    source: &Source,
    upload: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let mut reading = of(tx, source)?;
    let was = reading.clone();
    reading.version = source.reading_version;
    if let Some(upload) = upload {
        reading.accounts = exchange(tx, reading.accounts, upload, now)?;
    }
    put(tx, &was, &reading, now)
}

/// Keeps a file of entitlements.
pub(crate) fn entitlements(
    tx: &mut Tx<'_>,
    source: &Source,
    upload: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let Some(upload) = upload else { return Ok(()) };
    let mut reading = of(tx, source)?;
    let was = reading.clone();
    reading.entitlements = exchange(tx, reading.entitlements, upload, now)?;
    put(tx, &was, &reading, now)
}

/// Forgets all that is kept of a source that is deleted.
pub fn forget(tx: &mut Tx<'_>, source: &str) -> Result<()> {
    let Some(reading) = tx.typed::<Reading>().get(source)? else {
        return Ok(());
    };
    for kept in [reading.accounts, reading.entitlements]
        .into_iter()
        .flatten()
    {
        tx.uploads().remove(&kept.upload)?;
    }
    tx.typed::<Reading>().delete(source)?;
    Ok(())
}

fn of(tx: &mut Tx<'_>, source: &Source) -> Result<Reading> {
    let known = tx.typed::<Reading>().get(&source.id)?;
    Ok(known.unwrap_or_else(|| Reading {
        source_id: source.id.clone(),
        ..Reading::default()
    }))
}

fn put(tx: &mut Tx<'_>, was: &Reading, reading: &Reading, now: Timestamp) -> Result<()> {
    if was == reading {
        return Ok(());
    }
    tx.typed::<Reading>().put(reading, now)
}

/// Keeps a file in the place of the one before it. A very large one is not kept.
fn exchange(
    tx: &mut Tx<'_>,
    before: Option<KeptFile>,
    upload: &str,
    now: Timestamp,
) -> Result<Option<KeptFile>> {
    if let Some(before) = before
        && before.upload != upload
    {
        tx.uploads().remove(&before.upload)?;
    }
    if tx
        .uploads()
        .size(upload)?
        .is_none_or(|size| size > KEPT_FILE_BYTES_MAX)
    {
        tx.uploads().remove(upload)?;
        return Ok(None);
    }
    Ok(Some(KeptFile {
        upload: upload.to_owned(),
        read: now,
    }))
}
