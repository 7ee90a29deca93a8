//! What is loaded: sources, mappings and targets, named as midPoint names its performance tests.

use std::str::FromStr;

use serde_json::{Value, json};

use crate::sample_org::{MAPPINGS, account_attribute};

/// Mappings without which nobody is a valid identity and no manager is found.
const MAPPINGS_MIN: usize = 5;
/// More mappings than any profile has.
const MAPPINGS_MAX: usize = 400;
/// More sources than say anything new.
const SOURCES_MAX: usize = 9;

/// A scenario such as `1s-50m-0t`: one source, fifty mappings of which a third transform, no target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scenario {
    /// Sources; the first one makes the people, each other has an account for each of them.
    pub(crate) sources: usize,
    /// Mappings of the profile.
    pub(crate) mappings: usize,
}

impl FromStr for Scenario {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no scenario; name sources, mappings and targets, such as 1s-50m-0t"
            )
        };
        let mut parts = text.split('-');
        let mut count = |unit: char| {
            let part = parts.next().and_then(|part| part.strip_suffix(unit));
            part.and_then(|part| part.parse::<usize>().ok())
                .ok_or_else(wrong)
        };
        let (sources, mappings, targets) = (count('s')?, count('m')?, count('t')?);
        if parts.next().is_some() {
            return Err(wrong());
        }
        if targets > 0 {
            return Err(
                "targets are not written to yet; name a scenario that ends in 0t".to_owned(),
            );
        }
        if !(1..=SOURCES_MAX).contains(&sources) || mappings > MAPPINGS_MAX {
            return Err(format!(
                "from 1 to {SOURCES_MAX} sources and up to {MAPPINGS_MAX} mappings can be measured"
            ));
        }
        Ok(Self {
            sources,
            mappings: mappings.max(MAPPINGS_MIN),
        })
    }
}

impl Scenario {
    /// The profile's mappings: those of the sample org first; then more of the same columns, as many
    /// of them with transforms as make a third of all.
    pub(crate) fn mappings(self, source: &str) -> Vec<Value> {
        let account = |column: &str| account_attribute(source, column);
        let plain = MAPPINGS
            .iter()
            .take(self.mappings)
            .map(|(attribute, column)| ((*attribute).to_owned(), account(column)));
        let more = self.mappings.saturating_sub(MAPPINGS.len());
        let transformed = (self.mappings / 3).min(more);
        let extra = (0..more).map(|number| {
            let column = MAPPINGS[number % MAPPINGS.len()].1;
            // Spread evenly among the others.
            let is_transformed = (number + 1) * transformed / more > number * transformed / more;
            let definition = if is_transformed {
                transform(number, &account(column))
            } else {
                account(column)
            };
            (extra_attribute(number), definition)
        });
        plain
            .chain(extra)
            .map(|(attribute, definition)| {
                json!({"identityAttributeName": attribute, "transformDefinition": definition})
            })
            .collect()
    }

    /// Identity attributes that only the benchmark has.
    pub(crate) fn extra_attributes(self) -> impl Iterator<Item = String> {
        (0..self.mappings.saturating_sub(MAPPINGS.len())).map(extra_attribute)
    }
}

fn extra_attribute(number: usize) -> String {
    format!("benchAttribute{number}")
}

/// The transforms that people use most, one after the other.
fn transform(number: usize, input: &Value) -> Value {
    match number % 6 {
        0 => json!({"type": "upper", "attributes": {"input": input}}),
        1 => json!({"type": "concat", "attributes": {"values": [input, " / ", "Muster"]}}),
        2 => json!({"type": "substring", "attributes": {"begin": 0, "end": 3, "input": input}}),
        3 => json!({"type": "lookup", "attributes": {
            "table": {"Sales": "S", "Finance": "F", "active": "A", "default": "other"}, "input": input,
        }}),
        4 => json!({"type": "firstValid", "attributes": {"values": [input, "none"]}}),
        _ => json!({"type": "replace", "attributes": {
            "regex": "[^A-Za-z0-9]+", "replacement": "_", "input": input,
        }}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_of_fifty_mappings_transforms() {
        let scenario: Scenario = "1s-50m-0t".parse().unwrap();
        let mappings = scenario.mappings("1");
        let plain = mappings
            .iter()
            .filter(|mapping| mapping["transformDefinition"]["type"] == "accountAttribute");
        assert_eq!((mappings.len(), plain.count()), (50, 34));
        assert_eq!(scenario.extra_attributes().count(), 39);
    }

    #[test]
    fn few_mappings_are_as_many_as_a_valid_identity_needs() {
        let scenario: Scenario = "2s-1m-0t".parse().unwrap();
        assert_eq!((scenario.sources, scenario.mappings("1").len()), (2, 5));
    }

    #[test]
    fn what_cannot_be_measured_is_refused_with_the_reason() {
        for (text, reason) in [
            ("fast", "is no scenario"),
            ("1s-1m", "is no scenario"),
            ("1s-1m-0t-9a", "is no scenario"),
            ("1s-1m-1t", "targets are not written to yet"),
            ("0s-1m-0t", "from 1 to 9 sources"),
        ] {
            let error = text.parse::<Scenario>().unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }
}
