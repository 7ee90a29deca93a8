//! Schemas of sources over the wire.

use muster_model::Source;
use serde_json::{Value, json};

use crate::support::people::{HEADER, PEOPLE};
use crate::support::{Server, start};

const BASES: [&str; 6] = [
    "/sources/v1",
    "/v2026/sources",
    "/v2025/sources",
    "/v2024/sources",
    "/v3/sources",
    "/beta/sources",
];

fn version(server: &Server, id: &str) -> i64 {
    let found = server.store.org().read(|tx| tx.typed::<Source>().get(id));
    found.unwrap().unwrap().reading_version
}

#[tokio::test]
async fn a_schema_lives_from_creation_to_deletion_in_every_spelling() {
    let server = start();
    let id = server.source("HR").await;
    for base in BASES {
        let many = format!("{base}/{id}/schemas");
        let group = json!({
            "name": "group", "nativeObjectType": "Group", "identityAttribute": "id",
            "displayAttribute": "name", "hierarchyAttribute": null,
            "attributes": [
                {"name": "id", "type": "STRING", "schema": null, "description": null},
                {"name": "name", "type": "STRING"},
            ],
        });
        let before = version(&server, &id);
        let created = server.post(&many, group.clone()).await.expect(201);
        assert_eq!(version(&server, &id), before + 1);
        let one = format!("{many}/{}", created["id"].as_str().unwrap());
        assert_eq!(server.get(&one).await.expect(200), created);
        let (code, _) = server.post(&many, group).await.problem(400);
        assert_eq!(code, "400.1.409 Reference conflict");

        let names = async |query: &str| {
            let list = server.get(&format!("{many}?{query}")).await.expect(200);
            let names = list.as_array().unwrap().iter();
            names
                .map(|each| each["name"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(names("").await, ["account", "group"]);
        assert_eq!(names("include-types=group").await, ["group"]);
        assert_eq!(names("include-names=account,other").await, ["account"]);

        let location = json!({
            "name": "location", "type": "STRING", "schema": null, "description": "Where",
            "isMulti": false, "isEntitlement": false, "isGroup": false,
        });
        let patch = json!([{"op": "add", "path": "/attributes/-", "value": location}]);
        let patched = server.patch(&one, patch).await.expect(200);
        assert_eq!(patched["attributes"][2]["description"], "Where");
        let replaced = server.put(&one, patched.clone()).await.expect(200);
        assert_eq!(replaced, patched);
        assert_eq!(version(&server, &id), before + 2);
        assert_eq!(server.delete(&one).await.expect(204), Value::Null);
        server.get(&one).await.problem(404);
    }
}

#[tokio::test]
async fn a_schema_that_makes_no_sense_is_refused_with_all_that_is_wrong() {
    let server = start();
    let id = server.source("HR").await;
    let body = json!({
        "name": "group", "identityAttribute": "nothing", "displayAttribute": "x",
        "attributes": [{"name": "a.b"}, {"name": "x"}, {"name": "x"}],
    });
    let reply = server
        .post(&format!("/v3/sources/{id}/schemas"), body)
        .await;
    let answer = reply.expect(400);
    let text = answer["messages"][0]["text"].as_str().unwrap();
    assert_eq!(text, "attributes[0].name may not contain a period.");
    assert_eq!(answer["causes"].as_array().unwrap().len(), 2, "{answer:#}");
}

async fn account_schema(server: &Server, source: &str) -> (String, Value) {
    let many = format!("/sources/v1/{source}/schemas");
    let list = server.get(&many).await.expect(200);
    let id = list[0]["id"].as_str().unwrap();
    (format!("{many}/{id}"), list[0].clone())
}

#[tokio::test]
async fn what_names_accounts_changes_only_by_force_once_there_are_some() {
    let server = start();
    let id = server.source("HR").await;
    let (path, schema) = account_schema(&server, &id).await;
    let by = |attribute: &str| json!([{"op": "replace", "path": "/identityAttribute", "value": attribute}]);
    server.patch(&path, by("name")).await.expect(200);
    server.patch(&path, by("id")).await.expect(200);
    server.load(&id, PEOPLE).await;
    let (_, text) = server.patch(&path, by("name")).await.problem(400);
    assert!(text.contains("2 accounts"), "{text}");
    let forced = format!("{path}?force=true");
    let changed = server.patch(&forced, by("name")).await.expect(200);
    assert_eq!(changed["identityAttribute"], "name");

    for (field, value) in [
        ("id", "x"),
        ("name", "x"),
        ("created", "2020-01-01T00:00:00Z"),
    ] {
        let mut next = schema.clone();
        next[field] = json!(value);
        let (code, _) = server.put(&path, next).await.problem(400);
        assert_eq!(code, "400.1.1 Illegal update attempt", "{field}");
    }
    server.delete(&path).await.problem(400);
}

#[tokio::test]
async fn the_header_of_a_file_is_the_schema_in_every_spelling() {
    let server = start();
    let id = server.source("HR").await;
    for base in BASES {
        let path = format!("{base}/{id}/schemas/accounts");
        let reply = server.get(&path).await;
        assert_eq!(reply.header("content-type"), Some("text/csv"));
        assert_eq!(String::from_utf8_lossy(&reply.bytes), format!("{HEADER}\n"));
        let next = format!("{HEADER},department\n");
        let made = server.upload(&path, &[], Some(&next)).await.expect(200);
        assert_eq!(made["attributes"][10]["name"], "department");
        assert_eq!(made["attributes"][7]["isEntitlement"], true);
        assert_eq!(
            String::from_utf8_lossy(&server.get(&path).await.bytes),
            next
        );
        server.upload(&path, &[], Some(HEADER)).await.expect(200);
        let (_, text) = server.upload(&path, &[], Some("a,a\n")).await.problem(400);
        assert!(text.contains('a'), "{text}");
        server.upload(&path, &[], None).await.problem(400);

        let path = format!("{base}/{id}/schemas/entitlements");
        let groups = server.get(&path).await;
        assert!(groups.bytes.starts_with(b"id,name,displayName,"));
        server
            .get(&format!("{path}?schemaName=role"))
            .await
            .problem(404);
    }
    let path = format!("/v3/sources/{id}/schemas/entitlements?schemaName=role");
    let made = server
        .upload(&path, &[], Some("id,name\n"))
        .await
        .expect(200);
    assert_eq!(made["name"], "role");
    assert_eq!(server.get(&path).await.bytes, b"id,name\n");
}
