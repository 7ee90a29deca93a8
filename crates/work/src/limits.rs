//! Bounds of durable work.

/// How long a claimed job belongs to its worker without a sign of life, in milliseconds.
pub(crate) const LEASE_MILLIS: i64 = 15_000;

/// How often signs of life are given, in milliseconds.
pub(crate) const HEARTBEAT_MILLIS: u64 = 5_000;

/// How long a worker that heard no hint waits before it looks again, in milliseconds. Hints of
/// this process never get lost, those of others hardly ever.
pub(crate) const POLL_MILLIS: u64 = 1_000;

/// Tries of a job that panics before it is given up.
pub(crate) const PANICS_MAX: i64 = 5;

/// Longest wait between two tries, in milliseconds.
pub(crate) const BACKOFF_MILLIS_MAX: i64 = 300_000;
