//! The bounds of everything here that can grow or be chosen by whoever calls.

/// How long a session lasts after signing in, in seconds: a working day.
pub(crate) const SESSION_SECONDS: i64 = 8 * 60 * 60;

/// How long a one-click link waits to be followed, in seconds.
pub(crate) const LINK_SECONDS: i64 = 15 * 60;

/// One-click links that wait at once.
pub(crate) const LINKS_MAX: usize = 16;

/// Sign-ins that may fail from one address, and for one client id, within [`FAILURES_SECONDS`].
pub(crate) const FAILURES_MAX: u32 = 10;

/// How long failed sign-ins are remembered, in seconds.
pub(crate) const FAILURES_SECONDS: i64 = 15 * 60;

/// Addresses and client ids whose failures are remembered at once.
pub(crate) const FAILURE_KEYS_MAX: usize = 10_000;

/// Sessions whose access token is kept ready; the others ask for one again.
pub(crate) const TOKENS_MAX: usize = 1_000;

/// How long before its end an access token is asked for anew, in seconds.
pub(crate) const TOKEN_MARGIN_SECONDS: i64 = 30;

/// Sessions that were ended by signing out and are remembered until they would have ended anyway.
pub(crate) const ENDED_MAX: usize = 10_000;

/// Bytes of a form.
pub(crate) const FORM_BYTES_MAX: usize = 256 * 1024;

/// Bytes of an answer of the API that a page is made of.
pub(crate) const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Bytes of a client id or secret.
pub(crate) const CREDENTIAL_BYTES_MAX: usize = 512;
