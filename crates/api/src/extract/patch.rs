//! JSON Patch bodies. `application/json-patch+json` and `application/json` are both accepted,
//! because not every client sends the former (api-surface.md §2).

use muster_query::{Patch, PatchRules};
use schemars::JsonSchema;
use serde_json::Value;

use crate::call::Call;
use crate::extract::json;
use crate::handler::{Shape, Takes};
use crate::problem::Problem;

/// One operation of a patch (RFC 6902), for the description of the API.
#[derive(JsonSchema)]
#[schemars(rename = "JsonPatchOperation")]
#[expect(
    dead_code,
    reason = "muster-query reads patches; this only describes them"
)]
struct PatchOperation {
    /// `add`, `remove`, `replace`, `move`, `copy` or `test`.
    op: String,
    /// A JSON pointer.
    path: String,
    /// Where `move` and `copy` take the value from.
    from: Option<String>,
    /// The value, of any type.
    value: Option<Value>,
}

/// How a patch is described.
pub(crate) const SHAPE: Shape = Shape {
    content_types: &["application/json-patch+json", "application/json"],
    ..Shape::json::<Vec<PatchOperation>>()
};

/// A patch, read and not yet applied.
pub struct PatchBody(Patch);

impl Takes for PatchBody {
    const SHAPE: Option<Shape> = Some(SHAPE);

    fn take(call: &Call) -> Result<Self, Problem> {
        let body: Value = json::read(call.body())?;
        Self::read(&body)
    }
}

impl PatchBody {
    /// Reads a patch of a body that is parsed already.
    pub(crate) fn read(body: &Value) -> Result<Self, Problem> {
        Ok(Self(Patch::read(body)?))
    }

    /// `document` after the patch, which may change only what `rules` allow. Give it the document
    /// as the caller may see it: a patch can read what it does not change.
    pub fn apply(self, document: &Value, rules: PatchRules) -> Result<Value, Problem> {
        Ok(self.0.apply(document, rules)?)
    }
}
