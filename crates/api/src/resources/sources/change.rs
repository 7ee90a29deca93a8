//! Changes of what belongs to a source and has operations of its own: schemas and correlation.

use muster_event::source::Happening;
use muster_model::Source;
use muster_model::handover::{INDEX_KEYS, IndexKeys};
use muster_refresh::key_attributes;
use muster_store::Tx;

use super::events;
use crate::call::{Call, Trace};
use crate::problem::Problem;

/// Stores a source after such a change. Its accounts are read anew: what stands in the file may
/// mean something else now.
pub(crate) fn save(
    mut source: Source,
    trace: Trace<'_>,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<(), Problem> {
    source.reading_version += 1;
    let was = tx.typed::<Source>().get(&source.id)?;
    tx.typed::<Source>().put(&source, call.now())?;
    index_new_keys(was.as_ref(), &source, tx, call)?;
    call.audit(tx, trace)?;
    events::tell(Happening::Updated, &source, tx, call)
}

/// Asks for identities to be indexed by attributes that a stored change of a source looks them up by
/// and that nothing did before.
pub(crate) fn index_new_keys(
    was: Option<&Source>,
    now: &Source,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<(), Problem> {
    let mut sources = tx.typed::<Source>().list()?;
    sources.retain(|source| source.id != now.id);
    sources.extend(was.cloned());
    let known = key_attributes(&sources);
    let wanted = key_attributes(std::slice::from_ref(now));
    let attributes: Vec<String> = wanted.difference(&known).cloned().collect();
    if attributes.is_empty() {
        return Ok(());
    }
    let order = IndexKeys { attributes };
    tx.jobs()
        .leave(INDEX_KEYS, INDEX_KEYS, &order, call.now())?;
    Ok(())
}
