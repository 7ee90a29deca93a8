//! The catalogue: every trigger whose events Muster makes, with its schema and an example.
//!
//! Fixed and read-only (event-triggers.md §1.1, §2.0). Examples are built by the same functions as
//! real events, so the two cannot drift apart. Triggers whose source of events is not planned are
//! left out.

mod access_request;
mod account;
mod account_happened;
mod aggregation;
mod certification;
pub mod feature;
mod identity;
mod native_change;
mod provisioning;
mod schema;
mod search;
mod source;
mod source_account;
mod test;

use crate::Value;

/// Whether anybody waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Subscribers are told, and that is all.
    FireAndForget,
    /// The one subscriber answers, and a business process waits for it.
    RequestResponse,
}

impl Kind {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FireAndForget => "FIRE_AND_FORGET",
            Self::RequestResponse => "REQUEST_RESPONSE",
        }
    }
}

/// Who sees a trigger in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Everyone.
    Listed,
    /// Orgs that have the feature flag; for others it does not exist (event-triggers.md §1.13).
    Flagged(&'static str),
    /// Nobody: withdrawn from the vendor's list, still published, still subscribable.
    Withdrawn,
}

/// What an answer looks like.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    schema: fn() -> serde_json::Value,
    example: fn() -> Value,
    /// Answers that say "nothing" in ways which the schema does not have.
    says_nothing: fn(&serde_json::Value) -> bool,
}

/// A kind of event that one may subscribe to.
#[derive(Clone, Copy, Debug)]
pub struct Trigger {
    /// Its id, such as `idn:identity-created`.
    pub id: &'static str,
    /// Its display name.
    pub name: &'static str,
    /// Whether anybody waits for an answer.
    pub kind: Kind,
    /// What it tells, in a sentence or two.
    pub description: &'static str,
    /// Who sees it.
    pub visibility: Visibility,
    input_schema: fn() -> serde_json::Value,
    example_input: fn() -> Value,
    output: Option<Output>,
}

impl Trigger {
    /// The JSON Schema of its events; on the wire it is a string.
    pub fn input_schema(&self) -> serde_json::Value {
        (self.input_schema)()
    }

    /// An event as it might happen.
    pub fn example_input(&self) -> Value {
        (self.example_input)()
    }

    /// The JSON Schema of an answer, where one is awaited.
    pub fn output_schema(&self) -> Option<serde_json::Value> {
        self.output.map(|output| (output.schema)())
    }

    /// An answer as it might be given.
    pub fn example_output(&self) -> Option<Value> {
        self.output.map(|output| (output.example)())
    }

    /// Whether an answer says "nothing", in one of the ways that the vendor's documents allow although
    /// the output schema does not.
    pub fn says_nothing(&self, answer: &serde_json::Value) -> bool {
        self.output
            .is_some_and(|output| (output.says_nothing)(answer))
    }

    /// The feature flag that an org needs for it.
    pub const fn feature_flag(&self) -> Option<&'static str> {
        match self.visibility {
            Visibility::Flagged(flag) => Some(flag),
            Visibility::Listed | Visibility::Withdrawn => None,
        }
    }

    /// The trigger as `GET /triggers` shows it.
    pub fn to_wire(&self) -> serde_json::Value {
        let json = |value: Value| serde_json::to_value(value).unwrap_or_default();
        serde_json::json!({
            "id": self.id,
            "name": self.name,
            "type": self.kind.as_str(),
            "description": self.description,
            "inputSchema": self.input_schema().to_string(),
            "exampleInput": json(self.example_input()),
            "outputSchema": self.output_schema().map(|schema| schema.to_string()),
            "exampleOutput": self.example_output().map(json),
        })
    }
}

/// Every trigger, flagged and withdrawn ones included, in the order of their ids.
pub fn all() -> impl Iterator<Item = &'static Trigger> {
    const FAMILIES: &[&[Trigger]] = &[
        access_request::TRIGGERS,
        account::TRIGGERS,
        account_happened::TRIGGERS,
        aggregation::TRIGGERS,
        certification::TRIGGERS,
        identity::TRIGGERS,
        native_change::TRIGGERS,
        provisioning::TRIGGERS,
        search::TRIGGERS,
        source::TRIGGERS,
        source_account::TRIGGERS,
        test::TRIGGERS,
    ];
    let mut all: Vec<&'static Trigger> = FAMILIES.iter().copied().flatten().collect();
    all.sort_by_key(|trigger| trigger.id);
    all.into_iter()
}

/// The trigger of that id, whoever may see it.
pub fn find(id: &str) -> Option<&'static Trigger> {
    all().find(|trigger| trigger.id == id)
}

/// The triggers that an org with these flags lists.
pub fn listed(flags: &feature::Flags) -> impl Iterator<Item = &'static Trigger> {
    all().filter(|trigger| trigger.visibility != Visibility::Withdrawn && flags.allow(trigger))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use serde_json::json;

    use super::*;

    #[test]
    fn each_example_satisfies_its_own_schema() {
        for trigger in all() {
            let schema = jsonschema::validator_for(&trigger.input_schema()).unwrap();
            let example = serde_json::to_value(trigger.example_input()).unwrap();
            let verdict = schema.validate(&example);
            assert!(verdict.is_ok(), "{}: {verdict:?}", trigger.id);
            assert!(!schema.is_valid(&json!({})), "{}", trigger.id);
            if let Some(output) = trigger.output_schema() {
                assert!(!trigger.says_nothing(&json!(7)), "{}", trigger.id);
                let answer = serde_json::to_value(trigger.example_output()).unwrap();
                assert!(jsonschema::is_valid(&output, &answer), "{}", trigger.id);
            }
        }
    }

    #[test]
    fn each_example_satisfies_the_public_schema() {
        const PUBLIC: &[(&str, &str)] = &[
            (
                "idn:account-aggregation-completed",
                "Account Aggregation Completed",
            ),
            (
                "idn:account-attributes-changed",
                "Account Attributes Changed",
            ),
            ("idn:account-correlated", "Account Correlated"),
            ("idn:account-uncorrelated", "Account Uncorrelated"),
            (
                "idn:aggregation-accounts-collected",
                "Accounts Collected for Aggregation",
            ),
            (
                "idn:identity-attributes-changed",
                "Identity Attributes Changed",
            ),
            ("idn:identity-created", "Identity Created"),
            ("idn:identity-deleted", "Identity Deleted"),
            ("idn:post-provisioning", "Provisioning Completed"),
            ("idn:saved-search-complete", "Saved Search Complete"),
            ("idn:source-account-created", "Source Account Created"),
            ("idn:source-account-deleted", "Source Account Deleted"),
            ("idn:source-account-updated", "Source Account Updated"),
            ("idn:source-created", "Source Created"),
            ("idn:source-deleted", "Source Deleted"),
            ("idn:source-updated", "Source Updated"),
        ];
        let spec = public_description();
        let schemas = spec["components"]["schemas"].as_object().unwrap();
        for (id, title) in PUBLIC.iter().copied() {
            let (name, _) = schemas
                .iter()
                .find(|(name, schema)| {
                    let plain = title.replace(' ', "").to_lowercase();
                    let found = name.split('_').next().unwrap_or_default().to_lowercase();
                    schema["title"] == title && found == plain
                })
                .unwrap_or_else(|| panic!("the public description has no schema `{title}`"));
            satisfies_public(&spec, name, &find(id).unwrap().example_input());
        }
    }

    pub(super) fn satisfies_public(spec: &serde_json::Value, name: &str, event: &Value) {
        let schema = json!({
            "$ref": format!("#/components/schemas/{name}"),
            "components": spec["components"],
        });
        let event = serde_json::to_value(event).unwrap();
        let verdict = jsonschema::validator_for(&schema).unwrap().validate(&event);
        assert!(verdict.is_ok(), "{name}: {verdict:?}");
    }

    /// OpenAPI 3.0 says `nullable`, JSON Schema does not know it.
    pub(super) fn public_description() -> serde_json::Value {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..");
        let path = root.join("shared/spec/spec-tier1.json");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|_| {
            panic!(
                "{} is missing: put the public API description there",
                path.display()
            )
        });
        let mut spec = serde_json::from_str(&text).unwrap();
        open_nullable(&mut spec);
        spec
    }

    fn open_nullable(schema: &mut serde_json::Value) {
        match schema {
            serde_json::Value::Object(members) => {
                members.values_mut().for_each(open_nullable);
                if members.get("nullable") == Some(&json!(true)) {
                    let inner = serde_json::Value::Object(std::mem::take(members));
                    *schema = json!({"anyOf": [{"type": "null"}, inner]});
                }
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(open_nullable),
            _ => {}
        }
    }

    #[test]
    fn the_change_example_shows_strings_only() {
        let example = serde_json::to_value(
            find(crate::IDENTITY_ATTRIBUTES_CHANGED)
                .unwrap()
                .example_input(),
        )
        .unwrap();
        for change in example["changes"].as_array().unwrap() {
            assert!(change["oldValue"].is_string() && change["newValue"].is_string());
        }
    }

    #[test]
    fn provisioning_completed_is_listed_with_its_flag_only() {
        let without = feature::Flags::default();
        assert!(listed(&without).all(|trigger| trigger.id != "idn:post-provisioning"));
        let with = feature::Flags::of([feature::POST_PROVISIONING]);
        assert!(listed(&with).any(|trigger| trigger.id == "idn:post-provisioning"));
        assert!(listed(&with).all(|trigger| trigger.id != crate::ACCOUNT_UNCORRELATED));
    }

    #[test]
    fn the_wire_shows_the_schema_as_text_and_no_output_where_nobody_answers() {
        for trigger in all() {
            let wire = trigger.to_wire();
            let schema: serde_json::Value =
                serde_json::from_str(wire["inputSchema"].as_str().unwrap()).unwrap();
            assert!(
                schema["$ref"]
                    .as_str()
                    .unwrap()
                    .starts_with("#/definitions/record:")
            );
            let silent = trigger.kind == Kind::FireAndForget;
            assert_eq!(wire["outputSchema"].is_null(), silent);
            assert_eq!(wire["exampleOutput"].is_null(), silent);
        }
    }
}
