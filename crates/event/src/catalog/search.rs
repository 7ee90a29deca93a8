//! The trigger about scheduled searches (event-triggers.md §2.5).

use super::schema::{Record, list, nullable, record, text};
use super::{Kind, Trigger, Visibility};
use crate::search::{Found, Report, complete};
use crate::{SAVED_SEARCH_COMPLETE, Value};

pub(super) const TRIGGERS: &[Trigger] = &[Trigger {
    id: SAVED_SEARCH_COMPLETE,
    name: "Scheduled Search",
    kind: Kind::FireAndForget,
    description: "A saved search has run on its schedule; the report can be fetched for a while.",
    visibility: Visibility::Listed,
    input_schema: schema,
    example_input: example,
    output: None,
}];

fn schema() -> serde_json::Value {
    Record::new("SavedSearchCompleteInput")
        .required("fileName", text())
        .required("ownerEmail", text())
        .required("ownerName", text())
        .required("query", text())
        .required("searchName", text())
        .required("searchResults", record("SearchResults"))
        .required("signedS3Url", text())
        .root([
            Record::new("SearchResults")
                .optional("Account", nullable(record("Found")))
                .optional("Entitlement", nullable(record("Found")))
                .optional("Identity", nullable(record("Found"))),
            Record::new("Found")
                .required("count", text())
                .required("noun", text())
                .required("preview", list(list(text()))),
        ])
}

fn example() -> Value {
    let line = |texts: [&str; 2]| texts.map(str::to_owned).to_vec();
    complete(Report {
        file: "Modified.zip",
        owner_email: "jane.doe@acme.example",
        owner_name: "Jane Doe",
        query: "modified:[now-7y/d TO now]",
        name: "Modified Activity",
        accounts: None,
        entitlements: None,
        identities: Some(Found {
            count: 2,
            noun: "identities",
            preview: vec![
                line(["Name", "Email"]),
                line(["John Doe", "john.doe@acme.example"]),
            ],
        }),
        url: "https://reports.acme.example/Modified.zip?expires=899",
    })
}
