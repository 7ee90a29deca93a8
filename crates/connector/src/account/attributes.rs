//! From the text of a file to the typed values of an account.

use muster_model::{AttributeMap, AttributeType, AttributeValue};

use super::{RawAccount, Warning};
use crate::contract::TypeName;

/// What is wrong with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Rows of one account give different single values; the first row's is taken.
    #[error("differs from the first row of the account, whose value is taken")]
    Disagrees,
    /// Rows of one account disagree on whether it is disabled or locked; the first row's word is taken.
    #[error("differs from the first row on whether the account is disabled or locked")]
    StatusDisagrees,
    /// The text is not of the attribute's type; it is kept as text.
    #[error("is not {}; it is kept as text", TypeName(*.0))]
    NotOfType(AttributeType),
}

impl RawAccount {
    /// The attributes that have a value, in schema order, each as its type says; and a warning for
    /// each that could not be converted and stays text.
    pub fn to_attributes(&self) -> (AttributeMap, Vec<Warning>) {
        let mut map = AttributeMap::with_capacity(self.singles.len());
        let mut warnings = Vec::new();
        for (at, attribute) in self.layout.attributes().iter().enumerate() {
            if attribute.is_multi {
                let items = self.values_of(at);
                if !items.is_empty() {
                    map.push_new(attribute.name.clone(), AttributeValue::List(items));
                }
                continue;
            }
            let text = self.text_of(self.singles[at]);
            if text.is_empty() {
                continue;
            }
            let value = convert(text, attribute.kind).unwrap_or_else(|| {
                warnings.push(Warning {
                    line: self.first_line,
                    column: attribute.name.clone(),
                    problem: Problem::NotOfType(attribute.kind),
                });
                AttributeValue::Text(text.to_owned())
            });
            map.push_new(attribute.name.clone(), value);
        }
        (map, warnings)
    }

    fn values_of(&self, attribute: usize) -> Vec<String> {
        self.values
            .iter()
            .filter(|(known, _)| *known as usize == attribute)
            .map(|(_, place)| self.text_of(*place).to_owned())
            .collect()
    }
}

/// The value of a text; `None` when it is not of the type. Lists stay text, as events have them.
fn convert(text: &str, kind: AttributeType) -> Option<AttributeValue> {
    match kind {
        AttributeType::String | AttributeType::Date => Some(AttributeValue::Text(text.to_owned())),
        AttributeType::Long => text.trim().parse().ok().map(AttributeValue::Integer),
        AttributeType::Int => {
            let number: i32 = text.trim().parse().ok()?;
            Some(AttributeValue::Integer(number.into()))
        }
        AttributeType::Boolean => boolean(text).map(AttributeValue::Boolean),
    }
}

/// The ways in which exports write yes and no.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    let text = text.trim();
    let is_one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_one_of(&["true", "yes", "y", "1"]) {
        Some(true)
    } else if is_one_of(&["false", "no", "n", "0"]) {
        Some(false)
    } else {
        None
    }
}
