//! What an identity was, over the wire: as of a moment, and change by change.

use muster_testkit::Backend;
use serde_json::{Value, json};

use crate::support::people::PEOPLE;
use crate::support::{Server, run_on};

/// Ada and Bob; then Bob moves to Rome, then Ada is renamed and Bob's mail is lost, then mended.
const LATER: [&str; 3] = [
    "1,ada,Ada,Lovelace,ada@example.com,London,,Admins,,\n2,bob,Robert,Builder,bob@example.com,Rome,1,Users,,\n",
    "1,ada,Ada,King,ada@example.com,London,,Admins,,\n2,bob,Robert,Builder,,Rome,1,Users,,\n",
    "1,ada,Ada,King,ada@example.com,London,,Admins,,\n2,bob,Robert,Builder,bob@example.org,Rome,,Users,,\n",
];

/// Loads all files; gives the source, the runs, and what was answered of everybody after each.
async fn years(server: &Server) -> (String, Vec<String>, Vec<(String, Vec<Value>)>) {
    let hr = server.source("HR").await;
    server.profile(&hr);
    let manager = json!([{"op": "add", "path": "/managerCorrelationMapping", "value": {
        "accountAttributeName": "manager", "identityAttributeName": "uid",
    }}]);
    server
        .patch(&format!("/v2026/sources/{hr}"), manager)
        .await
        .expect(200);
    let (mut runs, mut answers) = (Vec::new(), Vec::new());
    for rows in [PEOPLE].into_iter().chain(LATER) {
        // The second is managed by the first, whom the file names by user name here.
        let rows = rows.replace(",1,Users", ",ada,Users");
        runs.push(server.load(&hr, &rows).await);
        let moment = muster_model::Clock::now(&*server.clock).to_string();
        let people = server
            .get("/v2026/identities?sorters=alias")
            .await
            .expect(200);
        answers.push((moment, people.as_array().unwrap().clone()));
    }
    (hr, runs, answers)
}

/// What is told of earlier moments too.
fn past(mut answer: Value) -> Value {
    answer.as_object_mut().unwrap().remove("isManager");
    if let Some(state) = answer.get_mut("lifecycleState") {
        state.as_object_mut().unwrap().remove("manuallyUpdated");
    }
    answer
}

async fn each_moment_is_answered_as_it_was_then(server: &Server) {
    let (_, _, answers) = years(server).await;
    for (moment, people) in &answers {
        for person in people {
            let id = person["id"].as_str().unwrap();
            for path in ["/muster/v1/identities", "/beta/identities"] {
                let then = server
                    .get(&format!("{path}/{id}?asOf={moment}"))
                    .await
                    .expect(200);
                assert_eq!(then, past(person.clone()), "{moment}");
                // The moment of a change, as the answer shows it, is when it counts from.
                let modified = person["modified"].as_str().unwrap();
                let then = server
                    .get(&format!("{path}/{id}?asOf={modified}"))
                    .await
                    .expect(200);
                assert_eq!(then["attributes"], person["attributes"], "{modified}");
            }
        }
    }
    let (_, people) = answers.last().unwrap();
    let bob = people[1]["id"].as_str().unwrap();
    let now = server
        .get(&format!("/muster/v1/identities/{bob}"))
        .await
        .expect(200);
    assert_eq!(now, people[1]);
    assert_eq!(now["isManager"], false);

    let (_, text) = server
        .get(&format!(
            "/muster/v1/identities/{bob}?asOf=2001-01-01T00:00:00Z"
        ))
        .await
        .problem(404);
    assert!(
        text.contains(people[1]["created"].as_str().unwrap()),
        "{text}"
    );
    let (_, text) = server
        .get(&format!("/muster/v1/identities/{bob}?asOf=yesterday"))
        .await
        .problem(400);
    assert!(text.starts_with("asOf: \"yesterday\""), "{text}");
    let nobody = "/muster/v1/identities/00000000000000000000000000000bad";
    for path in ["", "/history", "/explain", "?asOf=2030-01-01T00:00:00Z"] {
        server.get(&format!("{nobody}{path}")).await.problem(404);
    }
}

#[test]
fn each_moment_is_answered_as_it_was_then_on_sqlite() {
    run_on(Backend::Sqlite, each_moment_is_answered_as_it_was_then);
}

#[test]
fn each_moment_is_answered_as_it_was_then_on_postgres() {
    run_on(Backend::Postgres, each_moment_is_answered_as_it_was_then);
}

async fn the_history_is_listed_newest_first(server: &Server) {
    let (_, runs, answers) = years(server).await;
    let bob = answers[0].1[1]["id"].as_str().unwrap();
    let path = format!("/muster/v1/identities/{bob}/history");
    let reply = server.get(&format!("{path}?count=true")).await;
    assert_eq!(reply.header("x-total-count"), Some("4"));
    let history = reply.expect(200);
    let history = history.as_array().unwrap();
    let causes: Vec<&str> = history
        .iter()
        .map(|change| change["cause"]["id"].as_str().unwrap())
        .collect();
    assert_eq!(causes, [&*runs[3], &runs[2], &runs[1], &runs[0]]);
    let cause = &history[0]["cause"];
    assert_eq!(cause["type"], "CLOUD_ACCOUNT_AGGREGATION");
    assert_eq!(
        (&cause["about"], &cause["launcher"]),
        (&json!("HR"), &json!("ada"))
    );

    let mended = &history[0];
    let changed: Vec<&str> = mended["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["attribute"].as_str().unwrap())
        .collect();
    assert_eq!(changed, ["email", "manager"]);
    assert_eq!(
        mended["changes"][0],
        json!({"attribute": "email", "oldValue": "bob@example.com", "newValue": "bob@example.org"})
    );
    assert_eq!(mended["changes"][1]["oldValue"]["name"], "Ada Lovelace");
    assert_eq!(mended["changes"][1]["newValue"], Value::Null);

    // Without a mail address Bob stayed as he was; nobody was told.
    let faulty = &history[1];
    assert_eq!(
        (&faulty["event"], &faulty["changes"]),
        (&Value::Null, &json!([]))
    );
    assert_eq!(faulty["otherChanges"][0]["field"], "problems");
    assert_eq!(faulty["otherChanges"][0]["oldValue"], Value::Null);

    let born = &history[3];
    assert_eq!(born["time"], answers[0].1[1]["modified"]);
    assert_eq!(born["event"]["triggerId"], "idn:identity-created");
    let feed = server.get("/muster/v1/events").await.expect(200);
    for change in history.iter().filter(|change| !change["event"].is_null()) {
        let mut events = feed["events"].as_array().unwrap().iter();
        let told = events
            .find(|event| event["id"] == change["event"]["id"])
            .unwrap();
        assert_eq!(told["triggerId"], change["event"]["triggerId"]);
        assert_eq!(
            (&told["subject"], &told["created"]),
            (&json!(bob), &change["time"])
        );
    }

    for (query, expected) in [
        ("limit=1", &history[..1]),
        ("limit=2&offset=1", &history[1..3]),
        ("offset=3", &history[3..]),
        ("offset=4", &[]),
    ] {
        let page = server.get(&format!("{path}?{query}")).await.expect(200);
        assert_eq!(page, json!(expected), "{query}");
    }
    server.get(&format!("{path}?limit=251")).await.problem(400);

    // What is erased does not live on in its history.
    let deleted = format!("/beta/identities/{bob}");
    assert_eq!(server.delete(&deleted).await.status, 204);
    server.get(&path).await.problem(404);
    let kept = server.read(|tx| tx.identity_changes().count(bob.parse().unwrap()));
    assert_eq!(kept, 0);
}

#[test]
fn the_history_is_listed_newest_first_on_sqlite() {
    run_on(Backend::Sqlite, the_history_is_listed_newest_first);
}

#[test]
fn the_history_is_listed_newest_first_on_postgres() {
    run_on(Backend::Postgres, the_history_is_listed_newest_first);
}
