//! A context made from JSON, in the form of the case file (aggregation-refresh.md §5.1).

use muster_model::{AttributeValue, Timestamp};
use muster_transform::given::World;
use muster_transform::{EvaluationError, Transform};
use serde_json::Value;

/// The context of one case; the same random values each time.
pub(crate) fn world(json: &Value) -> World {
    let given = serde_json::from_value(json.clone()).expect("a context");
    World::of(given, Timestamp::default(), 7).expect("transforms")
}

/// Parses and evaluates; both must be possible to call without a panic.
pub(crate) fn run(
    transform: &Value,
    context: &Value,
) -> Result<Option<AttributeValue>, EvaluationError> {
    let transform = Transform::parse(transform).unwrap_or_else(|error| panic!("{error}"));
    transform.evaluate(&world(context))
}
