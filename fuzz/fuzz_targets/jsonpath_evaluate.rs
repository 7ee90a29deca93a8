//! Any filter evaluates on any document, and firing agrees with what is read. The input is a
//! filter, a line break and a document.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_jsonpath::{Dialect, FaultKind, Filter, FilterSet, Outcome};
use serde_json::Value;

fuzz_target!(|text: &str| {
    let Some((filter, document)) = text.split_once('\n') else {
        return;
    };
    let Ok(document) = serde_json::from_str::<Value>(document) else {
        return;
    };
    for dialect in [Dialect::Jayway, Dialect::Rfc9535] {
        let Ok(filter) = Filter::compile_in(dialect, filter) else {
            continue;
        };
        let fires = filter.fires(&document);
        let expected = match filter.read(&document) {
            Ok(Outcome::Value(value)) => !value.is_null(),
            Ok(Outcome::List(values)) => !values.is_empty(),
            // Firing stops early and may stay within a limit that reading hits.
            Err(error) if error.kind == FaultKind::Limit => continue,
            Err(_) => false,
        };
        assert_eq!(fires, expected);
        assert_eq!(filter.explain(&document).fires, fires);
        let set = FilterSet::compile([((), &filter)]);
        assert_eq!(set.matching(&document).next().is_some(), fires);
    }
});
