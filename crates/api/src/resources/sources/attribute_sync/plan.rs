//! What attribute synchronisation would write to a source. Muster's own.

use muster_model::AttributeValue;
use muster_model::attribute_sync::{PlannedChange, PlannedSync};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::call::Call;
use crate::handler::Rows;
use crate::problem::Problem;
use crate::resources::sources::find;

/// An account that differs from its person.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AttributeSyncPlan")]
pub(super) struct Planned {
    /// The account.
    account_id: String,
    /// Its name.
    name: String,
    /// Its key on the source.
    native_identity: String,
    /// Whose it is.
    identity_id: String,
    /// The run that found it: `task-status/{id}` tells more.
    task_id: String,
    /// Attribute by attribute.
    changes: Vec<Change>,
}

/// What would become of one attribute.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "AttributeSyncChange")]
struct Change {
    /// The identity attribute.
    name: String,
    /// The account attribute.
    target: String,
    /// The value that the account has; null where it has none.
    #[schemars(with = "Value")]
    current: Option<AttributeValue>,
    /// The value that the person has.
    #[schemars(with = "Value")]
    wanted: AttributeValue,
}

/// `GET /muster/v1/sources/{id}/attribute-sync-plan`
pub(super) fn list(call: &Call, (): ()) -> Result<Rows<Planned>, Problem> {
    let page = call.page()?;
    call.org().read(|tx| {
        let source = find(call.id(), tx, call)?.source_id();
        let total = if page.count {
            Some(tx.sync_plans().count(source)?.unsigned_abs())
        } else {
            None
        };
        let rows = tx.sync_plans().page(source, page.limit, page.offset)?;
        Ok(Rows {
            items: rows.into_iter().map(Planned::from).collect(),
            total,
        })
    })
}

impl From<(PlannedSync, String, String)> for Planned {
    fn from((planned, name, native_identity): (PlannedSync, String, String)) -> Self {
        Self {
            account_id: planned.account_id.to_string(),
            name,
            native_identity,
            identity_id: planned.identity_id.to_string(),
            task_id: planned.task.to_string(),
            changes: planned.changes.into_iter().map(Change::from).collect(),
        }
    }
}

impl From<PlannedChange> for Change {
    fn from(planned: PlannedChange) -> Self {
        Self {
            name: planned.name.to_string(),
            target: planned.target.to_string(),
            current: planned.current,
            wanted: planned.wanted,
        }
    }
}
