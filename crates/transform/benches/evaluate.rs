//! What one evaluation costs: `cargo bench -p muster-transform`. Prints nanoseconds per evaluation.

use std::hint::black_box;
use std::time::Instant;

use muster_model::{AttributeMap, AttributeValue, Timestamp};
use muster_transform::{Account, Context, Identity, SeededRandom, Transform};
use serde_json::{Value, json};

const ROUNDS: u32 = 300_000;

struct Person {
    account: AttributeMap,
    identity: AttributeMap,
    input: AttributeValue,
    random: SeededRandom,
    lower: Transform,
}

impl Context for Person {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000)
    }

    fn random_bits(&self) -> u64 {
        self.random.next_bits()
    }

    fn input(&self) -> Option<&AttributeValue> {
        Some(&self.input)
    }

    fn account(&self, index: usize) -> Option<Account<'_>> {
        const SOURCES: [&str; 3] = ["AD", "HR", "Badge"];
        Some(Account {
            source_name: SOURCES.get(index)?,
            source_id: "",
            application_name: "",
            id: "",
            created: Timestamp::default(),
            native_identity: "1001",
            display_name: "Ann Lee",
            disabled: false,
            attributes: &self.account,
        })
    }

    fn identity(&self) -> Option<Identity<'_>> {
        Some(Identity {
            id: "1",
            uid: "ann.lee",
            display_name: "Ann Lee",
            is_manager: false,
            attributes: &self.identity,
        })
    }

    fn transform(&self, _: &str) -> Option<&Transform> {
        Some(&self.lower)
    }
}

fn main() {
    let account = |name: &str| json!({"type": "accountAttribute", "attributes": {"sourceName": "HR", "attributeName": name}});
    let with =
        |operation: &str, attributes: Value| json!({"type": operation, "attributes": attributes});
    let cases = [
        ("accountAttribute", account("lastname")),
        ("accountAttribute, number", account("rank")),
        ("static", with("static", json!({"value": "Employee"}))),
        (
            "lower",
            with("lower", json!({"input": account("lastname")})),
        ),
        (
            "concat of three",
            with(
                "concat",
                json!({"values": [account("firstname"), " ", account("lastname")]}),
            ),
        ),
        (
            "firstValid",
            with(
                "firstValid",
                json!({"values": [account("nothing"), account("lastname")]}),
            ),
        ),
        (
            "lookup",
            with(
                "lookup",
                json!({"input": account("firstname"), "table": {"Ann": "A", "default": "B"}}),
            ),
        ),
        (
            "substring",
            with("substring", json!({"begin": 0, "end": 1})),
        ),
        ("reference", with("reference", json!({"id": "Lower"}))),
        (
            "replace",
            with("replace", json!({"regex": "[^a-zA-Z]", "replacement": ""})),
        ),
        (
            "split",
            with("split", json!({"delimiter": "-", "index": 1})),
        ),
        (
            "conditional",
            with(
                "conditional",
                json!({"expression": "$d eq Ann", "positiveCondition": "y",
            "negativeCondition": "n", "d": account("firstname")}),
            ),
        ),
        (
            "static template",
            with(
                "static",
                json!({"value": "#if($d=='Ann')Full-Time#{else}Other#end",
            "d": account("firstname")}),
            ),
        ),
        (
            "dateFormat",
            with(
                "dateFormat",
                json!({"input": account("hired"), "inputFormat": "yyyy-MM-dd",
            "outputFormat": "ISO8601"}),
            ),
        ),
        (
            "dateMath",
            with("dateMath", json!({"expression": "now+7d/d"})),
        ),
        (
            "normalizeNames",
            with("normalizeNames", json!({"input": account("lastname")})),
        ),
        (
            "decomposeDiacriticalMarks",
            with("decomposeDiacriticalMarks", json!({"input": "Việt Phạm"})),
        ),
        ("iso3166", with("iso3166", json!({"input": "Germany"}))),
        (
            "e164phone",
            with("e164phone", json!({"input": "512-777-2222"})),
        ),
        (
            "usernameGenerator",
            with(
                "usernameGenerator",
                json!({"patterns": ["$fn.$ln${uniqueCounter}"],
            "fn": account("firstname"), "ln": account("lastname")}),
            ),
        ),
    ];
    let map = |entries: Value| serde_json::from_value(entries).expect("attributes");
    let person = Person {
        account: map(
            json!({"id": "1001", "firstname": "Ann", "lastname": "LEE", "rank": 4,
            "email": "ann@example.com", "hired": "2020-12-12", "department": "Science"}),
        ),
        identity: map(json!({"uid": "ann.lee"})),
        input: AttributeValue::from("2020-07-10"),
        random: SeededRandom::new(1),
        lower: Transform::parse(&json!({"name": "Lower", "type": "lower"})).expect("a transform"),
    };
    for (name, json) in cases {
        let transform = Transform::parse(&json).expect("a transform");
        for _ in 0..1_000 {
            let _ = black_box(transform.evaluate(&person));
        }
        let start = Instant::now();
        for _ in 0..ROUNDS {
            let _ = black_box(transform.evaluate(black_box(&person)));
        }
        let each = start.elapsed().as_nanos() / u128::from(ROUNDS);
        println!("{name:28} {each:>7} ns");
    }
}
