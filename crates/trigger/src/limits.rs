//! Bounds of this crate, each with its reason.

use std::time::Duration;

/// Subscriptions of a fire-and-forget trigger (event-triggers.md §1.6).
pub(crate) const FIRE_AND_FORGET_SUBSCRIPTIONS_MAX: usize = 50;

/// Subscriptions of a request-response trigger: two answers could contradict each other.
pub(crate) const REQUEST_RESPONSE_SUBSCRIPTIONS_MAX: usize = 1;

/// Characters of a subscription's name.
pub(crate) const NAME_CHARS_MAX: usize = 255;

/// Characters of a subscription's description.
pub(crate) const DESCRIPTION_CHARS_MAX: usize = 4_000;

/// Characters of a filter; the language has bounds of its own beside this one.
pub(crate) const FILTER_CHARS_MAX: usize = 16_384;

/// Characters of a URL: what browsers and proxies agree on.
pub(crate) const URL_CHARS_MAX: usize = 2_048;

/// Characters of a user name, password or token.
pub(crate) const CREDENTIAL_CHARS_MAX: usize = 8_192;

/// Bytes of a workflow or inline configuration, which is kept as it comes.
pub(crate) const OPAQUE_BYTES_MAX: usize = 65_536;

/// The longest response deadline, in seconds: thirty days.
pub(crate) const RESPONSE_DEADLINE_SECONDS_MAX: i64 = 30 * 24 * 60 * 60;

/// The longest wait of a retry schedule, in milliseconds: a week.
pub(crate) const RETRY_WAIT_MS_MAX: u64 = 7 * 24 * 60 * 60 * 1_000;

/// Requests a second that a rate limit may allow; more is no limit on this machine.
pub(crate) const RATE_MAX: u32 = 100_000;

/// Headers of one's own that a subscription may have.
pub(crate) const CUSTOM_HEADERS_MAX: usize = 16;

/// Characters of the name of such a header.
pub(crate) const HEADER_NAME_CHARS_MAX: usize = 128;

/// Characters of certificates and keys, as PEM.
pub(crate) const PEM_CHARS_MAX: usize = 65_536;

/// Waits that a retry schedule may have.
pub(crate) const RETRY_STEPS_MAX: usize = 32;

/// Signing secrets that are valid at once: the new one and the old one while it is rotated out.
pub(crate) const SIGNING_SECRETS_MAX: usize = 2;

/// Events matched with subscriptions in one transaction.
pub(crate) const DISPATCH_EVENTS_MAX: i64 = 2_000;

/// How long a worker waits for a hint before it looks by itself.
pub(crate) const POLL: Duration = Duration::from_secs(2);

/// Wait before the store is asked again after it failed.
pub(crate) const STORE_RETRY: Duration = Duration::from_millis(500);

/// One exchange with an endpoint, from connecting to the end of the answer (event-triggers.md §4).
pub(crate) const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of an answer that are read (decisions.md 16).
pub(crate) const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Characters of a failed answer that are kept for people to read.
pub(crate) const ANSWER_CHARS_KEPT: usize = 1_024;

/// Connections of all lanes together, shared out evenly (speed-spikes.md §1).
pub(crate) const CONNECTIONS_SHARED: usize = 128;

/// Connections of one lane, however few lanes there are.
pub(crate) const CONNECTIONS_PER_LANE_MAX: usize = 64;

/// Connections of one lane, however many lanes there are.
pub(crate) const CONNECTIONS_PER_LANE_MIN: usize = 8;

/// Threads that send. A few keep a network card busy; more only take turns.
pub(crate) const SENDERS_MAX: usize = 8;

/// How long a connection without work is kept.
pub(crate) const CONNECTION_IDLE: Duration = Duration::from_secs(20);

/// Deliveries with their events that all lanes together keep in memory, shared out evenly.
pub(crate) const WINDOW_SHARED: usize = 20_000;

/// Deliveries with their events that one lane keeps in memory, however few lanes there are.
pub(crate) const WINDOW_PER_LANE_MAX: usize = 10_000;

/// Deliveries with their events that one lane keeps in memory, however many lanes there are.
pub(crate) const WINDOW_PER_LANE_MIN: usize = 200;

/// Deliveries read from the store at once.
pub(crate) const PAGE: u32 = 500;

/// Messages kept for the lanes that have not read them yet.
pub(crate) const SHELF: usize = 4_096;

/// Deliveries that one lane keeps in memory without their events for each that it keeps with them,
/// waiting for a retry or for one that waits. When there are more, the lane reads no further until
/// some are settled.
pub(crate) const WAITING_PER_WINDOW: usize = 10;

/// Events that a filter kept away and that are shown with their explanation.
pub(crate) const REJECTIONS_SHOWN: usize = 100;

/// Failures in a row after which an endpoint is left alone.
pub(crate) const BREAKER_FAILURES: u32 = 10;

/// How long it is left alone at first, in milliseconds.
pub(crate) const BREAKER_WAIT_MS: i64 = 1_000;

/// How long it is left alone at most, in milliseconds.
pub(crate) const BREAKER_WAIT_MS_MAX: i64 = 60_000;

/// Outcomes in one transaction.
pub(crate) const OUTCOMES_MAX: usize = 1_000;

/// How long outcomes wait for others to share their transaction (speed-spikes.md §1).
pub(crate) const OUTCOMES_DELAY: Duration = Duration::from_millis(3);

/// A lane has enough to send with one part in so many of its window.
pub(crate) const FED_PART: usize = 10;

/// Deliveries that one look for events should find, as far as the last look tells: with more, some
/// would get a row before their outcome.
pub(crate) const LOOK_DELIVERIES: i64 = 1_000;

/// While all lanes have enough, events are looked for again after this long.
pub(crate) const LOOK_PAUSE: Duration = Duration::from_millis(25);

/// A lane that waits for rows looks again after this long, should nobody tell it.
pub(crate) const SETTLING_PAUSE: Duration = Duration::from_millis(50);

/// A delivery without outcome gets a row that says so after this long.
pub(crate) const ROWS_DELAY: Duration = Duration::from_millis(250);

/// Outcomes on their way to the recorder; beyond that workers wait.
pub(crate) const OUTCOMES_QUEUE: usize = 4_096;

/// How long a node holds a lane without renewing its lease, in milliseconds. With the renewal it
/// bounds how long the lanes of a node that died stand still.
pub(crate) const LEASE_MS: i64 = 3_500;

/// How often leases are renewed.
pub(crate) const LEASE_RENEWAL: Duration = Duration::from_millis(750);

/// A lane stops sending this long before its lease runs out, and gives up what is on its way: the
/// clocks of two nodes may differ by so much.
pub(crate) const LEASE_MARGIN_MS: i64 = 1_000;

/// A subscription that fails this long without one success is disabled (decisions.md 14).
pub(crate) const FAILING_DISABLES_AFTER_MS: i64 = 5 * 24 * 60 * 60 * 1_000;

/// The longest wait that an endpoint may ask for (decisions.md 14), in milliseconds.
pub(crate) const RETRY_AFTER_MS_MAX: u64 = 24 * 60 * 60 * 1_000;

/// Events that one call of the feed looks at, whether they are wanted or not.
pub(crate) const FEED_SCAN_MAX: i64 = 20_000;

/// Events that the feed reads at once.
pub(crate) const FEED_CHUNK: i64 = 500;

/// Bytes of events after which a page of the feed ends.
pub(crate) const FEED_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Events with their deliveries that are removed in one transaction.
pub(crate) const PURGE_EVENTS_MAX: i64 = 2_000;

/// Questions that are removed in one transaction.
pub(crate) const PURGE_INVOCATIONS_MAX: u32 = 1_000;

/// Questions of one org that are asked at once.
pub(crate) const ASKING_MAX: usize = 32;

/// How long a question belongs to the node that asks it, in milliseconds: a little longer than one
/// exchange takes.
pub(crate) const ASKING_LEASE_MS: i64 = 12_000;

/// Questions that expire in one transaction.
pub(crate) const EXPIRIES_MAX: u32 = 500;

/// How long a finished delivery is listed (event-triggers.md §1.10), in milliseconds.
pub(crate) const DELIVERED_LISTED_MS: i64 = 24 * 60 * 60 * 1_000;

/// How long a failed delivery is listed, in milliseconds.
pub(crate) const FAILED_LISTED_MS: i64 = 48 * 60 * 60 * 1_000;

/// How long the name of a deleted subscription is kept for the listing, in milliseconds: its last
/// deliveries may end days after it.
pub(crate) const DEPARTED_KEPT_MS: i64 = 5 * 24 * 60 * 60 * 1_000;

/// Waiting deliveries of a subscription among which the one is looked for that another waits behind.
pub(crate) const AHEAD_MAX: u32 = 2_000;

/// Invocations that a listing reaches (event-triggers.md §1.10).
pub(crate) const LISTED_MAX: usize = 2_000;

/// Bytes of a test's input or content.
pub(crate) const TEST_BYTES_MAX: usize = 256 * 1024;

/// The most time that draining waits for exchanges in flight.
pub(crate) const DRAIN_TIMEOUT: Duration = Duration::from_secs(15);

/// Paths of a filter that a trial changes in an event.
pub(crate) const TRIED_PATHS_MAX: usize = 16;

/// Values of an event that a trial looks at to change one path.
pub(crate) const TRIED_NODES_MAX: usize = 20_000;
