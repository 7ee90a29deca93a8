//! How sources are read without anybody calling, what runs hold back, what is watched, what a source
//! would give.

use serde_json::{Value, json};

use crate::support::people::{HEADER, PEOPLE};
use crate::support::{Server, on_both};

async fn company(server: &Server) -> String {
    let hr = server.source("HR").await;
    server.profile(&hr);
    server.load(&hr, PEOPLE).await;
    hr
}

on_both! {
    schedules_are_kept_by_type
    a_source_that_goes_takes_its_schedules_along
    held_deletions_are_listed_released_and_discarded
    a_held_run_is_done_once_it_is_released
    what_is_watched_is_checked_and_kept
    a_source_is_tried_out
    an_account_is_read_again_from_the_last_file
    a_correlation_is_tried_out_before_it_is_kept
}

async fn schedules_are_kept_by_type(server: &Server) {
    let hr = company(server).await;
    let many = format!("/v2025/sources/{hr}/schedules");
    let one = format!("{many}/ACCOUNT_AGGREGATION");
    let wanted = json!({"type": "ACCOUNT_AGGREGATION", "cronExpression": "0 0 5,13,21 * * ?"});
    assert_eq!(server.post(&many, wanted.clone()).await.expect(201), wanted);
    server.post(&many, wanted.clone()).await.problem(400);
    assert_eq!(server.get(&many).await.expect(200), json!([wanted]));
    for last_friday_or_month_end in ["0 0 5 ? * 6L", "0 0 5 L * ?", "0 0 5 ? * 1 2030"] {
        let patch = json!([
            {"op": "replace", "path": "/cronExpression", "value": last_friday_or_month_end},
        ]);
        let patched = server.patch(&one, patch).await.expect(200);
        assert_eq!(patched["cronExpression"], last_friday_or_month_end);
    }
    for wrong in [
        "every day",
        "0 0 25 * * ?",
        "0 5 * * *",
        "0 0 5 3 * 2",
        "0 0 5 * * ? 1999",
    ] {
        let patch = json!([{"op": "replace", "path": "/cronExpression", "value": wrong}]);
        let (_, text) = server.patch(&one, patch).await.problem(400);
        assert!(text.contains("cronExpression"), "{wrong}: {text}");
    }
    server
        .patch(
            &one,
            json!([{"op": "replace", "path": "/type", "value": "GROUP_AGGREGATION"}]),
        )
        .await
        .problem(400);
    server
        .get(&format!("{many}/GROUP_AGGREGATION"))
        .await
        .problem(404);
    server.delete(&one).await.expect(204);
    server.get(&one).await.problem(404);
}

async fn a_source_that_goes_takes_its_schedules_along(server: &Server) {
    let chat = server.source("Chat").await;
    server.load(&chat, PEOPLE).await;
    let schedule = json!({"type": "GROUP_AGGREGATION", "cronExpression": "0 0 5 * * ?"});
    server
        .post(&format!("/v2025/sources/{chat}/schedules"), schedule)
        .await
        .expect(201);
    server
        .delete(&format!("/v3/sources/{chat}"))
        .await
        .expect(202);
    server.work();
    assert!(server.read(|tx| tx.schedules().list()).is_empty());
    assert_eq!(
        server.get("/v2025/entitlements").await.expect(200),
        json!([])
    );
}

async fn held_deletions_are_listed_released_and_discarded(server: &Server) {
    let hr = company(server).await;
    let path = format!("/v3/sources/{hr}");
    let patch = json!([{"op": "add", "path": "/deleteThreshold", "value": 10}]);
    server.patch(&path, patch).await.expect(200);
    let ada = PEOPLE.lines().next().unwrap();
    server.load(&hr, &format!("{ada}\n")).await;

    let holds = format!("/muster/v1/sources/{hr}/holds");
    let listed = server.get(&holds).await.expect(200);
    assert_eq!(
        (&listed[0]["type"], &listed[0]["count"]),
        (&json!("DELETIONS"), &json!(1))
    );
    let held = format!("/muster/v1/sources/{hr}/held-deletions?count=true");
    let reply = server.get(&held).await;
    assert_eq!(reply.header("x-total-count"), Some("1"));
    assert_eq!(reply.expect(200)[0]["nativeIdentity"], "2");

    let hold = listed[0]["id"].as_str().unwrap();
    let release = format!("{holds}/{hold}/release");
    let (_, text) = server
        .post(&release, json!({"count": 2}))
        .await
        .problem(409);
    assert!(text.contains("send 1"), "{text}");
    server.post(&release, json!({"count": 1})).await.expect(202);
    server.work();
    assert_eq!(
        server
            .get("/v3/accounts")
            .await
            .expect(200)
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(server.get(&holds).await.expect(200), json!([]));
    server
        .post(&release, json!({"count": 1}))
        .await
        .problem(404);

    server.load(&hr, "").await;
    let listed = server.get(&holds).await.expect(200);
    let hold = listed[0]["id"].as_str().unwrap();
    server
        .post(&format!("{holds}/{hold}/discard"), json!(null))
        .await
        .expect(204);
    assert_eq!(server.get(&held).await.expect(200), json!([]));
    assert_eq!(
        server
            .get("/v3/accounts")
            .await
            .expect(200)
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

async fn a_held_run_is_done_once_it_is_released(server: &Server) {
    let hr = company(server).await;
    let threshold = format!("/muster/v1/sources/{hr}/change-threshold");
    assert_eq!(
        server.get(&threshold).await.expect(200),
        json!({"changeThreshold": null})
    );
    server
        .put(&threshold, json!({"changeThreshold": 101}))
        .await
        .problem(400);
    server
        .put(&threshold, json!({"changeThreshold": 40}))
        .await
        .expect(200);
    server.load(&hr, &PEOPLE.replace("Builder", "Baker")).await;
    let holds = format!("/muster/v1/sources/{hr}/holds");
    let listed = server.get(&holds).await.expect(200);
    assert_eq!(
        (&listed[0]["type"], &listed[0]["count"]),
        (&json!("CHANGES"), &json!(1))
    );
    let release = format!("{holds}/{}/release", listed[0]["id"].as_str().unwrap());
    server.post(&release, json!({"count": 1})).await.expect(202);
    server.work();
    let bob = server
        .get("/v3/accounts?filters=name+eq+%22bob%22")
        .await
        .expect(200);
    assert_eq!(bob[0]["attributes"]["familyName"], "Baker");
}

async fn what_is_watched_is_checked_and_kept(server: &Server) {
    let hr = company(server).await;
    let path = format!("/v2025/sources/{hr}/native-change-detection-config");
    assert_eq!(server.get(&path).await.expect(200)["enabled"], false);
    let wanted = json!({
        "enabled": true,
        "operations": ["ACCOUNT_UPDATED"],
        "allEntitlements": false,
        "allNonEntitlementAttributes": false,
        "selectedEntitlements": ["groups"],
        "selectedNonEntitlementAttributes": ["location"],
    });
    assert_eq!(server.put(&path, wanted.clone()).await.expect(200), wanted);
    assert_eq!(server.get(&path).await.expect(200), wanted);
    for (field, value) in [
        ("operations", json!(["ACCOUNT_MOVED"])),
        ("selectedEntitlements", json!(["location"])),
        ("selectedNonEntitlementAttributes", json!(["groups"])),
        ("selectedNonEntitlementAttributes", json!(["nowhere"])),
    ] {
        let mut wrong = wanted.clone();
        wrong[field] = value;
        let (_, text) = server.put(&path, wrong).await.problem(400);
        assert!(text.contains(field), "{text}");
    }
    server.load(&hr, &PEOPLE.replace("Paris", "Rome")).await;
    let told = server.told("idn:native-change-account-updated");
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0]["singleValueAttributeChanges"],
        json!([
            {"name": "location", "oldValue": "Paris", "newValue": "Rome"},
        ])
    );
    server.delete(&path).await.expect(204);
    assert_eq!(server.get(&path).await.expect(200)["enabled"], false);
}

async fn a_source_is_tried_out(server: &Server) {
    let fresh = server.source("Fresh").await;
    let connector = |source: &str, what: &str| format!("/v2025/sources/{source}/connector/{what}");
    let peek = |source: &str| connector(source, "peek-resource-objects");
    server.post(&peek(&fresh), json!({})).await.problem(412);
    let tested = server
        .post(&connector(&fresh, "test-configuration"), json!(null))
        .await
        .expect(200);
    assert_eq!(tested["status"], "SUCCESS");
    server
        .post(&connector(&fresh, "ping-cluster"), json!(null))
        .await
        .problem(400);

    let hr = company(server).await;
    let seen = server
        .post(&peek(&hr), json!({"maxCount": 1}))
        .await
        .expect(200);
    assert_eq!(seen["objectCount"], 1);
    assert_eq!(seen["resourceObjects"][0]["attributes"]["givenName"], "Ada");
    server
        .post(&peek(&hr), json!({"maxCount": 1000}))
        .await
        .problem(400);
    server
        .post(&peek(&hr), json!({"objectType": "group"}))
        .await
        .problem(400);
    let patch = json!([
        {"op": "add", "path": "/connectorAttributes/delimiter", "value": ";"},
    ]);
    server
        .patch(&format!("/v3/sources/{hr}"), patch)
        .await
        .expect(200);
    let tested = server
        .post(&connector(&hr, "check-connection"), json!(null))
        .await
        .expect(200);
    assert_eq!(tested["status"], "FAILURE");
    let health = server
        .get(&format!("/v3/sources/{hr}/source-health"))
        .await
        .expect(200);
    assert_eq!(
        (&health["isAuthoritative"], &health["status"]),
        (&json!(true), &json!("SOURCE_STATE_HEALTHY"))
    );
}

async fn an_account_is_read_again_from_the_last_file(server: &Server) {
    let hr = company(server).await;
    let accounts = server
        .get("/v3/accounts?filters=name+eq+%22bob%22")
        .await
        .expect(200);
    let bob = format!("/v3/accounts/{}", accounts[0]["id"].as_str().unwrap());
    let mut attributes = accounts[0]["attributes"].clone();
    attributes["location"] = json!("Nowhere");
    server
        .put(&bob, json!({"attributes": attributes}))
        .await
        .expect(202);
    server.work();
    let started = server
        .post(&format!("{bob}/reload"), json!(null))
        .await
        .expect(202);
    server.work();
    assert_eq!(
        server.get(&bob).await.expect(200)["attributes"]["location"],
        "Paris"
    );
    let task = started["id"].as_str().unwrap();
    let status: Value = server
        .get(&format!("/v2025/task-status/{task}"))
        .await
        .expect(200);
    assert_eq!(status["completionStatus"], "SUCCESS");

    let path = format!("/v3/sources/{hr}");
    server.get(&path).await.expect(200);
    let chat = server.source("Chat").await;
    let made = json!({"attributes": {"sourceId": chat, "id": "c1", "name": "c1"}});
    server.post("/v3/accounts", made).await.expect(202);
    server.work();
    let one = server
        .get("/v3/accounts?filters=nativeIdentity+eq+%22c1%22")
        .await
        .expect(200);
    let reload = format!("/v3/accounts/{}/reload", one[0]["id"].as_str().unwrap());
    let (_, text) = server.post(&reload, json!(null)).await.problem(412);
    assert!(
        text.contains("load the source's accounts"),
        "{text} {HEADER}"
    );
}

async fn a_correlation_is_tried_out_before_it_is_kept(server: &Server) {
    company(server).await;
    let chat = server.source("Chat").await;
    let accounts = "c1,ada,,,,,,,,\nc2,x,,,BOB@example.com,,,,,\nc3,stranger,,,,,,,,\n";
    server.load(&chat, accounts).await;
    let path = format!("/muster/v1/sources/{chat}/correlation-preview");
    let outcomes = |shown: &Value| -> Vec<(String, i64)> {
        let outcomes = shown["outcomes"].as_array().unwrap().iter();
        outcomes
            .map(|one| {
                let name = one["outcome"].as_str().unwrap().to_owned();
                (name, one["count"].as_i64().unwrap())
            })
            .collect()
    };
    let as_it_is = server.post(&path, json!({})).await.expect(200);
    assert_eq!(
        outcomes(&as_it_is),
        [("NOBODY".to_owned(), 2), ("KEPT".to_owned(), 1)]
    );
    let by_mail = |ignore_case: bool| {
        json!({"attributeAssignments": [
            {"property": "email", "value": "e-mail", "ignoreCase": ignore_case},
        ]})
    };
    let tried = server.post(&path, by_mail(true)).await.expect(200);
    assert_eq!(
        outcomes(&tried),
        [
            ("FOUND".to_owned(), 1),
            ("NOBODY".to_owned(), 1),
            ("KEPT".to_owned(), 1)
        ]
    );
    let sample = &tried["outcomes"][0]["samples"][0];
    assert_eq!(sample["nativeIdentity"], "c2");
    assert_eq!(sample["matches"], json!(["Bob Builder"]));
    assert_eq!(sample["pair"], "email = e-mail");
    let exact = server.post(&path, by_mail(false)).await.expect(200);
    assert_eq!(outcomes(&exact), outcomes(&as_it_is));
    let shared = json!({"attributeAssignments": [{"property": "nowhere", "value": "location"}]});
    server.post(&path, shared).await.expect(200);
    let config = server
        .get(&format!("/sources/v1/{chat}/correlation-config"))
        .await
        .expect(200);
    assert_eq!(config["attributeAssignments"], json!([]));
    let wrong = json!({"attributeAssignments": [{"property": 1}]});
    server.post(&path, wrong).await.problem(400);
}
