//! Bounds of an aggregation.

/// People stored in one transaction: enough that a commit's cost is shared, few enough that other
/// writers do not wait long (speed-spikes.md §2).
pub(crate) const PAGE_ACCOUNTS: usize = 2_000;

/// Times that a page is looked at anew because somebody changed one of its accounts meanwhile, before
/// the job waits and tries again.
pub(crate) const CONFLICTS_MAX: u32 = 5;

/// Accounts of a source from which on two threads load their digests.
pub(crate) const LOADED_AT_ONCE_MIN: i64 = 20_000;

/// Digests that such a thread puts into the common table in one turn.
pub(crate) const LOADED_PER_TURN: usize = 1_024;

/// Memory for new and changed accounts between the two passes over a file, in bytes; with more of them
/// the file is read a second time.
pub(crate) const FEW_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Accounts whose rows stand in several places of one file. They are kept in memory to be merged.
pub(crate) const SCATTERED_ACCOUNTS_MAX: usize = 100_000;

/// The share of accounts, in percent, that may be deleted where the source says nothing.
pub(crate) const DELETE_THRESHOLD_DEFAULT: i64 = 10;

/// How long a run holds its source without a sign of life, in milliseconds. After a crash the same
/// run takes it again at once.
pub(crate) const SOURCE_LEASE_MILLIS: i64 = 600_000;

/// Identities that may share a correlation value before it is called ambiguous.
pub(crate) const CANDIDATES_MAX: u32 = 5;

/// Entitlements that a run remembers as stored; beyond that it stores them again.
pub(crate) const PROMOTED_REMEMBERED_MAX: usize = 1_000_000;

/// Bytes of a file that stays stored after it was read, for schedules and reloads.
pub(crate) const KEPT_FILE_BYTES_MAX: i64 = 512 * 1024 * 1024;

/// Identities that a preview of a correlation indexes in memory.
pub(crate) const PREVIEW_IDENTITIES_MAX: usize = 200_000;

/// Accounts that a preview of a correlation shows of each outcome, and names of each.
pub(crate) const PREVIEW_SAMPLES_MAX: usize = 10;
