//! An edited object: whole, or as a patch of what is stored.

use muster_query::PatchRules;
use muster_store::Tx;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use crate::call::Call;
use crate::collection::Collection;
use crate::extract::json;
use crate::extract::patch::{self, PatchBody};
use crate::handler::{Shape, Takes};
use crate::problem::Problem;
use crate::resource::Object;

/// The edited object, or a JSON Patch that makes it.
pub(in crate::resources) enum Edit {
    /// All of it.
    Whole(Object),
    /// What changes.
    Patch(PatchBody),
}

impl Takes for Edit {
    const SHAPE: Option<Shape> = Some(Shape {
        content_types: &["application/json", "application/json-patch+json"],
        ..Shape::of(schema)
    });

    /// A list is a patch under either content type, as where the object itself is patched.
    fn take(call: &Call) -> Result<Self, Problem> {
        match json::read(call.body())? {
            Value::Object(whole) => Ok(Self::Whole(whole)),
            list @ Value::Array(_) => PatchBody::read(&list).map(Self::Patch),
            _ => Err(Problem::bad_content(
                "The body must be the edited object, or a list of JSON Patch operations.",
            )),
        }
    }
}

impl Edit {
    /// Puts the edit in the place of the object that the path names, checked as any other. A patch may
    /// change what `rules` allow.
    pub(in crate::resources) fn save(
        self,
        collection: &Collection,
        rules: PatchRules,
        tx: &mut Tx<'_>,
        call: &Call,
    ) -> Result<Value, Problem> {
        match self {
            Self::Whole(body) => collection.put(body, tx, call),
            Self::Patch(patch) => collection.patch(patch, rules, tx, call),
        }
    }
}

fn schema(generator: &mut SchemaGenerator) -> Schema {
    let whole = Object::json_schema(generator);
    let patch = patch::SHAPE.schema.map(|patch| patch(generator));
    schemars::json_schema!({ "anyOf": [whole, patch] })
}
