//! Deciding allocates nothing, whatever the filter: counted, not claimed. What a filter has to
//! collect goes into a region that each thread keeps.

use allocation_counter::measure;
use muster_jsonpath::{Document, Filter, Node};
use serde_json::Value;

const PROVISIONING: &str = include_str!("../benches/events/provisioning.json");
const ATTRIBUTES: &str = include_str!("../benches/events/attributes.json");
const LEAVER: &str = include_str!("../benches/events/leaver.json");

/// Filters that need no place of their own.
const PLAIN: [(&str, &str); 12] = [
    (
        "$.accountRequests[?(@.provisioningResult == \"SUCCESS\")]",
        PROVISIONING,
    ),
    ("$[?($.identity.name == \"john.doe\")]", ATTRIBUTES),
    (
        "$.changes[?(@.attribute == 'department' && @.newValue =~ /US.*Support/i)]",
        LEAVER,
    ),
    (
        "$.changes[?(@.attribute == 'department' && @.newValue in ['sales','marketing'])]",
        ATTRIBUTES,
    ),
    ("$[?($.accountRequests.length() >= 1)]", PROVISIONING),
    (
        "$..attributeRequests[?(@.operation == 'Add')]",
        PROVISIONING,
    ),
    ("$.identity.name", ATTRIBUTES),
    ("$.changes.length()", ATTRIBUTES),
    ("$.changes[0].attribute", ATTRIBUTES),
    ("$[?(!@.nosuch || @.identity.name != 5)]", ATTRIBUTES),
    ("$.accountRequests[?(@.ticketId == 72619262)]", PROVISIONING),
    ("$.accountRequests[-1:]", PROVISIONING),
];

/// Filters that collect: lists of values, merged names, calls with arguments.
const COLLECTING: [(&str, &str); 6] = [
    ("$[?('department' in $.changes[*].attribute)]", ATTRIBUTES),
    (
        "$[?($.changes[?(@.attribute == 'department')] empty false)]",
        ATTRIBUTES,
    ),
    (
        "$.changes[?(@.attribute)]['attribute','newValue']",
        ATTRIBUTES,
    ),
    ("$.concat($.identity.name, \"-x\")", ATTRIBUTES),
    (
        "$[?($.changes[*].attribute anyof ['manager', 'department'])]",
        ATTRIBUTES,
    ),
    (
        "$[?($.changes[*].attribute contains 'department')]",
        ATTRIBUTES,
    ),
];

fn allocations_of<N: Node>(filter: &Filter, document: N) -> u64 {
    let mut fires = false;
    let counted = measure(|| fires = filter.fires(document));
    assert!(fires, "{} fires", filter.source());
    counted.count_total
}

#[test]
fn deciding_allocates_nothing() {
    for (text, event) in PLAIN {
        let filter = Filter::compile(text).expect("a filter");
        let owned: Value = serde_json::from_str(event).expect("an event");
        let borrowed = Document::parse(event).expect("an event");
        assert_eq!(allocations_of(&filter, &owned), 0, "{text}");
        assert_eq!(allocations_of(&filter, &borrowed), 0, "{text}");
    }
}

#[test]
fn what_is_collected_goes_where_the_last_evaluation_had_it() {
    for (text, event) in COLLECTING {
        let filter = Filter::compile(text).expect("a filter");
        let event: Value = serde_json::from_str(event).expect("an event");
        assert!(filter.fires(&event), "{text} fires");
        assert_eq!(allocations_of(&filter, &event), 0, "{text}");
    }
}
