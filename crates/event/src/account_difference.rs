//! What changed about an account, split as the newer account events tell it: single values, sets of
//! values, entitlements (event-triggers.md §2.3, Account Updated and Native Change).

use muster_model::id::EntitlementId;
use muster_model::{AttributeDefinition, AttributeMap, AttributeName, AttributeValue, Schema};

use crate::identity::AttributeChange;
use crate::value::{Value, object};

/// What changed about an account.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    singles: Vec<AttributeChange>,
    sets: Vec<Moved>,
    entitlements: Vec<Moved>,
    source: String,
}

/// Values that an attribute gained and lost.
#[derive(Clone, Debug)]
struct Moved {
    name: AttributeName,
    added: Vec<String>,
    removed: Vec<String>,
}

impl Difference {
    /// The difference between two states of an account of `source`, in the order of the schema, as far
    /// as `watched` attributes are concerned. An account that was not there, or is not any more, has
    /// no attributes.
    pub fn between(
        source: &str,
        schema: &Schema,
        (old, new): (&AttributeMap, &AttributeMap),
        watched: impl Fn(&AttributeDefinition) -> bool,
    ) -> Self {
        let mut difference = Self {
            source: source.to_owned(),
            ..Self::default()
        };
        for attribute in schema.attributes.iter().filter(|one| watched(one)) {
            let (before, after) = (old.get(&attribute.name), new.get(&attribute.name));
            if !attribute.is_entitlement && !attribute.is_multi {
                difference.single(&attribute.name, before, after);
                continue;
            }
            let moved = Moved::of(&attribute.name, before, after);
            if moved.added.is_empty() && moved.removed.is_empty() {
                continue;
            }
            if attribute.is_entitlement {
                difference.entitlements.push(moved);
            } else {
                difference.sets.push(moved);
            }
        }
        difference
    }

    fn single(&mut self, name: &str, old: Option<&AttributeValue>, new: Option<&AttributeValue>) {
        let same = match (old, new) {
            (Some(old), Some(new)) => old.same_as(new),
            (old, new) => old.is_none() && new.is_none(),
        };
        if !same {
            self.singles.push(AttributeChange {
                attribute: name.into(),
                old: old.cloned(),
                new: new.cloned(),
            });
        }
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.singles.is_empty() && self.sets.is_empty() && self.entitlements.is_empty()
    }

    /// The members that tell it.
    pub(crate) fn members(&self) -> [(&'static str, Value); 4] {
        let single = |change: &AttributeChange| {
            object([
                ("name", (&*change.attribute).into()),
                ("oldValue", change.old.as_ref().into()),
                ("newValue", change.new.as_ref().into()),
            ])
        };
        let set = |moved: &Moved| {
            object([
                ("name", (&*moved.name).into()),
                ("addedValues", moved.added.clone().into()),
                ("removedValues", moved.removed.clone().into()),
            ])
        };
        let entitlement = |moved: &Moved| {
            object([
                ("attributeName", (&*moved.name).into()),
                ("added", self.shown(moved, &moved.added)),
                ("removed", self.shown(moved, &moved.removed)),
            ])
        };
        [
            ("accountChangeTypes", self.kinds().into()),
            (
                "singleValueAttributeChanges",
                Value::List(self.singles.iter().map(single).collect()),
            ),
            (
                "multiValueAttributeChanges",
                Value::List(self.sets.iter().map(set).collect()),
            ),
            (
                "entitlementChanges",
                Value::List(self.entitlements.iter().map(entitlement).collect()),
            ),
        ]
    }

    fn kinds(&self) -> Vec<&'static str> {
        let any = |of: fn(&Moved) -> &Vec<String>| {
            self.entitlements.iter().any(|moved| !of(moved).is_empty())
        };
        let kinds = [
            (
                !self.singles.is_empty() || !self.sets.is_empty(),
                "ATTRIBUTES_CHANGED",
            ),
            (any(|moved| &moved.added), "ENTITLEMENTS_ADDED"),
            (any(|moved| &moved.removed), "ENTITLEMENTS_REMOVED"),
        ];
        let there = kinds.into_iter().filter(|(is_there, _)| *is_there);
        there.map(|(_, kind)| kind).collect()
    }

    /// Entitlements as these events name them: an entitlement is called by its value.
    fn shown(&self, moved: &Moved, values: &[String]) -> Value {
        let one = |value: &String| {
            let id = EntitlementId::of(&self.source, &moved.name, value);
            object([
                ("id", id.to_string().into()),
                ("name", value.as_str().into()),
                ("value", value.as_str().into()),
            ])
        };
        Value::List(values.iter().map(one).collect())
    }
}

impl Moved {
    fn of(name: &str, old: Option<&AttributeValue>, new: Option<&AttributeValue>) -> Self {
        let (before, after) = (values(old), values(new));
        let without = |these: &[String], others: &[String]| {
            these
                .iter()
                .filter(|value| !others.contains(value))
                .cloned()
                .collect()
        };
        Self {
            name: name.into(),
            added: without(&after, &before),
            removed: without(&before, &after),
        }
    }
}

fn values(value: Option<&AttributeValue>) -> Vec<String> {
    match value {
        None => Vec::new(),
        Some(AttributeValue::List(values)) => values.clone(),
        Some(single) => vec![single.to_text()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Schema {
        let mut schema = Schema::default_account();
        for attribute in &mut schema.attributes {
            attribute.is_multi |= attribute.name == "location";
        }
        schema
    }

    fn account(groups: &[&str], locations: &[&str], mail: Option<&str>) -> AttributeMap {
        let list = |values: &[&str]| {
            AttributeValue::List(values.iter().map(|one| (*one).to_owned()).collect())
        };
        let mut account = AttributeMap::default();
        account.set("groups", list(groups));
        account.set("location", list(locations));
        if let Some(mail) = mail {
            account.set("e-mail", mail.into());
        }
        account
    }

    fn told(difference: &Difference) -> serde_json::Value {
        let members = difference
            .members()
            .map(|(name, value)| (name.to_owned(), serde_json::to_value(value).unwrap()));
        serde_json::Value::Object(members.into_iter().collect())
    }

    #[test]
    fn single_values_sets_and_entitlements_are_told_apart() {
        let old = account(&["Users", "Admins"], &["Paris"], Some("a@x.org"));
        let new = account(&["Admins", "Staff"], &["Paris", "Rome"], None);
        let told = told(&Difference::between("s", &schema(), (&old, &new), |_| true));
        assert_eq!(
            told["accountChangeTypes"],
            serde_json::json!([
                "ATTRIBUTES_CHANGED",
                "ENTITLEMENTS_ADDED",
                "ENTITLEMENTS_REMOVED"
            ])
        );
        assert_eq!(
            told["singleValueAttributeChanges"],
            serde_json::json!([{"name": "e-mail", "oldValue": "a@x.org", "newValue": null}])
        );
        assert_eq!(
            told["multiValueAttributeChanges"],
            serde_json::json!([{"name": "location", "addedValues": ["Rome"], "removedValues": []}])
        );
        let entitlements = &told["entitlementChanges"][0];
        assert_eq!(entitlements["attributeName"], "groups");
        assert_eq!(entitlements["added"][0]["value"], "Staff");
        assert_eq!(entitlements["removed"][0]["value"], "Users");
    }

    #[test]
    fn order_alone_and_unwatched_attributes_are_no_difference() {
        let old = account(&["Users", "Admins"], &[], Some("a@x.org"));
        let new = account(&["Admins", "Users"], &[], Some("b@x.org"));
        let only = |watched: &'static str| {
            Difference::between("s", &schema(), (&old, &new), move |one| one.name == watched)
        };
        assert!(only("groups").is_empty());
        assert!(!only("e-mail").is_empty());
    }
}
