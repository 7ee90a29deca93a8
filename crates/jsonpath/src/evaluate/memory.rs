//! Working memory that outlives an evaluation: each thread keeps one region and reuses it, so that
//! an evaluation in the long run allocates nothing.

use std::cell::Cell;

use bumpalo::Bump;

/// A region that grew beyond this is given back instead of kept.
const KEPT_BYTES_MAX: usize = 256 * 1024;

thread_local! {
    static MEMORY: Cell<Option<Bump>> = const { Cell::new(None) };
}

/// Runs `work` with an empty region. A nested use gets a region of its own.
pub(crate) fn with_memory<R>(work: impl FnOnce(&Bump) -> R) -> R {
    let mut memory = MEMORY.take().unwrap_or_default();
    let result = work(&memory);
    memory.reset();
    if memory.allocated_bytes() <= KEPT_BYTES_MAX {
        MEMORY.set(Some(memory));
    }
    result
}
