//! Triggers: what one can hear of, each with its schema and an example. List and detail are one
//! page, so that each trigger has its address.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::missing::nothing;
use crate::api::Refused;
use crate::operator::{Asked, Operator};
use crate::reply;
use crate::shell::Shell;

const CURRENT: &str = "Triggers";

/// A trigger in the list.
struct Entry {
    id: String,
    name: String,
    subscriptions: usize,
    is_open: bool,
}

struct Family {
    name: &'static str,
    entries: Vec<Entry>,
}

/// A trigger, whole.
struct Detail {
    id: String,
    name: String,
    kind: &'static str,
    description: String,
    /// Id and name of each subscription.
    subscriptions: Vec<(String, String)>,
    fields: Vec<Field>,
    example: Value,
    output: Vec<Field>,
    example_output: Option<Value>,
}

/// A line of a schema.
struct Field {
    parents: String,
    name: String,
    kind: String,
    meaning: String,
    mark: &'static str,
}

#[derive(Template)]
#[template(path = "triggers.html")]
struct Page {
    shell: Shell,
    query: String,
    families: Vec<Family>,
    detail: Option<Detail>,
    is_chosen: bool,
}

/// `GET /console/triggers`: with the first trigger open where there is room.
pub(crate) async fn list(operator: Operator, Asked(asked): Asked) -> Response {
    show(operator, None, asked.text("q").to_owned()).await
}

/// `GET /console/triggers/{id}`
pub(crate) async fn detail(
    operator: Operator,
    Path(id): Path<String>,
    Asked(asked): Asked,
) -> Response {
    show(operator, Some(id), asked.text("q").to_owned()).await
}

async fn show(operator: Operator, id: Option<String>, query: String) -> Response {
    let (triggers, subscriptions) = match load(&operator).await {
        Ok(loaded) => loaded,
        Err(refused) => return operator.refused(CURRENT, &refused),
    };
    let wanted = query.trim().to_lowercase();
    let is_wanted = |trigger: &&Value| {
        let text = |name: &str| trigger[name].as_str().unwrap_or_default().to_lowercase();
        wanted.is_empty() || text("id").contains(&wanted) || text("name").contains(&wanted)
    };
    let shown: Vec<&Value> = triggers.iter().filter(is_wanted).collect();
    let families = families(&shown, &subscriptions, id.as_deref());
    let is_chosen = id.is_some();
    let first = families.first().and_then(|family| family.entries.first());
    let open = id.or_else(|| first.map(|entry| entry.id.clone()));
    let found = open.and_then(|id| triggers.iter().find(|trigger| trigger["id"] == id.as_str()));
    if is_chosen && found.is_none() {
        return nothing(&operator, "There is no trigger with this id.");
    }
    let detail = found.map(|trigger| Detail::of(trigger, &subscriptions));
    let page = Page {
        shell: operator.shell(CURRENT),
        query,
        families,
        detail,
        is_chosen,
    };
    reply::html(StatusCode::OK, &page)
}

async fn load(operator: &Operator) -> Result<(Vec<Value>, Vec<Value>), Refused> {
    let triggers = operator.api.get("/v2026/triggers?limit=250").await?;
    let subscriptions = operator
        .api
        .get("/v2026/trigger-subscriptions?limit=250")
        .await?;
    Ok((triggers.rows().to_vec(), subscriptions.rows().to_vec()))
}

/// The families in the order in which people meet them.
const FAMILIES: [(&str, &[&str]); 6] = [
    ("Identities", &["idn:identity-"]),
    ("Provisioning", &["idn:post-provisioning"]),
    ("Access requests", &["idn:access-request"]),
    (
        "Sources and accounts",
        &[
            "idn:account",
            "idn:source",
            "idn:native-change",
            "idn:aggregation",
        ],
    ),
    ("Certifications", &["idn:campaign", "idn:certification"]),
    ("Tests", &["test:"]),
];

fn family(id: &str) -> usize {
    FAMILIES
        .iter()
        .position(|(_, starts)| starts.iter().any(|start| id.starts_with(start)))
        .unwrap_or(FAMILIES.len())
}

fn families(triggers: &[&Value], subscriptions: &[Value], open: Option<&str>) -> Vec<Family> {
    let mut families: Vec<Family> = FAMILIES
        .iter()
        .map(|(name, _)| *name)
        .chain(["Others"])
        .map(|name| Family {
            name,
            entries: Vec::new(),
        })
        .collect();
    for trigger in triggers {
        let id = text(trigger, "id");
        families[family(&id)].entries.push(Entry {
            name: text(trigger, "name"),
            subscriptions: subscriptions
                .iter()
                .filter(|one| one["triggerId"] == id.as_str())
                .count(),
            is_open: open == Some(&*id),
            id,
        });
    }
    families.retain(|family| !family.entries.is_empty());
    families
}

impl Detail {
    fn of(trigger: &Value, subscriptions: &[Value]) -> Self {
        let id = text(trigger, "id");
        let ours = subscriptions
            .iter()
            .filter(|one| one["triggerId"] == id.as_str());
        Self {
            name: text(trigger, "name"),
            kind: kind(trigger["type"].as_str()),
            description: text(trigger, "description"),
            subscriptions: ours
                .map(|one| (text(one, "id"), text(one, "name")))
                .collect(),
            fields: fields(&trigger["inputSchema"]),
            example: trigger["exampleInput"].clone(),
            output: fields(&trigger["outputSchema"]),
            example_output: Some(trigger["exampleOutput"].clone())
                .filter(|example| !example.is_null()),
            id,
        }
    }
}

/// The kind of a trigger in words.
pub(crate) fn kind(name: Option<&str>) -> &'static str {
    match name {
        Some("REQUEST_RESPONSE") => "Request and response",
        _ => "Fire and forget",
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

/// Deeper than any schema of the catalogue.
const DEPTH_MAX: usize = 8;

/// The lines of a JSON Schema, which comes as text.
fn fields(schema: &Value) -> Vec<Field> {
    let schema: Value = schema
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let mut fields = Vec::new();
    collect(&schema, &schema, "", DEPTH_MAX, &mut fields);
    fields
}

fn collect(root: &Value, schema: &Value, parents: &str, depth: usize, fields: &mut Vec<Field>) {
    let schema = resolved(root, schema);
    let Some(properties) = schema["properties"].as_object().filter(|_| depth > 0) else {
        return;
    };
    let required = schema["required"].as_array();
    for (name, property) in properties {
        let property = resolved(root, property);
        let kinds = kinds(root, property);
        let is_required =
            required.is_some_and(|names| names.iter().any(|known| known == name.as_str()));
        fields.push(Field {
            parents: parents.to_owned(),
            name: name.clone(),
            mark: if kinds.iter().any(|kind| kind == "null") {
                "may be null"
            } else if is_required {
                "required"
            } else {
                ""
            },
            kind: kinds
                .into_iter()
                .filter(|kind| kind != "null")
                .collect::<Vec<_>>()
                .join(", "),
            meaning: text(property, "description"),
        });
        let (below, path) = if property["items"].is_object() {
            (&property["items"], format!("{parents}{name}[]."))
        } else {
            (property, format!("{parents}{name}."))
        };
        collect(root, below, &path, depth - 1, fields);
    }
}

/// Follows a reference to another part of the schema.
fn resolved<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    let reference = schema["$ref"]
        .as_str()
        .and_then(|text| text.strip_prefix('#'));
    reference
        .and_then(|pointer| root.pointer(pointer))
        .unwrap_or(schema)
}

/// The types that a value may have.
fn kinds(root: &Value, schema: &Value) -> Vec<String> {
    let choices = ["oneOf", "anyOf"]
        .into_iter()
        .find_map(|name| schema[name].as_array());
    if let Some(choices) = choices {
        let mut all: Vec<String> = choices
            .iter()
            .flat_map(|choice| kinds(root, resolved(root, choice)))
            .collect();
        all.dedup();
        return all;
    }
    match &schema["type"] {
        Value::String(kind) => vec![kind.clone()],
        Value::Array(several) => several
            .iter()
            .filter_map(|kind| kind.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_becomes_a_line_for_each_field() {
        let schema = json!({
            "definitions": {"who": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}},
            "properties": {
                "identity": {"$ref": "#/definitions/who"},
                "changes": {"type": "array", "description": "One each", "items": {
                    "properties": {"oldValue": {"oneOf": [{"type": "string"}, {"type": "null"}]}},
                }},
            },
            "required": ["changes"],
        });
        let lines: Vec<String> = fields(&json!(schema.to_string()))
            .into_iter()
            .map(|field| {
                format!(
                    "{}{} {} {} {}",
                    field.parents, field.name, field.kind, field.meaning, field.mark
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                "identity object  ",
                "identity.id string  required",
                "changes array One each required",
                "changes[].oldValue string  may be null",
            ]
        );
    }

    #[test]
    fn every_trigger_finds_its_family() {
        assert_eq!(FAMILIES[family("idn:identity-created")].0, "Identities");
        assert_eq!(
            FAMILIES[family("idn:aggregation-accounts-collected")].0,
            "Sources and accounts"
        );
        assert_eq!(family("else"), FAMILIES.len());
    }
}
