//! The vendor's public description (OpenAPI), read from beside the repository, and the check of an
//! answer against it. Deviations that are meant are listed here, each with its reason.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use jsonschema::Validator;
use muster_api::spelling::spell;
use serde_json::{Map, Value, json};

use super::Reply;

/// The public description of the operations that matter.
pub(crate) struct Description {
    pub(crate) paths: BTreeMap<String, Value>,
    /// The same paths by what is left of them without the names of their parameters.
    patterns: HashMap<String, String>,
    operations: Value,
    components: Value,
    validators: Mutex<HashMap<String, Option<std::sync::Arc<Validator>>>>,
}

/// Schemas of the description that are wrong, and what is checked in their place
/// (api-surface.md §5, by row).
const MENDED: &[(&str, &str)] = &[
    // 17: members overlap, and the values of concat are strings, not objects.
    ("schema_8f71a1", r#"{"type": "object", "nullable": true}"#),
];

/// Alternatives that Muster adds, by the description of the place: the examples of its own triggers
/// `test:fire-and-forget` and `test:request-response` (event-triggers.md §2.0), and of those that the
/// vendor documents on pages alone: account events of the second version, native changes (§2.3).
const WIDENED: &[(&str, &str)] = &[
    (
        "An example of the JSON payload that will be sent by the trigger to the subscribed service.",
        r#"{"anyOf": [
            {"type": "object", "required": ["identityId"], "maxProperties": 1},
            {"type": "object", "required": ["event", "source", "account", "identity"]},
            {"type": "object", "required": ["eventType", "accountChangeTypes", "account"]}
        ]}"#,
    ),
    (
        "An example of the JSON payload that will be sent by the subscribed service to the trigger in response to an event.",
        r#"{"type": "object", "required": ["approved"], "maxProperties": 1}"#,
    ),
];

impl Description {
    /// The description, read once.
    pub(crate) fn get() -> &'static Self {
        static READ: OnceLock<Description> = OnceLock::new();
        READ.get_or_init(|| {
            let mut document = read("spec-tier1.json");
            let paths: BTreeMap<String, Value> =
                serde_json::from_value(document["paths"].take()).unwrap();
            let patterns = paths
                .keys()
                .map(|path| (erase_names(path), path.clone()))
                .collect();
            let mut components = document["components"].take();
            for (name, schema) in MENDED {
                let place = &mut components["schemas"][*name];
                assert!(
                    place.is_object(),
                    "the description has no schema {name} any more"
                );
                *place = serde_json::from_str(schema).unwrap();
            }
            Self {
                paths,
                patterns,
                operations: read("api-operations.json")["operations"].take(),
                components,
                validators: Mutex::default(),
            }
        })
    }

    /// What is known of the operation whose newest path and method these are: its filters, sorters
    /// and paging, which the OpenAPI document has in prose only.
    pub(crate) fn operation(&self, method: &str, newest_path: &str) -> Option<&Value> {
        let wanted = erase_names(newest_path);
        self.operations.as_array()?.iter().find(|operation| {
            operation["method"].as_str() == Some(method)
                && operation["newest"]["path"]
                    .as_str()
                    .map(erase_names)
                    .as_deref()
                    == Some(&wanted)
        })
    }

    /// The number of operations of the first tier.
    pub(crate) fn tier_1(&self) -> impl Iterator<Item = &Value> {
        self.operations
            .as_array()
            .into_iter()
            .flatten()
            .filter(|operation| operation["tier"] == 1)
    }

    /// The declared operation of a spelled pattern such as `/v3/transforms/{id}`, whatever its
    /// parameters are called.
    pub(crate) fn declared(&self, pattern: &str, method: &str) -> Option<&Value> {
        let wanted = erase_names(pattern);
        self.paths
            .iter()
            .find(|(path, item)| erase_names(path) == wanted && item.get(method).is_some())
            .map(|(_, item)| &item[method])
    }

    /// Asserts that a reply is one that the description allows, in every spelling of the operation
    /// that was called: one handler answers all of them, so one answer must suit all of them.
    #[track_caller]
    pub(crate) fn check(&self, method: &str, path: &str, reply: &Reply) {
        let status = reply.status.as_u16();
        if status >= 500 || reply.bytes.is_empty() {
            return;
        }
        for spelled in spellings_of(method, path) {
            let Some(pattern) = self.pattern_of(method, &spelled) else {
                continue;
            };
            let Some(validator) = self.validator(pattern, method, status) else {
                continue;
            };
            let body = reply.json();
            let wrong: Vec<String> = validator
                .iter_errors(&body)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(
                wrong.is_empty(),
                "{method} {path} answered {status} with a body that the public description of \
                 {pattern} refuses:\n{}\n{body:#}",
                wrong.join("\n")
            );
        }
    }

    /// The description's own text of a spelled pattern, whose parameters may be called otherwise.
    fn pattern_of(&self, method: &str, spelled: &str) -> Option<&str> {
        let known = self.patterns.get(&erase_names(spelled))?.as_str();
        self.paths[known].get(method).is_some().then_some(known)
    }

    fn validator(
        &self,
        pattern: &str,
        method: &str,
        status: u16,
    ) -> Option<std::sync::Arc<Validator>> {
        let mut validators = self
            .validators
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        validators
            .entry(format!("{method} {pattern} {status}"))
            .or_insert_with(|| {
                let response = &self.paths[pattern][method]["responses"][status.to_string()];
                let response = self.resolve(response);
                let schema = response.pointer("/content/application~1json/schema")?;
                let mut definitions = Map::new();
                let schema = self.convert(schema, &mut definitions);
                let whole = json!({ "allOf": [schema], "definitions": definitions });
                let validator = jsonschema::draft7::new(&whole)
                    .unwrap_or_else(|error| panic!("{method} {pattern}: {error}"));
                Some(std::sync::Arc::new(validator))
            })
            .clone()
    }

    fn resolve<'d>(&'d self, value: &'d Value) -> &'d Value {
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                let pointer = reference.trim_start_matches("#/components");
                self.components.pointer(pointer).unwrap_or(&Value::Null)
            }
            None => value,
        }
    }

    /// A schema of OpenAPI 3.0 as JSON Schema: `nullable` becomes a type, `oneOf` becomes `anyOf`
    /// (the vendor's members overlap, api-surface.md §5 rows 1, 17 and 18), references are gathered.
    fn convert(&self, schema: &Value, definitions: &mut Map<String, Value>) -> Value {
        match schema {
            Value::Array(items) => items
                .iter()
                .map(|item| self.convert(item, definitions))
                .collect(),
            Value::Object(members) => self.convert_object(members, definitions),
            other => other.clone(),
        }
    }

    fn convert_object(
        &self,
        members: &Map<String, Value>,
        definitions: &mut Map<String, Value>,
    ) -> Value {
        if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
            let name = reference.rsplit('/').next().unwrap_or_default();
            if !definitions.contains_key(name) {
                definitions.insert(name.to_owned(), json!({}));
                let converted = self.convert(&self.components["schemas"][name], definitions);
                definitions.insert(name.to_owned(), converted);
            }
            return json!({ "$ref": format!("#/definitions/{name}") });
        }
        let mut converted = Map::new();
        for (name, value) in members {
            match name.as_str() {
                "example" | "examples" | "discriminator" | "format" | "default" | "nullable" => {}
                "oneOf" => {
                    let mut alternatives = self.convert(value, definitions);
                    if let (Some(all), Some(own)) = (alternatives.as_array_mut(), own(members)) {
                        all.push(own);
                    }
                    converted.insert("anyOf".to_owned(), alternatives);
                }
                _ => {
                    converted.insert(name.clone(), self.convert(value, definitions));
                }
            }
        }
        if members.get("nullable") == Some(&Value::Bool(true)) {
            return json!({ "anyOf": [{ "type": "null" }, converted] });
        }
        Value::Object(converted)
    }
}

/// What Muster adds to the alternatives of a schema.
fn own(schema: &Map<String, Value>) -> Option<Value> {
    let described = schema.get("description")?.as_str()?;
    let (_, own) = WIDENED.iter().find(|(place, _)| *place == described)?;
    serde_json::from_str(own).ok()
}

/// The patterns, one a spelling, of the operation that serves a concrete path; literal segments win
/// over parameters.
fn spellings_of(method: &str, path: &str) -> Vec<String> {
    let given: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    muster_api::resources::all()
        .into_iter()
        .filter(|operation| operation.method.name().eq_ignore_ascii_case(method))
        .map(|operation| {
            let spelled = operation.spellings.each();
            spelled.map(|one| spell(operation.path, one)).collect()
        })
        .filter_map(|patterns: Vec<String>| {
            let served = patterns.iter().filter(|pattern| fits(pattern, &given));
            let parameters = served.map(|pattern| pattern.matches('{').count()).min()?;
            Some((parameters, patterns))
        })
        .min_by_key(|(parameters, _)| *parameters)
        .map_or_else(Vec::new, |(_, patterns)| patterns)
}

/// The names of a JSON list of strings.
pub(crate) fn strings(value: &Value) -> BTreeSet<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// `/a/{id}/b` as `/a/{}/b`.
pub(crate) fn erase_names(pattern: &str) -> String {
    pattern
        .split('/')
        .map(|segment| {
            if segment.starts_with('{') {
                "{}"
            } else {
                segment
            }
        })
        .collect::<Vec<_>>()
        .join("/")
}

fn fits(pattern: &str, given: &[&str]) -> bool {
    let wanted: Vec<&str> = pattern
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    wanted.len() == given.len()
        && wanted
            .iter()
            .zip(given)
            .all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
}

fn read(name: &str) -> Value {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../../shared/spec", name]
        .iter()
        .collect();
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "the public API description is missing: {} ({error})",
            path.display()
        )
    });
    serde_json::from_str(&text).unwrap()
}
