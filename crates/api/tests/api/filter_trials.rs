//! Trying a filter: one answer to what it would have let pass, why, and what it does without values.

use muster_model::id::EventId;
use muster_store::NewEvent;
use muster_testkit::Backend;
use serde_json::{Value, json};

use crate::support::{NOW, Server, run_on, start};

const PATH: &str = "/muster/v1/filter-trials";
const CHANGED: &str = "idn:identity-attributes-changed";
const DEPARTMENT: &str = "$.changes[?(@.attribute == \"department\")]";

fn append(server: &Server, number: u128, attribute: &str) {
    let event = NewEvent {
        id: EventId(number),
        trigger_id: CHANGED,
        subject: "someone".to_owned(),
        created: NOW.plus_millis(number as i64),
        cause: String::new(),
        body: json!({"changes": [{"attribute": attribute}]}).to_string(),
    };
    server.write(|tx| tx.events().append(&[event]));
}

async fn tried(server: &Server, body: Value) -> Value {
    server.post(PATH, body).await.expect(200)
}

async fn four_questions(server: &Server) {
    for (number, attribute) in [
        (1, "department"),
        (2, "email"),
        (3, "department"),
        (4, "email"),
    ] {
        append(server, number, attribute);
    }
    let trial = tried(server, json!({"triggerId": CHANGED, "filter": DEPARTMENT})).await;
    assert_eq!(trial["examined"], 4);
    let matches = trial["matches"].as_array().unwrap();
    let positions: Vec<&Value> = matches.iter().map(|event| &event["position"]).collect();
    assert_eq!(positions, [1, 3], "newest first: {trial}");
    assert_eq!(trial["exampleFires"], true);
    assert_eq!(trial["explained"]["id"], matches[0]["id"]);
    assert_eq!(
        trial["explained"]["input"]["changes"][0]["attribute"],
        "department"
    );
    assert_eq!(trial["explanation"]["fires"], true);
    assert_eq!(
        trial["instead"],
        json!([
            {"path": "changes", "whenAbsent": false, "whenNull": false, "whenEmpty": false},
            {"path": "changes[*].attribute", "whenAbsent": false, "whenNull": false, "whenEmpty": false},
        ])
    );
}

#[test]
fn one_answer_tells_matches_example_explanation_and_what_absence_does() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        run_on(backend, four_questions);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_event_to_explain_can_be_chosen() {
    let server = start();
    append(&server, 1, "department");
    append(&server, 2, "email");
    let ask = |event: &str| json!({"triggerId": CHANGED, "filter": DEPARTMENT, "eventId": event});
    let newest = tried(
        &server,
        json!({"triggerId": CHANGED, "filter": "$.nothing"}),
    )
    .await;
    let email = newest["explained"]["id"].as_str().unwrap().to_owned();
    let trial = tried(&server, ask(&email)).await;
    assert_eq!(
        (&trial["explained"]["id"], &trial["explained"]["fires"]),
        (&json!(email), &json!(false))
    );
    assert_eq!(
        tried(&server, ask("example")).await["explained"]["id"],
        "example"
    );
    let (code, text) = server.post(PATH, ask("nobody")).await.problem(400);
    assert_eq!(code, "400.1.404 Referenced object not found");
    assert!(text.starts_with("eventId: \"nobody\""), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_ones_own_is_explained_and_changed() {
    let server = start();
    let body = json!({
        "triggerId": CHANGED,
        "filter": "$.changes[?(@.attribute != \"email\")]",
        "input": {"changes": [{"attribute": "email"}]},
    });
    let trial = tried(&server, body).await;
    assert_eq!(trial["explained"]["fires"], false);
    assert_eq!(trial["instead"][1]["path"], "changes[*].attribute");
    assert_eq!(
        trial["instead"][1]["whenAbsent"], true,
        "an absent attribute passes !="
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_that_does_not_compile_is_an_answer_with_its_place() {
    let server = start();
    let body = json!({"triggerId": CHANGED, "filter": "$.changes[?(@.attribute = 'x')]"});
    let trial = tried(&server, body).await;
    assert_eq!(trial["isValid"], false);
    assert!(trial["error"]["offset"].as_u64().unwrap() > 0, "{trial}");
    assert!(trial["matches"].as_array().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_filter_or_an_event_the_example_fires() {
    let server = start();
    let trial = tried(&server, json!({"triggerId": CHANGED})).await;
    assert_eq!(
        (&trial["examined"], &trial["exampleFires"]),
        (&json!(0), &json!(true))
    );
    assert_eq!(
        (&trial["explained"]["id"], &trial["explanation"]),
        (&json!("example"), &Value::Null)
    );
    let (code, text) = server
        .post(PATH, json!({"triggerId": "idn:nothing"}))
        .await
        .problem(400);
    assert_eq!(code, "400.1.404 Referenced object not found");
    assert!(
        text.contains(CHANGED),
        "the text lists what there is: {text}"
    );
}
