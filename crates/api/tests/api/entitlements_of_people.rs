//! Entitlements as people have them, answer for them and ask for them.

use muster_model::id::IdentityId;
use serde_json::{Value, json};

use crate::source_owners::give_away;
use crate::support::people::{PEOPLE, source_body};
use crate::support::{Server, on_both};

/// A sub-administrator who owns all sources that these tests make.
const OWNER: &str = "acme|SOURCE_SUBADMIN|sp:scopes:all|person";
const GROUPS: &str = "id,name,displayName,created,description,modified,entitlements,groups,permissions\n\
                      Admins,Admins,Administrators,,May do all,,,,\n";

on_both! {
    the_entitlements_of_a_person_are_those_of_all_their_accounts
    who_answers_for_an_entitlement_is_not_deleted
    events_call_entitlements_by_their_names
    how_an_entitlement_is_asked_for_is_kept
    a_source_says_how_its_entitlements_are_asked_for
}

/// People from `HR`, whose groups have names; Ada has an account at `Chat` too.
async fn company(server: &Server) -> (String, String) {
    let hr = server.source("HR").await;
    server.profile(&hr);
    server.load(&hr, PEOPLE).await;
    let path = format!("/v2025/sources/{hr}/load-entitlements");
    server.upload(&path, &[], Some(GROUPS)).await.expect(202);
    server.work();
    let chat = server.source("Chat").await;
    let ada = "c1,ada,,,,,,Writers,,\nc1,ada,,,,,,Readers,,\nc2,ada,,,,,,Readers,,\n";
    server.load(&chat, ada).await;
    (hr, chat)
}

async fn identity(server: &Server, alias: &str) -> String {
    let found = format!("/v2025/identities?filters=alias+eq+%22{alias}%22");
    let found = server.get(&found).await.expect(200);
    found[0]["id"].as_str().unwrap().to_owned()
}

/// The id of the entitlement with that value.
async fn entitlement(server: &Server, value: &str) -> String {
    let found = format!("/v2025/entitlements?filters=value+eq+%22{value}%22");
    let found = server.get(&found).await.expect(200);
    found[0]["id"].as_str().unwrap().to_owned()
}

async fn the_entitlements_of_a_person_are_those_of_all_their_accounts(server: &Server) {
    let (hr, _) = company(server).await;
    let ada = identity(server, "ada").await;
    let names = |list: Value| -> Vec<String> {
        let all = list.as_array().unwrap().iter();
        all.map(|one| one["objectRef"]["name"].as_str().unwrap().to_owned())
            .collect()
    };
    for base in [
        "/entitlements/v1",
        "/v2026/entitlements",
        "/v2025/entitlements",
        "/v2024/entitlements",
    ] {
        let path = format!("{base}/identities/{ada}/entitlements");
        let list = server.get(&path).await.expect(200);
        let admins = entitlement(server, "Admins").await;
        let reference = json!({ "type": "ENTITLEMENT", "id": admins, "name": "Administrators" });
        assert_eq!(list[0], json!({ "objectRef": reference, "tags": [] }));
        assert_eq!(names(list), ["Administrators", "Readers", "Writers"]);
        let page = server
            .get(&format!("{path}?limit=1&offset=1&count=true"))
            .await;
        assert_eq!(page.header("x-total-count"), Some("3"));
        assert_eq!(names(page.expect(200)), ["Readers"]);
        let nobody = format!("{base}/identities/nobody/entitlements");
        server.get(&nobody).await.problem(404);
    }
    let path = format!("/v2025/entitlements/identities/{ada}/entitlements");
    let own = server.send_as(OWNER, "GET", &path, None).await;
    assert_eq!(own.expect(200).as_array().unwrap().len(), 3);
    give_away(server, &hr).await;
    let own = server.send_as(OWNER, "GET", &path, None).await;
    assert_eq!(names(own.expect(200)), ["Readers", "Writers"]);
}

async fn who_answers_for_an_entitlement_is_not_deleted(server: &Server) {
    company(server).await;
    let bob = identity(server, "bob").await;
    let admins = entitlement(server, "Admins").await;
    let path = format!("/v2025/entitlements/{admins}");
    let owner = json!([
        {"op": "add", "path": "/owner", "value": {"type": "IDENTITY", "id": bob}},
    ]);
    server.patch(&path, owner).await.expect(200);
    let identity = format!("/v2025/identities/{bob}");
    let refusal = server.delete(&identity).await.expect(400);
    let needed = json!({ "id": admins, "name": "Administrators", "type": "ENTITLEMENT_OWNER" });
    assert_eq!(
        refusal["associationDetails"],
        json!([{
            "associationType": "ENTITLEMENT_OWNER",
            "entities": [{ "identityEntity": needed }],
        }])
    );
    let nobody = json!([{"op": "remove", "path": "/owner"}]);
    server.patch(&path, nobody).await.expect(200);
    server.delete(&identity).await.expect(204);
}

async fn events_call_entitlements_by_their_names(server: &Server) {
    let (hr, _) = company(server).await;
    source_body(server, "owner");
    let owner = IdentityId(7).to_string();
    let admins = entitlement(server, "Admins").await;
    let answers = json!([
        {"op": "add", "path": "/owner", "value": {"type": "IDENTITY", "id": owner}},
    ]);
    server
        .patch(&format!("/v2025/entitlements/{admins}"), answers)
        .await
        .expect(200);
    let wish = json!({
        "name": "Updated", "triggerId": "idn:account-updated", "type": "INLINE", "inlineConfig": {},
    });
    server
        .post("/trigger-subscriptions/v1", wish)
        .await
        .expect(201);
    let watching = json!({
        "enabled": true, "operations": ["ACCOUNT_UPDATED"], "allEntitlements": true,
        "allNonEntitlementAttributes": false, "selectedEntitlements": [],
        "selectedNonEntitlementAttributes": [],
    });
    let path = format!("/v2025/sources/{hr}/native-change-detection-config");
    server.put(&path, watching).await.expect(200);
    let moved = PEOPLE
        .replace("Users", "Admins")
        .replacen("Admins", "New", 1);
    server.load(&hr, &moved).await;

    let called = |name: &str, value: &str, id: &str, owner: Value| json!({"id": id, "name": name, "owner": owner, "value": value});
    let new = entitlement(server, "New").await;
    let users = entitlement(server, "Users").await;
    let ada = json!({ "id": owner, "name": "ada", "type": "IDENTITY" });
    let administrators = || called("Administrators", "Admins", &admins, ada.clone());
    for trigger in ["idn:account-updated", "idn:native-change-account-updated"] {
        let told = server.told(trigger);
        let changes: Vec<&Value> = told.iter().map(|one| &one["entitlementChanges"]).collect();
        assert_eq!(
            changes,
            [
                &json!([{
                    "attributeName": "groups",
                    "added": [called("New", "New", &new, Value::Null)],
                    "removed": [administrators()],
                }]),
                &json!([{
                    "attributeName": "groups",
                    "added": [administrators()],
                    "removed": [called("Users", "Users", &users, Value::Null)],
                }]),
            ],
            "{trigger}"
        );
    }
}

async fn how_an_entitlement_is_asked_for_is_kept(server: &Server) {
    let (hr, _) = company(server).await;
    let admins = entitlement(server, "Admins").await;
    let nothing = json!({
        "accessRequestConfig": {
            "approvalSchemes": [], "requestCommentRequired": false, "denialCommentRequired": false,
            "reauthorizationRequired": false, "requireEndDate": false,
            "maxPermittedAccessDuration": null, "formDefinitionId": null,
        },
        "revocationRequestConfig": { "approvalSchemes": [] },
    });
    let mut wanted = nothing.clone();
    wanted["accessRequestConfig"]["approvalSchemes"] = json!([
        { "approverType": "MANAGER", "approverId": null },
        { "approverType": "GOVERNANCE_GROUP", "approverId": "e3eab852-8315-467f-9de7-70eda97f63c8" },
    ]);
    wanted["accessRequestConfig"]["requestCommentRequired"] = json!(true);
    wanted["accessRequestConfig"]["maxPermittedAccessDuration"] =
        json!({ "value": 5, "timeUnit": "DAYS" });
    wanted["revocationRequestConfig"]["approvalSchemes"] =
        json!([{ "approverType": "ENTITLEMENT_OWNER", "approverId": null }]);
    for base in [
        "/entitlements/v1",
        "/v2026/entitlements",
        "/v2025/entitlements",
        "/v2024/entitlements",
        "/beta/entitlements",
    ] {
        let path = format!("{base}/{admins}/entitlement-request-config");
        assert_eq!(server.get(&path).await.expect(200), nothing);
        assert_eq!(server.put(&path, wanted.clone()).await.expect(200), wanted);
        // Files leave it alone.
        let file = format!("/v2025/sources/{hr}/load-entitlements");
        server.upload(&file, &[], Some(GROUPS)).await.expect(202);
        server.work();
        assert_eq!(server.get(&path).await.expect(200), wanted);
        let empty = json!({ "accessRequestConfig": null });
        assert_eq!(server.put(&path, empty).await.expect(200), nothing);
        let nobody = format!("{base}/00/entitlement-request-config");
        server.get(&nobody).await.problem(404);
    }
    let path = format!("/v2025/entitlements/{admins}/entitlement-request-config");
    let steps = |step: Value| json!({ "accessRequestConfig": { "approvalSchemes": [step] } });
    let lasting = |duration: Value| json!({ "accessRequestConfig": { "maxPermittedAccessDuration": duration } });
    for (body, wanted) in [
        (
            steps(json!({ "approverType": "FRIEND" })),
            "accessRequestConfig.approvalSchemes[0].approverType: \"FRIEND\"",
        ),
        (
            steps(json!({ "approverType": "WORKFLOW" })),
            "approvalSchemes[0].approverId is required",
        ),
        (
            steps(json!({ "approverType": "MANAGER", "approverId": "7" })),
            "approvalSchemes[0].approverId: only for",
        ),
        (
            lasting(json!({ "value": 0, "timeUnit": "DAYS" })),
            "maxPermittedAccessDuration.value: send 1 or more",
        ),
        (
            lasting(json!({ "value": 1, "timeUnit": "YEARS" })),
            "maxPermittedAccessDuration.timeUnit: \"YEARS\"",
        ),
    ] {
        let (_, text) = server.put(&path, body).await.problem(400);
        assert!(text.contains(wanted), "{text}");
    }
    for status in [200, 403] {
        let reply = server.send_as(OWNER, "GET", &path, None).await;
        assert_eq!(reply.status, status);
        let reply = server.send_as(OWNER, "PUT", &path, Some(wanted.clone()));
        assert_eq!(reply.await.status, status);
        give_away(server, &hr).await;
    }
}

async fn a_source_says_how_its_entitlements_are_asked_for(server: &Server) {
    let hr = server.source("HR").await;
    let path = format!("/beta/sources/{hr}/entitlement-request-config");
    let mut wanted = server.get(&path).await.expect(200);
    let access = &mut wanted["accessRequestConfig"];
    assert_eq!(access["requestCommentRequired"], false);
    access["requestCommentRequired"] = json!(true);
    access["approvalSchemes"] = json!([{ "approverType": "SOURCE_OWNER", "approverId": null }]);
    assert_eq!(server.put(&path, wanted.clone()).await.expect(200), wanted);
    for base in [
        "/sources/v1",
        "/v2026/sources",
        "/v2025/sources",
        "/v2024/sources",
    ] {
        let path = format!("{base}/{hr}/entitlement-request-config");
        assert_eq!(server.get(&path).await.expect(200), wanted);
        let nobody = format!("{base}/00/entitlement-request-config");
        server.get(&nobody).await.problem(404);
    }
    let step = |kind: &str| {
        let step = json!({ "approverType": kind, "approverId": "7" });
        json!({ "revocationRequestConfig": { "approvalSchemes": [step] } })
    };
    for (body, reason) in [
        (
            step("WORKFLOW"),
            "WORKFLOW cannot approve for a whole source",
        ),
        (
            step("FRIEND"),
            "approvalSchemes[0].approverType: \"FRIEND\"",
        ),
    ] {
        let (_, text) = server.put(&path, body).await.problem(400);
        assert!(text.contains(reason), "{text}");
    }
    let stranger = "acme|SOURCE_SUBADMIN|sp:scopes:all|client";
    for (method, body) in [("GET", None), ("PUT", Some(wanted.clone()))] {
        let refused = server.send_as(stranger, method, &path, body).await;
        refused.problem(403);
    }
    assert_eq!(server.get(&path).await.expect(200), wanted);
    // It goes with the source.
    let source = format!("/v3/sources/{hr}");
    server.delete(&source).await.expect(202);
    let kept = server.read(|tx| {
        let sql = "SELECT COUNT(*) FROM document WHERE kind = 'source-entitlement-request-config'";
        tx.fetch_one(sql, &[], |row| row.get::<i64>(0))
    });
    assert_eq!(kept, Some(0));
}
