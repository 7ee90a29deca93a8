//! Lifecycle states over the wire.

use serde_json::{Value, json};

use crate::people::{HR, a_profile, add_people, person};
use crate::support::{Server, on_both, start};

async fn states_of(server: &Server) -> (Value, String) {
    let profile = a_profile(server).await;
    let path = format!(
        "/v3/identity-profiles/{}/lifecycle-states",
        profile["id"].as_str().unwrap()
    );
    (profile, path)
}

#[tokio::test]
async fn a_state_lives_from_creation_to_deletion() {
    let server = start();
    let (profile, path) = states_of(&server).await;
    let made = server
        .post(&path, json!({"name": "On Leave", "technicalName": "leave"}))
        .await
        .expect(201);
    assert_eq!(made["enabled"], false);
    assert_eq!(made["priority"], 30);
    assert_eq!(made["identityCount"], 0);
    assert_eq!(made["accountActions"], json!([]));
    assert_eq!(made["identityState"], Value::Null);
    assert_eq!(made.get("identityProfileId"), None);
    let id = made["id"].as_str().unwrap();
    let beta = format!(
        "/beta/identity-profiles/{}/lifecycle-states/{id}",
        profile["id"].as_str().unwrap()
    );
    assert_eq!(server.get(&beta).await.expect(200), made);
    let enable = json!([{ "op": "replace", "path": "/enabled", "value": true }]);
    assert_eq!(
        server.patch(&beta, enable).await.expect(200)["enabled"],
        true
    );
    let profile = format!("/v3/identity-profiles/{}", profile["id"].as_str().unwrap());
    assert_eq!(
        server.get(&profile).await.expect(200)["identityRefreshRequired"],
        true
    );
    let deleted = server.delete(&format!("{path}/{id}")).await.expect(202);
    assert_eq!(
        deleted,
        json!({"type": "LIFECYCLE_STATE", "id": id, "name": "On Leave"})
    );
    server.get(&beta).await.problem(404);
    server.delete(&beta).await.problem(405);
}

#[tokio::test]
async fn a_state_counts_those_who_are_in_it() {
    let server = start();
    let (profile, path) = states_of(&server).await;
    let mut ada = person(1, &profile, "Ada");
    ada.lifecycle = Some("active".to_owned());
    add_people(&server, &[ada, person(2, &profile, "Bob")]);
    let states = server
        .get(&format!("{path}?sorters=-priority"))
        .await
        .expect(200);
    let counts: Vec<(&Value, &Value)> = states
        .as_array()
        .unwrap()
        .iter()
        .map(|state| (&state["technicalName"], &state["identityCount"]))
        .collect();
    assert_eq!(
        counts,
        [
            (&json!("inactive"), &json!(0)),
            (&json!("active"), &json!(1))
        ]
    );
}

#[tokio::test]
async fn a_state_that_contradicts_itself_is_refused() {
    let server = start();
    let (_, path) = states_of(&server).await;
    let acting = |action: Value| json!({"name": "Gone", "technicalName": "gone", "accountActions": [action]});
    for (body, code, beginning) in [
        (
            json!({"name": "Gone"}),
            "400.1.0",
            "technicalName is required",
        ),
        (
            json!({"name": "Gone!", "technicalName": "gone"}),
            "400.1.3",
            "name: \"Gone!\"",
        ),
        (
            json!({"name": "New", "technicalName": "active"}),
            "400.1.409",
            "technicalName: ",
        ),
        (
            json!({"name": "ACTIVE", "technicalName": "act"}),
            "400.1.409",
            "name: ",
        ),
        (
            acting(json!({"action": "DISABLE", "sourceIds": [HR], "allSources": true})),
            "400.1.3",
            "accountActions[0]: sourceIds cannot be given when allSources is true",
        ),
        (
            acting(json!({"action": "DISABLE", "sourceIds": [HR], "excludeSourceIds": [HR]})),
            "400.1.3",
            "accountActions[0]: sourceIds and excludeSourceIds",
        ),
        (
            acting(json!({"action": "DISABLE"})),
            "400.1.0",
            "accountActions[0].sourceIds is required",
        ),
        (
            acting(json!({"action": "DISABLE", "sourceIds": ["x"]})),
            "400.1.404",
            "accountActions[0].sourceIds: there is no source",
        ),
        (
            acting(json!({"action": "DISABLE", "sourceIds": [HR, HR]})),
            "400.1.3",
            "accountActions[0].sourceIds: ",
        ),
        (
            acting(json!({"action": "DELETE", "sourceIds": [HR]})),
            "400.1.3",
            "accountActions[0].action: DELETE is only for",
        ),
        (
            acting(json!({"action": "EXPLODE"})),
            "400.1 ",
            "accountActions[0].action: ",
        ),
    ] {
        let (detail, text) = server.post(&path, body.clone()).await.problem(400);
        assert!(detail.starts_with(code), "{body}: {detail} {text}");
        assert!(text.starts_with(beginning), "{text}");
    }
    let gone = json!({
        "name": "Gone",
        "technicalName": "gone",
        "identityState": "INACTIVE_LONG_TERM",
        "accountActions": [
            {"action": "DELETE", "sourceIds": [HR], "excludeSourceIds": null},
            {"action": "DISABLE", "allSources": true, "excludeSourceIds": [HR]},
        ],
    });
    let made = server.post(&path, gone).await.expect(201);
    assert_eq!(
        made["accountActions"][0],
        json!({"action": "DELETE", "sourceIds": [HR], "allSources": false})
    );
    let technical = json!([{ "op": "replace", "path": "/technicalName", "value": "away" }]);
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    server.patch(&one, technical).await.problem(400);
    let soft = json!([{ "op": "replace", "path": "/identityState", "value": null }]);
    let (_, text) = server.patch(&one, soft).await.problem(400);
    assert!(text.contains("INACTIVE_LONG_TERM"), "{text}");
}

on_both! { a_state_set_by_hand_is_shown_as_such }

async fn a_state_set_by_hand_is_shown_as_such(server: &Server) {
    let hr = server.source("HR").await;
    server.profile(&hr);
    server.load(&hr, crate::support::people::PEOPLE).await;
    let states = format!("/v3/identity-profiles/{:032x}/lifecycle-states", 0xB1);
    let state = |name: &str, enabled: bool| json!({"name": name, "technicalName": name, "enabled": enabled});
    let inactive = server
        .post(&states, state("inactive", true))
        .await
        .expect(201);
    let closed = server
        .post(&states, state("closed", false))
        .await
        .expect(201);
    let people = server
        .get("/beta/identities?filters=alias+eq+%22bob%22")
        .await
        .expect(200);
    let bob = people[0]["id"].as_str().unwrap();
    let path = format!("/v3/identities/{bob}/set-lifecycle-state");
    let wanted = |state: &serde_json::Value| json!({"lifecycleStateId": state["id"]});
    let accepted = server.post(&path, wanted(&inactive)).await.expect(200);
    assert!(accepted["accountActivityId"].is_string());
    server.work();
    let shown = server
        .get(&format!("/beta/identities/{bob}"))
        .await
        .expect(200);
    assert_eq!(
        shown["lifecycleState"],
        json!({"stateName": "inactive", "manuallyUpdated": true})
    );
    server.post(&path, wanted(&closed)).await.problem(400);
    server
        .post(&path, json!({"lifecycleStateId": "0"}))
        .await
        .problem(400);
    let nobody = "/v3/identities/00/set-lifecycle-state";
    server.post(nobody, wanted(&inactive)).await.problem(404);
}
