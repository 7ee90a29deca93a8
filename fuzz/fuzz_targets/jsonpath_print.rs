//! What a filter prints as compiles and prints the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_jsonpath::{Dialect, Filter};

fuzz_target!(|text: &str| {
    for dialect in [Dialect::Jayway, Dialect::Rfc9535] {
        let Ok(filter) = Filter::compile_in(dialect, text) else {
            continue;
        };
        let printed = filter.to_string();
        match Filter::compile_in(dialect, &printed) {
            Ok(again) => assert_eq!(again.to_string(), printed),
            // Printing may make a filter longer than a filter may be.
            Err(error) => assert!(printed.len() > 16 * 1024, "{text:?} → {printed:?}: {error}"),
        }
    }
});
