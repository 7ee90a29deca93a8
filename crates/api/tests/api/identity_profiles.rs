//! Identity profiles over the wire.

use serde_json::{Value, json};

use crate::people::{HR, a_profile, add_people, add_source, jobs_of, mapped, mapping, person};
use crate::support::{Server, start};

async fn create(server: &Server, change: Value) -> crate::support::Reply {
    let mut body = json!({
        "name": "People",
        "authoritativeSource": { "type": "SOURCE", "id": HR },
    });
    for (name, value) in change.as_object().unwrap() {
        body[name] = value.clone();
    }
    server.post("/identity-profiles/v1", body).await
}

fn attributes(config: &Value) -> Vec<&str> {
    config["attributeTransforms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["identityAttributeName"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_new_profile_maps_what_the_schema_has_a_name_for() {
    let server = start();
    add_source(&server, HR, "HR");
    let made = create(&server, json!({})).await.expect(201);
    assert_eq!(made["priority"], 10);
    assert_eq!(made["identityCount"], 0);
    assert_eq!(made["identityRefreshRequired"], false);
    assert_eq!(made["hasTimeBasedAttr"], false);
    assert_eq!(made["owner"], Value::Null);
    assert_eq!(
        made["authoritativeSource"],
        json!({"type": "SOURCE", "id": HR, "name": "HR"})
    );
    let config = &made["identityAttributeConfig"];
    assert_eq!(
        attributes(config),
        [
            "department",
            "email",
            "firstname",
            "identificationNumber",
            "lastname",
            "uid"
        ]
    );
    assert_eq!(config["attributeTransforms"][1], mapped("email", "e-mail"));
    assert_eq!(config["attributeTransforms"][5], mapped("uid", "name"));
    let id = made["id"].as_str().unwrap();
    for base in [
        "/identity-profiles/v1",
        "/v2026/identity-profiles",
        "/v2025/identity-profiles",
        "/v2024/identity-profiles",
        "/v3/identity-profiles",
        "/beta/identity-profiles",
    ] {
        assert_eq!(server.get(&format!("{base}/{id}")).await.expect(200), made);
        let default = format!("{base}/{id}/default-identity-attribute-config");
        assert_eq!(server.get(&default).await.expect(200), *config);
    }
    let states = format!("/identity-profiles/v1/{id}/lifecycle-states");
    let states = server.get(&states).await.expect(200);
    let names: Vec<&Value> = states
        .as_array()
        .unwrap()
        .iter()
        .map(|state| &state["technicalName"])
        .collect();
    assert_eq!(names, ["active", "inactive"]);
    let second = create(&server, json!({"name": "Contractors"}))
        .await
        .expect(201);
    assert_eq!(second["priority"], 20);
}

#[tokio::test]
async fn a_profile_that_cannot_work_is_refused_by_field() {
    let server = start();
    add_source(&server, HR, "HR");
    let with = |entry: Value| {
        let mut mapping = mapping();
        mapping["attributeTransforms"]
            .as_array_mut()
            .unwrap()
            .push(entry);
        json!({ "identityAttributeConfig": mapping })
    };
    let of = |kind: &str, attributes: Value| {
        with(json!({
            "identityAttributeName": "title",
            "transformDefinition": { "type": kind, "attributes": attributes },
        }))
    };
    let place = "identityAttributeConfig.attributeTransforms[3]";
    for (change, code, beginning) in [
        (json!({"name": ""}), "400.1.0", "name is empty".to_owned()),
        (
            json!({"authoritativeSource": {"type": "SOURCE", "id": "x"}}),
            "400.1.404",
            "authoritativeSource.id: there is no source \"x\"".to_owned(),
        ),
        (
            json!({"owner": {"type": "IDENTITY", "id": "x"}}),
            "400.1.404",
            "owner.id: there is no identity".to_owned(),
        ),
        (
            with(mapped("shoeSize", "id")),
            "400.1.404",
            format!("{place}.identityAttributeName: there is no identity attribute \"shoeSize\""),
        ),
        (
            with(mapped("LastName", "id")),
            "400.1.404",
            format!(
                "{place}.identityAttributeName: there is no identity attribute \"LastName\"; did you mean lastname?"
            ),
        ),
        (
            with(mapped("uid", "id")),
            "400.1.3",
            format!("{place}.identityAttributeName: \"uid\" is mapped twice"),
        ),
        (
            with(mapped("cloudStatus", "id")),
            "400.1.3",
            format!("{place}.identityAttributeName: cloudStatus is set by the product"),
        ),
        (
            of(
                "accountAttribute",
                json!({"attributeName": "id", "sourceName": "Payroll"}),
            ),
            "400.1.404",
            format!(
                "{place}.transformDefinition: there is no source whose sourceName is \"Payroll\"; there are: HR."
            ),
        ),
        (
            of("reference", json!({"id": "Nowhere"})),
            "400.1.404",
            format!("{place}.transformDefinition: there is no transform \"Nowhere\""),
        ),
        (
            of("uper", json!({})),
            "400.1.3",
            format!("{place}.transformDefinition"),
        ),
        (
            of("substring", json!({"begin": "x"})),
            "400.1.3",
            format!("{place}.transformDefinition.attributes"),
        ),
        (
            json!({"identityAttributeConfig": {"enabled": true, "attributeTransforms": [mapped("uid", "id")]}}),
            "400.1.0",
            "identityAttributeConfig.attributeTransforms has no mapping of email, lastname"
                .to_owned(),
        ),
    ] {
        let (detail, text) = create(&server, change.clone()).await.problem(400);
        assert!(
            detail.starts_with(&format!("{code} ")),
            "{change}: {detail} {text}"
        );
        assert!(text.starts_with(&beginning), "{text}");
    }
    assert_eq!(
        server.get("/v3/identity-profiles").await.expect(200),
        json!([])
    );
}

#[tokio::test]
async fn a_changed_mapping_asks_for_a_refresh_and_cannot_come_with_another_source() {
    let server = start();
    let profile = a_profile(&server).await;
    add_source(&server, "000000000000000000000000000000a2", "Payroll");
    let path = format!(
        "/v2025/identity-profiles/{}",
        profile["id"].as_str().unwrap()
    );
    let add = json!({
        "op": "add",
        "path": "/identityAttributeConfig/attributeTransforms/-",
        "value": {
            "identityAttributeName": "cloudLifecycleState",
            "transformDefinition": {
                "type": "dateCompare",
                "attributes": {
                    "firstDate": "now",
                    "secondDate": mapped("x", "endDate")["transformDefinition"],
                    "operator": "lt",
                    "positiveCondition": "active",
                    "negativeCondition": "inactive",
                    "requiresPeriodicRefresh": true,
                },
            },
        },
    });
    let source = json!({
        "op": "replace",
        "path": "/authoritativeSource",
        "value": { "type": "SOURCE", "id": "000000000000000000000000000000a2" },
    });
    let (code, text) = server.patch(&path, json!([add, source])).await.problem(400);
    assert_eq!(code, "400.1.1 Illegal update attempt");
    assert!(text.contains("cannot be changed together"), "{text}");
    let named = json!([{ "op": "replace", "path": "/description", "value": "All staff" }]);
    let patched = server.patch(&path, named).await.expect(200);
    assert_eq!(
        (&patched["description"], &patched["identityRefreshRequired"]),
        (&json!("All staff"), &json!(false))
    );
    let patched = server.patch(&path, json!([add])).await.expect(200);
    assert_eq!(patched["identityRefreshRequired"], true);
    assert_eq!(patched["hasTimeBasedAttr"], true);
    let patched = server.patch(&path, json!([source])).await.expect(200);
    assert_eq!(patched["authoritativeSource"]["name"], "Payroll");
    let less =
        json!([{ "op": "remove", "path": "/identityAttributeConfig/attributeTransforms/1" }]);
    let (code, text) = server.patch(&path, less).await.problem(400);
    assert_eq!(code, "400.1.0 Required data missing or empty");
    assert!(text.contains("no mapping of email;"), "{text}");
    let count = json!([{ "op": "replace", "path": "/identityCount", "value": 7 }]);
    server.patch(&path, count).await.problem(400);
}

#[tokio::test]
async fn a_time_based_transform_is_found_behind_a_reference() {
    let server = start();
    let profile = a_profile(&server).await;
    let transform = json!({
        "name": "Today",
        "type": "dateMath",
        "attributes": { "expression": "now/d", "requiresPeriodicRefresh": "true" },
    });
    server.post("/transforms/v1", transform).await.expect(201);
    let path = format!("/v3/identity-profiles/{}", profile["id"].as_str().unwrap());
    let add = json!([{
        "op": "add",
        "path": "/identityAttributeConfig/attributeTransforms/-",
        "value": {
            "identityAttributeName": "title",
            "transformDefinition": { "type": "reference", "attributes": { "id": "Today" } },
        },
    }]);
    assert_eq!(
        server.patch(&path, add).await.expect(200)["hasTimeBasedAttr"],
        true
    );
}

#[tokio::test]
async fn identities_are_counted_and_those_with_problems_reported() {
    let server = start();
    let profile = a_profile(&server).await;
    let mut faulty = person(2, &profile, "Bob");
    faulty.stage = muster_store::Stage::Faulty;
    faulty.problems =
        Some(json!([{ "attribute": "email", "reason": "it has no value", "severity": "ERROR" }]));
    add_people(&server, &[person(1, &profile, "Ada"), faulty]);
    let path = format!(
        "/beta/identity-profiles/{}",
        profile["id"].as_str().unwrap()
    );
    let shown = server.get(&path).await.expect(200);
    assert_eq!(shown["identityCount"], 1);
    let report = &shown["identityExceptionReportReference"];
    assert_eq!(report["reportName"], "Identity Exceptions Report");
    assert_eq!(report["taskResultId"].as_str().unwrap().len(), 36);
}

#[tokio::test]
async fn the_list_is_filtered_and_sorted() {
    let server = start();
    add_source(&server, HR, "HR");
    for (name, priority) in [("Beta", 30), ("Alpha", 20), ("Gamma", 10)] {
        server.clock.advance_micros(1_000);
        create(&server, json!({"name": name, "priority": priority}))
            .await
            .expect(201);
    }
    let names = async |query: &str| {
        let list = server
            .get(&format!("/v3/identity-profiles?{query}"))
            .await
            .expect(200);
        list.as_array()
            .unwrap()
            .iter()
            .map(|each| each["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("").await, ["Beta", "Alpha", "Gamma"]);
    assert_eq!(names("sorters=priority").await, ["Gamma", "Alpha", "Beta"]);
    assert_eq!(names("sorters=-name&limit=1").await, ["Gamma"]);
    assert_eq!(names("filters=priority%20ne%2020").await, ["Beta", "Gamma"]);
    assert_eq!(names("filters=name%20sw%20%22al%22").await, ["Alpha"]);
    assert_eq!(
        names("sorters=owner.name,created").await,
        ["Beta", "Alpha", "Gamma"]
    );
}

#[tokio::test]
async fn processing_hands_the_profile_to_the_refresh() {
    let server = start();
    let profile = a_profile(&server).await;
    let id = profile["id"].as_str().unwrap();
    let path = format!("/v2024/identity-profiles/{id}/process-identities");
    let accepted = server.post(&path, json!({})).await.expect(202);
    assert_eq!(accepted["type"], "TASK_RESULT");
    let task = accepted["id"].as_str().unwrap();
    let jobs = jobs_of(&server, task);
    assert_eq!(
        jobs,
        [(
            "refresh-profile".to_owned(),
            json!({"task": task, "profile": id})
        )]
    );
    let stored = server
        .store
        .org()
        .read(|tx| tx.tasks().get(task.parse().unwrap()))
        .unwrap()
        .unwrap();
    assert_eq!(
        (stored.kind.as_str(), stored.launcher.as_str()),
        ("IDENTITY_REFRESH", "ada")
    );
    assert_eq!(stored.report.about, "People");
    server
        .post("/v3/identity-profiles/none/process-identities", json!({}))
        .await
        .problem(404);
}

#[tokio::test]
async fn a_deleted_profile_goes_with_its_states_and_leaves_a_run() {
    let server = start();
    let profile = a_profile(&server).await;
    let id = profile["id"].as_str().unwrap();
    let second = create(&server, json!({"name": "Second"})).await.expect(201);
    let task = server
        .delete(&format!("/v3/identity-profiles/{id}"))
        .await
        .expect(202);
    assert_eq!(
        (&task["description"], &task["launcher"]),
        (&json!("People"), &json!("ada"))
    );
    assert_eq!(jobs_of(&server, task["id"].as_str().unwrap()).len(), 1);
    server
        .get(&format!("/v3/identity-profiles/{id}"))
        .await
        .problem(404);
    let states = server
        .store
        .org()
        .read(|tx| tx.typed::<muster_model::LifecycleState>().list())
        .unwrap();
    assert_eq!(states.len(), 2);
    let ids = json!([second["id"], "none"]);
    server
        .post("/beta/identity-profiles/bulk-delete", ids)
        .await
        .problem(404);
    let ids = json!([second["id"]]);
    server
        .post("/beta/identity-profiles/bulk-delete", ids)
        .await
        .expect(202);
    assert_eq!(
        server.get("/v3/identity-profiles").await.expect(200),
        json!([])
    );
    server
        .post("/beta/identity-profiles/bulk-delete", json!([]))
        .await
        .problem(400);
}
