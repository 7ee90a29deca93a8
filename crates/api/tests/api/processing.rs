//! From a call to the people it concerns: the runs that the API sets going, done by the refresh
//! station itself, on both backends.

use std::collections::HashMap;
use std::sync::Arc;

use muster_event::Outboxes;
use muster_model::Clock;
use muster_model::handover::{REFRESH, REFRESH_PROFILE, SETTLE};
use muster_refresh::{Configurations, Refreshing, Settling, Station, WholeProfile};
use muster_testkit::Backend;
use muster_work::{Handler, Workers};
use serde_json::json;

use crate::people::{a_profile, add_account, add_people, person};
use crate::support::{Server, run_on};

/// Does all jobs that wait.
fn work(server: &Server) {
    let clock: Arc<dyn Clock> = server.clock.clone();
    let station = Arc::new(Station {
        outboxes: Outboxes::default(),
        clock: Arc::clone(&clock),
        random: Box::new(|| 4),
        configurations: Configurations::default(),
    });
    let handlers: HashMap<&'static str, Arc<dyn Handler>> = HashMap::from([
        (
            REFRESH,
            Arc::new(Refreshing(Arc::clone(&station))) as Arc<dyn Handler>,
        ),
        (
            REFRESH_PROFILE,
            Arc::new(WholeProfile(Arc::clone(&station))),
        ),
        (SETTLE, Arc::new(Settling(station))),
    ]);
    server.in_place(|| Workers::run_to_rest(&server.store, &clock, handlers));
}

async fn people_follow_their_profile(server: &Server) {
    let profile = a_profile(server).await;
    let path = format!("/v3/identity-profiles/{}", profile["id"].as_str().unwrap());
    let ada = person(1, &profile, "Ada");
    add_people(server, std::slice::from_ref(&ada));
    let cells = [
        ("name", "ada"),
        ("e-mail", "ada@example.com"),
        ("familyName", "Lovelace"),
        ("status", "active"),
    ];
    add_account(server, &ada, &cells);
    let state = json!([{
        "op": "add",
        "path": "/identityAttributeConfig/attributeTransforms/-",
        "value": crate::people::mapped("cloudLifecycleState", "status"),
    }]);
    let patched = server.patch(&path, state).await.expect(200);
    assert_eq!(patched["identityRefreshRequired"], true);

    let process = format!("{path}/process-identities");
    let accepted = server.post(&process, json!({})).await.expect(202);
    work(server);
    let shown = format!("/beta/identities/{}", ada.id);
    let refreshed = server.get(&shown).await.expect(200);
    assert_eq!(refreshed["attributes"]["lastname"], "Lovelace");
    assert_eq!(refreshed["lifecycleState"]["stateName"], "active");
    assert_eq!(
        server.get(&path).await.expect(200)["identityRefreshRequired"],
        false
    );
    let task = accepted["id"].as_str().unwrap().parse().unwrap();
    let ended = server.read(|tx| tx.tasks().get(task)).unwrap();
    assert_eq!(ended.completion_status.as_deref(), Some("SUCCESS"));
    assert_eq!(ended.refreshed.changed, 1);
    let states = server
        .get(&format!("{path}/lifecycle-states"))
        .await
        .expect(200);
    assert_eq!(states[0]["identityCount"], 1);

    server.delete(&path).await.expect(202);
    work(server);
    assert_eq!(server.get("/beta/identities").await.expect(200), json!([]));
    let hidden = server.get(&shown).await.expect(200);
    assert_eq!(hidden["identityStatus"], "DEACTIVATED");
    assert_eq!(hidden["attributes"]["lastname"], "Lovelace");
}

#[test]
fn people_follow_their_profile_in_sqlite() {
    run_on(Backend::Sqlite, people_follow_their_profile);
}

#[test]
fn people_follow_their_profile_in_postgres() {
    run_on(Backend::Postgres, people_follow_their_profile);
}
