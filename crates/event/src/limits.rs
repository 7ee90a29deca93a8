//! Bounds of events.

/// Events kept in memory per org after their commit, so that matching them needs no parse. Older
/// ones are read back from their rows.
pub(crate) const RECENT_EVENTS_MAX: usize = 4_096;
