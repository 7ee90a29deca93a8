//! Speed of one filter and of sets, beside the two best peers, in one run:
//! `cargo bench -p muster-jsonpath`. Programs are compiled and events parsed beforehand.

use divan::{Bencher, black_box};
use jsonpath_rust::parser::model::JpQuery;
use jsonpath_rust::parser::parse_json_path;
use jsonpath_rust::query::js_path_process;
use muster_jsonpath::{Filter, FilterSet};
use serde_json::Value;
use serde_json_path::JsonPath;

fn main() {
    divan::main();
}

/// A filter of the reference, in both spellings, and the event it is meant for.
struct Question {
    jayway: &'static str,
    rfc: &'static str,
    event: &'static str,
}

const PROVISIONING: &str = include_str!("events/provisioning.json");
const ATTRIBUTES: &str = include_str!("events/attributes.json");
const LEAVER: &str = include_str!("events/leaver.json");

const QUESTIONS: [Question; 6] = [
    Question {
        jayway: "$.accountRequests[?(@.provisioningResult == \"SUCCESS\")]",
        rfc: "$.accountRequests[?@.provisioningResult == \"SUCCESS\"]",
        event: PROVISIONING,
    },
    Question {
        jayway: "$[?($.identity.name == \"john.doe\")]",
        rfc: "$[?$.identity.name == \"john.doe\"]",
        event: ATTRIBUTES,
    },
    Question {
        jayway: "$.changes[?(@.attribute == 'department' && @.newValue =~ /US.*Support/i)]",
        rfc: "$.changes[?@.attribute == 'department' && match(@.newValue, '(?i)US.*Support')]",
        event: LEAVER,
    },
    Question {
        jayway: "$.changes[?(@.attribute == 'department' && @.newValue in ['sales','marketing'])]",
        rfc: "$.changes[?@.attribute == 'department' && \
              (@.newValue == 'sales' || @.newValue == 'marketing')]",
        event: ATTRIBUTES,
    },
    Question {
        jayway: "$[?($.accountRequests.length() >= 1)]",
        rfc: "$[?length($.accountRequests) >= 1]",
        event: PROVISIONING,
    },
    Question {
        jayway: "$..attributeRequests[?(@.operation == 'Add')]",
        rfc: "$..attributeRequests[?@.operation == 'Add']",
        event: PROVISIONING,
    },
];

const NUMBERS: [usize; 6] = [1, 2, 3, 4, 5, 6];

fn event(text: &str) -> Value {
    serde_json::from_str(text).expect("the event is JSON")
}

// Enough calls a sample that reading the clock does not count.
#[divan::bench(args = NUMBERS, sample_size = 1_000)]
fn muster_fires(bencher: Bencher<'_, '_>, number: usize) {
    let question = &QUESTIONS[number - 1];
    let filter = Filter::compile(question.jayway).expect("a filter");
    let event = event(question.event);
    assert!(filter.fires(&event), "F{number} fires");
    bencher.bench_local(|| black_box(&filter).fires(black_box(&event)));
}

#[divan::bench(args = NUMBERS, sample_size = 100)]
fn serde_json_path(bencher: Bencher<'_, '_>, number: usize) {
    let question = &QUESTIONS[number - 1];
    let path = JsonPath::parse(question.rfc).expect("a query");
    let event = event(question.event);
    assert!(!path.query(&event).is_empty(), "F{number} finds something");
    bencher.bench_local(|| black_box(&path).query(black_box(&event)).is_empty());
}

#[divan::bench(args = NUMBERS, sample_size = 100)]
fn jsonpath_rust(bencher: Bencher<'_, '_>, number: usize) {
    let question = &QUESTIONS[number - 1];
    let query: JpQuery = parse_json_path(question.rfc).expect("a query");
    let event = event(question.event);
    bencher.bench_local(|| {
        js_path_process(black_box(&query), black_box(&event)).map_or(0, |found| found.len())
    });
}

/// Subscriptions as tenants have them: the shapes of the documented filters, most of them for
/// somebody else's source, result or person.
fn subscriptions(count: usize) -> Vec<Filter> {
    (0..count)
        .map(|number| {
            let text = match number % 6 {
                0 => format!("$.accountRequests[?(@.provisioningResult == \"RESULT{number}\")]"),
                1 => format!("$[?($.recipient.name == \"user.{number}\")]"),
                2 => format!(
                    "$.accountRequests[?(@.source.name == 'Source {number}' && \
                     @.accountOperation =~ /mod.*/i)]"
                ),
                3 => format!(
                    "$.accountRequests[?(@.provisioningTarget in ['Target {number}', 'Corp AD'])]"
                ),
                4 => format!("$[?($.accountRequests.length() >= {})]", number % 3),
                _ => format!(
                    "$.accountRequests[?(@.accountOperation == \"Modify\" && \
                     @.ticketId == \"{number}\")]"
                ),
            };
            Filter::compile(&text).expect("a filter")
        })
        .collect()
}

#[divan::bench(args = [50, 1_000])]
fn muster_set(bencher: Bencher<'_, '_>, count: usize) {
    let filters = subscriptions(count);
    let set = FilterSet::compile(filters.iter().enumerate());
    let event = event(PROVISIONING);
    bencher.bench_local(|| black_box(&set).matching(black_box(&event)).count());
}

#[divan::bench(args = [50, 1_000])]
fn muster_one_by_one(bencher: Bencher<'_, '_>, count: usize) {
    let filters = subscriptions(count);
    let event = event(PROVISIONING);
    bencher.bench_local(|| {
        filters
            .iter()
            .filter(|filter| filter.fires(black_box(&event)))
            .count()
    });
}
