//! Bounds of previews, each with its reason.

/// Previews that one process makes at once, of different orgs: each takes a core and room for a copy.
pub(crate) const AT_ONCE_MAX: usize = 2;

/// Seconds after which to ask again when there are too many.
pub const RETRY_SECONDS: u64 = 5;

/// People, and events of one subscription, that are shown where the caller does not say.
pub const ITEMS_DEFAULT: usize = 50;

/// The same at most: an event has about a kilobyte, and each subscription shows its own.
pub const ITEMS_MAX: usize = 1_000;

/// People that are shown as samples of one attribute's changes.
pub(crate) const SAMPLES: usize = 5;

/// Identities that are read at a time, before and after.
pub(crate) const COMPARED_AT_ONCE: usize = 1_000;
