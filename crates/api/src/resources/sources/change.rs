//! Changes of what belongs to a source and has operations of its own: schemas and correlation.

use muster_event::source::Happening;
use muster_model::Source;
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
    tx.typed::<Source>().put(&source, call.now())?;
    call.audit(tx, trace)?;
    events::tell(Happening::Updated, &source, tx, call)
}
