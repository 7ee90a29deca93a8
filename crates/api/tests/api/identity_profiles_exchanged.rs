//! Identity profiles tried out before they are saved, and carried to another org.

use serde_json::{Value, json};

use crate::people::{HR, a_profile, add_account, add_people, mapping, person};
use crate::support::start;

#[tokio::test]
async fn a_preview_shows_values_and_errors_and_stores_nothing() {
    let server = start();
    let profile = a_profile(&server).await;
    let ada = person(1, &profile, "Ada");
    add_people(&server, std::slice::from_ref(&ada));
    add_account(
        &server,
        &ada,
        &[
            ("name", "ada"),
            ("e-mail", "new@example.com"),
            ("familyName", "Doe"),
        ],
    );
    let mut config = mapping();
    config["attributeTransforms"]
        .as_array_mut()
        .unwrap()
        .push(json!({
            "identityAttributeName": "title",
            "transformDefinition": {
                "type": "lookup",
                "attributes": { "input": "z", "table": { "a": "b" } },
            },
        }));
    let request = json!({ "identityId": ada.id.to_string(), "identityAttributeConfig": config });
    for base in [
        "/identity-profiles/v1",
        "/v3/identity-profiles",
        "/beta/identity-profiles",
    ] {
        let path = format!("{base}/identity-preview");
        let preview = server.post(&path, request.clone()).await.expect(200);
        assert_eq!(
            preview["identity"],
            json!({"type": "IDENTITY", "id": ada.id.to_string(), "name": "Ada Doe"})
        );
        let rows = preview["previewAttributes"].as_array().unwrap();
        assert_eq!(
            rows[1],
            json!({
                "name": "email",
                "value": "new@example.com",
                "previousValue": "ada@example.com",
                "errorMessages": [],
            })
        );
        assert_eq!(rows[3].get("value"), None);
        assert!(
            rows[3]["errorMessages"][0]["text"]
                .as_str()
                .unwrap()
                .contains("lookup")
        );
    }
    let saved = json!({ "identityId": ada.id.to_string() });
    let preview = server
        .post("/v2024/identity-profiles/identity-preview", saved)
        .await
        .expect(200);
    assert_eq!(preview["previewAttributes"].as_array().unwrap().len(), 3);
    let nobody = json!({ "identityId": "none" });
    server
        .post("/v3/identity-profiles/identity-preview", nobody)
        .await
        .problem(400);
    let stored = server
        .store
        .org()
        .read(|tx| tx.identities().get(ada.id))
        .unwrap()
        .unwrap();
    assert_eq!(stored, ada);
}

#[tokio::test]
async fn an_export_can_be_imported_into_another_org() {
    let server = start();
    let profile = a_profile(&server).await;
    let mut exported = server.get("/v3/identity-profiles/export").await.expect(200);
    assert_eq!(exported[0]["self"]["type"], "IDENTITY_PROFILE");
    assert_eq!(exported[0]["object"], profile);
    // The same as from an org where ids are others.
    let foreign = "ffffffffffffffffffffffffffffffff";
    let text = exported.to_string().replace(HR, foreign);
    exported = serde_json::from_str(&text).unwrap();
    exported[0]["object"]["description"] = json!("changed");
    exported[0]["object"]["owner"] =
        json!({ "type": "IDENTITY", "id": foreign, "name": "Someone" });
    let mut other = exported[0].clone();
    other["object"]["name"] = json!("Others");
    let mut lost = exported[0].clone();
    lost["object"]["name"] = json!("Lost");
    lost["object"]["authoritativeSource"]["name"] = json!("Nowhere");
    let all = json!([exported[0], other, lost]);
    let result = server
        .post("/v2026/identity-profiles/import", all)
        .await
        .expect(200);
    let names: Vec<&Value> = result["importedObjects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each| &each["name"])
        .collect();
    assert_eq!(names, ["People", "Others"]);
    assert_eq!(result["warnings"].as_array().unwrap().len(), 2);
    assert!(
        result["errors"][0]["text"]
            .as_str()
            .unwrap()
            .starts_with("Lost: authoritativeSource.id")
    );
    let path = format!("/v3/identity-profiles/{}", profile["id"].as_str().unwrap());
    let kept = server.get(&path).await.expect(200);
    assert_eq!(kept["description"], "changed");
    assert_eq!(
        kept["identityAttributeConfig"],
        profile["identityAttributeConfig"]
    );
    assert_eq!(
        server
            .get("/v3/identity-profiles?count=true")
            .await
            .header("x-total-count"),
        Some("2")
    );
}
