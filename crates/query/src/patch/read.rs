//! Reads one operation of a patch, with errors that say what is missing.

use json_patch::PatchOperation;
use json_patch::jsonptr::Pointer;
use serde_json::Value;

use crate::error::Error;
use crate::text::{closest, echo};

const WORDS: [&str; 6] = ["add", "remove", "replace", "move", "copy", "test"];

/// One operation as RFC 6902 has it; `index` is its place in the patch.
pub(super) fn operation(index: usize, written: &Value) -> Result<PatchOperation, Error> {
    let path = written
        .get("path")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let malformed = |reason: &str, remedy: String| Error::MalformedPatch {
        operation: index,
        path: echo(path),
        reason: reason.to_owned(),
        remedy,
    };
    let Some(members) = written.as_object() else {
        return Err(malformed("an operation is not an object", WORDS.join(", ")));
    };
    let word = members
        .get("op")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !WORDS.contains(&word) {
        let remedy = match closest(word, WORDS.into_iter()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("write one of: {}", WORDS.join(", ")),
        };
        return Err(malformed(&format!("`op` is `{}`", echo(word)), remedy));
    }
    let places: &[&str] = if matches!(word, "move" | "copy") {
        &["from", "path"]
    } else {
        &["path"]
    };
    for place in places {
        let Some(text) = members.get(*place).and_then(Value::as_str) else {
            let remedy = format!("`{word}` needs `{place}`, such as \"/name\"");
            return Err(malformed(&format!("`{place}` is missing"), remedy));
        };
        if !text.is_empty() && !text.starts_with('/') {
            let remedy = format!("write \"/{}\"", echo(&text.replace('.', "/")));
            return Err(malformed(
                &format!("`{place}` does not start with a slash"),
                remedy,
            ));
        }
        if Pointer::parse(text).is_err() {
            let remedy = "write `~` as `~0`, and a `/` inside a name as `~1`".to_owned();
            return Err(malformed(
                &format!("`{place}` is not a JSON pointer"),
                remedy,
            ));
        }
    }
    if matches!(word, "add" | "replace" | "test") && !members.contains_key("value") {
        let remedy = format!("`{word}` needs a `value`; null is one");
        return Err(malformed("`value` is missing", remedy));
    }
    serde_json::from_value(written.clone())
        .map_err(|error| malformed(&error.to_string(), "see RFC 6902".to_owned()))
}
