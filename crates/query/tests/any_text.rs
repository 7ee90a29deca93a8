//! Reading never panics, whatever the text; and what was read and written back reads the same.

mod support;

use muster_query::{Filter, Page, PageRules, Patch, PatchRules, RawPage, Sort};
use serde_json::{Value, json};

use support::{Dice, FIELDS};

const PIECES: [&str; 44] = [
    "name",
    "owner.id",
    "count",
    "created",
    "tags",
    "eq",
    "ne",
    "gt",
    "sw",
    "co",
    "in",
    "ca",
    "isnull",
    "pr",
    "and",
    "or",
    "not",
    "(",
    ")",
    ",",
    "\"",
    "\\",
    "'",
    "=",
    "==",
    "!",
    "<>",
    "&&",
    " ",
    " ",
    " ",
    "\t",
    "\"x\"",
    "\"a\\\"b\"",
    "true",
    "null",
    "42",
    "-1.5e3",
    "2018-05",
    "EQ",
    "ü",
    "\u{0}",
    "\u{1f}",
    "\u{10ffff}",
];

fn noise(dice: &mut Dice) -> String {
    (0..dice.roll(24)).map(|_| dice.pick(&PIECES)).collect()
}

#[test]
fn no_text_makes_the_readers_panic() {
    let mut dice = Dice::new(1);
    for _ in 0..200_000 {
        let text = noise(&mut dice);
        if let Ok(filter) = Filter::parse(&text)
            && let Ok(checked) = filter.check(FIELDS)
        {
            checked.matches(&json!({"name": "x", "count": 42, "tags": ["x"]}));
            checked.to_sql(1).unwrap();
        }
        if let Err(error) = Sort::parse(&text, FIELDS) {
            assert!(error.to_string().ends_with(error.remedy()));
        }
        let raw = RawPage {
            limit: Some(&text),
            offset: Some(&text),
            count: Some(&text),
        };
        let page: Option<Page> = PageRules::STANDARD.read(raw).ok();
        assert_eq!(page, None, "{text}");
    }
}

#[test]
fn what_was_written_back_reads_the_same() {
    let mut dice = Dice::new(2);
    let mut read = 0;
    for round in 0..60_000 {
        let text = if round % 3 == 0 {
            support::filter(&mut dice, 4)
        } else {
            noise(&mut dice)
        };
        let Ok(filter) = Filter::parse(&text) else {
            continue;
        };
        let written = filter.to_string();
        assert_eq!(
            Filter::parse(&written).as_ref(),
            Ok(&filter),
            "{text}\n{written}"
        );
        read += 1;
    }
    assert!(read > 20_000, "only {read} of the texts were filters");
}

#[test]
fn no_patch_makes_the_reader_panic_or_touches_what_is_fixed() {
    let mut dice = Dice::new(3);
    let document = json!({"id": 1, "name": "n", "list": [1, {"id": 2}], "object": {"id": 3}});
    let rules = PatchRules::new(&["*"]).fixed(&["id", "object/id"]);
    let paths = [
        "",
        "/",
        "/id",
        "/name",
        "/list",
        "/list/0",
        "/list/1/id",
        "/list/-",
        "/list/99",
        "/object",
        "/object/id",
        "/object/new",
        "/a~1b",
        "/~",
        "x",
        "/new",
    ];
    let values = [
        json!(null),
        json!(false),
        json!(1),
        json!([1]),
        json!({"id": 3}),
        json!("x"),
    ];
    let words = ["add", "remove", "replace", "move", "copy", "test", "ADD"];
    let mut applied = 0;
    for _ in 0..50_000 {
        let operations: Vec<Value> = (0..=dice.roll(3))
            .map(|_| {
                let mut operation = json!({
                    "op": dice.pick(&words),
                    "path": dice.pick(&paths),
                    "from": dice.pick(&paths),
                });
                if dice.roll(6) > 0 {
                    operation["value"] = values[dice.roll(values.len())].clone();
                }
                operation
            })
            .collect();
        let result =
            Patch::read(&json!(operations)).and_then(|patch| patch.apply(&document, rules));
        match result {
            Ok(patched) => {
                assert_eq!(patched["id"], document["id"]);
                assert_eq!(patched["object"]["id"], document["object"]["id"]);
                applied += 1;
            }
            Err(error) => assert!(error.to_string().ends_with(error.remedy())),
        }
    }
    assert!(applied > 1_000, "only {applied} patches were applied");
}
