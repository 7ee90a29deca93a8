//! Feature flags of an org. The vendor's API has no such operations (api-surface.md §0.9), so these
//! are Muster's own; the flags have the vendor's names.

use muster_auth::{Guard, LevelSet};
use muster_model::settings::FEATURE_FLAGS;
use muster_model::{Document, OrgSettings};
use muster_store::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::settings::of_org;
use crate::call::{Call, Trace};
use crate::handler::{Blocking, Json, Rows};
use crate::listing::PAGED;
use crate::operation::Operation;
use crate::problem::{Problem, quote};

const TAG: &str = "Feature Flags";
const READ: Guard = Guard::reading(LevelSet::ORG_ADMIN, &[]).also_for_applications();
const MANAGE: Guard = Guard::changing(LevelSet::ORG_ADMIN, &[]).also_for_applications();

/// `/muster/v1/feature-flags`
pub static OPERATIONS: &[Operation] = &[
    Operation::get("/muster/v1/feature-flags", "listFeatureFlags")
        .title(TAG, "List feature flags")
        .guard(READ)
        .lists(&PAGED)
        .runs(&Blocking(list)),
    Operation::get("/muster/v1/feature-flags/{name}", "getFeatureFlag")
        .title(TAG, "Get a feature flag")
        .guard(READ)
        .runs(&Blocking(get)),
    Operation::put("/muster/v1/feature-flags/{name}", "putFeatureFlag")
        .title(TAG, "Turn a feature flag on or off")
        .guard(MANAGE)
        .runs(&Blocking(set)),
    Operation::patch("/muster/v1/feature-flags/{name}", "patchFeatureFlag")
        .title(TAG, "Turn a feature flag on or off")
        .guard(MANAGE)
        .runs(&Blocking(set)),
];

/// A feature flag.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FeatureFlag {
    /// Its name.
    pub name: String,
    /// Whether it is on.
    pub enabled: bool,
    /// What it does.
    pub description: String,
}

/// How a flag is to stand.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Wanted {
    /// Its name, where it is repeated.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether it is to be on.
    pub enabled: bool,
}

fn list(call: &Call, (): ()) -> Result<Rows<FeatureFlag>, Problem> {
    let settings = call.org().read(of_org)?;
    let all = FEATURE_FLAGS.iter().map(|known| flag(*known, &settings));
    Ok(call.view()?.page_of(all.collect()))
}

fn get(call: &Call, (): ()) -> Result<Json<FeatureFlag>, Problem> {
    let known = known(call)?;
    let settings = call.org().read(of_org)?;
    Ok(Json(flag(known, &settings)))
}

fn set(call: &Call, Json(wanted): Json<Wanted>) -> Result<Json<FeatureFlag>, Problem> {
    let known = known(call)?;
    if wanted.name.is_some_and(|name| name != known.0) {
        return Err(Problem::illegal_update(
            "name cannot be changed; leave it out or send the name of the path.",
        ));
    }
    let settings = call
        .org()
        .write(|tx| turn(known.0, wanted.enabled, tx, call))?;
    Ok(Json(flag(known, &settings)))
}

fn turn(name: &str, enabled: bool, tx: &mut Tx<'_>, call: &Call) -> Result<OrgSettings, Problem> {
    let mut settings = of_org(tx)?;
    let before = json!({ "name": name, "enabled": settings.has(name) });
    settings.feature_flags.insert(name.to_owned(), enabled);
    tx.typed::<OrgSettings>().put(&settings, call.now())?;
    let trace = Trace {
        action: "set-feature-flag",
        kind: OrgSettings::KIND,
        id: name,
        before: Some(&before),
        after: Some(&json!({ "name": name, "enabled": enabled })),
    };
    call.audit(tx, trace)?;
    Ok(settings)
}

fn flag((name, does): (&str, &str), settings: &OrgSettings) -> FeatureFlag {
    FeatureFlag {
        name: name.to_owned(),
        enabled: settings.has(name),
        description: does.to_owned(),
    }
}

fn known(call: &Call) -> Result<(&'static str, &'static str), Problem> {
    let name = call.parameter("name");
    let known = FEATURE_FLAGS.iter().find(|(known, _)| *known == name);
    known.copied().ok_or_else(|| {
        let all: Vec<&str> = FEATURE_FLAGS.iter().map(|(known, _)| *known).collect();
        Problem::not_found(format!(
            "There is no feature flag \"{}\"; there are: {}.",
            quote(name),
            all.join(", ")
        ))
    })
}
