//! A source with accounts and people, for the tests of what is made of them.

use muster_model::id::{AccountId, ProfileId};
use muster_model::{AttributeMap, AttributeValue, Source, Timestamp};
use muster_store::{Account, Identity};
use serde_json::{Value, json};

use crate::support::{NOW, Server};

/// The id of the HR source.
pub(crate) const HR: &str = "000000000000000000000000000000a1";

/// Stores a delimited source with the columns of the vendor's template and some more.
pub(crate) fn add_source(server: &Server, id: &str, name: &str) {
    let columns = [
        "id",
        "name",
        "givenName",
        "familyName",
        "e-mail",
        "department",
        "manager",
        "endDate",
    ];
    let attributes: Vec<Value> = columns
        .iter()
        .map(|name| json!({ "name": name, "type": "STRING" }))
        .collect();
    let source: Source = serde_json::from_value(json!({
        "id": id,
        "name": name,
        "type": "DelimitedFile",
        "schemaObjects": [{
            "name": "account",
            "identityAttribute": "id",
            "displayAttribute": "name",
            "attributes": attributes,
        }],
    }))
    .unwrap();
    server.write(|tx| tx.typed::<Source>().put(&source, NOW));
}

/// A mapping of one identity attribute from an account attribute of the HR source.
pub(crate) fn mapped(attribute: &str, from: &str) -> Value {
    json!({
        "identityAttributeName": attribute,
        "transformDefinition": {
            "type": "accountAttribute",
            "attributes": { "attributeName": from, "sourceName": "HR", "sourceId": HR },
        },
    })
}

/// The transform that takes an attribute of the accounts of a source.
pub(crate) fn mapped_from(source: &str, attribute: &str) -> Value {
    json!({
        "type": "accountAttribute",
        "attributes": { "attributeName": attribute, "sourceName": source },
    })
}

/// A mapping that has all that is required.
pub(crate) fn mapping() -> Value {
    json!({
        "enabled": true,
        "attributeTransforms": [
            mapped("uid", "name"),
            mapped("email", "e-mail"),
            mapped("lastname", "familyName"),
        ],
    })
}

/// Creates a profile over a fresh HR source and gives it as the wire shows it.
pub(crate) async fn a_profile(server: &Server) -> Value {
    add_source(server, HR, "HR");
    let body = json!({
        "name": "People",
        "authoritativeSource": { "type": "SOURCE", "id": HR },
        "identityAttributeConfig": mapping(),
    });
    server.post("/identity-profiles/v1", body).await.expect(201)
}

/// One person, as stored by a refresh.
pub(crate) fn person(number: u32, profile: &Value, name: &str) -> Identity {
    let mut attributes = AttributeMap::default();
    let uid = name.to_lowercase();
    attributes.set("uid", AttributeValue::from(uid.as_str()));
    attributes.set("email", AttributeValue::from(format!("{uid}@example.com")));
    attributes.set("firstname", AttributeValue::from(name));
    attributes.set("lastname", AttributeValue::from("Doe"));
    let profile = profile["id"].as_str().unwrap_or_default().parse();
    Identity {
        profile_id: profile.ok().or(Some(ProfileId(1))),
        name: format!("{name} Doe"),
        alias: uid,
        attributes,
        ..muster_testkit::identity(u128::from(number), NOW)
    }
}

/// Stores people.
pub(crate) fn add_people(server: &Server, people: &[Identity]) {
    server.write(|tx| tx.identities().insert(people));
}

/// Stores an account of the HR source for a person.
pub(crate) fn add_account(server: &Server, owner: &Identity, cells: &[(&str, &str)]) {
    let attributes = cells
        .iter()
        .map(|(name, value)| ((*name).into(), AttributeValue::from(*value)))
        .collect();
    let account = Account {
        id: AccountId(owner.id.0 + 1_000),
        source_id: HR.parse().unwrap(),
        native_identity: owner.alias.clone(),
        digest: [0; 16],
        identity_id: Some(owner.id),
        name: owner.alias.clone(),
        disabled: false,
        locked: false,
        manually_correlated: false,
        uncorrelated_reason: None,
        created: Timestamp::from_micros(0),
        modified: NOW,
        attributes,
        origin: None,
    };
    server.write(|tx| tx.accounts().save(&[account]));
}

/// Kind and body of the jobs that wait in the lane of a run, in their order.
pub(crate) fn jobs_of(server: &Server, task: &str) -> Vec<(String, Value)> {
    let lane = format!("refresh:{task}");
    let found = server.read(|tx| {
        tx.fetch(
            "SELECT kind, body FROM job WHERE lane = $1 ORDER BY id",
            &muster_store::args![lane],
            |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)),
        )
    });
    let read = |(kind, body): (String, String)| (kind, serde_json::from_str(&body).unwrap());
    found.into_iter().map(read).collect()
}
