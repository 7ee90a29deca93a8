//! Muster's own settings and feature flags over the wire, and their agreement with org-config.

use muster_model::settings::{EventIdentityName, ORG_SETTINGS_ID, POST_PROVISIONING_FLAG};
use muster_model::{OrgSettings, Timestamp};
use muster_store::Schedule;
use serde_json::json;

use crate::support::{NOW, Server, start};

fn stored(server: &Server) -> OrgSettings {
    let found = server
        .store
        .org()
        .read(|tx| tx.typed::<OrgSettings>().get(ORG_SETTINGS_ID));
    found.unwrap().unwrap_or_default()
}

#[tokio::test]
async fn settings_org_config_and_flags_are_one_document() {
    let server = start();
    let settings = server.get("/muster/v1/settings").await.expect(200);
    assert_eq!(
        settings,
        json!({"vendorQuirks": false, "eventIdentityName": "displayName", "subscriptionsMax": 50,
            "requestResponseSubscriptionsMax": 1, "retentionDays": 30, "periodicRefresh": "0 0 8,20 * * ?", "retryScheduleMs": []})
    );
    let next = json!({"vendorQuirks": true, "eventIdentityName": "accountName", "subscriptionsMax": 7,
        "requestResponseSubscriptionsMax": 2, "retentionDays": 90, "periodicRefresh": "0 0 6 * * ?", "retryScheduleMs": [0, 1000]});
    assert_eq!(
        server
            .put("/muster/v1/settings", next.clone())
            .await
            .expect(200),
        next
    );
    let zone = json!([
        { "op": "replace", "path": "/timeZone", "value": "Europe/Berlin" },
        { "op": "replace", "path": "/armDb", "value": "EU" },
    ]);
    server.patch("/org-config/v1", zone).await.expect(200);
    let flag = format!("/muster/v1/feature-flags/{POST_PROVISIONING_FLAG}");
    server
        .put(
            &flag,
            json!({"name": POST_PROVISIONING_FLAG, "enabled": true}),
        )
        .await
        .expect(200);
    let all = stored(&server);
    assert!(all.vendor_quirks && all.has(POST_PROVISIONING_FLAG));
    assert_eq!(all.event_identity_name, EventIdentityName::AccountName);
    assert_eq!(
        (all.time_zone.as_str(), all.subscriptions_max),
        ("Europe/Berlin", 7)
    );
    assert_eq!(all.org_config["armDb"], "EU");
    assert_eq!(
        server.get("/beta/org-config").await.expect(200)["timeZone"],
        "Europe/Berlin"
    );
    assert_eq!(server.get("/muster/v1/settings").await.expect(200), next);
    let never = json!([{ "op": "replace", "path": "/periodicRefresh", "value": "at noon" }]);
    let (_, text) = server
        .patch("/muster/v1/settings", never)
        .await
        .problem(400);
    assert!(text.starts_with("periodicRefresh: "), "{text}");
    for field in ["subscriptionsMax", "requestResponseSubscriptionsMax"] {
        let none = json!([{ "op": "replace", "path": format!("/{field}"), "value": 0 }]);
        let (_, text) = server.patch("/muster/v1/settings", none).await.problem(400);
        assert!(text.starts_with(&format!("{field}: ")), "{text}");
    }
}

#[tokio::test]
async fn a_flag_is_off_until_it_is_turned_on_and_only_known_ones_exist() {
    let server = start();
    let list = server.get("/muster/v1/feature-flags").await.expect(200);
    assert_eq!(
        (&list[0]["name"], &list[0]["enabled"]),
        (&json!(POST_PROVISIONING_FLAG), &json!(false))
    );
    let path = format!("/muster/v1/feature-flags/{POST_PROVISIONING_FLAG}");
    let on = server
        .patch(&path, json!({"enabled": true}))
        .await
        .expect(200);
    assert_eq!(on["enabled"], true);
    assert_eq!(server.get(&path).await.expect(200), on);
    server
        .put(&path, json!({"name": "OTHER", "enabled": true}))
        .await
        .problem(400);
    let (_, text) = server
        .put("/muster/v1/feature-flags/OTHER", json!({"enabled": true}))
        .await
        .problem(404);
    assert!(text.contains(POST_PROVISIONING_FLAG), "{text}");
}

#[tokio::test]
async fn schedules_move_with_the_time_zone_of_the_org() {
    let server = start();
    let schedule = |zone: &str, next: &str| Schedule {
        name: "refresh".into(),
        kind: "refresh".into(),
        body: "{}".into(),
        cron: "0 0 8 * * ?".into(),
        zone: zone.into(),
        next: next.parse::<Timestamp>().unwrap(),
    };
    let day = &NOW.to_string()[..10];
    let before = schedule("Etc/UTC", "2026-05-29T08:00:00Z");
    server
        .store
        .org()
        .write(|tx| tx.schedules().put(&before))
        .unwrap();
    let zone = json!([{ "op": "replace", "path": "/timeZone", "value": "Asia/Tokyo" }]);
    server.patch("/org-config/v1", zone).await.expect(200);
    let found = server.store.org().read(|tx| tx.schedules().list()).unwrap();
    // 08:00 in Tokyo is 23:00 UTC of the day before.
    assert_eq!(found, [schedule("Asia/Tokyo", &format!("{day}T23:00:00Z"))]);
}
