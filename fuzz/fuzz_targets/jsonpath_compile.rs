//! Any text compiles or is refused, in both dialects; a refusal points into the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_jsonpath::{Dialect, Filter};

fuzz_target!(|text: &str| {
    for dialect in [Dialect::Jayway, Dialect::Rfc9535] {
        if let Err(error) = Filter::compile_in(dialect, text) {
            assert!(error.offset <= text.len());
            assert!(text.is_char_boundary(error.offset) || text.len() > 16 * 1024);
        }
    }
});
