//! The trace: what happened, in the order it happened.

use muster_transform::Transform;
use serde_json::json;

use crate::common::world;

#[test]
fn a_trace_tells_each_step_with_its_place() {
    let transform = json!({"name": "Name", "type": "concat", "attributes": {"values": [
        "x",
        {"type": "lower", "attributes": {"input": {
            "type": "accountAttribute", "attributes": {"sourceName": "HR", "attributeName": "last"}}}},
        {"type": "reference", "attributes": {"id": "Other"}},
    ]}});
    let world = world(&json!({
        "accounts": [{"source": "HR", "nativeIdentity": "100", "attributes": {"last": "LEE"}}],
        "transforms": [{"name": "Other", "type": "static", "attributes": {"value": "$v", "v": "!"}}],
    }));
    let transform = Transform::parse(&transform).unwrap();
    let (value, trace) = transform.evaluate_traced(&world);
    assert_eq!(value, transform.evaluate(&world));
    assert_eq!(
        json!(trace),
        json!({"omitted": 0, "steps": [
            {"transform": "Name", "path": "", "operation": "concat", "depth": 0, "output": "xlee!", "inputs": [
                {"name": "values", "value": "x"}, {"name": "values", "value": "lee"}, {"name": "values", "value": "!"}]},
            {"transform": "Name", "path": "attributes.values[1]", "operation": "lower", "depth": 1,
             "inputs": [{"name": "input", "value": "LEE"}], "output": "lee"},
            {"transform": "Name", "path": "attributes.values[1].attributes.input", "operation": "accountAttribute",
             "depth": 2, "inputs": [{"name": "account", "value": "100"}], "output": "LEE"},
            {"transform": "Name", "path": "attributes.values[2]", "operation": "reference", "depth": 1,
             "inputs": [{"name": "input", "value": null}], "output": "!"},
            {"transform": "Other", "path": "", "operation": "static", "depth": 2,
             "inputs": [{"name": "v", "value": "!"}, {"name": "value", "value": "!"}], "output": "!"},
        ]})
    );
}

#[test]
fn a_failed_step_carries_its_error_up_to_the_root() {
    let transform = json!({"type": "lower", "attributes": {"input": {"type": "lookup", "attributes": {"table": {}}}}});
    let transform = Transform::parse(&transform).unwrap();
    let (result, trace) = transform.evaluate_traced(&world(&json!({"input": "a"})));
    let error = result.unwrap_err();
    assert_eq!(
        (error.path.as_str(), error.operation),
        ("attributes.input", "lookup")
    );
    let text = "lookup at attributes.input failed: the table has no entry for \"a\" and no default";
    assert_eq!(error.explain(), text);
    assert_eq!(trace.steps.len(), 2);
    for step in trace.steps {
        assert_eq!(step.error.as_deref(), Some(text));
        assert_eq!(step.output, None);
    }
}
