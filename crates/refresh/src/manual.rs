//! A lifecycle state that a person set holds as long as the calculated one stays what it was then; a
//! transform that comes to another result counts as a change (aggregation-refresh.md §4.3).

use muster_model::AttributeValue;
use muster_store::ManualState;

use crate::configuration::LIFECYCLE;
use crate::person::Person;

/// Whether a manual state still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It does.
    Holds,
    /// The calculated state counts again.
    Over,
}

impl Standing {
    fn of(manual: &ManualState, calculated: Option<&str>) -> Self {
        if manual.calculated.as_deref() == calculated {
            Self::Holds
        } else {
            Self::Over
        }
    }
}

impl Person<'_> {
    /// Puts the manual state in the place of the calculated one where it still holds.
    pub(crate) fn obey(&mut self, manual: &ManualState) -> Standing {
        let calculated = self.computed.attributes.get(LIFECYCLE);
        let calculated = calculated.map(AttributeValue::to_text);
        let standing = Standing::of(manual, calculated.as_deref());
        if standing == Standing::Holds {
            self.computed
                .attributes
                .set(LIFECYCLE, manual.state.as_str().into());
        }
        standing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use muster_model::Timestamp;

    #[test]
    fn a_manual_state_holds_until_the_calculated_one_changes() {
        let manual = ManualState {
            state: "inactive".to_owned(),
            calculated: Some("active".to_owned()),
            set_at: Timestamp::from_micros(0),
        };
        assert_eq!(Standing::of(&manual, Some("active")), Standing::Holds);
        assert_eq!(Standing::of(&manual, Some("leave")), Standing::Over);
        // Coming to the same state by itself is a change too.
        assert_eq!(Standing::of(&manual, Some("inactive")), Standing::Over);
        assert_eq!(Standing::of(&manual, None), Standing::Over);
    }
}
