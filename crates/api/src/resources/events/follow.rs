//! Waiting for the next events: woken by hints, looking now and then without one, holding no thread
//! and no more than one page.

use std::io;
use std::sync::Arc;

use muster_store::{Org, Topic};
use muster_trigger::Error;
use muster_trigger::feed::{Feed, Page};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::time::Sleep;
use tokio_util::sync::CancellationToken;

use crate::call::Call;
use crate::limits::{FEED_FOLLOWERS_MAX, FEED_POLL};
use crate::problem::Problem;

/// Those who wait, in all orgs of this process.
static FOLLOWERS: Semaphore = Semaphore::const_new(FEED_FOLLOWERS_MAX);

/// Someone who waits for events.
pub(super) struct Follower {
    org: Org,
    feed: Arc<Feed>,
    hints: watch::Receiver<u64>,
    closing: CancellationToken,
    cursor: i64,
    _permit: SemaphorePermit<'static>,
}

impl Follower {
    /// Someone who wants what lies behind `cursor`; refused where too many wait already.
    pub(super) fn of(call: &Call, feed: Feed, cursor: i64) -> Result<Self, Problem> {
        let permit = FOLLOWERS.try_acquire().map_err(|_| Problem::too_many(5))?;
        Ok(Self {
            org: call.org().clone(),
            feed: Arc::new(feed),
            hints: call.org().hints().watch(Topic::Events),
            closing: call.app().closing.clone(),
            cursor,
            _permit: permit,
        })
    }

    /// Up to where it has looked.
    pub(super) fn cursor(&self) -> i64 {
        self.cursor
    }

    /// Whether the server is about to stop.
    pub(super) fn is_over(&self) -> bool {
        self.closing.is_cancelled()
    }

    /// The next events, or an empty page when `patience` ends or the server stops.
    pub(super) async fn next(&mut self, limit: usize, patience: Sleep) -> io::Result<Page> {
        tokio::pin!(patience);
        loop {
            self.hints.mark_unchanged();
            let (feed, after) = (Arc::clone(&self.feed), self.cursor);
            let page = self
                .org
                .read_async(move |tx| feed.read(tx, after, limit))
                .await
                .map_err(|error| io::Error::other(told(&error)))?;
            self.cursor = page.cursor;
            if !page.events.is_empty() {
                return Ok(page);
            }
            if page.more {
                continue;
            }
            tokio::select! {
                _ = self.hints.changed() => {}
                () = tokio::time::sleep(FEED_POLL) => {}
                () = &mut patience => return Ok(page),
                () = self.closing.cancelled() => return Ok(page),
            }
        }
    }
}

/// The error as its reader may see it.
fn told(error: &Error) -> String {
    match error {
        Error::Store(error) => {
            tracing::error!(%error, "events could not be read");
            "events cannot be read at the moment".to_owned()
        }
        other => other.to_string(),
    }
}

/// A page as the wire shows it.
pub(super) fn shown(page: Page) -> Value {
    let events: Vec<Value> = page.events.into_iter().map(|(_, event)| event).collect();
    json!({ "events": events, "cursor": page.cursor.to_string(), "more": page.more })
}
