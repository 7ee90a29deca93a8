//! Secrets among the connector's settings: sealed where they are stored, never shown, kept when they
//! are not sent again (decisions.md 20).
//!
//! On the wire a secret that is set reads null. Null, or nothing, keeps it; an empty text takes it
//! away, and so does a patch that removes it by its path.

use muster_auth::seal::Context;
use muster_connector::secret::Secrets;
use muster_model::Source;
use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::extract::json;
use crate::operation::Method;
use crate::problem::{Problem, quote};
use crate::resource::Object;

/// Marks a sealed text. No caller can write it: a member of this name is refused.
const SEALED: &str = "$sealed";
/// Where the settings lie in a source.
const ROOT: &str = "/connectorAttributes";

/// Seals what a caller sent and takes over what was not sent again.
pub(super) fn seal(source: &mut Source, was: Option<&Source>, call: &Call) -> Result<(), Problem> {
    let desk = Desk {
        secrets: Secrets::of(&source.connector_attributes),
        removed: removed(call)?,
        object: source.id.clone(),
        call,
    };
    let none = Object::new();
    let was = was.map_or(&none, |was| &was.connector_attributes);
    desk.object(&mut source.connector_attributes, was, ROOT)
}

/// The settings as the wire shows them: null in the place of each secret.
pub(super) fn hide(attributes: &mut Value) {
    match attributes {
        Value::Object(members) if members.contains_key(SEALED) => *attributes = Value::Null,
        Value::Object(members) => members.values_mut().for_each(hide),
        _ => {}
    }
}

/// Whether two settings are the same but for secrets: those do not change how a file is read.
pub(super) fn same_reading(one: &Object, other: &Object) -> bool {
    let open = |attributes: &Object| {
        let mut attributes = Value::Object(attributes.clone());
        hide(&mut attributes);
        attributes
    };
    open(one) == open(other)
}

struct Desk<'a> {
    secrets: Secrets,
    /// Paths that a patch removes.
    removed: Vec<String>,
    object: String,
    call: &'a Call,
}

impl Desk<'_> {
    fn object(&self, next: &mut Object, was: &Object, place: &str) -> Result<(), Problem> {
        if next.contains_key(SEALED) {
            return Err(Problem::illegal_value(format!(
                "{}: \"{SEALED}\" is not a name that a setting can have.",
                shown(place)
            )));
        }
        let mut kept = Object::new();
        for (name, old) in was {
            let place = pointer(place, name);
            let is_unsent = next.get(name).is_none_or(Value::is_null);
            if is_sealed(old) && is_unsent && !self.removed.contains(&place) {
                kept.insert(name.clone(), old.clone());
            }
        }
        for (name, value) in next.iter_mut() {
            let place = pointer(place, name);
            if self.secrets.contains(name) {
                *value = self.secret(value, &place)?;
            } else if let Value::Object(members) = value {
                let none = Object::new();
                let was = was.get(name).and_then(Value::as_object);
                self.object(members, was.unwrap_or(&none), &place)?;
            } else if let Value::Array(items) = value {
                self.refuse_secrets_of(items, &place)?;
            }
        }
        next.retain(|name, value| !(value.is_null() && self.secrets.contains(name)));
        next.extend(kept);
        Ok(())
    }

    /// A sent secret as it is stored; null where there is none.
    fn secret(&self, value: &Value, place: &str) -> Result<Value, Problem> {
        match value {
            Value::Null => Ok(Value::Null),
            Value::String(text) if text.is_empty() => Ok(Value::Null),
            Value::String(text) => {
                let context = Context {
                    org: self.call.org().name(),
                    object: &self.object,
                    field: place,
                };
                let random = &*self.call.app().random;
                let keys = self.call.keys()?;
                Ok(json!({ SEALED: keys.data.seal(text.as_bytes(), &context, random) }))
            }
            _ => Err(Problem::illegal_value(format!(
                "{}: a secret is text; send a string, or \"\" to take it away.",
                shown(place)
            ))),
        }
    }

    /// Which item of a list a secret belongs to could not be told when it is not sent again.
    fn refuse_secrets_of(&self, items: &[Value], place: &str) -> Result<(), Problem> {
        for item in items {
            match item {
                Value::Object(members) => {
                    if let Some(name) = members
                        .keys()
                        .find(|name| *name == SEALED || self.secrets.contains(name))
                    {
                        return Err(Problem::illegal_value(format!(
                            "{}: \"{}\" is a secret, and a list can hold none; give it a member of \
                             its own.",
                            shown(place),
                            quote(name)
                        )));
                    }
                    let inner: Vec<Value> = members.values().cloned().collect();
                    self.refuse_secrets_of(&inner, place)?;
                }
                Value::Array(inner) => self.refuse_secrets_of(inner, place)?,
                _ => {}
            }
        }
        Ok(())
    }
}

fn is_sealed(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|members: &Map<String, Value>| members.contains_key(SEALED))
}

/// A JSON pointer one step further down (RFC 6901).
fn pointer(place: &str, name: &str) -> String {
    format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// A place as people write it: `connectorAttributes.connection.password`.
fn shown(place: &str) -> String {
    quote(&place.trim_start_matches('/').replace('/', "."))
}

/// The paths that the call removes, where it is a patch.
fn removed(call: &Call) -> Result<Vec<String>, Problem> {
    if call.operation().method != Method::Patch {
        return Ok(Vec::new());
    }
    let patch: Value = json::read(call.body())?;
    let operations = patch.as_array().into_iter().flatten();
    Ok(operations
        .filter(|operation| operation["op"] == "remove")
        .filter_map(|operation| operation["path"].as_str().map(str::to_owned))
        .collect())
}
