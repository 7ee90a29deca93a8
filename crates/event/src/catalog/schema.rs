//! JSON Schemas in the vendor's record style (event-triggers.md §1.1): named records under
//! `definitions`, always open, `optional` listed beside `required`.

use serde_json::{Map, Value, json};

/// One named record.
pub(super) struct Record {
    name: &'static str,
    required: Vec<&'static str>,
    optional: Vec<&'static str>,
    properties: Map<String, Value>,
}

impl Record {
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            required: Vec::new(),
            optional: Vec::new(),
            properties: Map::new(),
        }
    }

    pub(super) fn required(mut self, field: &'static str, schema: Value) -> Self {
        self.required.push(field);
        self.properties.insert(field.into(), schema);
        self
    }

    pub(super) fn optional(mut self, field: &'static str, schema: Value) -> Self {
        self.optional.push(field);
        self.properties.insert(field.into(), schema);
        self
    }

    /// The same where null will do, too: the vendor writes `type: ["null", "object"]`.
    pub(super) fn or_null(self, parts: impl IntoIterator<Item = Self>) -> Value {
        let name = format!("record:{}", self.name);
        let mut schema = self.root(parts);
        schema["definitions"][name]["type"] = json!(["null", "object"]);
        schema
    }

    /// The whole schema, with this record at its root and `parts` beside it.
    pub(super) fn root(self, parts: impl IntoIterator<Item = Self>) -> Value {
        let reference = record(self.name);
        let mut definitions = Map::new();
        for part in std::iter::once(self).chain(parts) {
            let body = json!({
                "type": "object",
                "required": part.required,
                "optional": part.optional,
                "additionalProperties": true,
                "properties": part.properties,
            });
            definitions.insert(format!("record:{}", part.name), body);
        }
        json!({ "definitions": definitions, "$ref": reference["$ref"] })
    }
}

/// A value that is the record of that name.
pub(super) fn record(name: &str) -> Value {
    json!({ "$ref": format!("#/definitions/record:{name}") })
}

/// A record for `{id, name, type}` with a fixed type.
pub(super) fn reference(name: &'static str, kind: &str) -> Record {
    Record::new(name)
        .required("id", text())
        .required("name", text())
        .required("type", one_of(&[kind]))
}

pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

pub(super) fn moment() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

pub(super) fn number() -> Value {
    json!({ "type": "integer", "format": "int32" })
}

pub(super) fn open_object() -> Value {
    json!({ "type": "object", "additionalProperties": true })
}

pub(super) fn one_of(names: &[&str]) -> Value {
    json!({ "type": "string", "enum": names })
}

pub(super) fn list(items: impl Into<Value>) -> Value {
    json!({ "type": "array", "items": items.into() })
}

pub(super) fn nullable(schema: impl Into<Value>) -> Value {
    json!({ "oneOf": [{ "type": "null" }, schema.into()] })
}

/// What an attribute may hold: text, flag, list of texts, or a reference.
pub(super) fn attribute_value() -> Value {
    json!({ "oneOf": [
        { "type": "null" },
        { "type": "string" },
        { "type": "boolean" },
        { "type": "array", "items": { "type": ["string", "null"] } },
        { "type": "object", "additionalProperties": true },
    ] })
}
