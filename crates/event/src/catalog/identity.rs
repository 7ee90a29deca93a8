//! Triggers about people (event-triggers.md §2.1, §2.9).

use muster_model::{AttributeMap, Reference};

use super::schema::{Record, attribute_value, list, open_object, record, reference, text};
use super::{Kind, Trigger, Visibility};
use crate::identity::AttributeChange;
use crate::{IDENTITY_ATTRIBUTES_CHANGED, IDENTITY_CREATED, IDENTITY_DELETED, Value, identity};

pub(super) const TRIGGERS: &[Trigger] = &[
    Trigger {
        id: IDENTITY_ATTRIBUTES_CHANGED,
        name: "Identity Attributes Changed",
        kind: Kind::FireAndForget,
        description: "Identity Attribute Changed: one or more attributes of an identity differ \
                      after an aggregation and refresh. One event tells all changes of one refresh.",
        visibility: Visibility::Listed,
        input_schema: attributes_changed_schema,
        example_input: attributes_changed_example,
        output: None,
    },
    Trigger {
        id: IDENTITY_CREATED,
        name: "Identity Created",
        kind: Kind::FireAndForget,
        description: "An identity has been made from an account of an authoritative source. \
                      Carries all attributes of its identity profile.",
        visibility: Visibility::Listed,
        input_schema: || attributed_schema("IdentityCreatedInput"),
        example_input: || attributed_example(identity::created),
        output: None,
    },
    Trigger {
        id: IDENTITY_DELETED,
        name: "Identity Deleted",
        kind: Kind::FireAndForget,
        description: "An identity has been deleted. Carries its last attributes.",
        visibility: Visibility::Listed,
        input_schema: || attributed_schema("IdentityDeletedInput"),
        example_input: || attributed_example(identity::deleted),
        output: None,
    },
];

fn attributes_changed_schema() -> serde_json::Value {
    Record::new("IdentityAttributesChangedInput")
        .required("identity", record("IdentityReference"))
        .required("changes", list(record("Change")))
        .root([
            reference("IdentityReference", "IDENTITY"),
            Record::new("Change")
                .required("attribute", text())
                .optional("oldValue", attribute_value())
                .optional("newValue", attribute_value()),
        ])
}

fn attributes_changed_example() -> Value {
    let change = |name: &str, old: &str, new: &str| AttributeChange {
        attribute: name.into(),
        old: Some(old.into()),
        new: Some(new.into()),
    };
    identity::attributes_changed(
        &Reference::identity("ee769173319b41d19ccec6cea52f237b", "john.doe"),
        &[
            change("department", "sales", "marketing"),
            change(
                "email",
                "john.doe@sales.example",
                "john.doe@marketing.example",
            ),
        ],
    )
}

fn attributed_schema(name: &'static str) -> serde_json::Value {
    Record::new(name)
        .required("identity", record("IdentityReference"))
        .required("attributes", open_object())
        .root([reference("IdentityReference", "IDENTITY")])
}

fn attributed_example(body: fn(&Reference, &AttributeMap) -> Value) -> Value {
    let mut attributes = AttributeMap::default();
    for (name, value) in [
        ("firstname", "John"),
        ("lastname", "Doe"),
        ("email", "john.doe@acme.example"),
    ] {
        attributes.set(name, value.into());
    }
    body(
        &Reference::identity("ee769173319b41d19ccec6cea52f237b", "john.doe"),
        &attributes,
    )
}
