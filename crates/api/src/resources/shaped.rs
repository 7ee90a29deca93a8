//! JSON whose members are computed, together with the type that describes them.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A value that the published description shows as an `S`.
#[derive(Clone, Debug)]
pub(crate) struct Shaped<S>(pub(crate) Value, PhantomData<S>);

impl<S> From<Value> for Shaped<S> {
    fn from(value: Value) -> Self {
        Self(value, PhantomData)
    }
}

impl<S> Serialize for Shaped<S> {
    fn serialize<To: Serializer>(&self, serializer: To) -> Result<To::Ok, To::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, S> Deserialize<'de> for Shaped<S> {
    fn deserialize<From: Deserializer<'de>>(deserializer: From) -> Result<Self, From::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

impl<S: JsonSchema> JsonSchema for Shaped<S> {
    fn schema_name() -> Cow<'static, str> {
        S::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        S::json_schema(generator)
    }
}

/// The value without members that are null. A parsed value is no deeper than the parser allows.
pub(crate) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        other => other,
    }
}
