//! Bounds of a refresh.

/// Identities refreshed in one transaction, where the refresh itself divides them; as many as an
/// aggregation stores in one.
pub(crate) const BATCH_IDENTITIES: u32 = 2_000;

/// Those who need an identity that a refusal names of each kind.
pub(crate) const NEEDERS_NAMED_MAX: u32 = 25;

/// Times that a batch is computed anew because somebody changed one of its identities meanwhile,
/// before the job waits and tries again.
pub(crate) const CONFLICTS_MAX: u32 = 5;

/// Characters of a value in an event, where the vendor's limit is copied (decisions.md 2).
pub(crate) const QUIRK_VALUE_CHARS: usize = 450;
