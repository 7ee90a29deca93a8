//! Attribute synchronisation of a source: `config` says which attributes of people its accounts follow,
//! `job` has them compared, `plan` shows what differs. Nothing is written to a source yet.

mod config;
pub(crate) mod job;
mod plan;

use muster_auth::{Guard, LevelSet, UserLevel};
use muster_model::AttributeSync;
use muster_store::Tx;

use super::TAG;
use super::rights::READ as READ_SOURCES;
use crate::handler::Blocking;
use crate::listing::PAGED;
use crate::operation::Operation;
use crate::problem::Problem;
use crate::spelling::{ALL, Spelling, V3};

const SPOKEN: Spelling = ALL.without(V3);
const CONFIG: &str = "/sources/{id}/attribute-sync-config";
const MANAGING: &[&str] = &["idn:attr-sync-source-config:manage"];

const READ: Guard = Guard::reading(
    LevelSet::of(&[UserLevel::OrgAdmin, UserLevel::Helpdesk]),
    &[
        "idn:attr-sync-source-config:read",
        "idn:attr-sync-source-config:manage",
    ],
);
const MANAGE: Guard = Guard::changing(LevelSet::ORG_ADMIN, MANAGING);
const START: Guard = Guard::changing(
    LevelSet::of(&[UserLevel::OrgAdmin, UserLevel::SourceAdmin]),
    MANAGING,
);

/// The operations.
pub(crate) static OPERATIONS: &[Operation] = &[
    Operation::get(CONFIG, "getSourceAttrSyncConfig")
        .title(
            TAG,
            "Which attributes of people the accounts of a source follow",
        )
        .spoken(SPOKEN)
        .guard(READ)
        .experimental()
        .runs(&Blocking(config::get)),
    Operation::put(CONFIG, "putSourceAttrSyncConfig")
        .title(
            TAG,
            "Set which attributes of people the accounts of a source follow",
        )
        .spoken(SPOKEN)
        .guard(MANAGE)
        .experimental()
        .runs(&Blocking(config::put)),
    Operation::post(
        "/sources/{id}/synchronize-attributes",
        "syncAttributesForSource",
    )
    .title(TAG, "Compare the accounts of a source with their people")
    .spoken(SPOKEN)
    .guard(START)
    .experimental()
    .runs(&Blocking(job::of_source))
    .answers(202),
    Operation::get(
        "/muster/v1/sources/{id}/attribute-sync-plan",
        "listAttributeSyncPlan",
    )
    .title(TAG, "Accounts of a source that differ from their people")
    .guard(READ_SOURCES)
    .lists(&PAGED)
    .runs(&Blocking(plan::list)),
];

/// What is known of a source here goes with it.
pub(super) fn forget(source: &str, tx: &mut Tx<'_>) -> Result<(), Problem> {
    tx.typed::<AttributeSync>().delete(source)?;
    if let Ok(source) = source.parse() {
        tx.sync_plans().forget(source)?;
    }
    Ok(())
}
