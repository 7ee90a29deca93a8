//! Triggers about sources (event-triggers.md §2.5).

use muster_model::{Reference, Timestamp};

use super::schema::{Record, moment, one_of, record, reference, text};
use super::{Kind, Trigger, Visibility};
use crate::source::{Happening, Source, happened};
use crate::{SOURCE_CREATED, SOURCE_DELETED, SOURCE_UPDATED, Value};

pub(super) const TRIGGERS: &[Trigger] = &[
    Trigger {
        id: SOURCE_CREATED,
        name: "Source Created",
        kind: Kind::FireAndForget,
        description: "A source has been made.",
        visibility: Visibility::Listed,
        input_schema: || {
            schema(
                "SourceCreatedInput",
                "created",
                reference("Actor", "IDENTITY"),
            )
        },
        example_input: || example(Happening::Created),
        output: None,
    },
    Trigger {
        id: SOURCE_UPDATED,
        name: "Source Updated",
        kind: Kind::FireAndForget,
        description: "The configuration of a source has changed.",
        visibility: Visibility::Listed,
        input_schema: || schema("SourceUpdatedInput", "modified", perhaps_the_system()),
        example_input: || example(Happening::Updated),
        output: None,
    },
    Trigger {
        id: SOURCE_DELETED,
        name: "Source Deleted",
        kind: Kind::FireAndForget,
        description: "A source has been removed.",
        visibility: Visibility::Listed,
        input_schema: || {
            schema(
                "SourceDeletedInput",
                "deleted",
                reference("Actor", "IDENTITY"),
            )
        },
        example_input: || example(Happening::Deleted),
        output: None,
    },
];

fn schema(name: &'static str, when: &'static str, actor: Record) -> serde_json::Value {
    Record::new(name)
        .required("id", text())
        .required("name", text())
        .required("type", text())
        .required(when, moment())
        .required("connector", text())
        .required("actor", record("Actor"))
        .root([actor])
}

/// A source may be changed by the system, which has no id.
fn perhaps_the_system() -> Record {
    Record::new("Actor")
        .required("name", text())
        .required("type", one_of(&["IDENTITY"]))
        .optional("id", text())
}

/// The source of the examples.
pub(super) fn corporate() -> Reference {
    Reference::source("2c9180866166b5b0016167c32ef31a66", "Corporate Directory")
}

fn example(happening: Happening) -> Value {
    let source = Source {
        id: "2c9180866166b5b0016167c32ef31a66",
        name: "Corporate Directory",
        kind: "DIRECT_CONNECT",
        connector: "active-directory",
    };
    // 2021-03-29T22:01:50.474Z
    let at = Timestamp::from_micros(1_617_055_310_474_000);
    let actor = Reference::identity("ee769173319b41d19ccec6cea52f237b", "john.doe");
    happened(happening, &source, at, &actor)
}
