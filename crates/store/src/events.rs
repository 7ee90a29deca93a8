//! Events: what happened, in the order of commits.

use muster_model::Timestamp;
use muster_model::id::EventId;

use crate::args;
use crate::driver::Row;
use crate::error::{Error, Result};
use crate::hints::Topic;
use crate::tx::Tx;

/// Whether an event really happened. Numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// It happened.
    Real = 0,
    /// Someone tests a subscription.
    Test = 1,
}

impl EventKind {
    pub(crate) fn from_number(number: i64) -> Result<Self> {
        [Self::Real, Self::Test]
            .into_iter()
            .find(|kind| *kind as i64 == number)
            .ok_or_else(|| Error::Corrupt(format!("an event is of kind {number}")))
    }
}

/// An event to be appended.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its id: the same again when the same change is computed again after a crash.
    pub id: EventId,
    /// The trigger's id, such as `idn:identity-attributes-changed`.
    pub trigger_id: &'static str,
    /// What it is about: events of one subject are told in order. An identity's or object's id.
    pub subject: String,
    /// When it happened.
    pub created: Timestamp,
    /// What led to it: the id of the run or request.
    pub cause: String,
    /// The event as subscribers see it, as JSON.
    pub body: String,
}

/// An event as stored.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// Its number in the org's order.
    pub seq: i64,
    /// Its id.
    pub id: EventId,
    /// The trigger's id.
    pub trigger_id: String,
    /// What it is about.
    pub subject: String,
    /// When it happened.
    pub created: Timestamp,
    /// What led to it.
    pub cause: String,
    /// Whether it really happened.
    pub kind: EventKind,
    /// For tests: what the caller wants to see again in the log.
    pub content_json: Option<String>,
    /// The event as subscribers see it.
    pub body: String,
}

/// How far an org is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// The number of the newest event.
    pub last: i64,
    /// Up to which number events have been matched with subscriptions.
    pub dispatched: i64,
    /// The number that grows with each change of a configuration resource.
    pub documents: i64,
}

const COLUMNS: &str = "seq, id, trigger_id, subject, created, cause, kind, content_json, body";
const DISPATCHED: &str = "dispatched";
const PURGED: &str = "purged";

/// Events.
pub struct Events<'t, 'c>(pub(crate) &'t mut Tx<'c>);

impl Events<'_, '_> {
    /// Appends events that happened; gives the number of the first. Call it last in a transaction:
    /// from here on other writers of events wait.
    pub fn append(&mut self, events: &[NewEvent]) -> Result<i64> {
        self.add(events, EventKind::Real, None)
    }

    /// Appends the event of a test, which goes to chosen subscriptions only.
    pub fn append_test(&mut self, event: &NewEvent, content_json: &str) -> Result<i64> {
        self.add(
            std::slice::from_ref(event),
            EventKind::Test,
            Some(content_json),
        )
    }

    fn add(&mut self, events: &[NewEvent], kind: EventKind, content: Option<&str>) -> Result<i64> {
        const APPEND: &str = "
            INSERT INTO event (seq, id, trigger_id, subject, created, cause, kind, content_json, body)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        if events.is_empty() {
            return Ok(0);
        }
        let first = self.0.next_numbers("event", events.len() as u32)?;
        self.0.run(
            APPEND,
            events.iter().zip(first..).map(|(event, seq)| {
                args![
                    seq,
                    event.id,
                    event.trigger_id,
                    &event.subject,
                    event.created,
                    &event.cause,
                    kind as i64,
                    content,
                    &event.body
                ]
            }),
        )?;
        self.0.hint(Topic::Events);
        Ok(first)
    }

    /// The events numbered from `first` to `last` that are tests or of one of these triggers.
    pub fn range_of(&mut self, first: i64, last: i64, triggers: &[&str]) -> Result<Vec<EventRow>> {
        let mut args = args![first, last, EventKind::Test as i64].to_vec();
        args.extend(triggers.iter().map(|trigger| (*trigger).into()));
        // No trigger is called '', so the list is never empty and means the same.
        let places: Vec<String> = std::iter::once("''".to_owned())
            .chain((4..4 + triggers.len()).map(|place| format!("${place}")))
            .collect();
        let sql = format!(
            "SELECT {COLUMNS} FROM event WHERE seq BETWEEN $1 AND $2
                AND (kind = $3 OR trigger_id IN ({})) ORDER BY seq",
            places.join(", ")
        );
        self.0.fetch(&sql, &args, event)
    }

    /// The number of the first event that happened at `moment` or later; one past the newest where
    /// there is none. Looks where the numbers say: moments grow with them but for small disorder.
    pub fn first_since(&mut self, moment: Timestamp) -> Result<i64> {
        let sql = "SELECT created FROM event WHERE seq >= $1 ORDER BY seq LIMIT 1";
        let (mut low, mut high) = (1, self.last()? + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let created: Option<Timestamp> =
                self.0.fetch_one(sql, &args![middle], |row| row.get(0))?;
            match created {
                Some(created) if created < moment => low = middle + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// The events numbered from `first` to `last`, in order.
    pub fn range(&mut self, first: i64, last: i64) -> Result<Vec<EventRow>> {
        let sql = format!("SELECT {COLUMNS} FROM event WHERE seq BETWEEN $1 AND $2 ORDER BY seq");
        self.0.fetch(&sql, &args![first, last], event)
    }

    /// The newest events of a trigger that really happened, newest first: at most `limit` of them,
    /// and none numbered `after` or lower.
    pub fn newest_of(&mut self, trigger: &str, after: i64, limit: u32) -> Result<Vec<EventRow>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM event WHERE seq > $1 AND kind = $2 AND trigger_id = $3
                ORDER BY seq DESC LIMIT $4"
        );
        let args = args![after, EventKind::Real as i64, trigger, i64::from(limit)];
        self.0.fetch(&sql, &args, event)
    }

    /// How many events of each trigger there are, by the trigger's id.
    pub fn counts(&mut self) -> Result<Vec<(String, i64)>> {
        let sql = "SELECT trigger_id, COUNT(*) FROM event GROUP BY trigger_id ORDER BY trigger_id";
        self.0.fetch(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// One event.
    pub fn get(&mut self, seq: i64) -> Result<Option<EventRow>> {
        let sql = format!("SELECT {COLUMNS} FROM event WHERE seq = $1");
        self.0.fetch_one(&sql, &args![seq], event)
    }

    /// The events with these numbers, each at the place of its number.
    pub fn get_each(&mut self, seqs: &[i64]) -> Result<Vec<Option<EventRow>>> {
        let sql = format!("SELECT {COLUMNS} FROM event WHERE seq = $1");
        let mut found = vec![None; seqs.len()];
        self.0
            .batch(&sql, seqs.iter().map(|seq| args![*seq]), |at, row| {
                found[at] = Some(event(row)?);
                Ok(())
            })?;
        Ok(found)
    }

    /// Whom the events with these numbers are about and of which kind they are, each at the place of
    /// its number.
    pub fn subjects(&mut self, seqs: &[i64]) -> Result<Vec<Option<(String, EventKind)>>> {
        let sql = "SELECT subject, kind FROM event WHERE seq = $1";
        let mut found = vec![None; seqs.len()];
        self.0
            .batch(sql, seqs.iter().map(|seq| args![*seq]), |at, row| {
                found[at] = Some((row.get(0)?, EventKind::from_number(row.get(1)?)?));
                Ok(())
            })?;
        Ok(found)
    }

    /// When the events with these numbers happened, each at the place of its number.
    pub fn moments(&mut self, seqs: &[i64]) -> Result<Vec<Option<Timestamp>>> {
        let sql = "SELECT created FROM event WHERE seq = $1";
        let mut found = vec![None; seqs.len()];
        self.0
            .batch(sql, seqs.iter().map(|seq| args![*seq]), |at, row| {
                found[at] = Some(row.get(0)?);
                Ok(())
            })?;
        Ok(found)
    }

    /// The number of the newest event.
    pub fn last(&mut self) -> Result<i64> {
        let sql = "SELECT value FROM counter WHERE name = 'event'";
        Ok(self.0.fetch_one(sql, &[], |row| row.get(0))?.unwrap_or(0))
    }

    /// Up to which number events have been removed.
    pub fn purged(&mut self) -> Result<i64> {
        let sql = "SELECT value FROM counter WHERE name = $1";
        let number = self.0.fetch_one(sql, &args![PURGED], |row| row.get(0))?;
        Ok(number.unwrap_or(0))
    }

    /// Removes events up to `to` and moves that mark.
    pub fn purge(&mut self, to: i64) -> Result<()> {
        const MARK: &str = "
            INSERT INTO counter (name, value) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.0
            .execute("DELETE FROM event WHERE seq <= $1", &args![to])?;
        self.0.execute(MARK, &args![PURGED, to])?;
        Ok(())
    }

    /// How far events are, and how far they have been matched, as one look.
    pub fn marks(&mut self) -> Result<Marks> {
        let sql = "SELECT name, value FROM counter WHERE name IN ('event', 'documents', $1)";
        let mut marks = Marks::default();
        self.0.for_each(sql, &args![DISPATCHED], |row| {
            let name: String = row.get(0)?;
            let place = match name.as_str() {
                "event" => &mut marks.last,
                "documents" => &mut marks.documents,
                _ => &mut marks.dispatched,
            };
            *place = row.get(1)?;
            Ok(())
        })?;
        Ok(marks)
    }

    /// Up to which number events have been matched with subscriptions.
    pub fn dispatched(&mut self) -> Result<i64> {
        let sql = "SELECT value FROM counter WHERE name = $1";
        Ok(self
            .0
            .fetch_one(sql, &args![DISPATCHED], |row| row.get(0))?
            .unwrap_or(0))
    }

    /// Moves that mark from `from` to `to`; false when another node was quicker.
    pub fn set_dispatched(&mut self, from: i64, to: i64) -> Result<bool> {
        const MOVE: &str = "
            INSERT INTO counter (name, value) VALUES ($1, $3)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE counter.value = $2";
        Ok(self.0.execute(MOVE, &args![DISPATCHED, from, to])? > 0)
    }
}

fn event(row: &Row<'_>) -> Result<EventRow> {
    Ok(EventRow {
        seq: row.get(0)?,
        id: row.get(1)?,
        trigger_id: row.get(2)?,
        subject: row.get(3)?,
        created: row.get(4)?,
        cause: row.get(5)?,
        kind: EventKind::from_number(row.get(6)?)?,
        content_json: row.get(7)?,
        body: row.get(8)?,
    })
}
