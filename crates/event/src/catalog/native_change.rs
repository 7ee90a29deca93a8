//! Triggers about accounts that were changed outside of the product (event-triggers.md §2.3).

use super::account_happened::{Example, difference_parts, with_difference};
use super::schema::{Record, nullable, one_of, record, text};
use super::{Kind, Trigger, Visibility};
use crate::account_happened::Happening;
use crate::native_change::changed;
use crate::{NATIVE_CHANGE_CREATED, NATIVE_CHANGE_DELETED, NATIVE_CHANGE_UPDATED, Value};

pub(super) const TRIGGERS: &[Trigger] = &[
    Trigger {
        id: NATIVE_CHANGE_CREATED,
        name: "Native Change Account Created",
        kind: Kind::FireAndForget,
        description: "An account was created outside of the product, on a source that watches for it.",
        visibility: Visibility::Listed,
        input_schema: || schema("NativeChangeAccountCreatedInput"),
        example_input: || example(Happening::Created),
        output: None,
    },
    Trigger {
        id: NATIVE_CHANGE_UPDATED,
        name: "Native Change Account Updated",
        kind: Kind::FireAndForget,
        description: "An account was changed outside of the product, on a source that watches for it.",
        visibility: Visibility::Listed,
        input_schema: || schema("NativeChangeAccountUpdatedInput"),
        example_input: || example(Happening::Updated),
        output: None,
    },
    Trigger {
        id: NATIVE_CHANGE_DELETED,
        name: "Native Change Account Deleted",
        kind: Kind::FireAndForget,
        description: "An account was deleted outside of the product, on a source that watches for it.",
        visibility: Visibility::Listed,
        input_schema: || schema("NativeChangeAccountDeletedInput"),
        example_input: || example(Happening::Deleted),
        output: None,
    },
];

fn schema(name: &'static str) -> serde_json::Value {
    let named = |name: &'static str, kind: &str| {
        Record::new(name)
            .required("id", text())
            .required("name", text())
            .required("type", one_of(&[kind]))
    };
    let parts = [
        named("Identity", "IDENTITY")
            .required("alias", text())
            .required("email", nullable(text()))
            .optional("manager", nullable(record("Person"))),
        named("Person", "IDENTITY").required("email", nullable(text())),
        named("Source", "SOURCE")
            .required("alias", text())
            .required("owner", nullable(record("Person")))
            .required("governanceGroup", nullable(record("GovernanceGroup"))),
        named("GovernanceGroup", "GOVERNANCE_GROUP"),
        named("Account", "ACCOUNT")
            .required("nativeIdentity", text())
            .required("uuid", nullable(text()))
            .required("correlated", serde_json::json!({ "type": "boolean" })),
    ];
    let of_account = Record::new(name)
        .required(
            "eventType",
            one_of(&["ACCOUNT_CREATED", "ACCOUNT_UPDATED", "ACCOUNT_DELETED"]),
        )
        .required("identity", record("Identity"))
        .required("source", record("Source"))
        .required("account", record("Account"));
    with_difference(of_account).root(parts.into_iter().chain(difference_parts()))
}

fn example(happening: Happening) -> Value {
    let example = Example::new();
    let manager = crate::account_happened::Person {
        id: "2c9180a46faadee4016fb4e018c20639".to_owned(),
        name: "Mary Major".to_owned(),
        alias: "mary.major".to_owned(),
        email: Some("mary.major@acme.example".to_owned()),
    };
    changed(
        happening,
        example.source(),
        &example.account(),
        (&example.person, Some(&manager)),
        &example.difference,
    )
}
