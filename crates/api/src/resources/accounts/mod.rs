//! Accounts: what sources say about someone.
//!
//! `list` answers from the table, `show` writes the wire's form, `values` reads attributes by the
//! schema, `change` stores what a caller changed and tells of it, `create` and `remove` do the rest.

mod change;
mod create;
mod entitlements;
mod list;
mod reload;
mod remove;
mod shape;
mod show;
mod values;

use muster_auth::{Guard, LevelSet, UserLevel};
use muster_query::PatchRules;
use muster_query::filter::operator::{EQ, GE, GT, IN, ISNULL, LE, LT, NONE, SW};
use muster_query::{Field, Fields};

use super::sources::rights::SOURCE_ADMINS;
use crate::handler::Blocking;
use crate::listing::{Listing, PAGED};
use crate::operation::{Operation, QueryParameter};
use crate::spelling::{ALL, V3};

const TAG: &str = "Accounts";

const READ: Guard = Guard::reading(
    SOURCE_ADMINS.with(UserLevel::Helpdesk),
    &["idn:accounts:manage", "idn:accounts:read"],
)
.also_for_applications();
const MANAGE: Guard =
    Guard::changing(SOURCE_ADMINS, &["idn:accounts:manage"]).also_for_applications();
const REMOVE: Guard =
    Guard::changing(LevelSet::ORG_ADMIN, &["idn:accounts:manage"]).also_for_applications();

const RELOAD: Guard = Guard::changing(
    SOURCE_ADMINS.with(UserLevel::Helpdesk),
    &["idn:accounts-state:manage"],
)
.also_for_applications();

/// What a patch may change; attributes of delimited sources only.
const PATCHABLE: PatchRules = PatchRules::new(&["identityId", "manuallyCorrelated", "attributes"]);

static LISTING: Listing = Listing::new(Fields::new(&[
    Field::id("id", EQ.and(IN).and(SW)).column("id").sorted(),
    Field::id("identityId", EQ.and(IN).and(SW))
        .column("identity_id")
        .sorted(),
    Field::text("name", EQ.and(IN).and(SW))
        .column("name_lower")
        .sorted(),
    Field::id("nativeIdentity", EQ.and(IN).and(SW))
        .column("native_identity")
        .sorted(),
    Field::flag("hasEntitlements", EQ).column("has_entitlements"),
    Field::id("sourceId", EQ.and(IN).and(SW))
        .column("source_id")
        .sorted(),
    Field::flag("uncorrelated", EQ).column("uncorrelated"),
    // The public description has no words for this one; its type is that of hasEntitlements.
    Field::flag("entitlements", EQ)
        .column("has_entitlements")
        .sorted(),
    Field::id("origin", EQ.and(IN)).column("origin").sorted(),
    Field::flag("manuallyCorrelated", EQ)
        .column("manually_correlated")
        .sorted(),
    Field::text("identity.name", EQ.and(IN).and(SW))
        .column("identity_name_lower")
        .sorted(),
    Field::flag("identity.correlated", EQ)
        .column("correlated")
        .sorted(),
    Field::id("identity.identityState", EQ.and(IN))
        .column("identity_state")
        .sorted(),
    Field::text("source.displayableName", EQ.and(IN))
        .column("source_name_lower")
        .sorted(),
    Field::flag("source.authoritative", EQ)
        .column("source_authoritative")
        .sorted(),
    Field::text("source.connectionType", EQ.and(IN))
        .column("source_connection_type")
        .sorted(),
    Field::text("recommendation.method", EQ.and(IN).and(ISNULL)).column("recommendation_method"),
    Field::time("created", EQ.and(GE).and(GT).and(LE).and(LT))
        .column("created")
        .sorted(),
    Field::time("modified", EQ.and(GE).and(GT).and(LE).and(LT))
        .column("modified")
        .sorted(),
    Field::id("uuid", NONE).column("uuid").sorted(),
]));

/// The family.
pub static OPERATIONS: &[Operation] = &[
    Operation::get("/accounts", "listAccounts")
        .title(TAG, "List accounts")
        .spoken(ALL)
        .guard(READ)
        .lists(&LISTING)
        .asks(&[QueryParameter::new(
            "detailLevel",
            "SLIM leaves out what belongs to identity and source; FULL is the default.",
        )])
        .runs(&Blocking(list::list)),
    Operation::post("/accounts", "createAccount")
        .title(TAG, "Create an account on a delimited source")
        .spoken(ALL)
        .guard(MANAGE)
        .runs(&Blocking(create::create))
        .answers(202),
    Operation::get("/accounts/{id}", "getAccount")
        .title(TAG, "Get an account by id")
        .spoken(ALL)
        .guard(READ)
        .runs(&Blocking(list::get)),
    Operation::put("/accounts/{id}", "putAccount")
        .title(
            TAG,
            "Replace the attributes of an account on a delimited source",
        )
        .spoken(ALL)
        .guard(MANAGE)
        .runs(&Blocking(change::put))
        .answers(202),
    Operation::patch("/accounts/{id}", "updateAccount")
        .title(TAG, "Say whose an account is, or change its attributes")
        .spoken(ALL)
        .guard(MANAGE)
        .runs(&Blocking(change::patch))
        .answers(202),
    Operation::delete("/accounts/{id}", "deleteAccount")
        .title(TAG, "Delete an account of a delimited source")
        .spoken(ALL)
        .guard(MANAGE)
        .runs(&Blocking(remove::delete))
        .answers(202),
    Operation::get("/accounts/{id}/entitlements", "getAccountEntitlements")
        .title(TAG, "List the entitlements of an account")
        .spoken(ALL)
        .guard(READ)
        .lists(&PAGED)
        .runs(&Blocking(entitlements::list)),
    Operation::post("/accounts/{id}/reload", "submitReloadAccount")
        .title(TAG, "Read an account again")
        .spoken(ALL)
        .guard(RELOAD)
        .runs(&Blocking(reload::reload))
        .answers(202),
    Operation::post("/accounts/{id}/remove", "deleteAccountAsync")
        .title(TAG, "Forget an account; the source keeps it")
        .spoken(ALL.without(V3))
        .guard(REMOVE)
        .runs(&Blocking(remove::remove))
        .answers(202),
];
