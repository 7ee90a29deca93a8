//! Entitlements over the wire.

use serde_json::{Value, json};

use crate::support::people::{PEOPLE, source_body};
use crate::support::{Server, on_both};

const GROUPS: &str = "id,name,displayName,created,description,modified,entitlements,groups,permissions\n\
                      Admins,Admins,Administrators,,May do all,,,,\n\
                      Guests,Guests,Guests,,,,,,\n";

async fn list(server: &Server, query: &str) -> Vec<Value> {
    let list = server.get(&format!("/v2025/entitlements?{query}")).await;
    list.expect(200).as_array().unwrap().clone()
}

async fn values(server: &Server, query: &str) -> Vec<String> {
    let list = list(server, query).await;
    let values = list.iter().map(|one| one["value"].as_str().unwrap());
    values.map(str::to_owned).collect()
}

async fn company(server: &Server) -> String {
    let hr = server.source("HR").await;
    server.profile(&hr);
    server.load(&hr, PEOPLE).await;
    hr
}

async fn load(server: &Server, source: &str, file: &str) -> Value {
    let path = format!("/v2025/sources/{source}/load-entitlements");
    let started = server.upload(&path, &[], Some(file)).await.expect(202);
    server.work();
    started
}

async fn accounts_and_files_bring_entitlements(server: &Server) {
    let hr = company(server).await;
    assert_eq!(values(server, "sorters=value").await, ["Admins", "Users"]);
    let started = load(server, &hr, GROUPS).await;
    assert_eq!(started["uniqueName"], "Cloud Group Aggregation");
    let task = started["id"].as_str().unwrap();
    let status = server
        .get(&format!("/v2025/task-status/{task}"))
        .await
        .expect(200);
    assert_eq!(status["completionStatus"], "SUCCESS");
    for (filter, wanted) in [
        ("name eq \"administrators\"", vec!["Admins"]),
        ("value sw \"g\"", vec!["Guests"]),
        (
            "attribute eq \"groups\" and type eq \"group\"",
            vec!["Admins", "Guests", "Users"],
        ),
        (
            &format!("source.id in (\"{hr}\")"),
            vec!["Admins", "Guests", "Users"],
        ),
        ("requestable eq true", vec![]),
        ("owner.id eq \"7\"", vec![]),
        ("created gt 2020-01-01 and modified le 2020-01-01", vec![]),
    ] {
        let query = filter.replace(' ', "%20").replace('"', "%22");
        let found = values(server, &format!("filters={query}&sorters=value")).await;
        assert_eq!(found, wanted, "{filter}");
    }
    let page = server
        .get("/beta/entitlements?limit=1&count=true&sorters=-name")
        .await;
    assert_eq!(page.header("x-total-count"), Some("3"));
    assert_eq!(page.expect(200)[0]["name"], "Users");
    server
        .get("/v2025/entitlements?for-segment-ids=1")
        .await
        .problem(400);
}

async fn an_account_names_its_entitlements_as_the_file_does(server: &Server) {
    let hr = company(server).await;
    load(server, &hr, GROUPS).await;
    let accounts = server
        .get("/v3/accounts?filters=name+eq+%22ada%22")
        .await
        .expect(200);
    let id = accounts[0]["id"].as_str().unwrap();
    for path in [
        format!("/v3/accounts/{id}/entitlements"),
        format!("/beta/entitlements?account-id={id}"),
        format!("/entitlements/v1/account/{id}/entitlements"),
    ] {
        let found = server.get(&path).await.expect(200);
        assert_eq!(found.as_array().unwrap().len(), 1, "{path}");
        assert_eq!(found[0]["name"], "Administrators", "{path}");
        assert_eq!(found[0]["description"], "May do all", "{path}");
    }
}

async fn what_people_set_stays(server: &Server) {
    let hr = company(server).await;
    let admins = &list(server, "filters=value+eq+%22Admins%22").await[0];
    let path = format!("/v2025/entitlements/{}", admins["id"].as_str().unwrap());
    source_body(server, "owner");
    let owner = muster_model::id::IdentityId(7).to_string();
    let patched = server
        .patch(
            &path,
            json!([
                {"op": "replace", "path": "/name", "value": "Ours"},
                {"op": "replace", "path": "/requestable", "value": true},
                {"op": "add", "path": "/owner", "value": {"type": "IDENTITY", "id": owner}},
                {"op": "replace", "path": "/privilegeLevel", "value": {"direct": "HIGH"}},
            ]),
        )
        .await
        .expect(200);
    assert_eq!(
        patched["manuallyUpdatedFields"],
        json!({"DISPLAY_NAME": true})
    );
    assert_eq!(patched["privileged"], true);
    assert_eq!(patched["owner"]["name"], "ada");
    load(server, &hr, GROUPS).await;
    let after = server.get(&path).await.expect(200);
    assert_eq!(after["name"], "Ours");
    assert_eq!(after["description"], "May do all");
    let query =
        format!("filters=owner.id+eq+%22{owner}%22+and+privilegeLevel.direct+eq+%22HIGH%22");
    assert_eq!(values(server, &query).await, ["Admins"]);
    for wrong in [
        json!([{"op": "replace", "path": "/value", "value": "x"}]),
        json!([{"op": "replace", "path": "/name", "value": " "}]),
        json!([{"op": "replace", "path": "/owner", "value": {"id": "0"}}]),
        json!([{"op": "replace", "path": "/privilegeLevel", "value": {"direct": "ALL"}}]),
        json!([{"op": "replace", "path": "/segments", "value": "x"}]),
        json!([{"op": "replace", "path": "/manuallyUpdatedFields", "value": {"OWNER": true}}]),
    ] {
        server.patch(&path, wrong).await.problem(400);
    }
    let bulk = |ids: Vec<String>| {
        json!({
            "entitlementIds": ids,
            "jsonPatch": [{"op": "replace", "path": "/requestable", "value": false}],
        })
    };
    let id = admins["id"].as_str().unwrap().to_owned();
    let many = "/v2025/entitlements/bulk-update";
    server.post(many, bulk(vec![id.clone()])).await.expect(204);
    assert_eq!(server.get(&path).await.expect(200)["requestable"], false);
    server.post(many, bulk(vec![id; 51])).await.problem(400);
    server
        .post(many, bulk(vec!["0".to_owned()]))
        .await
        .problem(404);
}

async fn a_reset_removes_them_until_accounts_are_read_again(server: &Server) {
    let hr = company(server).await;
    let reset = format!("/v2025/entitlements/reset/sources/{hr}");
    server.post(&reset, json!(null)).await.expect(202);
    server.work();
    assert!(list(server, "").await.is_empty());
    server.load(&hr, PEOPLE).await;
    assert_eq!(values(server, "sorters=value").await, ["Admins", "Users"]);
}

async fn files_are_refused_where_nothing_could_have_them(server: &Server) {
    let hr = company(server).await;
    let path = format!("/v2025/sources/{hr}/load-entitlements");
    server.upload(&path, &[], None).await.problem(400);
    let (_, text) = server
        .upload(
            &format!("/v2025/entitlements/aggregate/sources/{hr}"),
            &[],
            None,
        )
        .await
        .problem(400);
    assert!(text.contains("csvFile"), "{text}");
    server.get("/v2025/entitlements/00").await.problem(404);
    server
        .get("/v2025/entitlements/00/parents")
        .await
        .problem(404);
}

on_both! {
    accounts_and_files_bring_entitlements
    an_account_names_its_entitlements_as_the_file_does
    what_people_set_stays
    a_reset_removes_them_until_accounts_are_read_again
    files_are_refused_where_nothing_could_have_them
}
