//! Triggers about accounts (event-triggers.md §2.3).

use muster_model::{AttributeMap, Reference};

use super::schema::{
    Record, attribute_value, list, nullable, number, one_of, open_object, record, reference, text,
};
use super::{Kind, Trigger, Visibility};
use crate::account::{Account, attributes_changed, correlated, uncorrelated};
use crate::identity::AttributeChange;
use crate::{ACCOUNT_ATTRIBUTES_CHANGED, ACCOUNT_CORRELATED, ACCOUNT_UNCORRELATED, Value};

pub(super) const TRIGGERS: &[Trigger] = &[
    Trigger {
        id: ACCOUNT_ATTRIBUTES_CHANGED,
        name: "Account Attributes Changed",
        kind: Kind::FireAndForget,
        description: "An aggregation has changed one or more attributes of an account.",
        visibility: Visibility::Listed,
        input_schema: attributes_changed_schema,
        example_input: attributes_changed_example,
        output: None,
    },
    Trigger {
        id: ACCOUNT_CORRELATED,
        name: "Account Correlated",
        kind: Kind::FireAndForget,
        description: "An account has been added to an identity.",
        visibility: Visibility::Listed,
        input_schema: correlated_schema,
        example_input: correlated_example,
        output: None,
    },
    Trigger {
        id: ACCOUNT_UNCORRELATED,
        name: "Account Uncorrelated",
        kind: Kind::FireAndForget,
        description: "An account has been removed from an identity.",
        visibility: Visibility::Withdrawn,
        input_schema: uncorrelated_schema,
        example_input: uncorrelated_example,
        output: None,
    },
];

fn account() -> Record {
    Record::new("Account")
        .required("id", text())
        .required("name", text())
        .required("nativeIdentity", text())
        .required("type", one_of(&["ACCOUNT"]))
}

fn references(account: Record) -> [Record; 3] {
    [
        reference("IdentityReference", "IDENTITY"),
        reference("SourceReference", "SOURCE"),
        account,
    ]
}

/// Two of the three tables do not require it.
fn perhaps_with_uuid() -> Record {
    account().optional("uuid", nullable(text()))
}

fn of_account(name: &'static str) -> Record {
    Record::new(name)
        .required("identity", record("IdentityReference"))
        .required("source", record("SourceReference"))
        .required("account", record("Account"))
}

fn attributes_changed_schema() -> serde_json::Value {
    let change = Record::new("Change")
        .required("attribute", text())
        .required("oldValue", attribute_value())
        .required("newValue", attribute_value());
    of_account("AccountAttributesChangedInput")
        .required("changes", list(record("Change")))
        .root(
            references(account().required("uuid", nullable(text())))
                .into_iter()
                .chain([change]),
        )
}

fn correlated_schema() -> serde_json::Value {
    of_account("AccountCorrelatedInput")
        .required("attributes", open_object())
        .optional("entitlementCount", number())
        .root(references(perhaps_with_uuid()))
}

fn uncorrelated_schema() -> serde_json::Value {
    of_account("AccountUncorrelatedInput")
        .optional("entitlementCount", number())
        .root(references(perhaps_with_uuid()))
}

const ACCOUNT: Account<'static> = Account {
    id: "0a2b9d1e4c7f4e6f8a3b5c7d9e1f2a3b",
    name: "john.doe",
    native_identity: "cn=john.doe,ou=people,dc=acme,dc=example",
};

fn person() -> Reference {
    Reference::identity("ee769173319b41d19ccec6cea52f237b", "john.doe")
}

fn attributes_changed_example() -> Value {
    let change = AttributeChange {
        attribute: "department".into(),
        old: Some("sales".into()),
        new: Some("marketing".into()),
    };
    attributes_changed(&person(), &super::source::corporate(), &ACCOUNT, &[change])
}

fn correlated_example() -> Value {
    let mut attributes = AttributeMap::default();
    attributes.set("department", "sales".into());
    correlated(
        &person(),
        &super::source::corporate(),
        &ACCOUNT,
        &attributes,
        0,
    )
}

fn uncorrelated_example() -> Value {
    uncorrelated(&person(), &super::source::corporate(), &ACCOUNT, 0)
}
