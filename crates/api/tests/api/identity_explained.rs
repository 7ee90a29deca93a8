//! Why attributes are as they are, over the wire.

use muster_model::IdentityProfile;
use muster_testkit::Backend;
use serde_json::{Value, json};

use crate::people::mapped_from;
use crate::support::people::PEOPLE;
use crate::support::{Server, apart, on_both, run_on};

on_both! { who_left_keeps_what_nothing_makes_any_more }

/// Explains one attribute of a person.
async fn of(server: &Server, id: &str, attribute: &str) -> Value {
    let path = format!("/muster/v1/identities/{id}/explain?attribute={attribute}");
    let explained = server.get(&path).await.expect(200);
    assert_eq!(explained["identity"]["id"], id);
    let [one] = &explained["attributes"].as_array().unwrap()[..] else {
        panic!("{explained}");
    };
    assert_eq!(one["name"], attribute);
    one.clone()
}

/// Ada and Bob, with a manager rule; gives the source and the ids.
async fn company(server: &Server) -> (String, String, String) {
    let hr = server.source("HR").await;
    server.profile(&hr);
    let rule = json!([{"op": "add", "path": "/managerCorrelationMapping", "value": {
        "accountAttributeName": "manager", "identityAttributeName": "uid",
    }}]);
    let path = format!("/v2026/sources/{hr}");
    server.patch(&path, rule).await.expect(200);
    server
        .load(&hr, &PEOPLE.replace(",1,Users", ",ada,Users"))
        .await;
    let people = server
        .get("/v2026/identities?sorters=alias")
        .await
        .expect(200);
    let id = |at: usize| people[at]["id"].as_str().unwrap().to_owned();
    (hr, id(0), id(1))
}

/// Maps one more attribute, or maps it otherwise.
fn map(server: &Server, attribute: &str, definition: &Value) {
    edit(server, |profile| {
        let config = &mut profile.identity_attribute_config;
        config
            .attribute_transforms
            .retain(|entry| entry.identity_attribute_name != attribute);
        let entry = json!({"identityAttributeName": attribute, "transformDefinition": definition});
        config
            .attribute_transforms
            .push(serde_json::from_value(entry).unwrap());
    });
}

fn edit(server: &Server, change: impl FnOnce(&mut IdentityProfile) + Send) {
    let now = muster_model::Clock::now(&*server.clock);
    apart(|| {
        server.store.org().write(|tx| {
            let mut profile = tx.typed::<IdentityProfile>().list()?.remove(0);
            change(&mut profile);
            tx.typed::<IdentityProfile>().put(&profile, now)
        })
    })
    .unwrap();
}

async fn a_value_tells_its_mapping_steps_account_and_line(server: &Server) {
    let (hr, _, bob) = company(server).await;
    let transform = json!({
        "name": "Town", "type": "upper", "attributes": {"input": mapped_from("HR", "location")},
    });
    let transform = server.post("/v3/transforms", transform).await.expect(201);
    let definition = json!({"type": "reference", "attributes": {"id": "Town"}});
    map(server, "location", &definition);
    let run = server
        .load(&hr, "9,eve,Eve,Third,eve@example.com,Oslo,,,,\n1,ada,Ada,Lovelace,ada@example.com,London,,Admins,,\n2,bob,Bob,Builder,bob@example.com,Rome,ada,Users,,\n")
        .await;
    let one = of(server, &bob, "location").await;
    assert_eq!(
        (&one["value"], &one["computedValue"]),
        (&json!("ROME"), &json!("ROME"))
    );
    assert_eq!(
        (&one["difference"], &one["problems"]),
        (&Value::Null, &json!([]))
    );
    assert_eq!(one["mapping"]["transformDefinition"], definition);
    assert_eq!(one["mapping"]["identityProfile"]["name"], "People");
    let steps: Vec<(&str, &Value)> = one["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["operation"].as_str().unwrap(), &step["output"]))
        .collect();
    let (rome, town) = (json!("Rome"), json!("ROME"));
    assert_eq!(
        steps,
        [
            ("reference", &town),
            ("upper", &town),
            ("accountAttribute", &rome)
        ]
    );
    assert_eq!(one["steps"][1]["transform"], transform["name"]);
    assert_eq!(
        one["steps"][1]["inputs"],
        json!([{"name": "input", "value": "Rome"}])
    );
    let account = &one["accounts"][0];
    assert_eq!(
        account["source"],
        json!({"type": "SOURCE", "id": hr, "name": "HR"})
    );
    assert_eq!(
        (
            &account["nativeIdentity"],
            &account["attribute"],
            &account["value"],
            &account["line"]
        ),
        (&json!("2"), &json!("location"), &json!("Rome"), &json!(4))
    );
    assert_eq!(account["readBy"]["id"], run);
    let shown = format!("/v3/accounts/{}", account["id"].as_str().unwrap());
    assert_eq!(server.get(&shown).await.expect(200)["identityId"], bob);
    // It came to be so in that run; the name was so from the beginning.
    assert_eq!(one["cause"]["id"], run);
    assert_eq!(one["event"]["triggerId"], "idn:identity-attributes-changed");
    let name = of(server, &bob, "firstname").await;
    assert_eq!(name["event"]["triggerId"], "idn:identity-created");
    assert!(name["since"].as_str() < one["since"].as_str());

    let all = server
        .get(&format!("/muster/v1/identities/{bob}/explain"))
        .await
        .expect(200);
    let names: Vec<&str> = all["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "uid",
            "email",
            "firstname",
            "lastname",
            "location",
            "manager"
        ]
    );
}

#[test]
fn a_value_tells_its_mapping_steps_account_and_line_on_sqlite() {
    run_on(
        Backend::Sqlite,
        a_value_tells_its_mapping_steps_account_and_line,
    );
}

#[test]
fn a_value_tells_its_mapping_steps_account_and_line_on_postgres() {
    run_on(
        Backend::Postgres,
        a_value_tells_its_mapping_steps_account_and_line,
    );
}

async fn a_manager_tells_how_they_were_looked_up(server: &Server) {
    let (hr, ada, bob) = company(server).await;
    let one = of(server, &bob, "manager").await;
    assert_eq!(one["value"]["id"], ada);
    assert_eq!(one["mapping"], Value::Null);
    assert_eq!(
        one["managerLookup"],
        json!({
            "by": "MANAGER_CORRELATION", "identityAttribute": "uid", "value": "ada",
            "outcome": "FOUND",
            "found": {"type": "IDENTITY", "id": ada, "name": "Ada Lovelace"},
        })
    );
    let account = &one["accounts"][0];
    assert_eq!(
        (&account["attribute"], &account["value"]),
        (&json!("manager"), &json!("ada"))
    );
    assert_eq!(account["line"], 3);
    let nobody = of(server, &ada, "manager").await;
    assert_eq!(nobody["value"], Value::Null);
    assert_eq!(nobody["managerLookup"]["outcome"], "NOBODY");
    for (named, outcome) in [("bob", "THEMSELF"), ("zoe", "MISSING")] {
        server
            .load(&hr, &PEOPLE.replace(",1,Users", &format!(",{named},Users")))
            .await;
        let one = of(server, &bob, "manager").await;
        assert_eq!(one["managerLookup"]["outcome"], outcome);
        assert_eq!(
            (&one["value"], &one["difference"]),
            (&Value::Null, &Value::Null)
        );
    }
}

#[test]
fn a_manager_tells_how_they_were_looked_up_on_sqlite() {
    run_on(Backend::Sqlite, a_manager_tells_how_they_were_looked_up);
}

#[test]
fn a_manager_tells_how_they_were_looked_up_on_postgres() {
    run_on(Backend::Postgres, a_manager_tells_how_they_were_looked_up);
}

/// What is stored is not always what would be computed: each case says which it is.
async fn a_difference_says_why(server: &Server) {
    let (hr, ada, bob) = company(server).await;
    let reason = async |id: &str, attribute: &str| {
        let one = of(server, id, attribute).await;
        (one["difference"]["reason"].as_str().map(str::to_owned), one)
    };

    // The mapping was edited, and nobody has been refreshed yet.
    let town = json!({"type": "upper", "attributes": {"input": mapped_from("HR", "location")}});
    map(server, "location", &town);
    let (why, one) = reason(&bob, "location").await;
    assert_eq!(why.as_deref(), Some("OUTDATED"), "{one}");
    assert_eq!(
        (&one["value"], &one["computedValue"]),
        (&Value::Null, &json!("PARIS"))
    );
    // A refresh is on its way.
    let process = json!({"identityIds": [bob]});
    server
        .post("/beta/identities/process", process)
        .await
        .expect(202);
    assert_eq!(reason(&bob, "location").await.0.as_deref(), Some("WAITING"));
    assert_eq!(
        reason(&ada, "location").await.0.as_deref(),
        Some("OUTDATED")
    );
    server.work();
    assert_eq!(reason(&bob, "location").await.0, None);

    // Time goes on, and so does a value made of it.
    let age = json!({"type": "dateMath", "attributes": {"expression": "now"}});
    map(server, "personalEmail", &age);
    map(
        server,
        "initials",
        &json!({"type": "randomAlphaNumeric", "attributes": {"length": "24"}}),
    );
    let process = json!({"identityIds": [ada]});
    server
        .post("/beta/identities/process", process)
        .await
        .expect(202);
    server.work();
    server.clock.advance_micros(60_000_000);
    assert_eq!(
        reason(&ada, "personalEmail").await.0.as_deref(),
        Some("TIME")
    );
    assert_eq!(reason(&ada, "initials").await.0.as_deref(), Some("RANDOM"));

    // A transform that fails keeps the older value.
    let table = json!({"type": "lookup", "attributes": {
        "input": mapped_from("HR", "location"), "table": {"Paris": "PARIS"},
    }});
    map(server, "location", &table);
    server.load(&hr, "1,ada,Ada,Lovelace,ada@example.com,London,,Admins,,\n2,bob,Bob,Builder,bob@example.com,Rome,ada,Users,,\n").await;
    let (why, one) = reason(&bob, "location").await;
    assert_eq!(
        (why.as_deref(), &one["value"]),
        (Some("KEPT"), &json!("PARIS"))
    );
    let problem = &one["problems"][0];
    assert_eq!(
        (&problem["keepsValue"], &problem["severity"]),
        (&json!(true), &json!("ERROR"))
    );
    assert!(
        problem["reason"]
            .as_str()
            .unwrap()
            .contains("Applying transform[lookup]")
    );
    assert!(
        one["steps"][0]["error"]
            .as_str()
            .unwrap()
            .contains("no entry"),
        "{one}"
    );

    // Something required is missing: the whole person stays.
    server.load(&hr, "1,ada,Ada,Lovelace,ada@example.com,London,,Admins,,\n2,bob,Bert,Builder,bob@example.com,Rome,ada,Users,,\n").await;
    server.load(&hr, "1,ada,Ada,Lovelace,ada@example.com,London,,Admins,,\n2,bob,Rob,Builder,,Rome,ada,Users,,\n").await;
    let (why, one) = reason(&bob, "firstname").await;
    assert_eq!(
        (why.as_deref(), &one["value"]),
        (Some("INVALID"), &json!("Bert"))
    );
    let (why, one) = reason(&bob, "email").await;
    assert_eq!(why.as_deref(), Some("INVALID"), "{one}");
    assert_eq!(
        one["problems"][0]["reason"],
        "required attribute email has no value"
    );

    // A mapping is taken away.
    edit(server, |profile| {
        let config = &mut profile.identity_attribute_config;
        config
            .attribute_transforms
            .retain(|one| one.identity_attribute_name != "initials");
    });
    let (why, one) = reason(&ada, "initials").await;
    assert_eq!(
        (why.as_deref(), &one["mapping"]),
        (Some("OUTDATED"), &Value::Null)
    );
    assert_eq!(one["steps"], json!([]));

    for (name, wanted) in [
        ("title", "does not map it"),
        ("shoe size", "there is no identity attribute"),
    ] {
        let path = format!(
            "/muster/v1/identities/{ada}/explain?attribute={}",
            name.replace(' ', "%20")
        );
        let (_, text) = server.get(&path).await.problem(400);
        assert!(text.contains(wanted), "{text}");
    }
}

#[test]
fn a_difference_says_why_on_sqlite() {
    run_on(Backend::Sqlite, a_difference_says_why);
}

#[test]
fn a_difference_says_why_on_postgres() {
    run_on(Backend::Postgres, a_difference_says_why);
}

async fn who_left_keeps_what_nothing_makes_any_more(server: &Server) {
    let (hr, _, bob) = company(server).await;
    let all = json!([{"op": "add", "path": "/deleteThreshold", "value": 100}]);
    server
        .patch(&format!("/v2026/sources/{hr}"), all)
        .await
        .expect(200);
    assert_eq!(
        of(server, &bob, "lastname").await["difference"],
        Value::Null
    );
    let ada = PEOPLE.lines().next().unwrap();
    server.load(&hr, &format!("{ada}\n")).await;
    let one = of(server, &bob, "lastname").await;
    assert_eq!(one["difference"]["reason"], "WITHDRAWN", "{one}");
    assert_eq!(
        (&one["value"], &one["computedValue"]),
        (&json!("Builder"), &Value::Null)
    );
    // He returns as who he was.
    server
        .load(&hr, &PEOPLE.replace(",1,Users", ",ada,Users"))
        .await;
    assert_eq!(
        of(server, &bob, "lastname").await["difference"],
        Value::Null
    );
}

async fn what_people_did_by_hand_is_told(server: &Server) {
    let (_, ada, bob) = company(server).await;
    let profile = server.get("/v2026/identity-profiles").await.expect(200);
    let states = format!(
        "/v3/identity-profiles/{}/lifecycle-states",
        profile[0]["id"].as_str().unwrap()
    );
    let state = json!({"name": "Away", "technicalName": "away", "enabled": true});
    let state = server.post(&states, state).await.expect(201);
    map(
        server,
        "cloudLifecycleState",
        &json!({"type": "static", "attributes": {"value": "active"}}),
    );
    let process = json!({"identityIds": [ada, bob]});
    server
        .post("/beta/identities/process", process)
        .await
        .expect(202);
    server.work();
    let set = json!({"lifecycleStateId": state["id"]});
    let path = format!("/v3/identities/{bob}/set-lifecycle-state");
    server.post(&path, set).await.expect(200);
    server.work();
    let one = of(server, &bob, "cloudLifecycleState").await;
    assert_eq!(
        (&one["value"], &one["computedValue"], &one["difference"]),
        (&json!("away"), &json!("away"), &Value::Null)
    );
    assert_eq!(one["steps"][0]["output"], "active");
    assert_eq!(one["manualState"]["state"], "away");
    assert_eq!(
        (
            &one["manualState"]["calculatedThen"],
            &one["manualState"]["holds"]
        ),
        (&json!("active"), &json!(true))
    );
    assert_eq!(
        of(server, &ada, "cloudLifecycleState")
            .await
            .get("manualState"),
        None
    );

    // An account that a call wrote has no line.
    let account = of(server, &bob, "firstname").await["accounts"][0]["id"].clone();
    let patch = json!({"attributes": {"id": "2", "name": "bob", "givenName": "Bobby", "familyName": "B", "e-mail": "b@example.com"}});
    server
        .put(
            &format!("/v3/accounts/{}", account.as_str().unwrap()),
            patch,
        )
        .await
        .expect(202);
    server.work();
    let one = of(server, &bob, "firstname").await;
    assert_eq!(one["value"], "Bobby");
    assert_eq!(
        (&one["accounts"][0]["line"], &one["accounts"][0]["readBy"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(one["cause"]["type"], "IDENTITY_REFRESH");
}

#[test]
fn what_people_did_by_hand_is_told_on_sqlite() {
    run_on(Backend::Sqlite, what_people_did_by_hand_is_told);
}

#[test]
fn what_people_did_by_hand_is_told_on_postgres() {
    run_on(Backend::Postgres, what_people_did_by_hand_is_told);
}
