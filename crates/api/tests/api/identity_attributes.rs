//! Identity attributes over the wire.

use muster_api::resources::identity_attributes::seed;
use serde_json::{Value, json};

use crate::people::{HR, a_profile, mapped};
use crate::support::{NOW, Server, start};

async fn names(server: &Server, query: &str) -> Vec<String> {
    let list = server
        .get(&format!("/v2025/identity-attributes?{query}"))
        .await
        .expect(200);
    let names = list.as_array().unwrap().iter();
    names
        .map(|each| each["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn every_org_has_the_standard_attributes_once() {
    let server = start();
    let before = names(&server, "").await;
    assert!(before.contains(&"uid".to_owned()) && before.contains(&"costCenter".to_owned()));
    server.store.org().write(|tx| seed(tx, NOW)).unwrap();
    assert_eq!(names(&server, "").await, before);
    let all = names(&server, "includeSystem=true&includeSilent=true").await;
    assert_eq!(all.len(), before.len() + 4);
    let mut searchable = names(&server, "searchableOnly=true").await;
    searchable.sort();
    assert_eq!(
        searchable,
        [
            "displayName",
            "email",
            "firstname",
            "identificationNumber",
            "lastname",
            "uid"
        ]
    );
    server
        .get("/beta/identity-attributes?includeSystem=perhaps")
        .await
        .problem(400);
    let reply = server.get("/beta/identity-attributes?count=true").await;
    assert_eq!(
        reply.header("x-total-count"),
        Some(before.len().to_string().as_str())
    );
}

#[tokio::test]
async fn an_attribute_of_ones_own_lives_from_creation_to_deletion() {
    let server = start();
    let body = json!({"name": "badge", "displayName": "Badge", "type": "string", "standard": true});
    let made = server
        .post("/identity-attributes/v1", body)
        .await
        .expect(201);
    assert_eq!(
        made,
        json!({
            "name": "badge", "displayName": "Badge", "standard": false, "type": "string",
            "multi": false, "searchable": false, "system": false, "sources": [],
        })
    );
    let path = "/v2024/identity-attributes/badge";
    let mut next = made.clone();
    next["searchable"] = json!(true);
    assert_eq!(server.put(path, next.clone()).await.expect(200), next);
    assert_eq!(server.get(path).await.expect(200), next);
    next["name"] = json!("other");
    server.put(path, next).await.problem(400);
    let twin = json!({"name": "BADGE"});
    let (code, _) = server
        .post("/beta/identity-attributes", twin)
        .await
        .problem(400);
    assert_eq!(code, "400.1.409 Reference conflict");
    assert_eq!(server.delete(path).await.expect(204), Value::Null);
    server.get(path).await.problem(404);
}

#[tokio::test]
async fn only_plain_attributes_become_searchable_and_only_ones_own_are_deleted() {
    let server = start();
    let many = json!({"name": "groups", "multi": true, "searchable": true});
    let (code, text) = server
        .post("/identity-attributes/v1", many)
        .await
        .problem(400);
    assert_eq!(code, "400.1.3 Illegal value");
    assert!(text.starts_with("searchable: "), "{text}");
    let uid = server.get("/identity-attributes/v1/uid").await.expect(200);
    assert_eq!(
        server
            .put("/identity-attributes/v1/uid", uid.clone())
            .await
            .expect(200),
        uid
    );
    let mut title = server
        .get("/identity-attributes/v1/title")
        .await
        .expect(200);
    title["searchable"] = json!(true);
    server
        .put("/identity-attributes/v1/title", title)
        .await
        .problem(400);
    server
        .delete("/identity-attributes/v1/uid")
        .await
        .problem(400);
    for name in ["", "two words", "9lives", "a.b"] {
        server
            .post("/identity-attributes/v1", json!({"name": name}))
            .await
            .problem(400);
    }
}

#[tokio::test]
async fn a_mapped_attribute_cannot_be_deleted_and_many_go_together_or_not_at_all() {
    let server = start();
    for name in ["one", "two"] {
        server
            .post("/identity-attributes/v1", json!({"name": name}))
            .await
            .expect(201);
    }
    let profile = a_profile(&server).await;
    let mut entry = mapped("two", "id");
    entry["transformDefinition"]["attributes"]["sourceId"] = json!(HR);
    let add = json!([{ "op": "add", "path": "/identityAttributeConfig/attributeTransforms/-", "value": entry }]);
    let path = format!("/v3/identity-profiles/{}", profile["id"].as_str().unwrap());
    server.patch(&path, add).await.expect(200);
    let request = |names: Value| {
        axum::http::Request::builder()
            .method("DELETE")
            .uri("/beta/identity-attributes/bulk-delete")
            .header("authorization", format!("Bearer {}", crate::support::ADMIN))
            .body(axum::body::Body::from(json!({ "ids": names }).to_string()))
            .unwrap()
    };
    let (_, text) = server
        .request(request(json!(["one", "two"])))
        .await
        .problem(400);
    assert!(text.contains("People"), "{text}");
    server.get("/identity-attributes/v1/one").await.expect(200);
    server.request(request(json!(["one"]))).await.expect(204);
    server.get("/identity-attributes/v1/one").await.problem(404);
}
