//! What the wire accepts at most. Hitting one of these is an answer that names the bound.

use std::time::Duration;

/// Bytes of a JSON body after decompression.
pub const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Bytes of an uploaded file after decompression. A file of a million accounts is a few hundred megabytes.
pub const UPLOAD_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// Bytes of a form field that is not a file.
pub const FIELD_BYTES_MAX: u64 = 64 * 1024;

/// Parts of one multipart body.
pub const PARTS_MAX: usize = 32;

/// Bytes of a path and its query. The HTTP library stops at 64 KiB without saying why.
pub const TARGET_BYTES_MAX: usize = 60 * 1024;

/// Segments of a path.
pub const SEGMENTS_MAX: usize = 16;

/// Objects on one page where an operation does not say otherwise (api-surface.md §0.5).
pub const PAGE_ROWS_MAX: u32 = 250;

/// Clients that the rate limiter remembers at once; the oldest window is forgotten first.
pub const RATE_WINDOWS_MAX: usize = 10_000;

/// Causes shown in one error.
pub const CAUSES_MAX: usize = 16;

/// Bytes of a text that a client sent and an error quotes.
pub const QUOTE_BYTES_MAX: usize = 120;

/// Bytes of one piece of a stored upload.
pub const PIECE_BYTES: u64 = 1024 * 1024;

/// Pieces of an upload stored in one transaction.
pub const PIECES_PER_COMMIT: usize = 4;

/// How long the deletion of a source keeps aggregations away from it, in milliseconds; after that
/// they find that it is gone.
pub const SOURCE_LEASE_MILLIS: i64 = 600_000;

/// How far back runs are listed, in milliseconds: 90 days (aggregation-refresh.md §1.4).
pub const TASK_HISTORY_MILLIS: i64 = 90 * 24 * 60 * 60 * 1000;

/// How long the vendor tells the counts of an aggregation after its end, in milliseconds.
pub const STATUS_MILLIS: i64 = 60 * 60 * 1000;

/// Pairs of one correlation configuration.
pub const ASSIGNMENTS_MAX: usize = 100;

/// Steps of approval of one entitlement.
pub const APPROVAL_STEPS_MAX: usize = 20;

/// Pairs of one configuration of attribute synchronisation.
pub const SYNCED_ATTRIBUTES_MAX: usize = 500;

/// Events on one page of the feed where the caller does not say.
pub const FEED_ROWS: u64 = 250;

/// Events on one page of the feed.
pub const FEED_ROWS_MAX: u64 = 1_000;

/// Seconds that a call of the feed may wait for an event: proxies give up after a minute.
pub const FEED_WAIT_SECONDS_MAX: u64 = 60;

/// Calls and streams of this process that wait for events at once.
pub const FEED_FOLLOWERS_MAX: usize = 256;

/// How long someone who waits for events goes without looking, should a hint get lost.
pub const FEED_POLL: Duration = Duration::from_secs(2);

/// How long a stream is silent: proxies cut connections that are for longer.
pub const FEED_KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How long a stream lasts before its client must show its token again.
pub const FEED_STREAM_MAX: Duration = Duration::from_secs(15 * 60);

/// Stored events that a filter is tried on.
pub const TRIED_EVENTS_MAX: u32 = 1_000;

/// Newest events of the org among which those of one trigger are looked for.
pub const TRIED_EVENTS_SEARCHED_MAX: i64 = 50_000;

/// Inboxes of one org.
pub const INBOXES_MAX: usize = 20;

/// Characters of an inbox's name.
pub const INBOX_NAME_CHARS_MAX: usize = 100;
/// Deliveries looked at in one transaction when many are sent again.
pub(crate) const RESEND_BATCH: u32 = 1_000;

/// Deliveries that one call to send again looks at; the answer says where to go on.
pub(crate) const RESEND_EXAMINED_MAX: u64 = 100_000;

/// People or accounts that a report reads from the store at once, and writes out before it reads on.
pub(crate) const REPORT_ROWS: u32 = 500;

/// Characters of the name that a report is saved under.
pub(crate) const REPORT_NAME_CHARS_MAX: usize = 120;
