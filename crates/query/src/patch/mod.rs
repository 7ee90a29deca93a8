//! JSON Patch (RFC 6902): reads operations, holds them against what a collection lets change, and
//! applies all or none.
//!
//! Give [`Patch::apply`] the document as the caller may see it: `test` and `copy` can read any
//! part of it. Whether the result is a valid object is for the caller to check.

mod read;
mod rules;

use json_patch::{PatchErrorKind, PatchOperation, patch_unsafe};
use serde_json::Value;

pub use self::rules::PatchRules;
use crate::error::Error;
use crate::limits::{PATCH_OPERATIONS_MAX, PATCHED_BYTES_MAX, PATCHED_DEPTH_MAX};
use crate::text::echo;

const PARAMETER: &str = "patch";

/// A list of operations that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch(Vec<PatchOperation>);

impl Patch {
    /// Reads the body of a PATCH.
    pub fn read(body: &Value) -> Result<Self, Error> {
        let operations = match body {
            Value::Array(operations) => operations,
            Value::Object(_) => return Err(Error::PatchNotAList { found: "an object" }),
            Value::Null => return Err(Error::PatchNotAList { found: "empty" }),
            _ => {
                return Err(Error::PatchNotAList {
                    found: "a bare value",
                });
            }
        };
        if operations.len() > PATCH_OPERATIONS_MAX {
            let remedy = "send several smaller patches";
            return Err(too_large("operations", PATCH_OPERATIONS_MAX, remedy));
        }
        let operations = operations.iter().enumerate();
        operations
            .map(|(index, each)| read::operation(index, each))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The document after all operations. On an error there is none, and the given one is as it
    /// was.
    pub fn apply(&self, document: &Value, rules: PatchRules) -> Result<Value, Error> {
        for (index, operation) in self.0.iter().enumerate() {
            rules::permit(index, operation, rules)?;
        }
        let mut patched = document.clone();
        for (index, operation) in self.0.iter().enumerate() {
            // Each operation alone, because a few `copy`s into themselves would grow a document
            // without bound before anyone measured it. On an error the clone is dropped, so
            // nothing needs to be undone.
            patch_unsafe(&mut patched, std::slice::from_ref(operation))
                .map_err(|error| failed(index, operation, &error.kind))?;
            measure(&patched)?;
            rules::keep_fixed(index, operation, rules, [document, &patched])?;
        }
        Ok(patched)
    }
}

fn failed(index: usize, operation: &PatchOperation, kind: &PatchErrorKind) -> Error {
    let from = match operation {
        PatchOperation::Move(moved) => moved.from.as_str(),
        PatchOperation::Copy(copied) => copied.from.as_str(),
        _ => "",
    };
    let path = operation.path().as_str();
    let (path, reason, remedy) = match kind {
        PatchErrorKind::TestFailed => (
            path,
            "has another value than the test expects",
            "read the object again",
        ),
        PatchErrorKind::InvalidFromPointer => {
            (from, "does not exist", "name a place that exists in `from`")
        }
        PatchErrorKind::CannotMoveInsideItself => (
            from,
            "cannot move into itself",
            "move it elsewhere, or copy it",
        ),
        _ if matches!(operation, PatchOperation::Replace(_)) => (
            path,
            "does not exist",
            "use `add` for what is not there yet",
        ),
        _ if matches!(
            operation,
            PatchOperation::Remove(_) | PatchOperation::Test(_)
        ) =>
        {
            (path, "does not exist", "leave the operation out")
        }
        _ => (
            path,
            "has no place in the object",
            "add the object or list around it first",
        ),
    };
    let reason = reason.to_owned();
    Error::PatchFailed {
        operation: index,
        path: echo(path),
        reason,
        remedy,
    }
}

fn measure(document: &Value) -> Result<(), Error> {
    let bytes = weight(document, PATCHED_DEPTH_MAX).ok_or_else(|| {
        too_large(
            "levels in the patched object",
            PATCHED_DEPTH_MAX,
            "nest it less deeply",
        )
    })?;
    if bytes > PATCHED_BYTES_MAX {
        let remedy = "make the object smaller";
        return Err(too_large(
            "bytes in the patched object",
            PATCHED_BYTES_MAX,
            remedy,
        ));
    }
    Ok(())
}

/// About the bytes of a value as JSON; `None` when it is deeper than allowed.
fn weight(value: &Value, depth_left: usize) -> Option<usize> {
    let inner = |value| weight(value, depth_left.checked_sub(1)?);
    Some(match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::Array(elements) => elements
            .iter()
            .try_fold(2, |sum, each| Some(sum + inner(each)?))?,
        Value::Object(members) => members.iter().try_fold(2, |sum, (name, each)| {
            Some(sum + name.len() + 4 + inner(each)?)
        })?,
    })
}

fn too_large(what: &'static str, maximum: usize, remedy: &'static str) -> Error {
    Error::TooLarge {
        parameter: PARAMETER,
        what,
        maximum,
        remedy,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RULES: PatchRules =
        PatchRules::new(&["name", "enabled", "filter", "httpConfig", "list/*/note"])
            .fixed(&["id", "httpConfig/kind"]);

    fn document() -> Value {
        json!({
            "id": "1", "name": "old", "enabled": true, "filter": "$.x",
            "httpConfig": {"url": "u", "kind": "SYNC"},
            "list": [{"note": "a", "id": 1}],
        })
    }

    fn apply(operations: &Value) -> Result<Value, Error> {
        Patch::read(operations)?.apply(&document(), RULES)
    }

    #[test]
    fn all_six_operations_work_on_flags_and_null_too() {
        let patched = apply(&json!([
            {"op": "test", "path": "/id", "value": "1"},
            {"op": "replace", "path": "/enabled", "value": false},
            {"op": "replace", "path": "/filter", "value": null},
            {"op": "copy", "from": "/name", "path": "/httpConfig/title"},
            {"op": "move", "from": "/httpConfig/url", "path": "/httpConfig/address"},
            {"op": "remove", "path": "/name"},
            {"op": "add", "path": "/list/0/note", "value": ["b"]},
        ]));
        assert_eq!(
            patched.unwrap(),
            json!({
                "id": "1", "enabled": false, "filter": null,
                "httpConfig": {"kind": "SYNC", "title": "old", "address": "u"},
                "list": [{"note": ["b"], "id": 1}],
            })
        );
    }

    #[test]
    fn what_is_fixed_or_unnamed_cannot_change_by_any_road() {
        let table = [
            (json!({"op": "replace", "path": "/id", "value": "2"}), "/id"),
            (
                json!({"op": "replace", "path": "/triggerId", "value": "2"}),
                "/triggerId",
            ),
            (
                json!({"op": "add", "path": "", "value": {}}),
                "the whole document",
            ),
            (json!({"op": "move", "from": "/id", "path": "/name"}), "/id"),
            (
                json!({"op": "replace", "path": "/list/0", "value": {}}),
                "/list/0",
            ),
            (
                json!({"op": "replace", "path": "/list/0/id", "value": 2}),
                "/list/0/id",
            ),
            (
                json!({"op": "replace", "path": "/names", "value": 2}),
                "/names",
            ),
            (
                json!({"op": "remove", "path": "/httpConfig/kind"}),
                "/httpConfig/kind",
            ),
            (
                json!({"op": "replace", "path": "/httpConfig", "value": {"kind": "X"}}),
                "/httpConfig",
            ),
            (
                json!({"op": "remove", "path": "/httpConfig"}),
                "/httpConfig",
            ),
        ];
        for (operation, at) in table {
            let nothing = json!({"op": "test", "path": "/id", "value": "1"});
            let error = apply(&json!([nothing, operation])).unwrap_err();
            assert!(
                matches!(&error, Error::IllegalUpdate { operation: 1, path, .. } if path == at),
                "{error}"
            );
            assert!(error.remedy().starts_with("these can: /name, /enabled"));
        }
    }

    #[test]
    fn a_whole_object_may_be_replaced_when_its_fixed_part_stays() {
        let value = json!({"kind": "SYNC", "url": "v"});
        let patched =
            apply(&json!([{"op": "replace", "path": "/httpConfig", "value": value}])).unwrap();
        assert_eq!(patched["httpConfig"], value);
    }

    #[test]
    fn a_failure_names_its_operation_and_changes_nothing() {
        let before = document();
        let rename = json!({"op": "replace", "path": "/name", "value": "new"});
        let table = [
            (
                json!({"op": "test", "path": "/name", "value": "old"}),
                "has another value",
            ),
            (
                json!({"op": "remove", "path": "/httpConfig/none"}),
                "does not exist",
            ),
            (
                json!({"op": "replace", "path": "/httpConfig/none", "value": 1}),
                "use `add`",
            ),
            (
                json!({"op": "add", "path": "/httpConfig/a/b", "value": 1}),
                "has no place",
            ),
            (
                json!({"op": "copy", "from": "/none", "path": "/name"}),
                "`/none` does not exist",
            ),
            (
                json!({"op": "move", "from": "/httpConfig", "path": "/httpConfig/a"}),
                "into itself",
            ),
            (
                json!({"op": "add", "path": "/list/x/note", "value": 1}),
                "has no place",
            ),
        ];
        for (operation, expected) in table {
            let patch = Patch::read(&json!([rename, operation])).unwrap();
            let error = patch.apply(&before, RULES).unwrap_err();
            assert!(
                matches!(error, Error::PatchFailed { operation: 1, .. }),
                "{error}"
            );
            assert!(error.to_string().contains(expected), "{error}");
        }
        assert_eq!(before, document());
    }

    #[test]
    fn a_body_that_is_no_patch_is_told_what_is_missing() {
        let table = [
            (
                json!({"op": "replace"}),
                "the body is an object, not a list",
            ),
            (json!(null), "the body is empty"),
            (json!([1]), "an operation is not an object"),
            (
                json!([{"op": "Replace", "path": "/name"}]),
                "did you mean `replace`?",
            ),
            (json!([{"path": "/name"}]), "write one of: add, remove"),
            (json!([{"op": "remove"}]), "`path` is missing"),
            (
                json!([{"op": "move", "path": "/name"}]),
                "`from` is missing",
            ),
            (
                json!([{"op": "remove", "path": "httpConfig.url"}]),
                "write \"/httpConfig/url\"",
            ),
            (
                json!([{"op": "remove", "path": "/a~2"}]),
                "is not a JSON pointer",
            ),
            (
                json!([{"op": "add", "path": "/name"}]),
                "`add` needs a `value`; null is one",
            ),
        ];
        for (body, expected) in table {
            let sentence = Patch::read(&body).unwrap_err().to_string();
            assert!(sentence.contains(expected), "{body}: {sentence}");
        }
    }

    #[test]
    fn a_document_cannot_be_copied_beyond_its_bounds() {
        let deep = json!({"op": "copy", "from": "/name", "path": "/name/a"});
        let mut operations = vec![json!({"op": "replace", "path": "/name", "value": {}})];
        operations.extend(vec![deep; 400]);
        let error = apply(&json!(operations)).unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{error}");

        let wide = json!({"op": "copy", "from": "/name", "path": "/name/-"});
        let mut operations =
            vec![json!({"op": "replace", "path": "/name", "value": ["x".repeat(10_000)]})];
        operations.extend(vec![wide; 40]);
        let error = apply(&json!(operations)).unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{error}");

        let many = vec![json!({"op": "remove", "path": "/name"}); PATCH_OPERATIONS_MAX + 1];
        assert!(matches!(
            apply(&json!(many)),
            Err(Error::TooLarge {
                what: "operations",
                ..
            })
        ));
    }
}
