//! Cases of event-triggers.md §6 that no other file has: what happens around disabling, and what
//! filters say about the documented events.

use crate::world::{TRIGGER, World, number};
use muster_testkit::{Answer, Endpoint, both_backends};
use muster_trigger::filter::judge;
use muster_trigger::invocation::{Question, Reply, ask};
use muster_trigger::subscription::{self, Dialect};
use serde_json::{Value, json};

both_backends! {
    fn case_23_an_empty_filter_and_none_fire_for_every_event(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = Endpoint::start();
        for (name, filter) in [("empty", json!("")), ("null", Value::Null)] {
            let http = json!({ "url": endpoint.url(&format!("/{name}")) });
            world.create(&json!({ "name": name, "triggerId": TRIGGER, "type": "HTTP", "filter": filter, "httpConfig": http })).unwrap();
        }
        let service = world.start();
        world.happen_all(&[("ann", 1), ("bob", 2)]);
        let received = endpoint.wait_for(4);
        world.rest(&service);
        let of = |path: &str| received.iter().filter(|one| one.path == path).count();
        assert_eq!((of("/empty"), of("/null")), (2, 2));
    }

    fn case_35_what_happened_while_it_was_disabled_is_never_delivered(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = Endpoint::start();
        let made = world.subscribe("feed", &endpoint.url("/"));
        let http = json!({ "url": endpoint.url("/") });
        let enable = |enabled: bool| {
            let body = json!({ "type": "HTTP", "httpConfig": http, "enabled": enabled });
            world.org.write(|tx| subscription::replace(tx, &world.desk(), &made.id, &body)).unwrap();
        };
        enable(false);
        let service = world.start();
        world.happen("ann", 1);
        world.rest(&service);
        world.happen("ann", 2);
        enable(true);
        world.happen("ann", 3);
        endpoint.wait_for(1);
        world.rest(&service);
        assert_eq!(endpoint.received().iter().map(number).collect::<Vec<_>>(), [3]);
    }

    fn case_60_a_request_that_is_refused_reaches_no_further_subscriber(store: TestStore) {
        // As far as asking goes: the flow that is told "no" asks nobody else.
        let world = World::new(store.org());
        let refuse = json!({ "approved": false, "comment": "no", "approver": "risk" });
        let first = Endpoint::answering(move |_, _| Answer::Body(200, refuse.to_string()));
        let second = Endpoint::start();
        for (name, trigger, endpoint) in [
            ("pre", muster_event::ACCESS_REQUEST_SUBMITTED, &first),
            ("dynamic", muster_event::ACCESS_REQUEST_DYNAMIC_APPROVER, &second),
        ] {
            let http = json!({ "url": endpoint.url("/") });
            world.create(&json!({ "name": name, "triggerId": trigger, "type": "HTTP", "httpConfig": http })).unwrap();
        }
        let service = world.start();
        let trigger = muster_event::catalog::find(muster_event::ACCESS_REQUEST_SUBMITTED).unwrap();
        let input = trigger.example_input();
        let question = Question {
            trigger_id: trigger.id,
            input: &input,
            reply: Reply { kind: "submitted".into(), lane: String::new(), context: Value::Null },
        };
        world.org.write(|tx| ask(tx, &world.asking(World::now()), &question)).unwrap().unwrap();
        first.wait_for(1);
        world.rest(&service);
        let now = World::now();
        let job = world.org.write(|tx| tx.jobs().claim("flow", now, now.plus_millis(1_000))).unwrap().unwrap();
        let answered: Value = serde_json::from_str(&job.body).unwrap();
        let verdict = muster_event::access_request::Verdict::read(&answered["ending"]["output"]).unwrap();
        assert!(!verdict.approved);
        assert_eq!(second.received().len(), 0);
    }
}

/// The three changes of the documentation.
fn e1() -> Value {
    let person = |id: &str, name: &str| json!({ "id": id, "name": name, "type": "IDENTITY" });
    json!({
        "identity": person("1", "john.doe"),
        "changes": [
            { "attribute": "department", "oldValue": "Sales", "newValue": "Marketing" },
            { "attribute": "manager", "oldValue": person("2", "robert.brown"), "newValue": person("3", "mary.johnson") },
            { "attribute": "cloudLifecycleState", "oldValue": "active", "newValue": "terminated" },
        ],
    })
}

/// The provisioning event of the seed document, and one with a second, failed account request.
fn p1() -> Value {
    let trigger = muster_event::catalog::find("idn:post-provisioning").unwrap();
    serde_json::to_value(trigger.example_input()).unwrap()
}

fn pm() -> Value {
    let mut event = p1();
    let mut failed = event["accountRequests"][0].clone();
    failed["provisioningResult"] = "FAILED".into();
    failed["attributeRequests"] = Value::Null;
    event["accountRequests"]
        .as_array_mut()
        .unwrap()
        .push(failed);
    event["errors"] = Value::Null;
    event
}

#[track_caller]
fn fires(filter: &str, event: &Value, expected: bool) {
    let verdict = judge(filter, event, Dialect::Jayway);
    assert!(verdict.is_valid_json_path, "{filter}");
    assert_eq!(verdict.is_path_exist, expected, "{filter}");
}

#[test]
fn cases_62_to_66_filters_on_the_change_event_mean_existence() {
    fires(r#"$.changes[?(@.attribute == "department")]"#, &e1(), true);
    fires("$.modifications[?(@.attribute == 'manager')]", &e1(), false);
    fires(r#"$[?(@.attribute == "department")]"#, &e1(), false);
    fires("$[?($.changes.length() >= 3)]", &e1(), true);
    fires("$[?($.changes.length() >= 4)]", &e1(), false);
}

#[test]
fn cases_70_and_71_a_mixed_provisioning_event_succeeds_and_fails() {
    let success = r#"$.accountRequests[?(@.provisioningResult == "SUCCESS")]"#;
    let failure = r#"$.accountRequests[?(@.provisioningResult != "SUCCESS")]"#;
    fires(success, &pm(), true);
    fires(failure, &pm(), true);
    fires(success, &p1(), true);
    fires(failure, &p1(), false);
    let all = r#"$[?($.accountRequests[?(@.provisioningResult != "SUCCESS")] empty true)]"#;
    fires(all, &p1(), true);
    fires(all, &pm(), false);
}

#[test]
fn case_74_a_request_that_nobody_had_to_approve_is_told_by_its_empty_list() {
    let event = json!({ "requestedItemsStatus": [{
        "name": "AD-Disable Account", "type": "ROLE", "operation": "Add", "approvalInfo": [],
    }] });
    let filter = "$.requestedItemsStatus[?(@.name == 'AD-Disable Account' && @.operation == 'Add' && \
                  (@.approvalInfo.length() == 0 || @.approvalInfo[0].approvalDecision == 'APPROVED'))]";
    fires(filter, &event, true);
}
