//! The filters people really use (from the vendor's documentation, its tools and public
//! workflows), with what the reference's engine answered on the events they are meant for.

use muster_jsonpath::Filter;
use serde_json::{Value, json};

const FILTERS: &str = include_str!("data/real-world-filters.json");

/// The event that a measurement names.
fn event(name: &str) -> Value {
    match name {
        "identity attributes changed, 3 changes (doc example)" => json!({
            "identity": {"id": "ee769173319b41d19ccec6cea52f237b", "name": "john.doe",
                "type": "IDENTITY"},
            "changes": [
                {"attribute": "department", "oldValue": "sales", "newValue": "marketing"},
                {"attribute": "manager",
                    "oldValue": {"id": "1", "name": "robert.brown", "type": "IDENTITY"},
                    "newValue": {"id": "2", "name": "mary.johnson", "type": "IDENTITY"}},
                {"attribute": "cloudLifecycleState", "oldValue": "active",
                    "newValue": "terminated"}
            ]
        }),
        "identity created (doc example + name attributes)" => json!({
            "identity": {"id": "3", "name": "john.doe", "type": "IDENTITY",
                "attributes": {"firstname": "John", "lastname": "Doe"}},
            "attributes": {"firstname": "John", "created": "2020-04-27T16:49:00.000Z"}
        }),
        "aggregation completed, one warning 'Account skipped'" => json!({
            "source": {"id": "4", "name": "Corporate Directory", "type": "SOURCE"},
            "status": "SUCCESS", "warnings": ["Account skipped"], "errors": []
        }),
        "provisioning completed (seed example)" => json!({
            "trackingNumber": "5",
            "accountRequests": [{"provisioningResult": "SUCCESS", "ticketId": "72619262"}]
        }),
        "access request decision (doc example)" => json!({
            "accessRequestId": "6",
            "requestedItemsStatus": [{"id": "7", "name": "Engineering Access", "operation": "Add"}]
        }),
        "{identityId}" => json!({"identityId": "201327fda1c44704ac01181e963d463c"}),
        name if name.starts_with("form submitted with form 77b0f669") => {
            json!({"formDefinitionId": "77b0f669-d299-4119-ac10-0ab807b8f4ef"})
        }
        name => panic!("no event is called {name}"),
    }
}

#[test]
fn the_filters_people_use_decide_as_in_the_reference() {
    let filters: Vec<Value> = serde_json::from_str(FILTERS).expect("the list is JSON");
    let mut measured = 0;
    for entry in &filters {
        let text = entry["filter"].as_str().expect("a filter");
        let filter = Filter::compile(text);
        for measurement in entry["measuredWithJayway2.9"]
            .as_array()
            .into_iter()
            .flatten()
        {
            measured += 1;
            let event = event(measurement["event"].as_str().expect("a name"));
            assert_eq!(
                json!(filter.is_ok()),
                measurement["validJsonPath"],
                "{text}"
            );
            let fires = filter.as_ref().is_ok_and(|filter| filter.fires(&event));
            assert_eq!(json!(fires), measurement["fires"], "{text}");
        }
        let valid = filter.is_ok() || entry["measuredWithJayway2.9"][0]["validJsonPath"] == false;
        assert!(valid, "{text} should compile");
    }
    assert!(measured >= 35, "only {measured} measurements");
}
