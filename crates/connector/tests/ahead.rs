//! A file that is read ahead is the file that is read.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail like the tests do"
)]

mod telling;

use std::fmt::Write as _;

use muster_connector::flat_file::{ReadError, Reader, read_ahead};
use muster_connector::limits;
use serde_json::json;
use telling::{options, read, schema, tell, with_header};

fn open(file: &[u8]) -> Reader<&[u8]> {
    Reader::open(file, &options(&json!({})), &schema()).unwrap()
}

/// People with one, two and three rows, some of which cannot be read; one person with many values.
fn file() -> String {
    let mut rows = String::new();
    for person in 0..4 * limits::AHEAD_PAGE_STEPS {
        for group in 0..=person % 3 {
            writeln!(rows, "p{person},Jo {person},Doe,Sales,Group {group}").unwrap();
        }
        if person % 50 == 7 {
            writeln!(rows, "p{person},too few").unwrap();
        }
    }
    for group in 0..40_000 {
        writeln!(rows, "many,Many,Many,Sales,Group number {group}").unwrap();
    }
    rows.push_str("last,The Last,Last,Sales,\n");
    with_header(&rows)
}

#[test]
fn every_step_comes_in_its_order() {
    let file = file();
    let mut found = String::new();
    read_ahead(open(file.as_bytes()), |step| {
        tell(&mut found, &step);
        Ok::<_, ReadError>(())
    })
    .unwrap();
    let expected = read(&file);
    assert!(expected.lines().count() > 4 * limits::AHEAD_PAGE_STEPS);
    assert!(found == expected, "the steps differ");
}

#[test]
fn what_stops_reading_comes_behind_what_was_read() {
    let file = with_header("a,A,A,Sales,\nb,B,B,Sales,\nc,\"C,C,Sales,\n");
    let mut found = String::new();
    let ended = read_ahead(open(file.as_bytes()), |step| {
        tell(&mut found, &step);
        Ok::<_, ReadError>(())
    });
    assert!(
        matches!(ended, Err(ReadError::UnclosedQuote { line: 4 })),
        "{ended:?}"
    );
    assert!(found.starts_with("2 {\"id\":\"a\"") && found.lines().count() == 1);
}

#[test]
fn whoever_looks_may_stop() {
    #[derive(Debug, PartialEq)]
    struct Enough;
    impl From<ReadError> for Enough {
        fn from(_: ReadError) -> Self {
            Self
        }
    }
    let file = file();
    let mut count = 0;
    let ended = read_ahead(open(file.as_bytes()), |_| {
        count += 1;
        if count == 3 { Err(Enough) } else { Ok(()) }
    });
    assert_eq!((ended, count), (Err(Enough), 3));
}
