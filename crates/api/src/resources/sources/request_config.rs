//! How entitlements of a source are asked for and given back, where an entitlement itself does not say it.
//! Requests themselves are not built yet.

use muster_model::Document;
use muster_store::Tx;
use serde::{Deserialize, Serialize};

use super::rights::{MANAGE, READ};
use super::{TAG, find};
use crate::call::{Call, Trace};
use crate::handler::{Blocking, Json};
use crate::operation::Operation;
use crate::problem::Problem;
use crate::resources::entitlements::request_config::{Config, json};
use crate::spelling::{ALL, Spelling, V3};

const PATH: &str = "/sources/{id}/entitlement-request-config";
const SPOKEN: Spelling = ALL.without(V3);

/// Its two operations.
pub(crate) static OPERATIONS: &[Operation] = &[
    Operation::get(PATH, "getSourceEntitlementRequestConfig")
        .title(TAG, "How the entitlements of a source are asked for")
        .spoken(SPOKEN)
        .guard(READ)
        .runs(&Blocking(get)),
    Operation::put(PATH, "updateSourceEntitlementRequestConfig")
        .title(TAG, "Set how the entitlements of a source are asked for")
        .spoken(SPOKEN)
        .guard(MANAGE)
        .runs(&Blocking(put)),
];

/// The configuration of one source, stored under the source's id.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfSource {
    source_id: String,
    config: Config,
}

impl Document for OfSource {
    const KIND: &'static str = "source-entitlement-request-config";

    fn id(&self) -> &str {
        &self.source_id
    }

    fn name(&self) -> &'static str {
        ""
    }
}

fn get(call: &Call, (): ()) -> Result<Json<Config>, Problem> {
    call.org().read(|tx| {
        let source = find(call.id(), tx, call)?;
        stored(&source.id, tx).map(Json)
    })
}

fn put(call: &Call, Json(config): Json<Config>) -> Result<Json<Config>, Problem> {
    config.check()?;
    config.refuse_workflows()?;
    call.org().write(|tx| {
        let source = find(call.id(), tx, call)?;
        let was = stored(&source.id, tx)?;
        if was == config {
            return Ok(Json(config));
        }
        let next = OfSource {
            source_id: source.id,
            config,
        };
        tx.typed::<OfSource>().put(&next, call.now())?;
        let (before, after) = (json(&was)?, json(&next.config)?);
        let trace = Trace {
            action: "update",
            kind: "entitlement-request-config",
            id: call.id(),
            before: Some(&before),
            after: Some(&after),
        };
        call.audit(tx, trace)?;
        Ok(Json(next.config))
    })
}

/// It goes with its source.
pub(super) fn forget(source: &str, tx: &mut Tx<'_>) -> Result<(), Problem> {
    tx.typed::<OfSource>().delete(source)?;
    Ok(())
}

fn stored(source: &str, tx: &mut Tx<'_>) -> Result<Config, Problem> {
    let stored = tx.typed::<OfSource>().get(source)?;
    Ok(stored.map_or_else(Config::default, |stored| stored.config))
}
