//! Files that are too large, cut off or broken: memory stays bounded and nothing is taken for absent.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail like the tests do"
)]

mod telling;

use std::fmt::Write as _;
use std::io::Read;

use muster_connector::flat_file::{Options, ReadError, Reader};
use muster_connector::{Rejection, Step, limits};
use telling::{HEADER, read, schema, told, with_header};

#[test]
fn a_quote_that_is_never_closed_breaks_off_with_its_line() {
    let told = read(with_header("1,,,,\n2,\"a,,,\n3,,,,\n"));
    assert!(
        told.ends_with("broke off: a quote in the row that begins on line 3 is never closed\n"),
        "{told}"
    );
    assert!(!told.contains("\"3\""), "{told}");
}

/// A file made while it is read, larger than anyone would keep.
fn endless(beginning: String, filler: u8, count: u64, end: &'static str) -> impl Read {
    std::io::Cursor::new(beginning)
        .chain(std::io::repeat(filler).take(count))
        .chain(end.as_bytes())
}

#[test]
fn rows_beyond_the_limits_are_passed_over_without_being_kept() {
    const HUGE: u64 = 8_000_000;
    for (beginning, filler, end, told_expected) in [
        ("1,", b'x', ",,,\n2,,,,\n", "2 {\"id\":\"2\"}\n"),
        ("1,\"", b'\n', "\",,,\n2,,,,\n", "{\"id\":\"2\"}\n"),
        ("1,", b',', "\n2,,,,\n", "2 {\"id\":\"2\"}\n"),
        (
            "1,\"",
            b'\n',
            "",
            "broke off: a quote in the row that begins on line 2 is never closed\n",
        ),
        ("1,", b'x', "", ""),
        ("#", b'x', "\n2,,,,\n", "3 {\"id\":\"2\"}\n"),
    ] {
        let file = endless(with_header(beginning), filler, HUGE, end);
        let mut reader = Reader::open(file, &Options::default(), &schema()).unwrap();
        let told = told(&mut reader);
        let told_expected = told_expected
            .strip_prefix("2 ")
            .map_or(told_expected, |rest| rest);
        assert!(
            told.ends_with(told_expected),
            "{beginning:?} {filler} {end:?}: {told}"
        );
        let is_row = !end.is_empty() && !beginning.starts_with('#');
        let told_of_row = told.starts_with("2 ?: the row has more than");
        assert_eq!(
            told_of_row,
            is_row || filler == b'x' && end.is_empty(),
            "{told}"
        );
    }
}

#[test]
fn cells_and_accounts_beyond_the_limits_are_rejected() {
    let cell = "x".repeat(limits::CELL_BYTES_MAX + 1);
    let told = read(with_header(&format!("1,{cell},,,\n2,,,,\n")));
    assert_eq!(
        told,
        "2 1: column 2 holds more than 262144 bytes\n3 {\"id\":\"2\"}\n"
    );

    let mut rows = HEADER.to_owned();
    for value in 0..=limits::VALUES_PER_ACCOUNT_MAX {
        writeln!(rows, "1,,,,g{value}\n1,,,,g{value}").unwrap();
    }
    let mut reader = Reader::open(rows.as_bytes(), &Options::default(), &schema()).unwrap();
    for _ in 0..2 {
        match reader.next_account().unwrap().unwrap() {
            Step::Rejected(rejected) => {
                assert_eq!(rejected.reason, Rejection::AccountTooLarge);
                assert_eq!(rejected.native_identity, Some("1"));
            }
            Step::Account(account) => panic!("one value too many was taken: {account:?}"),
        }
    }
    let Some(Step::Account(account)) = reader.next_account().unwrap() else {
        panic!("the account as far as it was taken is there")
    };
    assert!(account.is_incomplete());
    assert_eq!(reader.counts().rejected, 2);
}

/// Gives a few bytes at a time, so that every row is cut somewhere.
struct Trickle<'a>(&'a [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(self.0.len()).min(room.len());
        room[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

#[test]
fn where_reads_cut_the_file_does_not_matter() {
    let file = "\u{feff}id,name,familyName,department,groups\r\n1,\"a \"\"b\"\"\r\nc\",é,,x\r\n# c\r\n1,\"a \"\"b\"\"\r\nc\",é,,y\r\n2,,,\r\n3,\"q\",,,\r\n";
    let whole = read(file);
    assert_eq!(whole.lines().count(), 3, "{whole}");
    for count in 1..20 {
        let trickle = Trickle(file.as_bytes(), count);
        let mut reader = Reader::open(trickle, &Options::default(), &schema()).unwrap();
        assert_eq!(told(&mut reader), whole, "{count} bytes a time");
    }
}

#[test]
fn a_source_that_breaks_while_read_is_told_with_the_line() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("gone"))
        }
    }
    let file = with_header("1,,,,\n");
    let mut reader = Reader::open(
        file.as_bytes().chain(Broken),
        &Options::default(),
        &schema(),
    )
    .unwrap();
    let error = loop {
        match reader.next_account() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the break was taken for the end"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, ReadError::Io { line: 3, .. }), "{error:?}");
}
