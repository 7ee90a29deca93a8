//! Trying a filter before anybody depends on it: on events that happened, on the trigger's example,
//! and on what one of them would be without the values that the filter reads. Every answer comes
//! from the engine that decides in production, so the two cannot disagree.

use muster_jsonpath::{CompileError, Explanation, Place, ReadPath};
use serde_json::Value;

use super::Filter;
use crate::limits::{TRIED_NODES_MAX, TRIED_PATHS_MAX};
use crate::subscription::Dialect;

/// A filter that can be tried; one that is blank lets everything pass.
pub struct Trial {
    filter: Option<Filter>,
}

/// What one changed value does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instead {
    /// The place that the filter reads.
    pub path: String,
    /// Whether it fires where the value is missing.
    pub when_absent: bool,
    /// Whether it fires where the value is null.
    pub when_null: bool,
    /// Whether it fires where the list, text or object is empty; `None` where the event has nothing
    /// there that can be empty.
    pub when_empty: Option<bool>,
}

impl Trial {
    /// Compiles the filter, or says where it is wrong.
    pub fn begin(text: &str, dialect: Dialect) -> Result<Self, CompileError> {
        if text.trim().is_empty() {
            return Ok(Self { filter: None });
        }
        Filter::compile(text, dialect)
            .map(|filter| Self {
                filter: Some(filter),
            })
            .map_err(|fault| fault.0)
    }

    /// Whether the event is wanted.
    pub fn fires(&self, event: &Value) -> bool {
        self.filter
            .as_ref()
            .is_none_or(|filter| filter.fires(event))
    }

    /// How the decision on an event is reached; `None` for a blank filter, which decides nothing.
    pub fn explain(&self, event: &Value) -> Option<Explanation> {
        self.filter.as_ref().map(|filter| filter.0.explain(event))
    }

    /// What it would decide if a value that it reads were not there, null or empty: each tried on
    /// the event itself, at every place that the path reaches in it.
    pub fn instead(&self, event: &Value) -> Vec<Instead> {
        let Some(filter) = &self.filter else {
            return Vec::new();
        };
        let tries = |path: &ReadPath, change| {
            let mut changed = event.clone();
            let mut budget = TRIED_NODES_MAX;
            let reached = apply(&mut changed, &path.0, change, &mut budget);
            (reached && budget > 0).then(|| filter.fires(&changed))
        };
        filter
            .0
            .reads()
            .into_iter()
            .filter_map(|path| {
                Some(Instead {
                    when_absent: tries(&path, Change::Remove)?,
                    when_null: tries(&path, Change::Null)?,
                    when_empty: tries(&path, Change::Empty),
                    path: path.to_string(),
                })
            })
            .take(TRIED_PATHS_MAX)
            .collect()
    }
}

#[derive(Clone, Copy)]
enum Change {
    Remove,
    Null,
    Empty,
}

/// Changes what the path reaches; says whether it reached anything that the change applies to.
fn apply(value: &mut Value, path: &[Place], change: Change, budget: &mut usize) -> bool {
    if *budget == 0 {
        return false;
    }
    *budget -= 1;
    let Some((place, rest)) = path.split_first() else {
        return false;
    };
    match (place, value) {
        (Place::Name(name), Value::Object(members)) if rest.is_empty() => {
            set(members, name, change)
        }
        (Place::Name(name), Value::Object(members)) => members
            .get_mut(&**name)
            .is_some_and(|member| apply(member, rest, change, budget)),
        (Place::Each | Place::Item, Value::Array(items)) => {
            items.iter_mut().fold(false, |reached, item| {
                apply(item, rest, change, budget) | reached
            })
        }
        (Place::Each, Value::Object(members)) => {
            members.values_mut().fold(false, |reached, member| {
                apply(member, rest, change, budget) | reached
            })
        }
        (Place::Item, object @ Value::Object(_)) => apply(object, rest, change, budget),
        (Place::Anywhere, value) => {
            let below = match value {
                Value::Array(items) => items.iter_mut().fold(false, |reached, item| {
                    apply(item, path, change, budget) | reached
                }),
                Value::Object(members) => members.values_mut().fold(false, |reached, member| {
                    apply(member, path, change, budget) | reached
                }),
                _ => false,
            };
            apply(value, rest, change, budget) | below
        }
        _ => false,
    }
}

fn set(members: &mut serde_json::Map<String, Value>, name: &str, change: Change) -> bool {
    match change {
        Change::Remove => {
            members.shift_remove(name);
            true
        }
        Change::Null => {
            members.insert(name.to_owned(), Value::Null);
            true
        }
        Change::Empty => match members.get_mut(name) {
            Some(Value::String(text)) => {
                text.clear();
                true
            }
            Some(Value::Array(items)) => {
                items.clear();
                true
            }
            Some(Value::Object(inner)) => {
                inner.clear();
                true
            }
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn instead(filter: &str, event: &Value) -> Vec<(String, bool, bool, Option<bool>)> {
        let trial = Trial::begin(filter, Dialect::Jayway).unwrap();
        let rows = trial.instead(event).into_iter();
        rows.map(|row| (row.path, row.when_absent, row.when_null, row.when_empty))
            .collect()
    }

    /// What the design shows: a missing field passes `!=`, an empty list tests nothing.
    #[test]
    fn absent_null_and_empty_are_decided_by_the_engine_itself() {
        let event = json!({"accountRequests": [
            {"provisioningResult": "SUCCESS"}, {"provisioningResult": "FAILED"},
        ]});
        assert_eq!(
            instead(
                "$.accountRequests[?(@.provisioningResult != \"SUCCESS\")]",
                &event
            ),
            [
                ("accountRequests".to_owned(), false, false, Some(false)),
                (
                    "accountRequests[*].provisioningResult".to_owned(),
                    true,
                    true,
                    Some(true)
                ),
            ]
        );
    }

    #[test]
    fn a_place_that_the_event_lacks_can_still_be_null() {
        let event = json!({"identity": {"name": "Ada"}});
        assert_eq!(
            instead("$.identity.type", &event),
            [("identity.type".to_owned(), false, false, None)]
        );
        assert!(instead("$.account.type", &event).is_empty());
    }

    #[test]
    fn a_scan_changes_every_place_below() {
        let event = json!({"a": {"x": 1}, "b": [{"x": 2}]});
        assert_eq!(
            instead("$..x", &event),
            [("..x".to_owned(), false, true, None)]
        );
    }

    #[test]
    fn a_blank_filter_lets_everything_pass_and_reads_nothing() {
        let trial = Trial::begin("  ", Dialect::Jayway).unwrap();
        assert!(trial.fires(&json!({})));
        assert!(trial.explain(&json!({})).is_none() && trial.instead(&json!({})).is_empty());
    }
}
