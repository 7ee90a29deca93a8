//! Too many previews at once.

use std::sync::Mutex;

use axum::http::StatusCode;
use muster_api::{Blocking, Call, Operation, Problem};
use muster_auth::{Guard, LevelSet};
use muster_preview::{Preview, Previews};
use muster_testkit::Backend;
use serde_json::json;

use crate::support::people::{HEADER, PEOPLE};
use crate::support::{NOW, start_on};

/// Previews of other orgs that somebody is making.
static TAKEN: Mutex<Vec<Preview>> = Mutex::new(Vec::new());

static TAKES: Operation = Operation::post("/muster/v1/seats", "takeSeats")
    .guard(Guard::changing(
        LevelSet::ORG_ADMIN,
        &["idn:sources:manage"],
    ))
    .runs(&Blocking(take));

/// Takes the seats of all previews that are made at once.
fn take(call: &Call, (): ()) -> Result<(), Problem> {
    let previews = call.app().service::<Previews>()?;
    let store = &call.app().store;
    for name in ["globex", "initech"] {
        let org = store.org(name).ok_or_else(|| Problem::not_found(name))?;
        TAKEN
            .lock()
            .unwrap()
            .push(previews.begin(store, &org, || false)?);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_when_all_seats_are_taken_is_asked_to_come_again() {
    let mut operations = muster_api::resources::all();
    operations.push(TAKES);
    let server = start_on(Backend::Sqlite, operations, |_| {});
    server.in_place(|| server.store.create_org("initech", NOW).unwrap());
    let source = server.source("HR").await;
    server.profile(&source);
    server.load(&source, PEOPLE).await;
    let path = format!("/muster/v1/sources/{source}/preview");
    let rows = format!("{HEADER}\n{PEOPLE}");
    server
        .post("/muster/v1/seats", json!(null))
        .await
        .expect(204);

    let refused = server.upload(&path, &[], Some(&rows)).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), Some("5"));
    let text = refused.json()["message"].as_str().unwrap().to_owned();
    assert!(text.contains("2 previews are being made"), "{text}");
    let profile = format!("/muster/v1/identity-profiles/{:032x}/preview", 0xB1);
    let refused = server.post(&profile, json!([])).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);

    server.in_place(|| TAKEN.lock().unwrap().clear());
    server.upload(&path, &[], Some(&rows)).await.expect(200);
}
