//! What changed about an account, split as the newer account events tell it: single values, sets of
//! values, entitlements (event-triggers.md §2.3, Account Updated and Native Change).

use muster_model::id::EntitlementId;
use muster_model::{
    AttributeDefinition, AttributeMap, AttributeName, AttributeValue, Reference, Schema,
};

use crate::identity::AttributeChange;
use crate::value::{Value, object};

/// What changed about an account.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    singles: Vec<AttributeChange>,
    sets: Vec<Moved<String>>,
    entitlements: Vec<Moved<Entitlement>>,
}

/// Values that an attribute gained and lost.
#[derive(Clone, Debug)]
struct Moved<T> {
    name: AttributeName,
    added: Vec<T>,
    removed: Vec<T>,
}

/// An entitlement that an account gained or lost.
#[derive(Clone, Debug)]
struct Entitlement {
    id: EntitlementId,
    value: String,
    known: Option<Known>,
}

/// What is known of an entitlement besides its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// Who answers for it.
    pub owner: Option<Reference>,
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
        let mut difference = Self::default();
        for attribute in schema.attributes.iter().filter(|one| watched(one)) {
            let (before, after) = (old.get(&attribute.name), new.get(&attribute.name));
            if !attribute.is_entitlement && !attribute.is_multi {
                let change = AttributeChange::between(attribute.name.as_str(), before, after);
                difference.singles.extend(change);
                continue;
            }
            let moved = Moved::of(&attribute.name, before, after);
            if moved.added.is_empty() && moved.removed.is_empty() {
                continue;
            }
            if attribute.is_entitlement {
                difference.entitlements.push(moved.entitlements(source));
            } else {
                difference.sets.push(moved);
            }
        }
        difference
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.singles.is_empty() && self.sets.is_empty() && self.entitlements.is_empty()
    }

    /// The entitlements that the account gained and lost.
    pub fn entitlements(&self) -> impl Iterator<Item = EntitlementId> {
        let all = self.entitlements.iter();
        all.flat_map(|moved| moved.added.iter().chain(&moved.removed))
            .map(|one| one.id)
    }

    /// Calls entitlements by their names, as far as those are known; the others are called by their
    /// values.
    pub fn name_entitlements(&mut self, known: impl Fn(EntitlementId) -> Option<Known>) {
        for moved in &mut self.entitlements {
            for one in moved.added.iter_mut().chain(&mut moved.removed) {
                one.known = known(one.id);
            }
        }
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
        let set = |moved: &Moved<String>| {
            object([
                ("name", (&*moved.name).into()),
                ("addedValues", moved.added.clone().into()),
                ("removedValues", moved.removed.clone().into()),
            ])
        };
        let entitlement = |moved: &Moved<Entitlement>| {
            let shown = |all: &[Entitlement]| Value::List(all.iter().map(Value::from).collect());
            object([
                ("attributeName", (&*moved.name).into()),
                ("added", shown(&moved.added)),
                ("removed", shown(&moved.removed)),
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
        let any = |of: fn(&Moved<Entitlement>) -> &Vec<Entitlement>| {
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
}

impl From<&Entitlement> for Value {
    fn from(one: &Entitlement) -> Self {
        let name = one.known.as_ref().map_or(&one.value, |known| &known.name);
        let owner = one.known.as_ref().and_then(|known| known.owner.as_ref());
        object([
            ("id", one.id.to_string().into()),
            ("name", name.as_str().into()),
            ("owner", owner.map(Value::from).into()),
            ("value", one.value.as_str().into()),
        ])
    }
}

impl Moved<String> {
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

    /// The values as entitlements of a source.
    fn entitlements(self, source: &str) -> Moved<Entitlement> {
        let all = |values: Vec<String>| {
            let one = |value: String| Entitlement {
                id: EntitlementId::of(source, &self.name, &value),
                value,
                known: None,
            };
            values.into_iter().map(one).collect()
        };
        Moved {
            added: all(self.added),
            removed: all(self.removed),
            name: self.name,
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
        let mut difference = Difference::between("s", &schema(), (&old, &new), |_| true);
        let staff = EntitlementId::of("s", "groups", "Staff");
        let users = EntitlementId::of("s", "groups", "Users");
        assert_eq!(
            difference.entitlements().collect::<Vec<_>>(),
            [staff, users]
        );
        difference.name_entitlements(|id| {
            (id == staff).then(|| Known {
                name: "All Staff".to_owned(),
                owner: Some(Reference::identity("7", "Ada")),
            })
        });
        let told = told(&difference);
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
        assert_eq!(
            entitlements["added"],
            serde_json::json!([{
                "id": staff.to_string(),
                "name": "All Staff",
                "owner": {"id": "7", "name": "Ada", "type": "IDENTITY"},
                "value": "Staff",
            }])
        );
        assert_eq!(
            entitlements["removed"],
            serde_json::json!([
                {"id": users.to_string(), "name": "Users", "owner": null, "value": "Users"},
            ])
        );
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
