//! Runs: what people follow while Muster works.
//!
//! `begin` starts one, `status` serves the list of them, `aggregation` the counts of an aggregation,
//! `started` and `reference` are what the operations answer that start one.

mod aggregation;
pub(crate) mod begin;
pub(crate) mod reference;
mod shape;
pub(crate) mod started;
mod status;
mod words;

use muster_auth::{Guard, LevelSet, UserLevel};
use muster_query::PatchRules;
use muster_query::filter::operator::{EQ, IN, ISNULL, NONE};
use muster_query::{Field, Fields};

use super::sources::rights::SOURCE_ADMINS;
use crate::handler::Blocking;
use crate::listing::Listing;
use crate::operation::Operation;
use crate::spelling::{ALL, V3};

const CHANGE_LEVELS: LevelSet = SOURCE_ADMINS
    .with(UserLevel::CertificationAdmin)
    .with(UserLevel::ReportAdmin)
    .with(UserLevel::RoleAdmin)
    .with(UserLevel::RoleSubadmin);
const READ: Guard = Guard::reading(
    CHANGE_LEVELS.with(UserLevel::Helpdesk),
    &["idn:task-management:read", "idn:task-management:write"],
)
.also_for_applications();
const CHANGE: Guard = Guard::changing(CHANGE_LEVELS, &["idn:task-management:write"]);
const READ_AGGREGATION: Guard = Guard::reading(SOURCE_ADMINS, &[]);

/// What a caller may change of a run: an end to one that hangs.
const PATCHABLE: PatchRules = PatchRules::new(&["completionStatus", "completed"]);

static LISTING: Listing = Listing::new(Fields::new(&[
    Field::id("id", EQ.and(IN)).column("id"),
    Field::id("sourceId", EQ.and(IN)).column("source_id"),
    Field::id("completionStatus", EQ.and(IN).and(ISNULL)).column("completion_status"),
    Field::id("type", EQ.and(IN)).column("type"),
    Field::id("launcher", EQ.and(IN)).column("launcher"),
    Field::time("created", NONE).column("created").sorted(),
]));

const TAG: &str = "Task Management";

/// The families Task Management and Account Aggregations.
pub static OPERATIONS: &[Operation] = &[
    Operation::get("/task-status", "getTaskStatusList")
        .title(TAG, "List runs of the last 90 days")
        .spoken(ALL.without(V3))
        .guard(READ)
        .lists(&LISTING)
        .runs(&Blocking(status::list)),
    Operation::get("/task-status/{id}", "getTaskStatus")
        .title(TAG, "Get a run by id")
        .spoken(ALL.without(V3))
        .guard(READ)
        .runs(&Blocking(status::get)),
    Operation::patch("/task-status/{id}", "updateTaskStatus")
        .title(TAG, "Put an end to a run that hangs")
        .spoken(ALL.without(V3))
        .guard(CHANGE)
        .runs(&Blocking(status::patch)),
    Operation::get(
        "/account-aggregations/{id}/status",
        "getAccountAggregationStatus",
    )
    .title("Account Aggregations", "How far an aggregation has come")
    .spoken(ALL.without(V3))
    .guard(READ_AGGREGATION)
    .runs(&Blocking(aggregation::status)),
];
