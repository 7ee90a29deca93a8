//! Notices: what the administrators of an org should know because Muster did it without being asked,
//! such as disabling a subscription (decisions.md 14).

use muster_auth::{Guard, LevelSet};
use muster_model::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::call::Call;
use crate::handler::{Blocking, Rows};
use crate::listing::PAGED;
use crate::operation::Operation;
use crate::problem::Problem;

const READ: Guard = Guard::reading(LevelSet::ORG_ADMIN, &[]).also_for_applications();

/// `/muster/v1/notices`
pub static OPERATIONS: &[Operation] = &[Operation::get("/muster/v1/notices", "listNotices")
    .title("Notices", "List notices, newest first")
    .guard(READ)
    .lists(&PAGED)
    .runs(&Blocking(list))];

/// A notice.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// Its number.
    pub sequence: i64,
    /// When it was written.
    #[schemars(with = "String")]
    pub created: Timestamp,
    /// What happened: `subscription-disabled`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of the object it is about.
    pub object_type: String,
    /// The object's id.
    pub object_id: String,
    /// What happened, why, and what to do.
    pub message: String,
}

fn list(call: &Call, (): ()) -> Result<Rows<Notice>, Problem> {
    let all = call
        .org()
        .read(|tx| Ok::<_, Problem>(tx.notices().newest()?))?;
    let shown = all.into_iter().map(|one| Notice {
        sequence: one.seq,
        created: one.at,
        kind: one.kind,
        object_type: one.object,
        object_id: one.object_id,
        message: one.text,
    });
    Ok(call.view()?.page_of(shown.collect()))
}
