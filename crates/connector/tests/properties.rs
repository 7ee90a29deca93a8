//! What holds for any bytes: reading never panics, agrees with the csv crate, and equal digests mean
//! equal accounts.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail like the tests do"
)]

use std::collections::{BTreeMap, BTreeSet};

use muster_connector::flat_file::{Options, Reader};
use muster_connector::{Digester, Step};
use muster_model::{AttributeDefinition, Schema};
use proptest::prelude::*;

fn schema() -> Schema {
    let mut schema = Schema::from_header(&["id", "name", "title"]).unwrap();
    schema.attributes.push(AttributeDefinition {
        is_multi: true,
        ..AttributeDefinition::text("groups")
    });
    schema
}

/// Bytes that mean something to the reader, far more often than chance would have them.
fn file_bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => Just(b",".to_vec()),
        5 => Just(b"\n".to_vec()),
        2 => Just(b"\r\n".to_vec()),
        1 => Just(b"\r".to_vec()),
        4 => Just(b"\"".to_vec()),
        1 => Just(b"#".to_vec()),
        1 => Just(b"\xEF\xBB\xBF".to_vec()),
        8 => "[a-c1-3é]{1,3}".prop_map(String::into_bytes),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// Accounts and rejections until the end or the first error.
fn read_all(file: &[u8]) -> Option<(u64, u64)> {
    let mut reader = Reader::open(file, &Options::default(), &schema()).ok()?;
    let (mut accounts, mut rejected) = (0, 0);
    loop {
        match reader.next_account() {
            Ok(Some(Step::Account(account))) => {
                accounts += 1;
                assert!(!account.native_identity().is_empty());
                let _ = account.to_attributes();
            }
            Ok(Some(Step::Rejected(row))) => {
                rejected += 1;
                assert!(row.line >= 2);
            }
            Ok(None) => {
                assert_eq!(reader.counts().rejected, rejected);
                return Some((accounts, rejected));
            }
            Err(_) => return None,
        }
    }
}

/// Single values, then groups: what an account says.
type Canonical = (String, Option<String>, Option<String>, BTreeSet<String>);

fn canonical_of(rows: &[(String, String, Vec<String>)], id: &str) -> Canonical {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let (name, title, groups) = &rows[0];
    let groups = groups
        .iter()
        .filter(|group| !group.trim().is_empty())
        .cloned();
    (id.to_owned(), some(name), some(title), groups.collect())
}

fn write_rows(id: &str, row: &(String, String, Vec<String>)) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    writer
        .write_record(["id", "name", "title", "groups"])
        .unwrap();
    let (name, title, groups) = row;
    for group in groups {
        writer.write_record([id, name, title, group]).unwrap();
    }
    writer.into_inner().unwrap()
}

fn digest_of(file: &[u8]) -> [u8; 16] {
    let mut reader = Reader::open(file, &Options::default(), &schema()).unwrap();
    let mut digester = Digester::new(3);
    let digest = match reader.next_account().unwrap().unwrap() {
        Step::Account(account) => digester.digest(account),
        Step::Rejected(rejected) => panic!("{rejected:?}"),
    };
    assert!(reader.next_account().unwrap().is_none());
    digest
}

/// Few letters, so that equal accounts are met.
fn account() -> impl Strategy<Value = (String, String, Vec<String>)> {
    let text = "[ab\", \n]{0,2}";
    (text, text, prop::collection::vec(text, 1..4))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_panic(body in file_bytes(), raw in prop::collection::vec(any::<u8>(), 0..200)) {
        read_all(&raw);
        read_all(&body);
        let with_header = [b"id,name,title,groups\n".to_vec(), body].concat();
        read_all(&with_header);
        let utf16 = "\u{feff}id,name,title,groups\n".encode_utf16().flat_map(u16::to_be_bytes);
        read_all(&utf16.chain(raw).collect::<Vec<u8>>());
    }

    #[test]
    fn rows_are_those_of_the_csv_crate(body in file_bytes()) {
        // The csv crate makes a row of a comment that the file ends in, and knows no comment that a
        // lone return ends.
        let body: Vec<u8> = if body.contains(&b'#') {
            body.into_iter().filter(|byte| *byte != b'\r').chain([b'\n']).collect()
        } else {
            body
        };
        let file = [b"id,name,title,groups\n".to_vec(), body].concat();
        let theirs = csv::ReaderBuilder::new()
            .flexible(true)
            .comment(Some(b'#'))
            .from_reader(file.as_slice())
            .into_byte_records()
            .map(Result::unwrap)
            .count() as u64;
        let mut reader = Reader::open(file.as_slice(), &Options::default(), &schema()).unwrap();
        let mut ended = true;
        loop {
            match reader.next_account() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => { ended = false; break }
            }
        }
        if ended {
            prop_assert_eq!(reader.counts().rows, theirs);
        }
    }

    #[test]
    fn cells_are_those_that_the_csv_crate_wrote(ids in prop::collection::btree_map("[a-z0-9]{1,4}", account(), 1..6)) {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        writer.write_record(["id", "name", "title", "groups"]).unwrap();
        for (id, (name, title, groups)) in &ids {
            for group in groups {
                writer.write_record([id, name, title, group]).unwrap();
            }
        }
        let file = writer.into_inner().unwrap();
        let expected: BTreeMap<String, Canonical> = ids
            .iter()
            .map(|(id, row)| (id.clone(), canonical_of(std::slice::from_ref(row), id)))
            .collect();
        let mut found = BTreeMap::new();
        let mut reader = Reader::open(file.as_slice(), &Options::default(), &schema()).unwrap();
        while let Some(step) = reader.next_account().unwrap() {
            let Step::Account(account) = step else { panic!("{step:?}") };
            prop_assert!(account.warnings().is_empty());
            let (attributes, _) = account.to_attributes();
            let text = |name: &str| attributes.get(name).map(muster_model::AttributeValue::to_text);
            let groups = match attributes.get("groups") {
                Some(muster_model::AttributeValue::List(items)) => items.iter().cloned().collect(),
                _ => BTreeSet::new(),
            };
            let id = account.native_identity().to_owned();
            found.insert(id.clone(), (id, text("name"), text("title"), groups));
        }
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn digests_are_equal_exactly_where_accounts_are(one in account(), two in account()) {
        let same = canonical_of(std::slice::from_ref(&one), "1") == canonical_of(std::slice::from_ref(&two), "1");
        let digests_agree = digest_of(&write_rows("1", &one)) == digest_of(&write_rows("1", &two));
        prop_assert_eq!(same, digests_agree);
        let mut turned = one.clone();
        turned.2.reverse();
        prop_assert_eq!(digest_of(&write_rows("1", &one)), digest_of(&write_rows("1", &turned)));
    }
}
