//! Identities: people as their profile sees them. Refreshing makes them; callers look at them, have
//! them processed, and delete them.

mod as_of;
mod cause;
mod delete;
mod explain;
mod history;
mod lifecycle;
mod process;
mod shown;
mod synchronize;

use muster_auth::{Guard, LevelSet, UserLevel};
use muster_model::id::IdentityId;
use muster_query::filter::operator::{EQ, IN, SW};
use muster_query::{Field, Fields};
use muster_store::{Identity, Listed, Stage, Tx};

use self::shown::{Shown, show};
use crate::call::Call;
use crate::handler::{Blocking, Json, Rows};
use crate::listing::{Listing, PAGED};
use crate::operation::{Operation, QueryParameter};
use crate::problem::{Problem, quote};
use crate::spelling::{BETA, DATED, Spelling, V1, V3};

const TAG: &str = "Identities";
const SPOKEN: Spelling = BETA.and(DATED).and(V1);

/// Who may look at people. The vendor states no user levels here; these are the ones that work with
/// other people's access.
pub(super) const READERS: LevelSet = LevelSet::of(&[
    UserLevel::OrgAdmin,
    UserLevel::SourceAdmin,
    UserLevel::SourceSubadmin,
    UserLevel::RoleAdmin,
    UserLevel::RoleSubadmin,
    UserLevel::CertificationAdmin,
    UserLevel::ReportAdmin,
    UserLevel::Helpdesk,
]);
const READ: Guard = Guard::reading(READERS, &["idn:identity:read", "idn:identity:manage"]);
const MANAGE: Guard = Guard::changing(
    LevelSet::of(&[UserLevel::OrgAdmin, UserLevel::Api]),
    &["idn:identity:manage"],
)
.also_for_applications();
const PROCESS: Guard = Guard::changing(
    LevelSet::of(&[UserLevel::OrgAdmin, UserLevel::Helpdesk]),
    &["idn:identity:process", "idn:identity:manage"],
)
.also_for_applications();

/// The vendor states no scope here.
const SYNCHRONIZE: Guard = Guard::changing(LevelSet::ORG_ADMIN, &[]).also_for_applications();

const SET_STATE: Guard = Guard::changing(
    LevelSet::ORG_ADMIN,
    &["idn:identity-lifecycle-state:manage"],
);

/// Columns of the identity table; those that nobody stores are computed in place.
static LISTING: Listing = Listing::new(Fields::new(&[
    Field::id("id", EQ.and(IN)).column("id"),
    Field::text("name", EQ.and(SW))
        .column("name_lower")
        .sorted(),
    Field::text("alias", EQ.and(SW))
        .column("alias_lower")
        .sorted(),
    Field::text("firstname", EQ.and(SW)).column("firstname_lower"),
    Field::text("lastname", EQ.and(SW)).column("lastname_lower"),
    Field::text("email", EQ.and(SW)).column("email_lower"),
    Field::text("cloudStatus", EQ)
        .column("(CASE stage WHEN 2 THEN 'active' ELSE 'deactivated' END)")
        .sorted(),
    Field::text("processingState", EQ).column(muster_store::PROCESSING_STATE),
    Field::flag("correlated", EQ)
        .column("(CASE stage WHEN 2 THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END)"),
    // Nobody is protected: the vendor marks its own support identities so.
    Field::flag("protected", EQ).column("CAST(0 AS BIGINT)"),
]));

/// `/identities`
pub static OPERATIONS: &[Operation] = &[
    Operation::get("/identities", "listIdentities")
        .title(TAG, "List identities")
        .spoken(SPOKEN)
        .guard(READ)
        .lists(&LISTING)
        .asks(&[QueryParameter::new(
            "defaultFilter",
            "CORRELATED_ONLY (the default) lists people with an authoritative account, NONE also \
             those whose account is gone.",
        )])
        .runs(&Blocking(list)),
    Operation::get("/identities/{id}", "getIdentity")
        .title(TAG, "Identity details")
        .spoken(SPOKEN)
        .guard(READ)
        .asks(&[as_of::AS_OF])
        .runs(&Blocking(get)),
    Operation::get("/muster/v1/identities/{id}", "getIdentityAsOf")
        .title(TAG, "Identity details, now or at an earlier moment")
        .guard(READ)
        .asks(&[as_of::AS_OF])
        .runs(&Blocking(get)),
    Operation::get("/muster/v1/identities/{id}/history", "listIdentityHistory")
        .title(TAG, "What an identity was: every change, newest first")
        .guard(READ)
        .lists(&PAGED)
        .runs(&Blocking(history::list)),
    Operation::get("/muster/v1/identities/{id}/explain", "explainIdentity")
        .title(TAG, "Why the attributes of an identity are as they are")
        .guard(READ)
        .asks(&[explain::ATTRIBUTE])
        .runs(&Blocking(explain::explain)),
    Operation::delete("/identities/{id}", "deleteIdentity")
        .title(TAG, "Delete identity")
        .spoken(SPOKEN)
        .guard(MANAGE)
        .runs(&Blocking(delete::delete))
        .answers(204),
    Operation::post(
        "/identities/{identity-id}/set-lifecycle-state",
        "setLifecycleState",
    )
    .title("Lifecycle States", "Set the lifecycle state of an identity")
    .spoken(V3.and(DATED).and(V1))
    .guard(SET_STATE)
    .runs(&Blocking(lifecycle::set))
    .answers(200),
    Operation::post(
        "/identities/{identityId}/synchronize-attributes",
        "synchronizeAttributesForIdentity",
    )
    .title(TAG, "Compare the accounts of an identity with it")
    .spoken(SPOKEN)
    .guard(SYNCHRONIZE)
    .experimental()
    .runs(&Blocking(synchronize::synchronize))
    .answers(202),
    Operation::post("/identities/process", "startIdentityProcessing")
        .title(TAG, "Process a list of identities")
        .spoken(SPOKEN)
        .guard(PROCESS)
        .experimental()
        .runs(&Blocking(process::process))
        .answers(202),
];

fn list(call: &Call, (): ()) -> Result<Rows<Shown>, Problem> {
    let view = call.view()?;
    let stages: &[Stage] = match call.query("defaultFilter") {
        None | Some("CORRELATED_ONLY") => &[Stage::Active],
        Some("NONE") => &[Stage::Active, Stage::Withdrawn],
        Some(other) => {
            return Err(Problem::illegal_value(format!(
                "defaultFilter: \"{}\" is unknown; use CORRELATED_ONLY or NONE.",
                quote(other)
            )));
        }
    };
    call.org().read(|tx| {
        let (identities, total) = tx.identities().page(&Listed {
            stages,
            filter: view.filter.as_ref(),
            sort: &view.sort,
            page: view.page,
        })?;
        Ok(Rows {
            items: show(identities, tx)?,
            total,
        })
    })
}

fn get(call: &Call, (): ()) -> Result<Json<Shown>, Problem> {
    let moment = as_of::moment(call)?;
    call.org().read(|tx| {
        let identity = named(tx, call)?;
        if let Some(moment) = moment {
            return as_of::show_at(identity, moment, tx).map(Json);
        }
        let shown = show(vec![identity], tx)?.pop();
        shown.map(Json).ok_or_else(|| unknown(call.id()))
    })
}

/// The identity that the path names. Those that were never announced are not there.
pub(crate) fn named(tx: &mut Tx<'_>, call: &Call) -> Result<Identity, Problem> {
    let id: IdentityId = call.id().parse().map_err(|_| unknown(call.id()))?;
    tx.identities()
        .get(id)?
        .filter(|identity| identity.stage.is_announced())
        .ok_or_else(|| unknown(call.id()))
}

fn unknown(id: &str) -> Problem {
    Problem::not_found(format!(
        "There is no identity with the id \"{}\".",
        quote(id)
    ))
}
