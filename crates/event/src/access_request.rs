//! Access Request Submitted, Dynamic Approver and Decision: what is told, and how the answers of the
//! first two are read (event-triggers.md §2.2).

use std::collections::BTreeMap;
use std::sync::Arc;

use muster_model::Reference;

use crate::value::{Key, Value, object};

/// Whom access is asked for, in the form that an org wants (decisions.md 10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecipientForm {
    /// An object where there is one recipient, an array where there are several.
    #[default]
    ObjectForOne,
    /// Always an array.
    Array,
}

/// Whether access is asked for or given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It is asked for.
    Add,
    /// It is given back.
    Remove,
}

impl Operation {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "Add",
            Self::Remove => "Remove",
        }
    }
}

/// One thing that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// The access profile, role or entitlement.
    pub access: &'a Reference,
    /// Its description.
    pub description: Option<&'a str>,
    /// Whether it is asked for or given back.
    pub operation: Operation,
    /// Why.
    pub comment: Option<&'a str>,
}

/// A request for access.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Its id.
    pub id: &'a str,
    /// Whom it is for.
    pub recipients: &'a [Reference],
    /// In which form they are shown.
    pub form: RecipientForm,
    /// Who asks.
    pub requester: &'a Reference,
}

/// What an approver said.
#[derive(Clone, Copy, Debug)]
pub struct Approval<'a> {
    /// What they wrote.
    pub comment: Option<&'a str>,
    /// Whether they approved.
    pub approved: bool,
    /// Who they are.
    pub approver: &'a Reference,
}

/// One thing that was asked for, and what became of it.
#[derive(Clone, Copy, Debug)]
pub struct Decided<'a> {
    /// The thing.
    pub item: Item<'a>,
    /// What the creator of the request passed along.
    pub client_metadata: Option<&'a BTreeMap<String, String>>,
    /// What the approvers said; nothing where none was needed.
    pub approvals: &'a [Approval<'a>],
}

/// The body of Access Request Submitted and of Access Request Dynamic Approver.
pub fn submitted(request: &Request<'_>, items: &[Item<'_>]) -> Value {
    let items = items.iter().map(|item| Value::Object(shown(item)));
    whole(request, "requestedItems", items.collect())
}

/// The body of Access Request Decision.
pub fn decided(request: &Request<'_>, items: &[Decided<'_>]) -> Value {
    let item = |one: &Decided<'_>| {
        let mut members = shown(&one.item);
        let metadata = one.client_metadata.map_or(Value::Null, |known| {
            let member = |(name, text): (&String, &String)| {
                let key = Key::Attribute(Arc::from(name.as_str()));
                (key, Value::Text(text.clone()))
            };
            Value::Object(known.iter().map(member).collect())
        });
        members.push((Key::Known("clientMetadata"), metadata));
        let approvals = one.approvals.iter().map(approval).collect();
        members.push((Key::Known("approvalInfo"), Value::List(approvals)));
        Value::Object(members)
    };
    whole(
        request,
        "requestedItemsStatus",
        items.iter().map(item).collect(),
    )
}

fn whole(request: &Request<'_>, name: &'static str, items: Vec<Value>) -> Value {
    let recipients = match (request.form, request.recipients) {
        (RecipientForm::ObjectForOne, [only]) => only.into(),
        (_, several) => Value::List(several.iter().map(Value::from).collect()),
    };
    object([
        ("accessRequestId", request.id.into()),
        ("requestedFor", recipients),
        (name, Value::List(items)),
        ("requestedBy", request.requester.into()),
    ])
}

fn shown(item: &Item<'_>) -> Vec<(Key, Value)> {
    let Value::Object(access) = Value::from(item.access) else {
        return Vec::new();
    };
    let mut members = access;
    members.push((Key::Known("description"), item.description.into()));
    members.push((Key::Known("operation"), item.operation.as_str().into()));
    members.push((Key::Known("comment"), item.comment.into()));
    members
}

fn approval(one: &Approval<'_>) -> Value {
    let decision = if one.approved { "APPROVED" } else { "DENIED" };
    object([
        ("approvalComment", one.comment.into()),
        ("approvalDecision", decision.into()),
        ("approverName", one.approver.name.as_str().into()),
        ("approver", one.approver.into()),
    ])
}

/// The answer to Access Request Submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the request goes on.
    pub approved: bool,
    /// Why, or why not.
    pub comment: String,
    /// Who says so: any text, or the user name of an identity.
    pub approver: String,
}

impl Verdict {
    /// Reads an answer that fits the output schema.
    pub fn read(answer: &serde_json::Value) -> Option<Self> {
        let text = |name: &str| Some(answer.get(name)?.as_str()?.to_owned());
        Some(Self {
            approved: answer.get("approved")?.as_bool()?,
            comment: text("comment")?,
            approver: text("approver")?,
        })
    }
}

/// The answer to Access Request Dynamic Approver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approver {
    /// A person.
    Identity(String),
    /// A governance group.
    Group(String),
}

impl Approver {
    /// Whom an answer names. Nobody is said in three ways: null (the schema's), `{}` (of 2022) and
    /// empty texts (of today's page).
    pub fn read(answer: &serde_json::Value) -> Option<Self> {
        let text = |name: &str| answer.get(name)?.as_str().filter(|text| !text.is_empty());
        let id = text("id")?.to_owned();
        match text("type")? {
            "GOVERNANCE_GROUP" => Some(Self::Group(id)),
            "IDENTITY" => Some(Self::Identity(id)),
            _ => None,
        }
    }

    /// Whether an answer names nobody.
    pub fn is_nobody(answer: &serde_json::Value) -> bool {
        match answer {
            serde_json::Value::Null => true,
            serde_json::Value::Object(members) => members.iter().all(|(name, value)| {
                ["id", "name", "type"].contains(&name.as_str()) && value == ""
            }),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Case 58 of event-triggers.md §6, as far as answers go.
    #[test]
    fn case_58_nobody_is_said_in_three_ways() {
        let trigger = crate::catalog::find(crate::ACCESS_REQUEST_DYNAMIC_APPROVER).unwrap();
        for nobody in [
            json!(null),
            json!({}),
            json!({"id": "", "name": "", "type": ""}),
        ] {
            assert!(trigger.says_nothing(&nobody), "{nobody}");
            assert_eq!(Approver::read(&nobody), None, "{nobody}");
        }
        let group = json!({"id": "7", "name": "Owners", "type": "GOVERNANCE_GROUP"});
        assert!(!trigger.says_nothing(&group));
        assert_eq!(Approver::read(&group), Some(Approver::Group("7".into())));
    }

    #[test]
    fn one_recipient_is_an_object_unless_the_org_wants_an_array() {
        let people = [
            Reference::identity("1", "ann"),
            Reference::identity("2", "bob"),
        ];
        let shown = |count: usize, form| {
            let request = Request {
                id: "r",
                recipients: &people[..count],
                form,
                requester: &people[0],
            };
            let value = submitted(&request, &[]);
            matches!(value.member("requestedFor"), Some(Value::List(_)))
        };
        assert!(!shown(1, RecipientForm::ObjectForOne));
        assert!(shown(2, RecipientForm::ObjectForOne));
        assert!(shown(1, RecipientForm::Array));
    }
}
