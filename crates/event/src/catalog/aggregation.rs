//! Triggers about aggregations (event-triggers.md §2.3).

use muster_model::Timestamp;

use super::schema::{Record, list, moment, nullable, number, one_of, record, reference, text};
use super::{Kind, Trigger, Visibility};
use crate::aggregation::{Collected, Statistics, Status, collected};
use crate::{ACCOUNT_AGGREGATION_COMPLETED, AGGREGATION_ACCOUNTS_COLLECTED, Value};

pub(super) const TRIGGERS: &[Trigger] = &[
    Trigger {
        id: ACCOUNT_AGGREGATION_COMPLETED,
        name: "Account Aggregation Completed",
        kind: Kind::FireAndForget,
        description: "The aggregation of a source's accounts has succeeded, failed or been stopped.",
        visibility: Visibility::Listed,
        input_schema: schema,
        example_input: example,
        output: None,
    },
    Trigger {
        id: AGGREGATION_ACCOUNTS_COLLECTED,
        name: "Accounts Collected for Aggregation",
        kind: Kind::FireAndForget,
        description: "A source's accounts have been read and are about to be processed.",
        visibility: Visibility::Listed,
        input_schema: schema,
        example_input: example,
        output: None,
    },
];

fn schema() -> serde_json::Value {
    Record::new("AccountAggregationInput")
        .required("source", record("SourceReference"))
        .required("status", one_of(&["Success", "Failed", "Terminated"]))
        .required("started", moment())
        .required("completed", moment())
        .required("errors", nullable(list(text())))
        .required("warnings", nullable(list(text())))
        .required("stats", record("Statistics"))
        .root([
            reference("SourceReference", "SOURCE"),
            Record::new("Statistics")
                .required("scanned", number())
                .required("unchanged", number())
                .required("changed", number())
                .required("added", number())
                .required("removed", number()),
        ])
}

fn example() -> Value {
    // 2020-06-29T22:01:50.474Z and 13.616 seconds later.
    let started = Timestamp::from_micros(1_593_468_110_474_000);
    collected(&Collected {
        source: &super::source::corporate(),
        status: Status::Success,
        started,
        completed: started.plus_millis(13_616),
        errors: Vec::new(),
        warnings: Vec::new(),
        statistics: Statistics {
            scanned: 200,
            unchanged: 190,
            changed: 6,
            added: 4,
            removed: 3,
        },
    })
}
