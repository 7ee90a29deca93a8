//! How fast files of people are read, grouped and digested.
//!
//! `PEOPLE=1000000 cargo bench -p muster-connector`; without the variable 100,000 people. The files are
//! made in memory, so that the disk is not measured.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use muster_connector::flat_file::{Options, Reader};
use muster_connector::{Digester, Step};
use muster_model::Schema;
use muster_sample::{Layout, Version, write_csv};

fn main() {
    divan::main();
}

fn people() -> u64 {
    std::env::var("PEOPLE")
        .ok()
        .and_then(|people| people.parse().ok())
        .unwrap_or(100_000)
}

fn file(layout: Layout) -> Vec<u8> {
    let mut file = Vec::new();
    write_csv(layout, people(), 20_260_901, Version::First, &mut file)
        .expect("writing to memory does not fail");
    file
}

fn schema(layout: Layout) -> Schema {
    Schema::from_header(layout.columns()).expect("the layouts have proper names")
}

/// What an aggregation does with every account, changed or not: key and digest.
fn read(file: &[u8], schema: &Schema) -> (u64, u64) {
    let mut reader = Reader::open(file, &Options::default(), schema).expect("the header is sound");
    let mut digester = Digester::new(1);
    let (mut accounts, mut check) = (0, 0);
    while let Some(step) = reader.next_account().expect("memory does not break") {
        if let Step::Account(account) = step {
            accounts += 1;
            check ^= account.key_hash() as u64;
            check ^= u64::from(digester.digest(account)[0]);
        }
    }
    (accounts, check)
}

#[divan::bench(args = [Layout::Template, Layout::Workday], sample_count = 5, sample_size = 1)]
fn read_group_digest(bencher: Bencher, layout: Layout) {
    let (file, schema) = (file(layout), schema(layout));
    bencher
        .counter(ItemsCount::new(people()))
        .counter(BytesCount::new(file.len()))
        .bench_local(|| read(&file, &schema));
}

/// The same with doubled quotes in about half of the rows, which take the slower way.
#[divan::bench(args = [Layout::Workday], sample_count = 5, sample_size = 1)]
fn read_doubled_quotes(bencher: Bencher, layout: Layout) {
    let (file, schema) = (file(layout), schema(layout));
    let file = String::from_utf8_lossy(&file).replace(", ", " \"\"");
    bencher
        .counter(ItemsCount::new(people()))
        .bench_local(|| read(file.as_bytes(), &schema));
}

/// Typed values of every account, as for a first load.
#[divan::bench(args = [Layout::Template, Layout::Workday], sample_count = 5, sample_size = 1)]
fn read_and_convert(bencher: Bencher, layout: Layout) {
    let (file, schema) = (file(layout), schema(layout));
    bencher.counter(ItemsCount::new(people())).bench_local(|| {
        let mut reader =
            Reader::open(&*file, &Options::default(), &schema).expect("the header is sound");
        let mut values = 0;
        while let Some(step) = reader.next_account().expect("memory does not break") {
            if let Step::Account(account) = step {
                values += account.to_attributes().0.len();
            }
        }
        values
    });
}

#[divan::bench(args = [Layout::Template, Layout::Workday], sample_count = 3, sample_size = 1)]
fn make_a_sample(bencher: Bencher, layout: Layout) {
    bencher
        .counter(ItemsCount::new(people()))
        .bench_local(|| file(layout).len());
}
