//! Filters: whether an event is wanted (decisions.md 27), and what to tell someone who writes one.

mod trial;

use muster_jsonpath::{CompileError, FilterSet, Node};
use serde_json::{Value, json};

use crate::subscription::Dialect;

pub use trial::{Instead, Trial};

/// A compiled filter.
#[derive(Debug)]
pub struct Filter(muster_jsonpath::Filter);

/// Why a text is no filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(CompileError);

impl Filter {
    /// Compiles a filter that is not blank.
    pub fn compile(text: &str, dialect: Dialect) -> Result<Self, Fault> {
        let dialect = match dialect {
            Dialect::Jayway => muster_jsonpath::Dialect::Jayway,
            Dialect::Rfc9535 => muster_jsonpath::Dialect::Rfc9535,
        };
        muster_jsonpath::Filter::compile_in(dialect, text)
            .map(Self)
            .map_err(Fault)
    }

    /// Whether the event is wanted. An evaluation that fails means no.
    pub fn fires<N: Node>(&self, event: N) -> bool {
        self.0.fires(event)
    }

    /// How it decides on an event, step by step.
    pub fn explain<N: Node>(&self, event: N) -> muster_jsonpath::Explanation {
        self.0.explain(event)
    }
}

/// Filters of many subscriptions, which share what they have in common.
#[derive(Debug)]
pub(crate) struct Filters(FilterSet<usize>);

impl Filters {
    /// Puts filters together, each with a number of its own.
    pub(crate) fn of<'f>(filters: impl IntoIterator<Item = (usize, &'f Filter)>) -> Self {
        Self(FilterSet::compile(
            filters
                .into_iter()
                .map(|(number, filter)| (number, &filter.0)),
        ))
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The numbers of those that the event passes, in order.
    pub(crate) fn passed<N: Node>(&self, event: N) -> impl Iterator<Item = usize> {
        self.0.matching(event).copied()
    }
}

impl Fault {
    /// Where and what.
    pub fn problem(&self) -> String {
        format!(
            "does not compile: at byte {}: {}",
            self.0.offset, self.0.expected
        )
    }

    /// What to do.
    pub fn remedy(&self) -> String {
        let known = self.0.suggestion.clone();
        known.unwrap_or_else(|| "try it with validate-filter".to_owned())
    }
}

/// What validate-filter answers (event-triggers.md §1.12, decisions.md 28).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it compiles.
    pub is_valid_json_path: bool,
    /// Whether the input passes.
    pub is_path_exist: bool,
    /// Why not, where something went wrong.
    pub error: Option<String>,
}

impl Verdict {
    /// The answer's body. `error` is left out where there is none.
    pub fn to_wire(&self) -> Value {
        let mut wire = json!({
            "isValid": self.is_valid_json_path && self.is_path_exist,
            "isValidJSONPath": self.is_valid_json_path,
            "isPathExist": self.is_path_exist,
        });
        if let Some(error) = &self.error {
            wire["error"] = error.as_str().into();
        }
        wire
    }
}

/// Tries a filter on an input. A blank filter always fires, as it would in a subscription.
pub fn judge(text: &str, input: &Value, dialect: Dialect) -> Verdict {
    if text.trim().is_empty() {
        return Verdict {
            is_valid_json_path: true,
            is_path_exist: true,
            error: None,
        };
    }
    match Filter::compile(text, dialect) {
        Err(fault) => Verdict {
            is_valid_json_path: false,
            is_path_exist: false,
            error: Some(format!("{}; {}", fault.problem(), fault.remedy())),
        },
        Ok(filter) => Verdict {
            is_valid_json_path: true,
            is_path_exist: filter.fires(input),
            error: filter.0.read(input).err().map(|error| error.to_string()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Case 72 of event-triggers.md §6.
    #[test]
    fn the_verdict_tells_a_path_that_is_not_there_from_one_that_is_none() {
        let input = json!({ "identityId": "201327fda1c44704ac01181e963d463c" });
        let judge = |text: &str| {
            let wire = super::judge(text, &input, Dialect::Jayway).to_wire();
            ["isValid", "isValidJSONPath", "isPathExist"].map(|name| wire[name].as_bool().unwrap())
        };
        let filter = |id: &str| format!("$[?($.identityId == \"{id}\")]");
        assert_eq!(
            judge(&filter("201327fda1c44704ac01181e963d463c")),
            [true, true, true]
        );
        assert_eq!(judge(&filter("other")), [false, true, false]);
        assert_eq!(judge("$.a != null"), [false, false, false]);
        assert_eq!(judge("$[?($.warnings size 1]"), [false, false, false]);
        assert_eq!(judge(" "), [true, true, true]);
    }
}
