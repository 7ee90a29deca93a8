//! Bounds of the store, each with its reason.

/// Page cache of the SQLite connection that writes. More bought nothing when loading
/// (speed-spikes.md §2), and a server that drains a backlog fills it.
pub(crate) const SQLITE_CACHE_KIB: u32 = 16 * 1024;

/// The same for one that reads: there are as many as ever read at once, each keeps its cache, SQLite
/// empties it whenever somebody else has written, and the system has the pages anyway.
pub(crate) const READER_CACHE_KIB: u32 = 1024;

/// The same for a copy of an org. Each preview may run on a thread of its own, and what its caches
/// took stays with that thread for a while: with the cache of an org, four of them left 460 MB
/// behind, with this one 80.
pub(crate) const SCRATCH_CACHE_KIB: u32 = 4 * 1024;

/// WAL pages before SQLite copies them back; its default of 1,000 costs a third when loading
/// (speed-spikes.md §2). 64 MB, so that the copying never holds a writer up for long.
pub(crate) const SQLITE_CHECKPOINT_PAGES: u32 = 16_000;

/// Prepared statements kept per SQLite connection: more than the code has.
pub(crate) const SQLITE_STATEMENTS: usize = 256;

/// Connections per org and process to PostgreSQL.
pub(crate) const POSTGRES_CONNECTIONS: usize = 8;

/// Rows of arguments that one statement takes to PostgreSQL.
pub(crate) const POSTGRES_ROWS: usize = 1_000;

/// Statements on their way to PostgreSQL before the first answer is awaited.
pub(crate) const POSTGRES_PIPELINE: usize = 256;

/// Events that a filter kept away and that are kept to be explained, per subscription.
pub(crate) const REJECTIONS_KEPT: usize = 100;

/// Notices kept per org.
pub(crate) const NOTICES_KEPT: i64 = 1_000;

/// Keys of new identities that are added together and may wait in memory for their rows. Fewer are
/// written at once.
pub(crate) const LATE_KEYS_MIN: usize = 1_000;

/// Keys that wait before they should be written: about 60 bytes each, and as much again until readers
/// that began before have ended.
pub(crate) const LATE_KEYS_MANY: usize = 100_000;

/// Keys that wait at most; more are written at once.
pub(crate) const LATE_KEYS_MAX: usize = 2 * LATE_KEYS_MANY;

/// Memory in which an org remembers by what its first people are found.
pub(crate) const SIEVE_BYTES: usize = 1024 * 1024;

/// Keys that are remembered there; with more it would say "maybe" to every second question.
pub(crate) const SIEVE_KEYS_MAX: usize = 4_000_000;

/// Identities whose keys are made together after a crash.
pub(crate) const RECOVERED_IDENTITIES: u32 = 50_000;

/// Versions kept of one identity. A person who changes every hour is remembered for a year.
pub(crate) const VERSIONS_KEPT: i64 = 10_000;

/// Versions between two looks at whether there are more than that.
pub(crate) const VERSIONS_CHECKED: i64 = 256;

/// Wait before listening again after PostgreSQL went away.
pub(crate) const LISTEN_RETRY: std::time::Duration = std::time::Duration::from_secs(1);

/// Characters of an org's name: it becomes part of a host name and of a schema name.
pub(crate) const ORG_NAME_CHARS_MAX: usize = 40;
