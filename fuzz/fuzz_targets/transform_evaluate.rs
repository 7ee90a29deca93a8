//! Any JSON parses as a transform or is refused; what parses evaluates, with a trace or without, to
//! the same. The input is a transform, a line break and the value that goes in.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_model::{AttributeMap, AttributeName, AttributeValue, Timestamp};
use muster_transform::{Account, Context, Identity, SeededRandom, Transform};
use serde_json::Value;

/// Somebody whose every attribute is the input.
struct Person {
    input: Option<AttributeValue>,
    attributes: AttributeMap,
    random: SeededRandom,
}

impl Person {
    fn of(input: Option<AttributeValue>) -> Self {
        let names = ["a", "department", "uid", "email", "startDate"];
        let attributes = names
            .iter()
            .flat_map(|name| Some((AttributeName::from(*name), input.clone()?)))
            .collect();
        Person {
            input,
            attributes,
            random: SeededRandom::new(1),
        }
    }
}

impl Context for Person {
    fn now(&self) -> Timestamp {
        Timestamp::default()
    }

    fn random_bits(&self) -> u64 {
        self.random.next_bits()
    }

    fn input(&self) -> Option<&AttributeValue> {
        self.input.as_ref()
    }

    fn account(&self, index: usize) -> Option<Account<'_>> {
        (index < 2).then(|| Account {
            source_name: "HR",
            source_id: "1",
            application_name: "HR",
            id: "2",
            created: Timestamp::default(),
            native_identity: "a",
            display_name: "a",
            disabled: index == 1,
            attributes: &self.attributes,
        })
    }

    fn identity(&self) -> Option<Identity<'_>> {
        Some(Identity {
            id: "1",
            uid: "a",
            display_name: "a",
            is_manager: false,
            attributes: &self.attributes,
        })
    }
}

fuzz_target!(|text: &str| {
    let (transform, input) = text.split_once('\n').unwrap_or((text, "null"));
    let Ok(json) = serde_json::from_str::<Value>(transform) else {
        return;
    };
    let Ok(transform) = Transform::parse(&json) else {
        return;
    };
    let input: Option<AttributeValue> = serde_json::from_str(input).unwrap_or_default();
    let plain = transform.evaluate(&Person::of(input.clone()));
    let (traced, _) = transform.evaluate_traced(&Person::of(input));
    assert_eq!(
        plain.map_err(|error| error.to_string()),
        traced.map_err(|error| error.to_string())
    );
});
