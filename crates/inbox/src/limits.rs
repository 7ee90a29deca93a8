//! The bounds of an inbox.

/// Requests that an inbox remembers; the oldest is forgotten first.
pub const REQUESTS_MAX: usize = 200;

/// Bytes of all bodies that an inbox remembers; the oldest is forgotten first.
pub const BYTES_MAX: usize = 8 * 1024 * 1024;

/// Bytes of one body; a longer one is answered with 413.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Headers of one request that are remembered.
pub const HEADERS_MAX: usize = 64;

/// Bytes of one header's value that are remembered.
pub const HEADER_BYTES_MAX: usize = 4 * 1024;

/// Inboxes that remember something at once; those beyond are answered with 503.
pub const INBOXES_MAX: usize = 256;
