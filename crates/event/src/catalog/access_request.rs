//! Triggers about access requests (event-triggers.md §2.2).

use std::collections::BTreeMap;

use muster_model::{Reference, ReferenceType};
use serde_json::json;

use super::schema::{Record, list, nullable, one_of, open_object, record, reference, text};
use super::{Kind, Output, Trigger, Visibility};
use crate::access_request::{
    Approval, Approver, Decided, Item, Operation, RecipientForm, Request, decided, submitted,
};
use crate::value::object;
use crate::{
    ACCESS_REQUEST_DECIDED, ACCESS_REQUEST_DYNAMIC_APPROVER, ACCESS_REQUEST_SUBMITTED, Value,
};

pub(super) const TRIGGERS: &[Trigger] = &[
    Trigger {
        id: ACCESS_REQUEST_SUBMITTED,
        name: "Access Request Submitted",
        kind: Kind::RequestResponse,
        description: "Access has been asked for. The answer says whether the request goes on to its \
                      approvers.",
        visibility: Visibility::Listed,
        input_schema: || submitted_schema("AccessRequestPreApprovalInput"),
        example_input: submitted_example,
        output: Some(Output {
            schema: verdict_schema,
            example: verdict_example,
            says_nothing: |_| false,
        }),
    },
    Trigger {
        id: ACCESS_REQUEST_DYNAMIC_APPROVER,
        name: "Access Request Dynamic Approver",
        kind: Kind::RequestResponse,
        description: "Access has been asked for. The answer names one more approver, or nobody.",
        visibility: Visibility::Listed,
        input_schema: || submitted_schema("AccessRequestDynamicApproverInput"),
        example_input: submitted_example,
        output: Some(Output {
            schema: approver_schema,
            example: approver_example,
            says_nothing: Approver::is_nobody,
        }),
    },
    Trigger {
        id: ACCESS_REQUEST_DECIDED,
        name: "Access Request Decision",
        kind: Kind::FireAndForget,
        description: "The final decision about requested access is known: approved or denied.",
        visibility: Visibility::Listed,
        input_schema: decided_schema,
        example_input: decided_example,
        output: None,
    },
];

/// An object or an array of one to ten, as the org has set it (decisions.md 10).
fn recipients() -> serde_json::Value {
    let several = json!({
        "type": "array", "items": record("IdentityReference"), "minItems": 1, "maxItems": 10,
    });
    json!({ "oneOf": [record("IdentityReference"), several] })
}

fn request(name: &'static str, items: &'static str, item: &str) -> Record {
    let items_of = json!({
        "type": "array", "items": record(item), "minItems": 1, "maxItems": 25,
    });
    Record::new(name)
        .required("accessRequestId", text())
        .required("requestedFor", recipients())
        .required(items, items_of)
        .required("requestedBy", record("IdentityReference"))
}

fn item(name: &'static str) -> Record {
    Record::new(name)
        .required("id", text())
        .required("name", text())
        .optional("description", nullable(text()))
        .required("type", one_of(&["ACCESS_PROFILE", "ROLE", "ENTITLEMENT"]))
        .required("operation", one_of(&["Add", "Remove"]))
        .optional("comment", nullable(text()))
        .optional("form", nullable(record("Form")))
}

fn form() -> Record {
    Record::new("Form")
        .optional("formDefinitionId", nullable(text()))
        .optional("formInstanceId", nullable(text()))
        .optional("formData", nullable(open_object()))
        .optional("formElements", nullable(list(open_object())))
        .optional("formConditions", nullable(list(open_object())))
        .optional("formInstanceInputs", nullable(open_object()))
}

fn submitted_schema(name: &'static str) -> serde_json::Value {
    request(name, "requestedItems", "RequestedItem").root([
        reference("IdentityReference", "IDENTITY"),
        item("RequestedItem"),
        form(),
    ])
}

fn decided_schema() -> serde_json::Value {
    let approval = Record::new("Approval")
        .optional("approvalComment", nullable(text()))
        .required("approvalDecision", one_of(&["APPROVED", "DENIED"]))
        .required("approverName", text())
        .required("approver", record("IdentityReference"));
    request(
        "AccessRequestPostApprovalInput",
        "requestedItemsStatus",
        "RequestedItemStatus",
    )
    .root([
        reference("IdentityReference", "IDENTITY"),
        item("RequestedItemStatus")
            .optional("clientMetadata", nullable(open_object()))
            .required("approvalInfo", list(record("Approval"))),
        form(),
        approval,
    ])
}

fn verdict_schema() -> serde_json::Value {
    Record::new("AccessRequestPreApprovalOutput")
        .required("approved", json!({ "type": "boolean" }))
        .required("comment", text())
        .required("approver", text())
        .root([])
}

fn verdict_example() -> Value {
    object([
        ("approved", Value::Boolean(false)),
        (
            "comment",
            "This access should be denied: it violates a policy.".into(),
        ),
        ("approver", "Acme Risk Service".into()),
    ])
}

fn approver_schema() -> serde_json::Value {
    Record::new("AccessRequestDynamicApproverOutput")
        .required("id", text())
        .required("name", text())
        .required("type", one_of(&["IDENTITY", "GOVERNANCE_GROUP"]))
        .or_null([])
}

fn approver_example() -> Value {
    (&Reference::identity("2c91808b6ef1d43e016efba0ce470906", "Adam Adams")).into()
}

fn access() -> Reference {
    Reference {
        kind: ReferenceType::AccessProfile,
        id: "2c91808b6ef1d43e016efba0ce470904".to_owned(),
        name: "Engineering Access".to_owned(),
    }
}

fn in_request<T>(act: impl FnOnce(&Request<'_>, Item<'_>) -> T) -> T {
    let request = Request {
        id: "4b4d982dddff4267ab12f0f1e72b5a6d",
        recipients: &[Reference::identity(
            "ee769173319b41d19ccec6cea52f237b",
            "john.doe",
        )],
        // The public description knows this form alone; clients read examples by it.
        form: RecipientForm::Array,
        requester: &Reference::identity("2c7180a46faadee4016fb4e018c20648", "jane.doe"),
    };
    let item = Item {
        access: &access(),
        description: Some("Access to the engineering tools."),
        operation: Operation::Add,
        comment: Some("John needs this access to do his job."),
    };
    act(&request, item)
}

fn submitted_example() -> Value {
    in_request(|request, item| submitted(request, &[item]))
}

fn decided_example() -> Value {
    let approval = Approval {
        comment: Some("This access looks good."),
        approved: true,
        approver: &Reference::identity("2c3780a46faadee4016fb4e018c20652", "Stephen.Austin"),
    };
    let metadata = BTreeMap::from([("applicationName".to_owned(), "My application".to_owned())]);
    in_request(|request, item| {
        let item = Decided {
            item,
            client_metadata: Some(&metadata),
            approvals: &[approval],
        };
        decided(request, &[item])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::{public_description, satisfies_public};

    #[test]
    fn questions_and_answers_satisfy_the_public_schemas() {
        let spec = public_description();
        let person = [Reference::identity("1", "ann")];
        let access = access();
        let request = Request {
            id: "r",
            recipients: &person,
            form: RecipientForm::Array,
            requester: &person[0],
        };
        let item = Item {
            access: &access,
            description: None,
            operation: Operation::Remove,
            comment: None,
        };
        let asked = submitted(&request, &[item]);
        satisfies_public(&spec, "AccessRequestPreApproval_a89366", &asked);
        satisfies_public(&spec, "AccessRequestDynamicApprover_0fc4fa", &asked);
        let decided_item = Decided {
            item,
            client_metadata: None,
            approvals: &[],
        };
        satisfies_public(
            &spec,
            "AccessRequestPostApproval_0ba798",
            &decided(&request, &[decided_item]),
        );
        for (schema, example) in [
            ("AccessRequestPreApproval-2_ae2a39", verdict_example()),
            ("AccessRequestDynamicApprover-2_b6e61e", approver_example()),
        ] {
            satisfies_public(&spec, schema, &example);
        }
    }
}
