//! What an identity was: each change since it was announced, newest first.

use muster_event::identity::AttributeChange;
use muster_model::Timestamp;
use muster_refresh::history::{Change, MemberChange, changes};
use muster_store::Stage;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::cause::{Cause, Causes, Told};
use super::named;
use crate::call::Call;
use crate::handler::Rows;
use crate::problem::Problem;

/// One change of an identity.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "IdentityChange")]
pub(super) struct Shown {
    /// The identity's version from then on.
    version: i64,
    /// When.
    #[schemars(with = "String")]
    time: Timestamp,
    /// The run that made it.
    cause: Cause,
    /// The event that told of it, where one did.
    event: Option<Told>,
    /// Attributes that changed.
    changes: Vec<ChangedAttribute>,
    /// What else changed: identityProfile, identityStatus, lifecycleState, manager, problems.
    other_changes: Vec<ChangedField>,
}

/// An attribute before and after; null is no value.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ChangedAttribute {
    /// Its technical name.
    attribute: String,
    /// Its value before.
    old_value: Value,
    /// Its value after.
    new_value: Value,
}

/// Something else before and after.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ChangedField {
    /// What.
    field: &'static str,
    /// Before.
    old_value: Value,
    /// After.
    new_value: Value,
}

/// `GET /muster/v1/identities/{id}/history`
pub(super) fn list(call: &Call, (): ()) -> Result<Rows<Shown>, Problem> {
    let page = call.page()?;
    call.org().read(|tx| {
        let identity = named(tx, call)?;
        let total = if page.count {
            // The current version is one more.
            Some(tx.identity_changes().count(identity.id)? + 1)
        } else {
            None
        };
        let mut causes = Causes::default();
        let items = changes(tx, identity, page.offset, page.limit)?
            .into_iter()
            .map(|change| {
                let cause = causes.of(change.cause, tx)?;
                Ok(Shown::of(change, cause))
            })
            .collect::<Result<_, Problem>>()?;
        Ok(Rows { items, total })
    })
}

impl Shown {
    fn of(change: Change, cause: Cause) -> Self {
        Self {
            version: change.version,
            time: change.at,
            cause,
            event: change.event.map(Told::from),
            changes: change.attributes.iter().map(attribute).collect(),
            other_changes: change.members.into_iter().map(field).collect(),
        }
    }
}

fn attribute(change: &AttributeChange) -> ChangedAttribute {
    ChangedAttribute {
        attribute: change.attribute.to_string(),
        old_value: json!(change.old),
        new_value: json!(change.new),
    }
}

fn field(change: MemberChange) -> ChangedField {
    let (field, old_value, new_value) = match change {
        MemberChange::Profile(old, new) => ("identityProfile", json!(old), json!(new)),
        MemberChange::Stage(old, new) => {
            ("identityStatus", json!(old.map(status)), json!(status(new)))
        }
        MemberChange::Lifecycle(old, new) => ("lifecycleState", json!(old), json!(new)),
        MemberChange::Manager(old, new) => ("manager", json!(old), json!(new)),
        MemberChange::Problems(old, new) => ("problems", json!(old), json!(new)),
    };
    ChangedField {
        field,
        old_value,
        new_value,
    }
}

fn status(stage: Stage) -> &'static str {
    match stage {
        Stage::Active => "ACTIVE",
        _ => "DEACTIVATED",
    }
}
