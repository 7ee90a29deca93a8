//! Sources: where accounts are read from.
//!
//! `stored` says what is checked and kept, `secrets` seals what must not be read, `own` keeps sub-administrators
//! to theirs, `delimited` what the one connector so far needs, `load`
//! starts aggregations, `attribute_sync` what its accounts follow, `delete` removes a source with its accounts, `connections` tells what
//! depends on it, `correlation` how its accounts find their identities, `preview` what a file would do,
//! `request_config` how its entitlements are asked for.

pub(crate) mod attribute_sync;
pub(crate) mod change;
mod connections;
pub(crate) mod connector;
pub(crate) mod correlation;
pub(crate) mod correlation_preview;
mod delete;
pub(crate) mod delimited;
pub(crate) mod events;
pub(crate) mod holds;
pub(crate) mod load;
pub(crate) mod native_change;
pub(crate) mod own;
pub(crate) mod preview;
pub(crate) mod request_config;
pub(crate) mod rights;
pub(crate) mod schedules;
mod secrets;
mod shape;
pub(crate) mod stored;

use muster_model::Source;
use muster_query::filter::operator::{CA, CO, EQ, ISNULL, NE, NONE, ORDER, SAME, SW};
use muster_query::{Field, Fields, PatchRules};
use muster_store::Tx;
use serde_json::Value;

use self::delete::Deleted;
use self::rights::{LIST, MANAGE, MANAGE_ALL, READ, REMOVE_ACCOUNTS};
use self::shape::{ConnectionsShape, SourceShape};
use self::stored::StoredSource;
use super::shaped::Shaped;
use crate::call::Call;
use crate::collection::{Collection, Offer, Shared};
use crate::handler::{Blocking, Rows};
use crate::listing::Listing;
use crate::operation::{Operation, QueryParameter};
use crate::problem::{Problem, quote};
use crate::spelling::{ALL, BETA, V3};

pub(crate) const TAG: &str = "Sources";

static LISTING: Listing = Listing::new(Fields::new(&[
    Field::id("id", SAME.and(ORDER).and(SW)).sorted(),
    Field::text("name", SAME.and(ORDER).and(SW).and(CO)).sorted(),
    Field::text("type", SAME.and(ORDER).and(SW)).sorted(),
    Field::id("owner.id", SAME.and(ORDER).and(SW)).sorted(),
    Field::text("owner.name", NONE).sorted(),
    Field::text_list("features", CA.and(CO)),
    Field::time("created", SAME.and(ORDER).and(SW)).sorted(),
    Field::time("modified", SAME.and(ORDER).and(SW)).sorted(),
    Field::id("managementWorkgroup.id", SAME.and(ORDER).and(SW)).sorted(),
    Field::text("description", EQ.and(SW)).sorted(),
    Field::flag("authoritative", EQ.and(NE).and(ISNULL)).sorted(),
    Field::flag("healthy", ISNULL).sorted(),
    Field::text("status", SAME.and(ORDER).and(SW)).sorted(),
    Field::text("connectionType", SAME.and(ORDER).and(SW)).sorted(),
    Field::text("connectorName", SAME.and(ORDER).and(SW)).sorted(),
    Field::text("category", SAME.and(ORDER).and(SW).and(CO)),
    Field::id("accountCorrelationConfig.id", NONE).sorted(),
    Field::text("accountCorrelationConfig.name", NONE).sorted(),
    Field::text("managerCorrelationRule.type", NONE).sorted(),
    Field::id("managerCorrelationRule.id", NONE).sorted(),
    Field::text("managerCorrelationRule.name", NONE).sorted(),
]));

/// `/sources`
pub static SOURCES: Collection = Collection::of::<StoredSource>("/sources", "/sources/{id}")
    .title(TAG, "source")
    .spoken(ALL)
    .guard(READ, MANAGE)
    .lists(&LISTING)
    .fixed(&["type", "connector", "connectorClass", "passwordPolicies"])
    .read_only(&[
        "accountCorrelationConfig",
        "connectionType",
        "connectorId",
        "connectorImplementationId",
        "connectorName",
        "created",
        "healthy",
        "modified",
        "schemas",
        "since",
        "status",
    ])
    .hidden(&["correlation", "readingVersion", "schemaObjects"])
    .patchable(PatchRules::new(&[
        "name",
        "description",
        "owner",
        "cluster",
        "accountCorrelationRule",
        "managerCorrelationMapping",
        "managerCorrelationRule",
        "beforeProvisioningRule",
        "features",
        "connectorAttributes",
        "deleteThreshold",
        "managementWorkgroup",
        "credentialProviderEnabled",
        "category",
    ]))
    .timed()
    .unique_names()
    .offers(
        Shared::Create,
        Offer::new("createSource", "Create a source").asks(&[QueryParameter::new(
            "provisionAsCsv",
            "Whether the source is a delimited file; sets its type and connector.",
        )]),
    )
    .offers(Shared::Get, Offer::new("getSource", "Get a source by id"))
    .offers(Shared::Replace, Offer::new("putSource", "Replace a source"))
    .offers(
        Shared::Patch,
        Offer::new("updateSource", "Change parts of a source"),
    );

/// The rest of the family that concerns the source itself and its accounts.
pub static OPERATIONS: &[Operation] = &[
    Operation::get("/sources", "listSources")
        .title(TAG, "List sources")
        .spoken(ALL)
        .guard(LIST)
        .lists(&LISTING)
        .asks(&[
            QueryParameter::new(
                "for-subadmin",
                "The id of an identity, or \"me\": only the sources that it owns.",
            ),
            QueryParameter::new(
                "includeIDNSource",
                "Accepted and without effect: Muster has no source for itself.",
            ),
        ])
        .runs(&Blocking(list)),
    Operation::delete("/sources/{id}", "deleteSource")
        .title(TAG, "Delete a source and its accounts")
        .spoken(ALL)
        .guard(MANAGE)
        .runs(&Blocking::<(), Deleted>(delete::delete))
        .answers(202),
    Operation::get("/sources/{sourceId}/connections", "getSourceConnections")
        .title(TAG, "What depends on a source")
        .spoken(ALL.without(BETA))
        .guard(READ)
        .runs(&Blocking(connections::connections)),
    Operation::post("/sources/{id}/load-accounts", "importAccounts")
        .title(TAG, "Aggregate the accounts of a source from a file")
        .spoken(ALL.without(V3))
        .guard(MANAGE)
        .runs(&Blocking(load::load_accounts))
        .answers(202),
    Operation::post(
        "/sources/{id}/load-uncorrelated-accounts",
        "importUncorrelatedAccounts",
    )
    .title(TAG, "Look for the owners of accounts that are nobody's")
    .spoken(ALL.without(V3))
    .guard(MANAGE_ALL)
    .runs(&Blocking(load::load_uncorrelated_accounts))
    .answers(202),
    Operation::post("/sources/{id}/remove-accounts", "deleteAccountsAsync")
        .title(TAG, "Remove all accounts of a source")
        .spoken(ALL.without(V3))
        .guard(REMOVE_ACCOUNTS)
        .runs(&Blocking(load::remove_accounts))
        .answers(202),
];

/// The source with that id; a 404 where there is none, a 403 where it is not the caller's.
pub(crate) fn find(id: &str, tx: &mut Tx<'_>, call: &Call) -> Result<Source, Problem> {
    let source = tx.typed::<Source>().get(id)?.ok_or_else(|| {
        Problem::not_found(format!("There is no source with the id \"{}\".", quote(id)))
    })?;
    own::check(source.owner.as_ref(), call)?;
    Ok(source)
}

fn list(call: &Call, (): ()) -> Result<Rows<Shaped<SourceShape>>, Problem> {
    let view = call.view()?;
    let (mut all, bound) = call.org().read(|tx| {
        let all = SOURCES.read_all(tx, call)?;
        Ok::<_, Problem>((all, own::listed(tx, call)?))
    })?;
    if let Some(own) = bound {
        all.retain(|source| {
            let id = source["id"].as_str().unwrap_or_default();
            own.iter().any(|own| own == id)
        });
    }
    if let Some(wanted) = call.query("for-subadmin") {
        let wanted = match call.caller()?.user_context() {
            Some(person) if wanted == "me" => person.identity_id.to_string(),
            _ => wanted.to_owned(),
        };
        all.retain(|source| {
            source.pointer("/owner/id").and_then(Value::as_str) == Some(wanted.as_str())
        });
    }
    let rows = view.take(all);
    Ok(Rows {
        items: rows.items.into_iter().map(Shaped::from).collect(),
        total: rows.total,
    })
}

type Connections = Shaped<ConnectionsShape>;
