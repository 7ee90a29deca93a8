//! The values of a person's attributes by the mappings of their profile.

use muster_model::{AttributeMap, AttributeValue, Severity, Timestamp};
use muster_store::{Account, Identity};
use muster_transform::{EvaluationError, Transform};
use serde::{Deserialize, Serialize};

use crate::configuration::{Configuration, LIFECYCLE, Mapping};
use crate::reading::{AccountView, RandomBits, Reading};

/// Something that is wrong with an attribute of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Problem {
    /// The attribute.
    pub(crate) attribute: String,
    /// What is wrong, for whoever must mend it.
    pub(crate) reason: String,
    /// A warning leaves the person as good as before; an error shows as their processing state.
    pub(crate) severity: Severity,
    /// Whether the attribute keeps an older value, so that the person is still whole.
    #[serde(skip)]
    pub(crate) is_kept: bool,
}

impl Problem {
    /// A problem of an attribute that keeps no older value.
    pub(crate) fn of(attribute: &str, reason: String) -> Self {
        Self {
            attribute: attribute.to_owned(),
            reason,
            severity: Severity::Error,
            is_kept: false,
        }
    }

    /// Something that people should know of and that is taken care of.
    pub(crate) fn warning(attribute: &str, reason: String) -> Self {
        Self {
            severity: Severity::Warn,
            ..Self::of(attribute, reason)
        }
    }
}

/// What computing came to.
#[derive(Debug, Default)]
pub(crate) struct Computed {
    pub(crate) attributes: AttributeMap,
    pub(crate) problems: Vec<Problem>,
}

/// Everything that computing reads.
#[derive(Clone, Copy)]
pub(crate) struct Inputs<'a> {
    pub(crate) configuration: &'a Configuration,
    pub(crate) id: &'a str,
    pub(crate) accounts: &'a [Account],
    pub(crate) stored: Option<&'a Identity>,
    pub(crate) manager: Option<&'a Identity>,
    pub(crate) now: Timestamp,
    pub(crate) random: &'a RandomBits,
}

/// Runs transforms. An explanation looks over their shoulder.
pub(crate) trait Evaluate {
    /// Computes one attribute.
    fn evaluate(
        &mut self,
        transform: &Transform,
        reading: &Reading<'_>,
    ) -> Result<Option<AttributeValue>, EvaluationError>;
}

/// Runs transforms and nothing else.
pub(crate) struct Plain;

impl Evaluate for Plain {
    fn evaluate(
        &mut self,
        transform: &Transform,
        reading: &Reading<'_>,
    ) -> Result<Option<AttributeValue>, EvaluationError> {
        transform.evaluate(reading)
    }
}

/// Computes all attributes of a profile. An attribute whose transform fails keeps
/// its old value and is named among the problems (aggregation-refresh.md §9 case 53).
pub(crate) fn compute(
    mappings: &[Mapping],
    inputs: &Inputs<'_>,
    evaluator: &mut impl Evaluate,
) -> Computed {
    let views: Vec<AccountView<'_>> = inputs
        .accounts
        .iter()
        .filter_map(|account| AccountView::of(account, inputs.configuration))
        .collect();
    let no_attributes = AttributeMap::default();
    let before = inputs
        .stored
        .map_or(&no_attributes, |identity| &identity.attributes);
    let manager_id = inputs
        .manager
        .map(|manager| manager.id.to_string())
        .unwrap_or_default();
    let mut computed = Computed {
        attributes: AttributeMap::with_capacity(mappings.len() + 1),
        problems: Vec::new(),
    };
    for mapping in mappings {
        let value = match &mapping.transform {
            Err(reason) => Err(reason.clone()),
            Ok(transform) => {
                let reading = Reading {
                    now: inputs.now,
                    random: inputs.random,
                    configuration: inputs.configuration,
                    accounts: &views,
                    id: inputs.id,
                    stored: inputs.stored,
                    // The lifecycle state is computed last and sees the others' new values.
                    attributes: if &*mapping.attribute == LIFECYCLE {
                        &computed.attributes
                    } else {
                        before
                    },
                    manager: inputs.manager,
                    manager_id: &manager_id,
                    attribute: &mapping.attribute,
                };
                evaluator.evaluate(transform, &reading).map_err(|error| {
                    let kind = transform.operation();
                    format!(
                        "Applying transform[{kind}] to attribute[{}] failed: {error}",
                        mapping.attribute
                    )
                })
            }
        };
        match value {
            Ok(None) => {}
            Ok(Some(value)) => computed.attributes.set(mapping.attribute.clone(), value),
            Err(reason) => {
                let old = before.get(&mapping.attribute);
                if let Some(old) = old {
                    computed
                        .attributes
                        .set(mapping.attribute.clone(), old.clone());
                }
                computed.problems.push(Problem {
                    is_kept: old.is_some(),
                    ..Problem::of(&mapping.attribute, reason)
                });
            }
        }
    }
    computed
}

/// The name that people see: the display name attribute, else first and last name, else the user
/// name.
pub(crate) fn display_name(attributes: &AttributeMap) -> String {
    let text = |name: &str| attributes.get(name).map(AttributeValue::to_text);
    text("displayName")
        .filter(|name| !name.trim().is_empty())
        .unwrap_or_else(|| {
            let parts: Vec<String> = [text("firstname"), text("lastname")]
                .into_iter()
                .flatten()
                .collect();
            let full = parts.join(" ");
            if full.trim().is_empty() {
                text("uid").unwrap_or_default()
            } else {
                full
            }
        })
}
