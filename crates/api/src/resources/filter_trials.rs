//! Trying a filter before anybody depends on it. One call answers four questions: which of the
//! trigger's last events it lets pass, whether the trigger's example fires, how it decides on a
//! chosen event, and what it would decide without the values that it reads.
//!
//! The vendor's validate-filter knows one input and one bit; this is Muster's own.

use muster_auth::{Guard, LevelSet};
use muster_event::catalog;
use muster_event::catalog::feature::Flags;
use muster_trigger::Error;
use muster_trigger::filter::Trial;
use muster_trigger::subscription::Dialect;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::subscriptions::with_triggers;
use super::triggers::TAG;
use crate::call::Call;
use crate::handler::{Blocking, Json};
use crate::limits::{TRIED_EVENTS_MAX, TRIED_EVENTS_SEARCHED_MAX};
use crate::operation::Operation;
use crate::problem::{Problem, quote};
use crate::resource::Object;

/// Whoever may subscribe would see these events anyway.
const GUARD: Guard = Guard::changing(
    LevelSet::ORG_ADMIN,
    &["sp:trigger-service-subscriptions:manage"],
)
.also_for_applications();

/// The id that stands for the trigger's example.
const EXAMPLE: &str = "example";
/// The id that stands for the caller's own event.
const OWN: &str = "input";

/// `/muster/v1/filter-trials`
pub static OPERATIONS: &[Operation] = &[Operation::post("/muster/v1/filter-trials", "tryFilter")
    .title(TAG, "Try a filter on stored events and on the example")
    .guard(GUARD)
    .runs(&Blocking(run))];

/// A filter to be tried.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FilterToTry {
    /// The trigger whose events it is for.
    pub trigger_id: String,
    /// The filter; one that is blank lets everything pass.
    #[serde(default)]
    pub filter: String,
    /// Its language; `JAYWAY` by default.
    #[serde(default)]
    pub dialect: FilterDialect,
    /// The event to explain the decision on: an id from `matches`, or `example`. Where absent, the
    /// newest that fires, or else the newest, or else the example.
    #[serde(default)]
    pub event_id: Option<String>,
    /// An event of one's own to explain the decision on, in place of a stored one.
    #[serde(default)]
    pub input: Option<Object>,
}

/// The languages of filters.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
pub enum FilterDialect {
    /// The vendor's.
    #[default]
    #[serde(rename = "JAYWAY", alias = "jayway")]
    Jayway,
    /// Strict RFC 9535.
    #[serde(rename = "RFC9535", alias = "rfc9535")]
    Rfc9535,
}

/// What a trial came to.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FilterTrialResult {
    /// Whether it compiles. Where it does not, `error` says why and the rest is empty.
    pub is_valid: bool,
    /// Where it is wrong, and what would be right.
    pub error: Option<FilterError>,
    /// Stored events that were looked at: the newest of the trigger, at most 1,000.
    pub examined: usize,
    /// Which of them fire, newest first.
    pub matches: Vec<TriedEvent>,
    /// When the oldest event that was looked at happened.
    pub oldest: Option<String>,
    /// When the newest did.
    pub newest: Option<String>,
    /// Whether the trigger's example fires.
    pub example_fires: bool,
    /// The event that the decision is explained on.
    pub explained: Option<TriedEvent>,
    /// How the decision on it is reached; null for a blank filter.
    pub explanation: Option<Value>,
    /// What other values in it would do, decided by the same engine.
    pub instead: Vec<InsteadOf>,
}

/// Where a filter is wrong.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FilterError {
    /// The place, in bytes from the start.
    pub offset: usize,
    /// What was expected there.
    pub expected: String,
    /// What to write instead, where the mistake is a known one.
    pub suggestion: Option<String>,
}

/// An event that a filter was tried on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TriedEvent {
    /// Its id, `example`, or `input` for the caller's own.
    pub id: String,
    /// When it happened; null for the example.
    pub created: Option<String>,
    /// How many of the events looked at are newer.
    pub position: usize,
    /// Whether the filter fires on it.
    pub fires: bool,
    /// The event; only where it is the one explained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
}

/// What one other value would do.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InsteadOf {
    /// The place that the filter reads.
    pub path: String,
    /// Whether it fires where the value is missing.
    pub when_absent: bool,
    /// Whether it fires where the value is null.
    pub when_null: bool,
    /// Whether it fires where the list, text or object is empty; null where nothing there can be.
    pub when_empty: Option<bool>,
}

struct Stored {
    id: String,
    created: String,
    input: Value,
}

fn run(call: &Call, Json(body): Json<FilterToTry>) -> Result<Json<FilterTrialResult>, Problem> {
    let (stored, example) = load(call, &body)?;
    let dialect = match body.dialect {
        FilterDialect::Jayway => Dialect::Jayway,
        FilterDialect::Rfc9535 => Dialect::Rfc9535,
    };
    let trial = match Trial::begin(&body.filter, dialect) {
        Ok(trial) => trial,
        Err(error) => {
            return Ok(Json(FilterTrialResult::invalid(FilterError {
                offset: error.offset,
                expected: error.expected,
                suggestion: error.suggestion,
            })));
        }
    };
    let matches: Vec<TriedEvent> = stored
        .iter()
        .enumerate()
        .filter(|(_, event)| trial.fires(&event.input))
        .map(|(position, event)| event.tried(position, true))
        .collect();
    let own = body.input.clone().map(Value::Object);
    let (mut explained, input) = match &own {
        Some(input) => (other(OWN, trial.fires(input)), input),
        None => choose(&body, &stored, &matches, (&trial, &example))?,
    };
    let result = FilterTrialResult {
        is_valid: true,
        error: None,
        examined: stored.len(),
        oldest: stored.last().map(|event| event.created.clone()),
        newest: stored.first().map(|event| event.created.clone()),
        example_fires: trial.fires(&example),
        explanation: match trial.explain(input) {
            Some(explanation) => {
                Some(serde_json::to_value(explanation).map_err(|error| Problem::hidden(&error))?)
            }
            None => None,
        },
        instead: trial
            .instead(input)
            .into_iter()
            .map(InsteadOf::from)
            .collect(),
        explained: {
            explained.input = Some(input.clone());
            Some(explained)
        },
        matches,
    };
    Ok(Json(result))
}

/// The newest events of the trigger, newest first, and its example.
fn load(call: &Call, body: &FilterToTry) -> Result<(Vec<Stored>, Value), Problem> {
    call.org().read(|tx| {
        let flags = Flags::load(tx)?;
        let found = catalog::listed(&flags).find(|trigger| trigger.id == body.trigger_id);
        let Some(trigger) = found else {
            let id = body.trigger_id.clone();
            return Err(with_triggers(Error::ReferencedNotFound { id }, tx));
        };
        let after = tx.events().last()? - TRIED_EVENTS_SEARCHED_MAX;
        let rows = tx.events().newest_of(trigger.id, after, TRIED_EVENTS_MAX)?;
        let stored = rows.into_iter().map(|row| Stored {
            id: row.id.to_string(),
            created: row.created.to_string(),
            input: serde_json::from_str(&row.body).unwrap_or_default(),
        });
        let example = serde_json::to_value(trigger.example_input());
        Ok((
            stored.collect(),
            example.map_err(|error| Problem::hidden(&error))?,
        ))
    })
}

/// The event to explain the decision on.
fn choose<'s>(
    body: &FilterToTry,
    stored: &'s [Stored],
    matches: &[TriedEvent],
    (trial, example): (&Trial, &'s Value),
) -> Result<(TriedEvent, &'s Value), Problem> {
    let wanted = body.event_id.as_deref().filter(|id| !id.is_empty());
    let position = match wanted {
        Some(EXAMPLE) => None,
        Some(id) => {
            let found = stored.iter().position(|event| event.id == id);
            Some(found.ok_or_else(|| {
                Problem::referenced_not_found(format!(
                    "eventId: \"{}\" is none of the trigger's last {TRIED_EVENTS_MAX} events; \
                     take one from matches, or \"{EXAMPLE}\".",
                    quote(id)
                ))
            })?)
        }
        None => matches
            .first()
            .map(|event| event.position)
            .or_else(|| (!stored.is_empty()).then_some(0)),
    };
    Ok(match position {
        Some(position) => {
            let event = &stored[position];
            (
                event.tried(position, trial.fires(&event.input)),
                &event.input,
            )
        }
        None => (other(EXAMPLE, trial.fires(example)), example),
    })
}

/// An event that is not stored.
fn other(id: &str, fires: bool) -> TriedEvent {
    TriedEvent {
        id: id.to_owned(),
        created: None,
        position: 0,
        fires,
        input: None,
    }
}

impl Stored {
    fn tried(&self, position: usize, fires: bool) -> TriedEvent {
        TriedEvent {
            id: self.id.clone(),
            created: Some(self.created.clone()),
            position,
            fires,
            input: None,
        }
    }
}

impl FilterTrialResult {
    fn invalid(error: FilterError) -> Self {
        Self {
            is_valid: false,
            error: Some(error),
            examined: 0,
            matches: Vec::new(),
            oldest: None,
            newest: None,
            example_fires: false,
            explained: None,
            explanation: None,
            instead: Vec::new(),
        }
    }
}

impl From<muster_trigger::filter::Instead> for InsteadOf {
    fn from(instead: muster_trigger::filter::Instead) -> Self {
        Self {
            path: instead.path,
            when_absent: instead.when_absent,
            when_null: instead.when_null,
            when_empty: instead.when_empty,
        }
    }
}
