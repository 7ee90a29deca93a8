//! The deprecated triggers about accounts of a source (event-triggers.md §2.3): published and still
//! subscribable, listed no more.

use muster_model::{AttributeMap, Reference};

use super::schema::{Record, open_object, text};
use super::{Kind, Trigger, Visibility};
use crate::source_account::{SourceAccount, happened};
use crate::{SOURCE_ACCOUNT_CREATED, SOURCE_ACCOUNT_DELETED, SOURCE_ACCOUNT_UPDATED, Value};

pub(super) const TRIGGERS: &[Trigger] = &[
    of(
        SOURCE_ACCOUNT_CREATED,
        "Source Account Created",
        "An aggregation has met a new account. Deprecated; use Account Created.",
        || schema("SourceAccountCreatedInput"),
    ),
    of(
        SOURCE_ACCOUNT_DELETED,
        "Source Account Deleted",
        "An aggregation misses an account. Deprecated; use Account Deleted.",
        || schema("SourceAccountDeletedInput"),
    ),
    of(
        SOURCE_ACCOUNT_UPDATED,
        "Source Account Updated",
        "An aggregation has met a changed account. Deprecated; use Account Updated.",
        || schema("SourceAccountUpdatedInput"),
    ),
];

const fn of(
    id: &'static str,
    name: &'static str,
    description: &'static str,
    input_schema: fn() -> serde_json::Value,
) -> Trigger {
    Trigger {
        id,
        name,
        kind: Kind::FireAndForget,
        description,
        visibility: Visibility::Withdrawn,
        input_schema,
        example_input: example,
        output: None,
    }
}

fn schema(name: &'static str) -> serde_json::Value {
    Record::new(name)
        .optional("uuid", text())
        .required("id", text())
        .required("nativeIdentifier", text())
        .required("sourceId", text())
        .required("sourceName", text())
        .required("identityId", text())
        .required("identityName", text())
        .required("attributes", open_object())
        .root([])
}

fn example() -> Value {
    let mut attributes = AttributeMap::default();
    attributes.set("firstname", "John".into());
    attributes.set("department", "marketing".into());
    happened(&SourceAccount {
        id: "0a2b9d1e4c7f4e6f8a3b5c7d9e1f2a3b",
        native_identity: "cn=john.doe,ou=people,dc=acme,dc=example",
        source: &super::source::corporate(),
        identity: &Reference::identity("ee769173319b41d19ccec6cea52f237b", "john.doe"),
        attributes: &attributes,
    })
}
