//! Two triggers that never fire by themselves: for trying out subscribers (event-triggers.md §2.0).

use serde_json::json;

use super::schema::{Record, text};
use super::{Kind, Output, Trigger, Visibility};
use crate::Value;
use crate::value::object;

pub(super) const TRIGGERS: &[Trigger] = &[
    Trigger {
        id: "test:fire-and-forget",
        name: "Test Fire and Forget",
        kind: Kind::FireAndForget,
        description: "Never fires by itself; send it with a test invocation.",
        visibility: Visibility::Listed,
        input_schema: input,
        example_input: example,
        output: None,
    },
    Trigger {
        id: "test:request-response",
        name: "Test Request Response",
        kind: Kind::RequestResponse,
        description: "Never fires by itself; asks whether an identity is approved.",
        visibility: Visibility::Listed,
        input_schema: input,
        example_input: example,
        output: Some(Output {
            schema: || {
                Record::new("TestOutput")
                    .required("approved", json!({ "type": "boolean" }))
                    .root([])
            },
            example: || object([("approved", Value::Boolean(true))]),
            says_nothing: |_| false,
        }),
    },
];

fn input() -> serde_json::Value {
    Record::new("TestInput")
        .required("identityId", text())
        .root([])
}

fn example() -> Value {
    object([("identityId", "201327fda1c44704ac01181e963d463c".into())])
}
