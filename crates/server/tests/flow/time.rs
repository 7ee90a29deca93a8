//! What time brings: lifecycle states that people set, dates that flip, identities that nothing needs.

use muster_model::{LifecycleState, OrgSettings};
use muster_store::{ManualState, Stage};
use muster_testkit::{TestStore, both_backends};
use serde_json::{Value, json};

use crate::world::{HR, World, profile};

const COLUMNS: [&str; 6] = ["id", "name", "familyName", "e-mail", "status", "endDate"];
const HEADER: &str = "id,name,familyName,e-mail,status,endDate\n";
const CHANGED: &str = "idn:identity-attributes-changed";

fn mappings(lifecycle: &Value) -> Value {
    json!({
        "uid": "name", "email": "e-mail", "lastname": "familyName", "cloudLifecycleState": lifecycle,
    })
}

/// active until the account's end date, then terminated; looked at periodically or not.
fn until_end_date(periodically: bool) -> Value {
    json!({"type": "dateCompare", "attributes": {
        "firstDate": {"type": "accountAttribute", "attributes": {"sourceName": "HR", "attributeName": "endDate"}},
        "secondDate": "now", "operator": "GT",
        "positiveCondition": "active", "negativeCondition": "terminated",
        "requiresPeriodicRefresh": periodically,
    }})
}

fn state(technical_name: &str, identity_state: &str) -> LifecycleState {
    serde_json::from_value(json!({
        "id": technical_name, "name": technical_name, "technicalName": technical_name,
        "enabled": true, "identityState": identity_state,
        "identityProfileId": profile("p1", HR, &json!({})).id,
    }))
    .unwrap()
}

/// A world whose clock stands at 22:13 on the 14th of November 2023, with the schedules of an org.
fn world<'a>(store: &'a TestStore, lifecycle: &Value) -> World<'a> {
    let world = World::new(store, &COLUMNS, &mappings(lifecycle));
    for (name, kind) in [
        ("active", "ACTIVE"),
        ("inactive", "INACTIVE_SHORT_TERM"),
        ("leave", "INACTIVE_SHORT_TERM"),
        ("gone", "INACTIVE_LONG_TERM"),
    ] {
        world.put(&state(name, kind));
    }
    let (settings, now) = (OrgSettings::default(), world.now());
    world
        .org()
        .write(|tx| {
            muster_refresh::periodic::ensure(tx, &settings, now)?;
            muster_refresh::deletion::ensure(tx, &settings, now)
        })
        .unwrap();
    world
}

fn lifecycle(world: &World<'_>, alias: &str) -> String {
    let identity = world.identity(alias);
    identity
        .attributes
        .get("cloudLifecycleState")
        .unwrap()
        .to_text()
}

fn row(number: u32, status: &str, end: &str) -> String {
    format!("{number},user{number},Name,u{number}@x.org,{status},{end}\n")
}

/// As `POST /identities/{id}/set-lifecycle-state` does.
fn set_by_hand(world: &World<'_>, alias: &str, state: &str) {
    let identity = world.identity(alias);
    let manual = ManualState {
        state: state.to_owned(),
        calculated: Some(lifecycle(world, alias)),
        set_at: world.now(),
    };
    world
        .org()
        .write(|tx| tx.manual_lifecycle().set(identity.id, &manual))
        .unwrap();
    world.process(&profile("p1", HR, &json!({})).id);
}

fn is_manual(world: &World<'_>, alias: &str) -> bool {
    let id = world.identity(alias).id;
    let found = world.org().read(|tx| tx.manual_lifecycle().of(&[id]));
    found.unwrap().contains_key(&id)
}

both_backends! {
    fn case_43_a_date_that_passes_is_told_at_the_next_scheduled_refresh(store: TestStore) {
        let world = world(store, &until_end_date(true));
        world.load(&format!("{HEADER}{}", row(1, "", "2023-11-15T12:00:00.000Z")));
        world.run();
        assert!(world.told(CHANGED).is_empty());
        world.pass_hours(10);
        world.run();
        assert!(world.told(CHANGED).is_empty(), "at 08:13 the date has not passed");
        world.pass_hours(12);
        let runs = world.tasks().len();
        world.run();
        assert_eq!(world.tasks().len(), runs + 1, "the run of 20:00");
        let told = world.told(CHANGED);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["changes"], json!([
            {"attribute": "cloudLifecycleState", "oldValue": "active", "newValue": "terminated"},
        ]));
        let run = &world.tasks()[0];
        assert_eq!((run.launcher.as_str(), run.completion_status.as_deref()), ("schedule", Some("SUCCESS")));
    }

    fn case_44_without_the_wish_nothing_happens_until_somebody_asks(store: TestStore) {
        let world = world(store, &until_end_date(false));
        world.load(&format!("{HEADER}{}", row(1, "", "2023-11-15T12:00:00.000Z")));
        world.pass_hours(22);
        let runs = world.tasks().len();
        world.run();
        assert_eq!(world.tasks().len(), runs);
        assert!(world.told(CHANGED).is_empty());
        world.process(&profile("p1", HR, &json!({})).id);
        assert_eq!(world.told(CHANGED).len(), 1);
    }

    fn case_49_a_state_set_by_hand_holds_until_the_calculated_one_changes(store: TestStore) {
        let world = world(store, &json!("status"));
        world.load(&format!("{HEADER}{}", row(1, "active", "")));
        set_by_hand(&world, "user1", "inactive");
        assert_eq!(lifecycle(&world, "user1"), "inactive");
        assert_eq!(world.identity("user1").lifecycle.as_deref(), Some("inactive"));
        assert_eq!(world.told(CHANGED).len(), 1);
        world.load_into(HR, &format!("{HEADER}{}", row(1, "active", "")), false);
        assert_eq!((lifecycle(&world, "user1").as_str(), is_manual(&world, "user1")), ("inactive", true));
        world.load(&format!("{HEADER}{}", row(1, "leave", "")));
        assert_eq!((lifecycle(&world, "user1").as_str(), is_manual(&world, "user1")), ("leave", false));
        world.load(&format!("{HEADER}{}", row(1, "active", "")));
        assert_eq!(lifecycle(&world, "user1"), "active");
    }

    fn a_calculated_state_that_comes_to_the_same_ends_the_manual_one(store: TestStore) {
        let world = world(store, &json!("status"));
        world.load(&format!("{HEADER}{}", row(1, "active", "")));
        set_by_hand(&world, "user1", "leave");
        world.load(&format!("{HEADER}{}", row(1, "leave", "")));
        assert!(!is_manual(&world, "user1"));
        world.load(&format!("{HEADER}{}", row(1, "active", "")));
        assert_eq!(lifecycle(&world, "user1"), "active");
    }

    fn case_51_people_away_for_long_are_refreshed_by_aggregation_alone(store: TestStore) {
        let mut map = mappings(&json!("status"));
        map["today"] = json!({"type": "dateMath", "attributes": {
            "expression": "now/d", "requiresPeriodicRefresh": true}});
        let world = world(store, &json!("status"));
        world.put_profile(&profile("p1", HR, &map));
        let rows = |name: &str| {
            format!("{HEADER}{}{}", row(1, "active", ""), row(2, "gone", "").replace("Name", name))
        };
        world.load(&rows("Name"));
        world.pass_hours(22);
        world.run();
        let told = world.told(CHANGED);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["identity"]["id"], world.identity("user1").id.to_string());
        world.load(&rows("Renamed"));
        let told = world.told(CHANGED);
        assert_eq!(told.len(), 2);
        assert_eq!(told[1]["identity"]["id"], world.identity("user2").id.to_string());
    }

    fn at_night_identities_go_that_nothing_needs(store: TestStore) {
        let world = world(store, &json!("status"));
        let mut source = world.source(HR);
        source.delete_threshold = Some(100);
        world.put_source(&source);
        world.load(&format!("{HEADER}{}{}{}", row(1, "", ""), row(2, "", ""), row(3, "", "")));
        let owner = world.identity("user2").id;
        source.owner = Some(muster_model::Reference::identity(owner.to_string(), "two"));
        world.put_source(&source);
        world.load(&format!("{HEADER}{}", row(3, "", "")));
        assert_eq!(world.identity("user1").stage, Stage::Withdrawn);
        world.pass_hours(3);
        world.run();
        let left: Vec<String> = world.identities().into_iter().map(|one| one.alias).collect();
        assert_eq!(left, ["user2", "user3"], "user2 owns the source");
        let told = world.told("idn:identity-deleted");
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["attributes"]["uid"], "user1");
        world.load(&format!("{HEADER}{}{}", row(1, "", ""), row(3, "", "")));
        assert_eq!(world.identity("user1").stage, Stage::Active);
    }
}
