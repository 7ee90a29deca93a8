//! Entitlements: what accounts may have, such as groups. Accounts and files bring them, people describe
//! them.
//!
//! `list` answers from the table, `of_identity` from the accounts of a person, `shape` writes the wire's
//! form, `change` stores what people set, `request_config` how they are asked for, `load` starts the runs
//! that read and remove them.

mod change;
mod list;
mod load;
mod of_identity;
pub(crate) mod request_config;
pub(crate) mod shape;

use muster_auth::{Guard, LevelSet, UserLevel};
use muster_query::filter::operator::{EQ, GE, GT, IN, LE, LT, SW};
use muster_query::{Field, Fields, PatchRules};

use super::sources::rights::SOURCE_ADMINS;
use crate::handler::Blocking;
use crate::listing::{Listing, PAGED};
use crate::operation::{Operation, QueryParameter};
use crate::spelling::{BETA, DATED, Spelling, V1, V2026};

const TAG: &str = "Entitlements";
const CONFIG: &str = "/entitlements/{id}/entitlement-request-config";
const SPOKEN: Spelling = BETA.and(DATED).and(V1);

const READ_SCOPES: &[&str] = &["idn:entitlement:manage", "idn:entitlement:read"];
const LIST: Guard = Guard::reading(LevelSet::ANY, READ_SCOPES);
const READ: Guard = Guard::reading(LevelSet::ORG_ADMIN, READ_SCOPES);
const OF_ACCOUNT: Guard = Guard::reading(LevelSet::ORG_ADMIN, &["idn:entitlement:read"]);
const CHANGE: Guard = Guard::changing(
    LevelSet::ORG_ADMIN.with(UserLevel::SourceAdmin),
    &["idn:entitlement:manage", "idn:entitlement:update"],
);
const CHANGE_MANY: Guard = Guard::changing(
    LevelSet::ORG_ADMIN.with(UserLevel::SourceAdmin),
    &["idn:entitlement:update", "idn:source-checked:update"],
);
/// The vendor states no user levels here; these are the ones that may look at people.
const OF_IDENTITY: Guard = Guard::reading(super::identities::READERS, &["idn:entitlement:read"]);
const READ_CONFIG: Guard = Guard::reading(SOURCE_ADMINS, READ_SCOPES).also_for_applications();
const CONFIGURE: Guard = Guard::changing(SOURCE_ADMINS, &["idn:entitlement:manage"]);
const MANAGE: Guard = Guard::changing(LevelSet::ORG_ADMIN, &["idn:entitlement:manage"]);

/// What a patch may change.
const PATCHABLE: PatchRules = PatchRules::new(&[
    "name",
    "description",
    "owner",
    "requestable",
    "privileged",
    "privilegeLevel",
    "segments",
    "manuallyUpdatedFields",
]);

static LISTING: Listing = Listing::new(Fields::new(&[
    Field::id("id", EQ.and(IN)).column("id").sorted(),
    Field::text("name", EQ.and(IN).and(SW))
        .column("name_lower")
        .sorted(),
    Field::id("type", EQ.and(IN))
        .at("sourceSchemaObjectType")
        .column("type")
        .sorted(),
    Field::id("attribute", EQ.and(IN))
        .column("attribute")
        .sorted(),
    Field::text("value", EQ.and(IN).and(SW))
        .column("value_lower")
        .sorted(),
    Field::id("source.id", EQ.and(IN))
        .column("source_id")
        .sorted(),
    Field::flag("requestable", EQ)
        .column("requestable")
        .sorted(),
    Field::time("created", GE.and(GT).and(LE).and(LT))
        .column("created")
        .sorted(),
    Field::time("modified", GE.and(GT).and(LE).and(LT))
        .column("modified")
        .sorted(),
    Field::id("owner.id", EQ.and(IN)).column("owner_id"),
    // Nothing sets tags yet.
    Field::text("tags", EQ).column("CAST(NULL AS TEXT)"),
    Field::id("privilegeLevel.direct", EQ).column("privilege"),
]));

const SEARCH_AFTER: QueryParameter = QueryParameter::new(
    "searchAfter",
    "Refused: lists are paged with limit and offset.",
);

/// The family.
pub static OPERATIONS: &[Operation] = &[
    Operation::get("/entitlements", "listEntitlements")
        .title(TAG, "List entitlements")
        .spoken(SPOKEN)
        .guard(LIST)
        .lists(&LISTING)
        .asks(&[
            QueryParameter::new("account-id", "Only entitlements of this account."),
            QueryParameter::new(
                "segmented-for-identity",
                "Refused: there are no segments to look through.",
            ),
            QueryParameter::new(
                "for-segment-ids",
                "Refused: there are no segments to look through.",
            ),
            QueryParameter::new(
                "include-unsegmented",
                "Without effect: there are no segments.",
            ),
            SEARCH_AFTER,
        ])
        .runs(&Blocking(list::list)),
    Operation::post("/entitlements/bulk-update", "updateEntitlementsInBulk")
        .title(TAG, "Change many entitlements in one way")
        .spoken(SPOKEN)
        .guard(CHANGE_MANY)
        .runs(&Blocking(change::bulk)),
    Operation::get("/entitlements/{id}", "getEntitlement")
        .title(TAG, "Get an entitlement by id")
        .spoken(SPOKEN)
        .guard(READ)
        .runs(&Blocking(list::get)),
    Operation::patch("/entitlements/{id}", "patchEntitlement")
        .title(TAG, "Change parts of an entitlement")
        .spoken(SPOKEN)
        .guard(CHANGE)
        .runs(&Blocking(change::patch)),
    Operation::get("/entitlements/{id}/parents", "listEntitlementParents")
        .title(TAG, "List what contains an entitlement")
        .spoken(SPOKEN)
        .guard(READ)
        .lists(&LISTING)
        .asks(&[SEARCH_AFTER])
        .runs(&Blocking(list::parents)),
    Operation::get("/entitlements/{id}/children", "listEntitlementChildren")
        .title(TAG, "List what an entitlement contains")
        .spoken(SPOKEN)
        .guard(READ)
        .lists(&LISTING)
        .asks(&[SEARCH_AFTER])
        .runs(&Blocking(list::children)),
    Operation::get(
        "/entitlements/account/{accountId}/entitlements",
        "listEntitlementsByAccount",
    )
    .title(TAG, "List the entitlements of an account")
    .spoken(V2026.and(V1))
    .guard(OF_ACCOUNT)
    .lists(&LISTING)
    .asks(&[SEARCH_AFTER])
    .runs(&Blocking(list::of_account)),
    Operation::get(
        "/entitlements/identities/{id}/entitlements",
        "listEntitlementsByIdentity",
    )
    .title(TAG, "List the entitlements of an identity")
    .spoken(SPOKEN.without(BETA))
    .guard(OF_IDENTITY)
    .lists(&PAGED)
    .runs(&Blocking(of_identity::list)),
    Operation::get(CONFIG, "getEntitlementRequestConfig")
        .title(TAG, "How an entitlement is asked for")
        .spoken(SPOKEN)
        .guard(READ_CONFIG)
        .runs(&Blocking(request_config::get)),
    Operation::put(CONFIG, "putEntitlementRequestConfig")
        .title(TAG, "Set how an entitlement is asked for")
        .spoken(SPOKEN)
        .guard(CONFIGURE)
        .runs(&Blocking(request_config::put)),
    Operation::post(
        "/entitlements/reset/sources/{id}",
        "resetSourceEntitlements",
    )
    .title(TAG, "Remove all entitlements of a source")
    .spoken(SPOKEN)
    .guard(MANAGE)
    .runs(&Blocking(load::reset))
    .answers(202),
    Operation::post(
        "/entitlements/aggregate/sources/{id}",
        "importEntitlementsBySource",
    )
    .title(TAG, "Aggregate the entitlements of a source from a file")
    .spoken(SPOKEN)
    .guard(MANAGE)
    .deprecated()
    .runs(&Blocking(load::load_as_csv_file))
    .answers(202),
    Operation::post(
        "/sources/{sourceId}/load-entitlements",
        "importEntitlements",
    )
    .title(
        super::sources::TAG,
        "Aggregate the entitlements of a source from a file",
    )
    .spoken(SPOKEN)
    .guard(MANAGE)
    .runs(&Blocking(load::load))
    .answers(202),
];
