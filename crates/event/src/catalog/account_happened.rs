//! Triggers about what happens to accounts, second version (event-triggers.md §2.3).

use muster_model::{AttributeMap, Reference, Schema};

use super::schema::{Record, list, nullable, one_of, open_object, record, reference, text};
use super::{Kind, Trigger, Visibility};
use crate::account_difference::Difference;
use crate::account_happened::{Account, Happening, Person, Source, happened};
use crate::{ACCOUNT_CREATED, ACCOUNT_DELETED, ACCOUNT_UPDATED, Value};

pub(super) const TRIGGERS: &[Trigger] = &[
    Trigger {
        id: ACCOUNT_CREATED,
        name: "Account Created",
        kind: Kind::FireAndForget,
        description: "An account has appeared on a source.",
        visibility: Visibility::Listed,
        input_schema: || schema("AccountCreatedInput").root(parts()),
        example_input: || example(Happening::Created),
        output: None,
    },
    Trigger {
        id: ACCOUNT_UPDATED,
        name: "Account Updated",
        kind: Kind::FireAndForget,
        description: "Attributes or entitlements of an account have changed.",
        visibility: Visibility::Listed,
        input_schema: || {
            with_difference(schema("AccountUpdatedInput"))
                .root(parts().into_iter().chain(difference_parts()))
        },
        example_input: || example(Happening::Updated),
        output: None,
    },
    Trigger {
        id: ACCOUNT_DELETED,
        name: "Account Deleted",
        kind: Kind::FireAndForget,
        description: "An account has gone from a source.",
        visibility: Visibility::Listed,
        input_schema: || schema("AccountDeletedInput").root(parts()),
        example_input: || example(Happening::Deleted),
        output: None,
    },
];

fn schema(name: &'static str) -> Record {
    Record::new(name)
        .required("event", record("Happening"))
        .required("source", record("Source"))
        .required("account", record("Account"))
        .required("identity", record("Identity"))
}

fn parts() -> [Record; 5] {
    [
        Record::new("Happening").required("type", text()).required(
            "cause",
            one_of(&["AGGREGATION", "PROVISIONING", "PASSWORD_CHANGE"]),
        ),
        Record::new("Source")
            .required("id", text())
            .required("name", text())
            .required("alias", text())
            .required("owner", nullable(record("Named")))
            .required("governanceGroup", nullable(record("Named"))),
        Record::new("Named")
            .required("id", text())
            .required("name", text()),
        Record::new("Account")
            .required("id", text())
            .required("name", text())
            .required("nativeIdentity", text())
            .required("uuid", nullable(text()))
            .required("correlated", flag())
            .required("isMachine", flag())
            .required("origin", nullable(text()))
            .required("attributes", nullable(open_object())),
        Record::new("Identity")
            .required("id", text())
            .required("name", text())
            .required("alias", text())
            .required("email", nullable(text())),
    ]
}

fn flag() -> serde_json::Value {
    serde_json::json!({ "type": "boolean" })
}

/// `of` with the members that tell a difference.
pub(super) fn with_difference(of: Record) -> Record {
    of.required("accountChangeTypes", list(text()))
        .required("singleValueAttributeChanges", list(record("SingleChange")))
        .required("multiValueAttributeChanges", list(record("SetChange")))
        .required("entitlementChanges", list(record("EntitlementChange")))
}

/// The records of those members.
pub(super) fn difference_parts() -> [Record; 5] {
    [
        Record::new("SingleChange")
            .required("name", text())
            .required("oldValue", super::schema::attribute_value())
            .required("newValue", super::schema::attribute_value()),
        Record::new("SetChange")
            .required("name", text())
            .required("addedValues", list(text()))
            .required("removedValues", list(text())),
        Record::new("EntitlementChange")
            .required("attributeName", text())
            .required("added", list(record("Entitlement")))
            .required("removed", list(record("Entitlement"))),
        Record::new("Entitlement")
            .optional("id", nullable(text()))
            .optional("name", nullable(text()))
            .optional("owner", nullable(record("EntitlementOwner")))
            .optional("value", text()),
        reference("EntitlementOwner", "IDENTITY"),
    ]
}

/// What the examples of all account events tell.
pub(super) struct Example {
    pub(super) source: Reference,
    pub(super) owner: Reference,
    pub(super) person: Person,
    pub(super) attributes: AttributeMap,
    pub(super) difference: Difference,
}

impl Example {
    pub(super) fn new() -> Self {
        let source = super::source::corporate();
        let state = |location: &str, groups: &[&str]| {
            let groups = groups.iter().map(|group| (*group).to_owned()).collect();
            let mut attributes = AttributeMap::default();
            attributes.set("name", "john.doe".into());
            attributes.set("location", location.into());
            attributes.set("groups", muster_model::AttributeValue::List(groups));
            attributes
        };
        let (old, new) = (state("Austin", &["Sales"]), state("Denver", &["Marketing"]));
        let schema = Schema::default_account();
        Self {
            difference: Difference::between(&source.id, &schema, (&old, &new), |_| true),
            owner: Reference::identity("2c9180a46faadee4016fb4e018c20639", "mary.major"),
            person: Person {
                id: "ee769173319b41d19ccec6cea52f237b".to_owned(),
                name: "John Doe".to_owned(),
                alias: "john.doe".to_owned(),
                email: Some("john.doe@acme.example".to_owned()),
            },
            attributes: new,
            source,
        }
    }

    pub(super) fn source(&self) -> Source<'_> {
        Source {
            reference: &self.source,
            owner: Some(&self.owner),
        }
    }

    pub(super) fn account(&self) -> Account<'_> {
        Account {
            id: "0a2b9d1e4c7f4e6f8a3b5c7d9e1f2a3b",
            name: "john.doe",
            native_identity: "cn=john.doe,ou=people,dc=acme,dc=example",
            correlated: true,
            attributes: &self.attributes,
        }
    }
}

fn example(happening: Happening) -> Value {
    let example = Example::new();
    happened(
        happening,
        example.source(),
        &example.account(),
        &example.person,
        &example.difference,
    )
}
