//! Runs over the wire.

use muster_testkit::Backend;
use serde_json::{Value, json};

use crate::support::people::{HEADER, PEOPLE};
use crate::support::{Server, run_on, start};

async fn runs_are_listed(server: &Server) {
    let hr = server.source("HR").await;
    let other = server.source("Other").await;
    let first = server.load(&hr, PEOPLE).await;
    let second = server.load(&other, PEOPLE).await;
    let pending = server
        .upload(
            &format!("/sources/v1/{hr}/load-uncorrelated-accounts"),
            &[],
            None,
        )
        .await
        .expect(202);
    let pending = pending["task"]["id"].as_str().unwrap().to_owned();
    let ids = async |query: String| {
        let list = server
            .get(&format!("/task-status/v1?{query}"))
            .await
            .expect(200);
        let ids = list.as_array().unwrap().iter();
        ids.map(|each| each["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let newest_first = [pending.clone(), second.clone(), first.clone()];
    assert_eq!(ids(String::new()).await, newest_first);
    assert_eq!(
        ids("sorters=created&limit=2".to_owned()).await,
        [first.clone(), second.clone()]
    );
    assert_eq!(
        ids(format!("filters=id+eq+%22{second}%22")).await,
        std::slice::from_ref(&second)
    );
    assert_eq!(
        ids(format!("filters=sourceId+eq+%22{hr}%22&offset=1")).await,
        std::slice::from_ref(&first)
    );
    assert_eq!(
        ids(
            "filters=type+eq+%22CLOUD_ACCOUNT_AGGREGATION%22+and+completionStatus+eq+%22SUCCESS%22"
                .to_owned()
        )
        .await,
        [second.clone(), first.clone()]
    );
    assert_eq!(
        ids("filters=completionStatus+isnull".to_owned()).await,
        [pending]
    );
    assert_eq!(
        ids("filters=launcher+in+(%22ada%22)".to_owned())
            .await
            .len(),
        3
    );
    let counted = server.get("/beta/task-status?count=true&limit=1").await;
    assert_eq!(counted.header("x-total-count"), Some("3"));
    server.clock.advance_micros(91 * 24 * 60 * 60 * 1_000_000);
    assert!(ids(String::new()).await.is_empty());
}

#[test]
fn runs_are_listed_on_sqlite() {
    run_on(Backend::Sqlite, runs_are_listed);
}

#[test]
fn runs_are_listed_on_postgres() {
    run_on(Backend::Postgres, runs_are_listed);
}

#[tokio::test]
async fn a_run_tells_what_went_wrong_in_every_spelling() {
    let server = start();
    let id = server.source("HR").await;
    let started = server
        .upload(
            &format!("/sources/v1/{id}/load-accounts"),
            &[],
            Some("number,name\n1,ada\n"),
        )
        .await
        .expect(202);
    server.work();
    let task = started["task"]["id"].as_str().unwrap();
    for path in [
        "/task-status/v1",
        "/v2026/task-status",
        "/v2025/task-status",
        "/v2024/task-status",
        "/beta/task-status",
    ] {
        let shown = server.get(&format!("{path}/{task}")).await.expect(200);
        assert_eq!(shown["completionStatus"], "ERROR");
        assert_eq!(shown["messages"][0]["type"], "ERROR");
        let text = shown["messages"][0]["localizedText"]["message"]
            .as_str()
            .unwrap();
        assert!(text.contains("no column \"id\""), "{text}");
        assert_eq!(shown["target"]["name"], "HR");
        assert!(shown["taskDefinitionSummary"]["parentName"].is_string());
        server.get(&format!("{path}/nothing")).await.problem(404);
    }
    let source = server.get(&format!("/sources/v1/{id}")).await.expect(200);
    assert_eq!(source["status"], "SOURCE_STATE_ERROR_ACCOUNT_FILE_IMPORT");
}

#[tokio::test]
async fn a_run_that_hangs_can_be_put_to_an_end_once() {
    let server = start();
    let id = server.source("HR").await;
    let started = server
        .upload(
            &format!("/sources/v1/{id}/load-accounts"),
            &[],
            Some(HEADER),
        )
        .await
        .expect(202);
    let task = started["task"]["id"].as_str().unwrap();
    let path = format!("/task-status/v1/{task}");
    let end = |status: &str| -> Value {
        json!([{"op": "replace", "path": "/completionStatus", "value": status}])
    };
    let (code, _) = server.patch(&path, end("NONSENSE")).await.problem(400);
    assert_eq!(code, "400.1.3 Illegal value");
    let (code, _) = server
        .patch(
            &path,
            json!([{"op": "replace", "path": "/launcher", "value": "x"}]),
        )
        .await
        .problem(400);
    assert_eq!(code, "400.1.1 Illegal update attempt");
    let ended = server.patch(&path, end("TERMINATED")).await.expect(200);
    assert_eq!(ended["completionStatus"], "TERMINATED");
    assert!(ended["completed"].is_string());
    let status = server
        .get(&format!("/account-aggregations/v1/{task}/status"))
        .await
        .expect(200);
    assert_eq!(status["status"], "TERMINATED");
    server.patch(&path, end("SUCCESS")).await.problem(400);

    // It does not go on, it says so, and the source is free for the next one.
    server.work();
    let told = server.told("idn:account-aggregation-completed");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["status"], "Terminated");
    let shown = server.get(&path).await.expect(200);
    assert_eq!(shown["completionStatus"], "TERMINATED");
    assert_eq!(
        shown["messages"][0]["localizedText"]["message"],
        "the run was put to an end by ada"
    );
    let next = server.load(&id, PEOPLE).await;
    let next = server
        .get(&format!("/task-status/v1/{next}"))
        .await
        .expect(200);
    assert_eq!(next["completionStatus"], "SUCCESS");
}

#[tokio::test]
async fn a_deletion_cannot_be_put_to_an_end_half_way() {
    let server = start();
    let id = server.source("HR").await;
    server.load(&id, PEOPLE).await;
    let deletion = server
        .delete(&format!("/sources/v1/{id}"))
        .await
        .expect(202);
    let path = format!("/task-status/v1/{}", deletion["id"].as_str().unwrap());
    let end = json!([{"op": "replace", "path": "/completionStatus", "value": "TERMINATED"}]);
    let (_, text) = server.patch(&path, end).await.problem(400);
    assert!(text.contains("its accounts must follow"), "{text}");
    server.work();
    assert_eq!(
        server.get(&path).await.expect(200)["attributes"]["deleted"],
        2
    );
}
