//! Cases of aggregation-refresh.md §9 by number, as far as they are about calls; the others are tests of
//! flows (`server/tests/flow`), and case 25 one of the whole binary.

use muster_model::{OrgSettings, Source};
use muster_testkit::Endpoint;
use serde_json::{Value, json};

use crate::invocations::deliver;
use crate::people::{add_account, add_source, person};
use crate::support::people::{HEADER, PEOPLE};
use crate::support::{NOW, Server, on_both};

on_both! {
    case_21_the_counts_of_an_aggregation_are_gone_after_an_hour_where_the_vendor_is_copied
    case_22_a_source_that_cannot_be_aggregated_is_refused
    case_23_who_administers_no_sources_loads_none
    case_34_an_account_of_a_direct_source_is_not_deleted_and_one_of_a_file_comes_back
    case_45_at_most_250_identities_are_processed_at_once
    case_50_an_action_names_its_sources_in_one_way
    case_54_an_unsaved_mapping_is_previewed_and_not_stored
    case_64_who_filters_for_managers_hears_of_managers_alone
}

async fn company(server: &Server) -> String {
    let hr = server.source("HR").await;
    server.profile(&hr);
    server.load(&hr, PEOPLE).await;
    hr
}

/// The id of the identity with that user name.
async fn identity(server: &Server, alias: &str) -> String {
    let found = format!("/v2025/identities?filters=alias+eq+%22{alias}%22");
    let found = server.get(&found).await.expect(200);
    found[0]["id"].as_str().unwrap().to_owned()
}

async fn case_21_the_counts_of_an_aggregation_are_gone_after_an_hour_where_the_vendor_is_copied(
    server: &Server,
) {
    let hr = server.source("HR").await;
    let task = server.load(&hr, PEOPLE).await;
    let path = format!("/account-aggregations/v1/{task}/status");
    server.clock.advance_micros(61 * 60 * 1_000_000);
    server.get(&path).await.expect(200);
    let settings = OrgSettings {
        vendor_quirks: true,
        ..OrgSettings::default()
    };
    server.write(|tx| tx.typed::<OrgSettings>().put(&settings, NOW));
    server.get(&path).await.problem(404);
    let kept = format!("/task-status/v1/{task}");
    let kept = server.get(&kept).await.expect(200);
    assert_eq!(kept["completionStatus"], "SUCCESS");
}

async fn case_22_a_source_that_cannot_be_aggregated_is_refused(server: &Server) {
    let hr = server.source("HR").await;
    let features = json!([{"op": "replace", "path": "/features", "value": ["NO_AGGREGATION"]}]);
    let source = format!("/sources/v1/{hr}");
    server.patch(&source, features).await.expect(200);
    let path = format!("{source}/load-accounts");
    let (_, text) = server.upload(&path, &[], Some(HEADER)).await.problem(400);
    assert!(text.contains("NO_AGGREGATION"), "{text}");
    assert_eq!(server.get("/task-status/v1").await.expect(200), json!([]));
}

async fn case_23_who_administers_no_sources_loads_none(server: &Server) {
    let hr = server.source("HR").await;
    let path = format!("/sources/v1/{hr}/load-accounts");
    for levels in [
        "USER",
        "HELPDESK",
        "CERT_ADMIN",
        "REPORT_ADMIN",
        "ROLE_ADMIN",
    ] {
        let token = format!("acme|{levels}|sp:scopes:all|person");
        let refused = server.upload_as(&token, &path, &[], Some(HEADER)).await;
        let (code, _) = refused.problem(403);
        assert!(code.starts_with("403"), "{levels}: {code}");
    }
    assert_eq!(server.get("/task-status/v1").await.expect(200), json!([]));
    for levels in ["ORG_ADMIN", "SOURCE_ADMIN", "SOURCE_SUBADMIN"] {
        let token = format!("acme|{levels}|idn:sources:manage|person");
        let taken = server.upload_as(&token, &path, &[], Some(HEADER)).await;
        taken.expect(202);
    }
}

async fn case_34_an_account_of_a_direct_source_is_not_deleted_and_one_of_a_file_comes_back(
    server: &Server,
) {
    add_source(server, crate::people::HR, "Directory");
    server.write(|tx| {
        let mut directory = tx.typed::<Source>().get(crate::people::HR)?.unwrap();
        "LDAP".clone_into(&mut directory.kind);
        tx.typed::<Source>().put(&directory, NOW)
    });
    add_account(
        server,
        &person(1, &json!({}), "Direct"),
        &[("name", "direct")],
    );
    let account = async |native: &str| {
        let query = format!("/v3/accounts?filters=nativeIdentity+eq+%22{native}%22");
        server.get(&query).await.expect(200)[0].clone()
    };
    let path = |account: &Value| format!("/v3/accounts/{}", account["id"].as_str().unwrap());
    let direct = path(&account("direct").await);
    let (_, text) = server.delete(&direct).await.problem(400);
    assert!(text.contains("not a delimited file"), "{text}");
    server.get(&direct).await.expect(200);

    let hr = company(server).await;
    let bob = path(&account("2").await);
    server.delete(&bob).await.expect(202);
    server.work();
    server.get(&bob).await.problem(404);
    server.load(&hr, PEOPLE).await;
    let back = account("2").await;
    assert_eq!(back["attributes"]["familyName"], "Builder");
    assert_eq!(back["identityId"], json!(identity(server, "bob").await));
}

async fn case_45_at_most_250_identities_are_processed_at_once(server: &Server) {
    company(server).await;
    let bob = identity(server, "bob").await;
    let ask = |count: usize| json!({ "identityIds": vec![bob.clone(); count] });
    let path = "/identities/v1/process";
    let (code, text) = server.post(path, ask(251)).await.problem(400);
    assert_eq!(code, "400.1.4 Limit violation");
    assert!(text.contains("251") && text.contains("250"), "{text}");
    let accepted = server.post(path, ask(250)).await.expect(202);
    server.work();
    let run = format!("/task-status/v1/{}", accepted["id"].as_str().unwrap());
    let run = server.get(&run).await.expect(200);
    assert_eq!(run["completionStatus"], "SUCCESS");
}

async fn case_50_an_action_names_its_sources_in_one_way(server: &Server) {
    let hr = company(server).await;
    let path = format!("/v3/identity-profiles/{:032x}/lifecycle-states", 0xB1);
    let state = |action: Value| json!({"name": "Gone", "technicalName": "gone", "accountActions": [action]});
    let both = json!({"action": "DISABLE", "sourceIds": [hr], "allSources": true});
    let (_, text) = server.post(&path, state(both)).await.problem(400);
    assert!(
        text.contains("sourceIds cannot be given when allSources is true"),
        "{text}"
    );
    assert_eq!(server.get(&path).await.expect(200), json!([]));
    for action in [
        json!({"action": "DISABLE", "sourceIds": [hr]}),
        json!({"action": "DISABLE", "allSources": true}),
    ] {
        let made = server.post(&path, state(action)).await.expect(201);
        let made = format!("{path}/{}", made["id"].as_str().unwrap());
        server.delete(&made).await.expect(202);
    }
}

async fn case_54_an_unsaved_mapping_is_previewed_and_not_stored(server: &Server) {
    company(server).await;
    let bob = identity(server, "bob").await;
    let everything = |tx: &mut muster_store::Tx<'_>| {
        let bob = tx.identities().get(bob.parse().unwrap())?;
        Ok((bob, tx.events().last()?, tx.jobs().counts()?))
    };
    let profile = format!("/v3/identity-profiles/{:032x}", 0xB1);
    let saved = server.get(&profile).await.expect(200);
    let before = server.read(everything);
    let shouted = json!({
        "identityAttributeName": "lastname",
        "transformDefinition": { "type": "upper", "attributes": {
            "input": crate::people::mapped_from("HR", "familyName"),
        }},
    });
    let mut config = saved["identityAttributeConfig"].clone();
    config["attributeTransforms"][3] = shouted;
    let request = json!({ "identityId": bob, "identityAttributeConfig": config });
    let shown = server
        .post("/v3/identity-profiles/identity-preview", request)
        .await
        .expect(200);
    assert_eq!(
        shown["previewAttributes"][3],
        json!({
            "name": "lastname",
            "value": "BUILDER",
            "previousValue": "Builder",
            "errorMessages": [],
        })
    );
    assert_eq!(server.read(everything), before);
    assert_eq!(server.get(&profile).await.expect(200), saved);
}

async fn case_64_who_filters_for_managers_hears_of_managers_alone(server: &Server) {
    let hr = server.source("HR").await;
    let manager = json!([{ "op": "add", "path": "/managerCorrelationMapping", "value": {
        "accountAttributeName": "manager", "identityAttributeName": "uid" } }]);
    server
        .patch(&format!("/v3/sources/{hr}"), manager)
        .await
        .expect(200);
    server.profile(&hr);
    let rows = |bobs_name: &str, cyds_manager: &str| {
        format!(
            "1,ada,Ada,Lovelace,ada@example.com,,,,,\n\
             2,bob,Bob,{bobs_name},bob@example.com,,ada,,,\n\
             3,cyd,Cyd,Charisse,cyd@example.com,,{cyds_manager},,,\n"
        )
    };
    server.load(&hr, &rows("Builder", "ada")).await;
    let endpoint = Endpoint::start();
    let wish = json!({
        "name": "Managers",
        "triggerId": "idn:identity-attributes-changed",
        "type": "HTTP",
        "httpConfig": { "url": endpoint.url("/hook"), "httpDispatchMode": "SYNC" },
        "filter": "$.changes[?(@.attribute == \"manager\")]",
    });
    server
        .post("/trigger-subscriptions/v1", wish)
        .await
        .expect(201);
    let service = server.in_place(|| deliver(server));
    server.load(&hr, &rows("Baker", "bob")).await;
    let received = server.in_place(|| endpoint.wait_for(1));
    service.rest().await;
    assert_eq!(endpoint.received().len(), 1);
    assert_eq!(server.told("idn:identity-attributes-changed").len(), 2);
    let told: Value = serde_json::from_slice(&received[0].body).unwrap();
    assert_eq!(told["identity"]["name"], "Cyd Charisse");
    assert_eq!(told["changes"][0]["attribute"], "manager");
    assert_eq!(told["changes"][0]["newValue"]["name"], "Bob Baker");
}
