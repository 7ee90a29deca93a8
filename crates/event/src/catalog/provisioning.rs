//! The trigger about provisioning (event-triggers.md §2.9).

use muster_model::Reference;

use super::schema::{Record, list, nullable, one_of, record, reference, text};
use super::{Kind, Trigger, Visibility, feature};
use crate::Value;
use crate::value::object;

pub(super) const TRIGGERS: &[Trigger] = &[Trigger {
    id: "idn:post-provisioning",
    name: "Provisioning Completed",
    kind: Kind::FireAndForget,
    description: "Provisioning Action Completed: access has been given, changed or taken away on \
                  one or more sources.",
    visibility: Visibility::Flagged(feature::POST_PROVISIONING),
    input_schema: schema,
    example_input: example,
    output: None,
}];

fn schema() -> serde_json::Value {
    Record::new("ProvisioningCompletedInput")
        .required("trackingNumber", text())
        .required("sources", text())
        .required("recipient", record("IdentityReference"))
        .required("accountRequests", list(record("AccountRequest")))
        .optional("action", nullable(text()))
        .optional("errors", nullable(list(text())))
        .optional("warnings", nullable(list(text())))
        .optional("requester", nullable(record("IdentityReference")))
        .root([
            reference("IdentityReference", "IDENTITY"),
            reference("SourceReference", "SOURCE"),
            Record::new("AccountRequest")
                .required("source", record("SourceReference"))
                .required("accountOperation", text())
                .required(
                    "provisioningResult",
                    one_of(&["SUCCESS", "PENDING", "FAILED"]),
                )
                .required("provisioningTarget", text())
                .optional("accountId", text())
                .optional("ticketId", nullable(text()))
                .optional(
                    "attributeRequests",
                    nullable(list(record("AttributeRequest"))),
                ),
            Record::new("AttributeRequest")
                .required("attributeName", text())
                .required("operation", one_of(&["Add", "Set", "Remove"]))
                .optional("attributeValue", nullable(text())),
        ])
}

/// The member order is the seed document's.
fn example() -> Value {
    let attribute = object([
        ("operation", "Add".into()),
        ("attributeName", "memberOf".into()),
        ("attributeValue", "cn=jedi,dc=acme,dc=example".into()),
    ]);
    let request = object([
        ("source", (&super::source::corporate()).into()),
        (
            "accountId",
            "cn=john.doe,ou=people,dc=acme,dc=example".into(),
        ),
        ("accountOperation", "Modify".into()),
        ("provisioningResult", "SUCCESS".into()),
        ("provisioningTarget", "Corporate Directory".into()),
        ("ticketId", Value::Null),
        ("attributeRequests", Value::List(vec![attribute])),
    ]);
    let person = |name: &str| {
        Value::from(&Reference::identity(
            "ee769173319b41d19ccec6cea52f237b",
            name,
        ))
    };
    object([
        ("trackingNumber", "4b4d982dddff4267ab12f0f1e72b5a6d".into()),
        ("sources", "Corporate Directory".into()),
        ("action", "IdentityRefresh".into()),
        ("errors", Value::List(Vec::new())),
        ("warnings", Value::List(Vec::new())),
        ("recipient", person("john.doe")),
        ("requester", Value::Null),
        ("accountRequests", Value::List(vec![request])),
    ])
}
