//! The configuration of an org over the wire.

use serde_json::json;

use crate::support::start;

#[tokio::test]
async fn an_org_starts_with_defaults_and_keeps_what_is_patched() {
    let server = start();
    let config = server.get("/org-config/v1").await.expect(200);
    assert_eq!(config["orgName"], "acme");
    assert_eq!(config["timeZone"], "Etc/UTC");
    let patch = json!([
        { "op": "replace", "path": "/timeZone", "value": "America/Toronto" },
        { "op": "replace", "path": "/armDb", "value": "EU" },
        { "op": "replace", "path": "/lcsChangeHonorsSourceEnableFeature", "value": true },
    ]);
    let patched = server.patch("/beta/org-config", patch).await.expect(200);
    assert_eq!(patched["timeZone"], "America/Toronto");
    assert_eq!(server.get("/v2025/org-config").await.expect(200), patched);
}

#[tokio::test]
async fn what_cannot_be_patched_is_named() {
    let server = start();
    let zone = json!([{ "op": "replace", "path": "/timeZone", "value": "Moon/Base" }]);
    let (code, text) = server.patch("/org-config/v1", zone).await.problem(400);
    assert_eq!(code, "400.1.3 Illegal value");
    assert!(text.contains("Moon/Base"), "{text}");
    let name = json!([{ "op": "replace", "path": "/orgName", "value": "other" }]);
    let (code, _) = server.patch("/org-config/v1", name).await.problem(400);
    assert_eq!(code, "400.1.1 Illegal update attempt");
    let (code, _) = server
        .patch("/org-config/v1", json!({"timeZone": "x"}))
        .await
        .problem(400);
    assert_eq!(code, "400.1 Bad request content");
}

#[tokio::test]
async fn time_zones_are_listed_in_pages() {
    let server = start();
    let reply = server
        .get("/beta/org-config/valid-time-zones?limit=5&count=true")
        .await;
    let total: usize = reply.header("x-total-count").unwrap().parse().unwrap();
    assert!(total > 100);
    assert_eq!(reply.expect(200).as_array().unwrap().len(), 5);
}
