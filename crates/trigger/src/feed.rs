//! The pull feed: events in their order for consumers that fetch them. A cursor is the number of the
//! last event that was looked at, so it means the same after a restart and on every node.

use muster_event::catalog::{self, feature::Flags};
use muster_model::Timestamp;
use muster_model::id::dashed;
use muster_store::{EventKind, EventRow, Tx};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::limits::{FEED_BYTES_MAX, FEED_CHUNK, FEED_SCAN_MAX, FILTER_CHARS_MAX};
use crate::subscription::Dialect;

/// Which events are wanted.
#[derive(Debug, Default)]
pub struct Feed {
    /// Of which triggers; of all, where empty.
    triggers: Vec<String>,
    filter: Option<Filter>,
}

/// Where a consumer begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the oldest event that is kept.
    Oldest,
    /// With whatever happens from now on.
    Latest,
    /// Behind that event.
    After(i64),
    /// With what happened at that moment or later.
    Since(Timestamp),
}

/// Some events.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Those that are wanted, as the wire shows them, each with its cursor.
    pub events: Vec<(i64, Value)>,
    /// Up to where was looked: the cursor to go on with.
    pub cursor: i64,
    /// Whether there is more to look at now.
    pub more: bool,
}

impl Feed {
    /// Reads what is asked for. Triggers that do not exist for the org are refused.
    pub fn of(
        tx: &mut Tx<'_>,
        triggers: &[&str],
        filter: Option<&str>,
        dialect: Dialect,
    ) -> Result<Self> {
        let flags = Flags::load(tx)?;
        for id in triggers {
            let known = catalog::find(id).filter(|trigger| flags.allow(trigger));
            known.ok_or_else(|| Error::ReferencedNotFound {
                id: (*id).to_owned(),
            })?;
        }
        let filter = filter.filter(|text| !text.trim().is_empty());
        if filter.is_some_and(|text| text.chars().count() > FILTER_CHARS_MAX) {
            return Err(Error::LengthOutOfRange {
                field: "filter",
                chars_max: FILTER_CHARS_MAX,
            });
        }
        let filter = filter
            .map(|text| Filter::compile(text, dialect))
            .transpose();
        Ok(Self {
            triggers: triggers.iter().map(|id| (*id).to_owned()).collect(),
            filter: filter
                .map_err(|fault| Error::illegal("filter", fault.problem(), fault.remedy()))?,
        })
    }

    /// The next events behind `after`: at most `limit`, of bounded size, from a bounded stretch of
    /// the log.
    pub fn read(&self, tx: &mut Tx<'_>, after: i64, limit: usize) -> Result<Page> {
        check(tx, after)?;
        let last = tx.events().last()?;
        // Not before they are visible to dispatching, too: a flag that is off hides its events.
        let flags = Flags::load(tx)?;
        let wanted = catalog::all().filter(|one| {
            flags.allow(one)
                && (self.triggers.is_empty() || self.triggers.iter().any(|id| id == one.id))
        });
        let wanted: Vec<&str> = wanted.map(|trigger| trigger.id).collect();
        let mut page = Page {
            events: Vec::new(),
            cursor: after,
            more: false,
        };
        let mut bytes = 0;
        while page.cursor < last {
            if page.cursor - after >= FEED_SCAN_MAX || page.events.len() >= limit {
                page.more = true;
                return Ok(page);
            }
            let to = last.min(page.cursor + FEED_CHUNK);
            for row in tx.events().range_of(page.cursor + 1, to, &wanted)? {
                if page.events.len() >= limit || bytes > FEED_BYTES_MAX {
                    page.more = true;
                    return Ok(page);
                }
                page.cursor = row.seq;
                if let Some(shown) = self.shown(&row) {
                    bytes += row.body.len();
                    page.events.push((row.seq, shown));
                }
            }
            page.cursor = to;
        }
        Ok(page)
    }

    /// Tests are for the subscriptions that they name.
    fn shown(&self, row: &EventRow) -> Option<Value> {
        if row.kind == EventKind::Test {
            return None;
        }
        let event: Value = serde_json::from_str(&row.body).ok()?;
        let fires = self
            .filter
            .as_ref()
            .is_none_or(|filter| filter.fires(&event));
        fires.then(|| {
            json!({
                "cursor": row.seq.to_string(),
                "id": dashed(row.id.0),
                "triggerId": row.trigger_id,
                "subject": row.subject,
                "created": row.created,
                "event": event,
            })
        })
    }
}

impl Start {
    /// The cursor to begin with.
    pub fn cursor(self, tx: &mut Tx<'_>) -> Result<i64> {
        match self {
            Self::Oldest => Ok(tx.events().purged()?),
            Self::Latest => Ok(tx.events().last()?),
            Self::Since(moment) => {
                let first = tx.events().first_since(moment)?;
                Ok((first - 1).max(tx.events().purged()?))
            }
            Self::After(cursor) => {
                check(tx, cursor)?;
                Ok(cursor)
            }
        }
    }
}

fn check(tx: &mut Tx<'_>, cursor: i64) -> Result<()> {
    let oldest = tx.events().purged()?;
    if cursor < oldest {
        return Err(Error::CursorTooOld { oldest });
    }
    if cursor > tx.events().last()? {
        return Err(Error::illegal(
            "after",
            "is no cursor of this org: it lies behind the newest event",
            "use the cursor of an answer, or `oldest` or `latest`",
        ));
    }
    Ok(())
}
