//! Attribute values and their equality: the one place that decides what "changed" means.
//!
//! Values follow the event schema of Identity Attributes Changed (event-triggers.md §2.9): string,
//! boolean, list of strings, reference to an identity; absent stands for null. Integers exist in
//! accounts only: they turn to strings on their way into an event (decisions.md 7).

use std::sync::Arc;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::reference::Reference;

/// The technical name of an attribute; shared, because a million people have the same dozen names.
pub type AttributeName = Arc<str>;

/// One value of an account or identity attribute. Absence is the map's business: there is no null here.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum AttributeValue {
    /// A JSON boolean.
    Boolean(bool),
    /// A whole number; accounts of schema type INT or LONG carry it.
    Integer(i64),
    /// A string; dates are strings too.
    Text(String),
    /// A multi-valued attribute. Order is kept for display and ignored when comparing.
    List(Vec<String>),
    /// A reference to another object, such as the manager.
    Reference(Reference),
}

impl AttributeValue {
    /// Whether both say the same: lists compare as sets, references by type and id
    /// (a manager who was renamed is still the same manager, aggregation-refresh.md §6.2).
    pub fn same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(ours), Self::List(theirs)) => same_members(ours, theirs),
            (Self::Reference(ours), Self::Reference(theirs)) => {
                ours.id == theirs.id && ours.kind == theirs.kind
            }
            _ => self == other,
        }
    }

    /// Whether an attribute changed from `old` to `new`: null and absent are the same, text compares to
    /// the letter, lists and references as [`AttributeValue::same_as`] says.
    pub fn differ(old: Option<&Self>, new: Option<&Self>) -> bool {
        match (old, new) {
            (Some(old), Some(new)) => !old.same_as(new),
            (old, new) => old.is_some() || new.is_some(),
        }
    }

    /// The value as text, for templates, correlation and transforms: lists join with a comma,
    /// references give their name.
    pub fn to_text(&self) -> String {
        match self {
            Self::Boolean(flag) => flag.to_string(),
            Self::Integer(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::List(items) => items.join(","),
            Self::Reference(reference) => reference.name.clone(),
        }
    }

    /// The text itself where the value is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether a required attribute counts as missing: blank text or an empty list.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::List(items) => items.is_empty(),
            _ => false,
        }
    }
}

impl From<&str> for AttributeValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for AttributeValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<'de> Deserialize<'de> for AttributeValue {
    /// Told by the JSON type alone. The derived code for untagged enums buffers each value and tries
    /// one variant after the other, which was most of the cost of reading an account.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Value;
        impl<'de> Visitor<'de> for Value {
            type Value = AttributeValue;

            fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                formatter.write_str(
                    "true or false, a whole number, a string, a list of strings or a reference",
                )
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<AttributeValue, E> {
                Ok(AttributeValue::Boolean(flag))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<AttributeValue, E> {
                Ok(AttributeValue::Integer(number))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<AttributeValue, E> {
                i64::try_from(number)
                    .map(AttributeValue::Integer)
                    .map_err(|_| E::custom("a whole number beyond 64 bits"))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<AttributeValue, E> {
                Ok(AttributeValue::Text(text.to_owned()))
            }

            fn visit_string<E: Error>(self, text: String) -> Result<AttributeValue, E> {
                Ok(AttributeValue::Text(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<AttributeValue, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(items)).map(AttributeValue::List)
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<AttributeValue, A::Error> {
                Reference::deserialize(MapAccessDeserializer::new(members))
                    .map(AttributeValue::Reference)
            }
        }
        deserializer.deserialize_any(Value)
    }
}

fn same_members(ours: &[String], theirs: &[String]) -> bool {
    ours.iter().all(|item| theirs.contains(item)) && theirs.iter().all(|item| ours.contains(item))
}

/// Attributes by name, in the order of the schema or profile that made them.
///
/// A sorted or hashed map would lose that order, and with a few dozen entries a walk is faster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeMap(Vec<(AttributeName, AttributeValue)>);

impl AttributeMap {
    /// An empty map with room for `count` entries.
    pub fn with_capacity(count: usize) -> Self {
        Self(Vec::with_capacity(count))
    }

    /// The value of `name`, or `None` where it is absent (which is what null means).
    pub fn get(&self, name: &str) -> Option<&AttributeValue> {
        self.0
            .iter()
            .find(|(key, _)| &**key == name)
            .map(|(_, value)| value)
    }

    /// Sets or replaces one value.
    pub fn set(&mut self, name: impl Into<AttributeName>, value: AttributeValue) {
        let name = name.into();
        match self.0.iter_mut().find(|(key, _)| *key == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// Appends a value whose name the caller knows to be new; saves the search on hot paths.
    pub fn push_new(&mut self, name: AttributeName, value: AttributeValue) {
        debug_assert!(
            self.get(&name).is_none(),
            "push_new is for names that are not there yet"
        );
        self.0.push((name, value));
    }

    /// Removes a value and gives it back.
    pub fn remove(&mut self, name: &str) -> Option<AttributeValue> {
        let at = self.0.iter().position(|(key, _)| &**key == name)?;
        Some(self.0.remove(at).1)
    }

    /// Entries in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&AttributeName, &AttributeValue)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    /// How many attributes have a value.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no attribute has a value.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(AttributeName, AttributeValue)> for AttributeMap {
    fn from_iter<I: IntoIterator<Item = (AttributeName, AttributeValue)>>(entries: I) -> Self {
        let mut map = Self::default();
        for (name, value) in entries {
            map.set(name, value);
        }
        map
    }
}

impl Serialize for AttributeMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for AttributeMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = AttributeMap;

            fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                formatter.write_str("an object of attribute values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<AttributeMap, A::Error> {
                let mut map = AttributeMap::with_capacity(access.size_hint().unwrap_or(16).min(64));
                while let Some(name) = access.next_key::<String>()? {
                    // A null on the wire is an absent attribute here.
                    if let Some(value) = access.next_value::<Option<AttributeValue>>()? {
                        map.set(name, value);
                    }
                }
                Ok(map)
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_compare_as_sets() {
        let one = AttributeValue::List(vec!["a".into(), "b".into()]);
        let two = AttributeValue::List(vec!["b".into(), "a".into(), "a".into()]);
        assert!(one.same_as(&two));
        assert!(!one.same_as(&AttributeValue::List(vec!["a".into()])));
    }

    #[test]
    fn a_renamed_manager_is_the_same_manager() {
        let before = AttributeValue::Reference(Reference::identity("1", "Old Name"));
        let after = AttributeValue::Reference(Reference::identity("1", "New Name"));
        assert!(before.same_as(&after));
        assert!(
            !before.same_as(&AttributeValue::Reference(Reference::identity(
                "2", "New Name"
            )))
        );
    }

    #[test]
    fn what_is_no_attribute_value_is_refused() {
        for json in ["1.5", "18446744073709551615", "[1]", "[[]]", "{}", "null"] {
            assert!(
                serde_json::from_str::<AttributeValue>(json).is_err(),
                "{json}"
            );
            let tree: serde_json::Value = serde_json::from_str(json).unwrap();
            assert!(
                serde_json::from_value::<AttributeValue>(tree).is_err(),
                "{json}"
            );
        }
    }

    #[test]
    fn null_reads_as_absent_and_order_is_kept() {
        let json = r#"{"b":"2","a":null,"c":["x"],"d":true,"e":7,"f":{"id":"1","name":"n","type":"IDENTITY"}}"#;
        let map: AttributeMap = serde_json::from_str(json).unwrap();
        assert!(map.get("a").is_none());
        assert_eq!(
            serde_json::to_string(&map).unwrap(),
            r#"{"b":"2","c":["x"],"d":true,"e":7,"f":{"type":"IDENTITY","id":"1","name":"n"}}"#
        );
    }
}
