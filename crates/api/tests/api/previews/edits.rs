//! Edited profiles and transforms.

use muster_sample::Version;
use serde_json::json;

use super::company::{Company, account, file};
use super::foretold::contents;
use super::{ALL, CHANGED};
use crate::support::{Server, on_both};

on_both! {
    an_edited_profile_does_what_its_preview_said
    an_edited_transform_does_what_its_preview_said
}

async fn an_edited_profile_does_what_its_preview_said(server: &Server) {
    let company = Company::found(server, 100).await;
    company
        .subscribe(CHANGED, json!({ "name": CHANGED, "triggerId": CHANGED }))
        .await;
    company.load(&file(100, Version::First)).await;
    let path = format!("/v2026/identity-profiles/{}", company.profile);
    let preview = format!(
        "/muster/v1/identity-profiles/{}/preview?{ALL}",
        company.profile
    );
    let title = json!({ "type": "upper", "attributes": { "input": account("title") } });
    let patch = json!([{
        "op": "add", "path": "/identityAttributeConfig/attributeTransforms/-",
        "value": { "identityAttributeName": "title", "transformDefinition": title },
    }]);
    let before = contents(server);
    let told = server.post(&preview, patch.clone()).await.expect(200);
    let mut whole = server.get(&path).await.expect(200);
    whole["identityAttributeConfig"]["attributeTransforms"]
        .as_array_mut()
        .unwrap()
        .push(patch[0]["value"].clone());
    assert_eq!(server.post(&preview, whole).await.expect(200), told);
    assert_eq!(contents(server), before);

    let wrong = json!([{ "op": "replace", "path": "/identityCount", "value": 3 }]);
    let refused = server.patch(&path, wrong.clone()).await.problem(400);
    assert_eq!(server.post(&preview, wrong).await.problem(400), refused);
    let (_, text) = server.post(&preview, json!("mine")).await.problem(400);
    assert!(text.contains("JSON Patch"), "{text}");
    assert_eq!(contents(server), before);

    let edit = server.patch(&path, patch);
    let changed = company.does_what_was_said(&told, edit).await;
    let people = &told["people"]["changed"];
    assert_eq!(people["count"], json!(changed));
    assert_eq!(told["attributes"][0]["attribute"], "title");
    let first = &people["items"][0];
    let id = first["id"].as_str().unwrap().parse().unwrap();
    let identity = server.read(|tx| tx.identities().get(id)).unwrap();
    let value = identity.attributes.get("title").unwrap();
    assert_eq!(first["changes"][0]["newValue"], json!(value));
}

async fn an_edited_transform_does_what_its_preview_said(server: &Server) {
    let company = Company::found(server, 60).await;
    company
        .subscribe(CHANGED, json!({ "name": CHANGED, "triggerId": CHANGED }))
        .await;
    let inner = json!({
        "name": "Shout", "type": "upper", "attributes": { "input": account("location") },
    });
    let inner = server.post("/v2026/transforms", inner).await.expect(201);
    let reference = |id: &str| json!({ "type": "reference", "attributes": { "id": id } });
    let outer =
        json!({ "name": "Place", "type": "trim", "attributes": { "input": reference("Shout") } });
    server.post("/v2026/transforms", outer).await.expect(201);
    let unused = json!({ "name": "Unused", "type": "trim", "attributes": {} });
    let unused = server.post("/v2026/transforms", unused).await.expect(201);
    let patch = json!([{
        "op": "add", "path": "/identityAttributeConfig/attributeTransforms/-",
        "value": { "identityAttributeName": "location", "transformDefinition": reference("Place") },
    }]);
    let profile = format!("/v2026/identity-profiles/{}", company.profile);
    server.patch(&profile, patch).await.expect(200);
    company.load(&file(60, Version::First)).await;

    let id = inner["id"].as_str().unwrap();
    let preview = format!("/muster/v1/transforms/{id}/preview?{ALL}");
    let edited = json!({ "input": account("department") });
    let patch = json!([{ "op": "replace", "path": "/attributes", "value": edited }]);
    let before = contents(server);
    let told = server.post(&preview, patch).await.expect(200);
    let mut whole = inner.clone();
    whole["attributes"] = edited;
    assert_eq!(server.post(&preview, whole.clone()).await.expect(200), told);
    let renamed = json!([{ "op": "replace", "path": "/name", "value": "Whisper" }]);
    server.post(&preview, renamed).await.problem(400);
    let mut broken = inner.clone();
    broken["attributes"] = json!({ "input": { "type": "none such" } });
    let path = format!("/v2026/transforms/{id}");
    let refused = server.put(&path, broken.clone()).await.problem(400);
    assert_eq!(server.post(&preview, broken).await.problem(400), refused);
    let nothing = format!(
        "/muster/v1/transforms/{}/preview",
        unused["id"].as_str().unwrap()
    );
    let nothing = server.post(&nothing, unused).await.expect(200);
    assert_eq!(
        (nothing.get("run"), &nothing["people"]["changed"]["count"]),
        (None, &json!(0))
    );
    assert_eq!(contents(server), before);

    let edit = server.put(&path, whole);
    company.does_what_was_said(&told, edit).await;
}
