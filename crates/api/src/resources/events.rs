//! Events for consumers that cannot be reached: fetched with a cursor, waiting for the next ones if
//! asked to, or as one stream over one connection ([`follow`]). A cursor works again after a restart,
//! and any kept event can be read again from before it.

mod follow;
mod stream;

use axum::body::Body;
use axum::http::{HeaderName, StatusCode};
use muster_auth::{Guard, LevelSet};
use muster_model::Timestamp;
use muster_trigger::feed::{Feed, Start};
use muster_trigger::subscription::Dialect;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use self::follow::Follower;
use super::subscriptions::with_triggers;
use crate::answer::Answer;
use crate::call::Call;
use crate::handler::{Blocking, Gives, Shape};
use crate::limits::{FEED_ROWS, FEED_ROWS_MAX, FEED_WAIT_SECONDS_MAX};
use crate::operation::{Operation, QueryParameter};
use crate::problem::{Problem, quote};

const TAG: &str = "Events";
const READ: Guard = Guard::reading(
    LevelSet::ORG_ADMIN,
    &[
        "sp:trigger-service-invocation-status:read",
        "sp:trigger-service-invocation-status:manage",
    ],
)
.also_for_applications();

/// What a browser's EventSource sends when it connects again.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

const AFTER: QueryParameter = QueryParameter::new(
    "after",
    "The cursor to go on behind, or oldest, or latest; oldest by default.",
);
const SINCE: QueryParameter = QueryParameter::new(
    "since",
    "In place of a cursor: an instant such as 2026-04-27T16:48:33Z.",
);
const TRIGGERS: QueryParameter =
    QueryParameter::new("triggerId", "Only events of these triggers, with commas.");
const FILTER: QueryParameter = QueryParameter::new("filter", "Only events that pass this filter.");
const DIALECT: QueryParameter = QueryParameter::new(
    "dialect",
    "In which language the filter is written: jayway (default) or rfc9535.",
);

/// `/muster/v1/events`
pub static OPERATIONS: &[Operation] = &[
    Operation::get("/muster/v1/events", "fetchEvents")
        .title(TAG, "Fetch events")
        .guard(READ)
        .asks(&[
            AFTER,
            SINCE,
            TRIGGERS,
            FILTER,
            DIALECT,
            QueryParameter::new(
                "limit",
                "At most so many events, 250 by default, up to 1000.",
            ),
            QueryParameter::new(
                "wait",
                "Where there are none yet, for how many seconds to wait for one; up to 60.",
            ),
        ])
        .runs(&Blocking(fetch)),
    Operation::get("/muster/v1/events/stream", "streamEvents")
        .title(TAG, "Stream events (server-sent events)")
        .guard(READ)
        .asks(&[AFTER, SINCE, TRIGGERS, FILTER, DIALECT])
        .runs(&Blocking(stream::stream)),
];

/// An event as the feed shows it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeedEvent {
    /// What to send as `after` to go on behind it.
    pub cursor: String,
    /// The event's id: the `webhook-id` of its deliveries.
    pub id: String,
    /// Its trigger.
    pub trigger_id: String,
    /// What it is about; events of one subject are told in order.
    pub subject: String,
    /// When it happened.
    pub created: String,
    /// The event, as subscribers see it.
    pub event: Value,
}

/// A part of the feed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FeedPage {
    /// Events in their order.
    pub events: Vec<FeedEvent>,
    /// What to send as `after` next: behind everything that was looked at, wanted or not.
    pub cursor: String,
    /// Whether there is more to fetch at once.
    pub more: bool,
}

/// A page that may take a while; its shape is that of [`FeedPage`].
struct Fetched(Answer);

impl Gives for Fetched {
    const SHAPE: Option<Shape> = Some(Shape::json::<FeedPage>());
    const STATUS: u16 = 200;

    fn give(self, _: StatusCode) -> Answer {
        self.0
    }
}

/// What a call asks for.
struct Asked {
    feed: Feed,
    cursor: i64,
}

impl Asked {
    fn read(call: &Call) -> Result<Self, Problem> {
        let triggers: Vec<&str> = call
            .query("triggerId")
            .map(|text| text.split(',').map(str::trim).collect())
            .unwrap_or_default();
        let dialect = match call.query("dialect") {
            None | Some("jayway") => Dialect::Jayway,
            Some("rfc9535") => Dialect::Rfc9535,
            Some(other) => {
                return Err(Problem::illegal_value(format!(
                    "dialect: \"{}\" is unknown; use jayway or rfc9535.",
                    quote(other)
                )));
            }
        };
        let start = start(call)?;
        call.org().read(|tx| {
            let feed = Feed::of(tx, &triggers, call.query("filter"), dialect)
                .map_err(|error| with_triggers(error, tx))?;
            let cursor = start.cursor(tx)?;
            Ok(Self { feed, cursor })
        })
    }
}

/// A stream that is taken up again says so in its header, which outweighs the address that it was
/// opened with.
fn start(call: &Call) -> Result<Start, Problem> {
    let after = call.header(&LAST_EVENT_ID).or_else(|| call.query("after"));
    match (after, call.query("since")) {
        (None, Some(text)) => match text.parse::<Timestamp>() {
            Ok(moment) => Ok(Start::Since(moment)),
            Err(_) => Err(Problem::illegal_value(format!(
                "since: \"{}\" is no instant; write it as in 2026-04-27T16:48:33Z.",
                quote(text)
            ))),
        },
        (None | Some("oldest"), _) => Ok(Start::Oldest),
        (Some("latest"), _) => Ok(Start::Latest),
        (Some(text), _) => match text.parse::<i64>() {
            Ok(cursor @ 0..) => Ok(Start::After(cursor)),
            _ => Err(Problem::illegal_value(format!(
                "after: \"{}\" is no cursor; use the cursor of an answer, oldest or latest.",
                quote(text)
            ))),
        },
    }
}

fn bounded(
    call: &Call,
    name: &str,
    usual: u64,
    range: std::ops::RangeInclusive<u64>,
) -> Result<u64, Problem> {
    let value = call.query_as::<u64>(name)?.unwrap_or(usual);
    if range.contains(&value) {
        return Ok(value);
    }
    Err(Problem::illegal_value(format!(
        "{name}: {value} is out of range; use {} to {}.",
        range.start(),
        range.end()
    )))
}

fn fetch(call: &Call, (): ()) -> Result<Fetched, Problem> {
    let limit = bounded(call, "limit", FEED_ROWS, 1..=FEED_ROWS_MAX)? as usize;
    let wait = bounded(call, "wait", 0, 0..=FEED_WAIT_SECONDS_MAX)?;
    let Asked { feed, cursor } = Asked::read(call)?;
    let page = call.org().read(|tx| feed.read(tx, cursor, limit))?;
    if wait == 0 || !page.events.is_empty() || page.more {
        return Ok(Fetched(Answer::json(StatusCode::OK, &follow::shown(page))));
    }
    // The answer begins when there is something to say, or nothing to wait for any more; nothing
    // but a task waits for it.
    let mut follower = Follower::of(call, feed, page.cursor)?;
    let body = async move {
        let patience = tokio::time::sleep(std::time::Duration::from_secs(wait));
        let page = follower.next(limit, patience).await?;
        serde_json::to_vec(&follow::shown(page)).map_err(std::io::Error::other)
    };
    let body = Body::from_stream(futures_util::stream::once(body));
    Ok(Fetched(Answer::stream(
        StatusCode::OK,
        "application/json",
        body,
    )))
}
