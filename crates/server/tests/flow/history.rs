//! What a person was: told from the store, against what was seen at the time and what events told.

use std::collections::BTreeMap;

use muster_event::identity::AttributeChange;
use muster_model::Timestamp;
use muster_model::id::IdentityId;
use muster_refresh::history::{AsOf, Change, as_of, changes};
use muster_store::{EventRow, Identity};
use muster_testkit::both_backends;
use serde_json::{Map, Value, json};

use crate::world::World;

const COLUMNS: [&str; 8] = [
    "id",
    "name",
    "givenName",
    "familyName",
    "e-mail",
    "department",
    "manager",
    "status",
];
const HEADER: &str = "id,name,givenName,familyName,e-mail,department,manager,status\n";

fn mappings() -> Value {
    json!({
        "uid": "name", "email": "e-mail", "firstname": "givenName", "lastname": "familyName",
        "identificationNumber": "id", "department": "department", "cloudLifecycleState": "status",
    })
}

/// Six days: people join, move, are renamed, lose what is required, leave and return; managers come
/// after those who name them.
const DAYS: [&str; 6] = [
    "3,cy,Cy,Third,cy@x.org,Sales,1,active\n1,ann,Ann,Boss,ann@x.org,Board,,active\n2,bob,Bob,Second,bob@x.org,Sales,1,active\n4,dee,Dee,Fourth,,Sales,1,active\n",
    "3,cy,Cy,Third,cy@x.org,IT,2,leave\n1,ann,Ann,Boss,ann@x.org,Board,,active\n2,bob,Bob,Second,bob@x.org,,1,active\n4,dee,Dee,Fourth,dee@x.org,Sales,1,active\n",
    "1,anna,Anna,Boss,ann@x.org,Board,1,active\n2,bob,Bob,Second,bob@x.org,,1,active\n4,dee,Dee,Fourth,dee@x.org,Sales,2,active\n",
    "1,anna,Anna,Boss,ann@x.org,Board,,active\n2,bob,Bob,,bob@x.org,Board,1,active\n4,dee,Dee,Fourth,dee@x.org,Sales,2,active\n",
    "1,anna,Anna,Boss,ann@x.org,Board,,active\n2,bob,Bob,New,bob@x.org,Board,3,active\n3,cy,Cy,Third,cy@x.org,IT,2,active\n4,dee,Dee,Fourth,dee@x.org,Sales,3,\n",
    "1,anna,Anna,Boss,ann@x.org,Board,,active\n2,bob,Bob,New,bob@x.org,Board,3,active\n3,cy,Cy,Third,cy@x.org,IT,2,active\n4,dee,Dee,Fourth,dee@x.org,Sales,3,\n",
];

type Day = (Timestamp, BTreeMap<IdentityId, Identity>);

/// Lives through all days; gives who was visible at the end of each.
fn live(world: &World<'_>) -> Vec<Day> {
    let mut days = Vec::new();
    for rows in DAYS {
        world.load(&format!("{HEADER}{rows}"));
        world.pass_hours(24);
        let seen = world.identities().into_iter();
        let seen = seen.filter(|one| one.stage.is_announced());
        days.push((world.now(), seen.map(|one| (one.id, one)).collect()));
    }
    days
}

fn history(world: &World<'_>, identity: &Identity) -> Vec<Change> {
    let all = |tx: &mut muster_store::Tx<'_>| changes(tx, identity.clone(), 0, 250);
    world.org().read(all).unwrap()
}

/// Attributes by name: before and after.
fn as_told(changes: &[AttributeChange]) -> BTreeMap<String, (Value, Value)> {
    let one = |change: &AttributeChange| {
        (
            change.attribute.to_string(),
            (json!(change.old), json!(change.new)),
        )
    };
    changes.iter().map(one).collect()
}

/// The same as an event tells it.
fn as_event(event: &EventRow) -> BTreeMap<String, (Value, Value)> {
    let body: Value = serde_json::from_str(&event.body).unwrap();
    if let Some(attributes) = body["attributes"].as_object() {
        let one = |(name, value): (&String, &Value)| (name.clone(), (Value::Null, value.clone()));
        return attributes.iter().map(one).collect();
    }
    let changes = body["changes"].as_array().unwrap().iter();
    changes
        .map(|change| {
            let name = change["attribute"].as_str().unwrap().to_owned();
            (
                name,
                (change["oldValue"].clone(), change["newValue"].clone()),
            )
        })
        .collect()
}

both_backends! {
    fn everybody_is_found_again_as_they_were_at_each_moment(store: TestStore) {
        let world = World::new(store, &COLUMNS, &mappings());
        let days = live(&world);
        assert!(days[2].1.len() == 4, "somebody has left and is still known");
        for current in world.identities() {
            for (moment, seen) in &days {
                let then = world.org().read(|tx| as_of(tx, current.clone(), *moment)).unwrap();
                match seen.get(&current.id) {
                    Some(seen) => assert_eq!(then, AsOf::Known(Box::new(seen.clone()))),
                    None => assert!(
                        matches!(then, AsOf::Begins(begin) if begin > *moment),
                        "{} was not there yet: {then:?}", current.alias
                    ),
                }
            }
        }
    }

    fn the_history_is_what_the_events_told(store: TestStore) {
        let world = World::new(store, &COLUMNS, &mappings());
        live(&world);
        let events = world.events();
        for identity in world.identities() {
            let subject = identity.id.to_string();
            let told = events.iter().filter(|event| {
                event.subject == subject && event.trigger_id.starts_with("idn:identity-")
            });
            let mut history = history(&world, &identity);
            history.reverse();
            let (heard, silent): (Vec<&Change>, Vec<&Change>) =
                history.iter().partition(|change| change.event.is_some());
            assert_eq!(heard.len(), told.clone().count(), "{}", identity.alias);
            let mut folded = Map::new();
            for (change, event) in heard.into_iter().zip(told) {
                let which = change.event.unwrap();
                assert_eq!((which.id, which.trigger), (event.id, &*event.trigger_id));
                assert_eq!((change.at, change.cause.to_string()), (event.created, event.cause.clone()));
                assert_eq!(as_told(&change.attributes), as_event(event));
                for (name, (before, after)) in as_event(event) {
                    assert_eq!(folded.remove(&name).unwrap_or_default(), before, "{name}");
                    if !after.is_null() {
                        folded.insert(name, after);
                    }
                }
            }
            for change in silent {
                assert!(change.attributes.is_empty() && !change.members.is_empty(), "{change:?}");
            }
            let mut stored = json!(identity.attributes);
            // A manager's new name is no change of those who report to them.
            for manager in [folded.get_mut("manager"), stored.get_mut("manager")].into_iter().flatten() {
                manager["name"] = Value::Null;
            }
            assert_eq!(Value::Object(folded), stored);
        }
    }

    fn an_account_knows_the_line_and_the_run_it_was_last_written_from(store: TestStore) {
        let world = World::new(store, &COLUMNS, &mappings());
        let header = HEADER.trim_end();
        let first = world.load(&format!("{header}\n1,a,A,A,a@x.org,X,,\n2,b,B,B,\"b@\nx.org\",X,,\n\n3,c,C,C,c@x.org,X,,\n"));
        let moved = world.load(&format!("{header}\n3,c,C,C,c@x.org,Y,,\n1,a,A,A,a@x.org,X,,\n2,b,B,B,\"b@\nx.org\",X,,\n"));
        let origin = |native: &str| {
            let account = world.org().read(|tx| tx.accounts().find_each(crate::world::HR, &[native]));
            let origin = account.unwrap().remove(0).unwrap().origin.unwrap();
            (origin.line, origin.task)
        };
        // Unchanged accounts are not written, so they speak of the file before.
        assert_eq!(origin("1"), (2, first.id));
        assert_eq!(origin("2"), (3, first.id));
        assert_eq!(origin("3"), (2, moved.id));
    }
}
