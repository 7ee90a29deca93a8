//! Two extracts of a made-up company, read through the contract, give the statistics that are true.

use std::collections::HashMap;

use muster_connector::flat_file::{FlatFile, Options};
use muster_connector::{Connector, Digest, Digester, Feature, Step};
use muster_model::Schema;
use muster_sample::{Layout, Statistics, Version, truth, write_csv};

const ROWS: u64 = 3_000;
const SEED: u64 = 20_260_901;

fn digests(layout: Layout, version: Version) -> HashMap<u128, Digest> {
    let mut file = Vec::new();
    write_csv(layout, ROWS, SEED, version, &mut file).expect("memory takes it all");
    let schema = Schema::from_header(layout.columns()).expect("the layout has proper names");
    let mut connector = FlatFile::new(Options::default(), schema, || Ok(file.as_slice()));
    assert!(connector.features().has(Feature::NoRandomAccess));
    connector.test().expect("the header is sound");
    let mut accounts = connector.read_accounts().expect("the header is sound");
    let mut digester = Digester::new(1);
    let mut digests = HashMap::new();
    while let Some(step) = accounts.next_account().expect("the file is whole") {
        match step {
            Step::Account(account) => {
                assert!(account.warnings().is_empty(), "{account:?}");
                let earlier = digests.insert(account.key_hash(), digester.digest(account));
                assert!(earlier.is_none(), "rows of a person stand together");
            }
            Step::Rejected(rejected) => panic!("{rejected:?}"),
        }
    }
    digests
}

#[test]
fn digests_tell_exactly_who_changed() {
    for layout in Layout::ALL {
        let before = digests(layout, Version::First);
        let after = digests(layout, Version::Second);
        let mut found = Statistics {
            scanned: after.len() as u64,
            removed: before.keys().filter(|key| !after.contains_key(key)).count() as u64,
            ..Statistics::default()
        };
        for (key, digest) in &after {
            match before.get(key) {
                None => found.added += 1,
                Some(earlier) if earlier == digest => found.unchanged += 1,
                Some(_) => found.changed += 1,
            }
        }
        assert_eq!(found, truth(layout, ROWS, SEED).v1_to_v2, "{layout:?}");
    }
}
