//! The difference between what was known of a person and what is known now
//! (aggregation-refresh.md §6).

use std::collections::HashSet;

use muster_event::identity::AttributeChange;
use muster_model::{AttributeMap, AttributeName, AttributeValue};

use crate::configuration::LIFECYCLE;
use crate::limits::QUIRK_VALUE_CHARS;

/// The attributes that differ: those of the profile in its order, then those that the profile no
/// longer maps. Null and absent are the same; text compares to the letter; lists compare as sets.
pub fn differences<'a>(
    order: impl Iterator<Item = &'a AttributeName>,
    old: &'a AttributeMap,
    new: &'a AttributeMap,
) -> Vec<AttributeChange> {
    let mut names: Vec<&AttributeName> = Vec::with_capacity(new.len());
    let mut seen = HashSet::new();
    let all = order
        .chain(new.iter().map(|(name, _)| name))
        .chain(old.iter().map(|(name, _)| name));
    for name in all {
        if seen.insert(&**name) {
            names.push(name);
        }
    }
    names
        .into_iter()
        .filter_map(|name| AttributeChange::between(name.clone(), old.get(name), new.get(name)))
        .collect()
}

/// Copies the vendor's limits that lose information: a first lifecycle state is not told, and values
/// are cut (decisions.md 2).
pub(crate) fn with_vendor_quirks(changes: Vec<AttributeChange>) -> Vec<AttributeChange> {
    changes
        .into_iter()
        .filter(|change| !(&*change.attribute == LIFECYCLE && change.old.is_none()))
        .map(|change| AttributeChange {
            attribute: change.attribute,
            old: change.old.map(cut),
            new: change.new.map(cut),
        })
        .collect()
}

fn cut(value: AttributeValue) -> AttributeValue {
    match value {
        AttributeValue::Text(text) => {
            AttributeValue::Text(text.chars().take(QUIRK_VALUE_CHARS).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, &str)]) -> AttributeMap {
        entries
            .iter()
            .map(|(name, value)| ((*name).into(), AttributeValue::from(*value)))
            .collect()
    }

    fn names(changes: &[AttributeChange]) -> Vec<&str> {
        changes.iter().map(|change| &*change.attribute).collect()
    }

    #[test]
    fn changes_come_in_the_profiles_order_and_unmapped_ones_last() {
        let order: Vec<AttributeName> = vec!["b".into(), "a".into(), "same".into()];
        let old = map(&[("a", "1"), ("same", "x"), ("gone", "y")]);
        let new = map(&[("a", "2"), ("b", "1"), ("same", "x")]);
        assert_eq!(
            names(&differences(order.iter(), &old, &new)),
            ["b", "a", "gone"]
        );
    }

    #[test]
    fn case_and_blanks_are_differences() {
        let order: Vec<AttributeName> = Vec::new();
        let changes = differences(order.iter(), &map(&[("a", "x")]), &map(&[("a", "X ")]));
        assert_eq!(names(&changes), ["a"]);
    }

    #[test]
    fn quirks_cut_values_and_hide_a_first_lifecycle_state() {
        let long = "é".repeat(500);
        let old = map(&[("a", &long)]);
        let new = map(&[("a", &format!("{long}!")), (LIFECYCLE, "active")]);
        let order: Vec<AttributeName> = Vec::new();
        let quirky = with_vendor_quirks(differences(order.iter(), &old, &new));
        assert_eq!(names(&quirky), ["a"]);
        assert_eq!(quirky[0].old, quirky[0].new);
        assert_eq!(
            quirky[0].new.as_ref().unwrap().to_text().chars().count(),
            450
        );
    }
}
