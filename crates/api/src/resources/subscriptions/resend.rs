//! Sending many events again (decisions.md 14): those of a time, those that a filter picks, those that
//! ended in a certain way. Goes through them in order, a bounded number a call.

use std::collections::HashSet;

use muster_model::Timestamp;
use muster_store::DeliveryState;
use muster_trigger::filter::Filter;
use muster_trigger::subscription::Subscription as Stored;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::audit;
use super::extensions::found;
use crate::call::Call;
use crate::handler::Json;
use crate::limits::{RESEND_BATCH, RESEND_EXAMINED_MAX};
use crate::problem::Problem;

/// Which events are sent again; failed ones, where nothing is said.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resend {
    /// Events that happened at this moment or later.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub since: Option<Timestamp>,
    /// Events that happened before this moment.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub until: Option<Timestamp>,
    /// A filter in the subscription's language.
    #[serde(default)]
    pub filter: Option<String>,
    /// How their deliveries stand: `FAILED` and `DELIVERED`.
    #[serde(default)]
    pub states: Option<Vec<State>>,
}

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(rename = "ResendState")]
pub(crate) enum State {
    /// It was given up.
    Failed,
    /// It arrived.
    Delivered,
}

/// What was sent again.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResendResult {
    /// Deliveries that are sent again.
    pub resent: u64,
    /// Deliveries that were looked at.
    pub examined: u64,
    /// Where there is more than one call looks at: `since` of the next call.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub continue_since: Option<Timestamp>,
}

pub(super) fn resend(call: &Call, Json(ask): Json<Resend>) -> Result<Json<ResendResult>, Problem> {
    let subscription = found(call)?;
    let filter = filter(&ask, &subscription)?;
    let states = states(&ask);
    let (first, last) = call.org().read(|tx| {
        let mut place = |moment: Option<Timestamp>, or: i64| match moment {
            Some(moment) => tx.events().first_since(moment),
            None => Ok(or),
        };
        let first = place(ask.since, 1)?;
        let end = place(ask.until, i64::MAX)?;
        Ok::<_, Problem>((first, end.saturating_sub(1)))
    })?;
    let mut done = ResendResult {
        resent: 0,
        examined: 0,
        continue_since: None,
    };
    let mut next = first;
    loop {
        let batch = resend_batch(call, &subscription, filter.as_ref(), &states, (next, last))?;
        done.resent += batch.resent;
        done.examined += batch.examined;
        let Some(seen) = batch.last else { break };
        next = seen.seq + 1;
        if done.examined >= RESEND_EXAMINED_MAX {
            done.continue_since = Some(seen.created);
            break;
        }
    }
    call.org().write(|tx| {
        let after = json!({
            "resent": done.resent, "since": ask.since, "until": ask.until, "filter": ask.filter,
            "states": ask.states,
        });
        audit(call, tx, "resend", &subscription.id, (None, Some(&after)))
    })?;
    Ok(Json(done))
}

struct Batch {
    resent: u64,
    examined: u64,
    /// The last event that was looked at, where there may be more.
    last: Option<Seen>,
}

struct Seen {
    seq: i64,
    created: Timestamp,
}

/// One transaction: what a crash leaves is done, and the rest is not.
fn resend_batch(
    call: &Call,
    subscription: &Stored,
    filter: Option<&Filter>,
    states: &[DeliveryState],
    range: (i64, i64),
) -> Result<Batch, Problem> {
    call.org().write(|tx| {
        let number = subscription.number;
        let seqs = tx
            .deliveries()
            .in_states(number, range, states, RESEND_BATCH)?;
        let rows = tx.events().get_each(&seqs)?;
        let picked: Vec<i64> = rows
            .iter()
            .flatten()
            .filter(|row| {
                filter.is_none_or(|filter| {
                    let body: Result<Value, _> = serde_json::from_str(&row.body);
                    body.is_ok_and(|body| filter.fires(&body))
                })
            })
            .map(|row| row.seq)
            .collect();
        if !picked.is_empty() {
            tx.deliveries().resend(number, &picked, call.now())?;
        }
        let is_full = seqs.len() == RESEND_BATCH as usize;
        let last = seqs.last().filter(|_| is_full).map(|seq| Seen {
            seq: *seq,
            created: rows
                .iter()
                .rev()
                .flatten()
                .next()
                .map_or_else(|| call.now(), |row| row.created),
        });
        Ok(Batch {
            resent: picked.len() as u64,
            examined: seqs.len() as u64,
            last,
        })
    })
}

fn filter(ask: &Resend, subscription: &Stored) -> Result<Option<Filter>, Problem> {
    let text = ask.filter.as_deref().filter(|text| !text.trim().is_empty());
    text.map(|text| Filter::compile(text, subscription.settings.dialect))
        .transpose()
        .map_err(|fault| {
            Problem::illegal_value(format!("filter {}; {}.", fault.problem(), fault.remedy()))
        })
}

fn states(ask: &Resend) -> Vec<DeliveryState> {
    let asked: HashSet<State> = match &ask.states {
        Some(states) => states.iter().copied().collect(),
        None => [State::Failed].into(),
    };
    let stored = |state| match state {
        State::Failed => DeliveryState::Dead,
        State::Delivered => DeliveryState::Delivered,
    };
    asked.into_iter().map(stored).collect()
}
