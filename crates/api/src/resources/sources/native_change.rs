//! Which changes of a source's accounts count as made outside of the product
//! (aggregation-refresh.md §2).

use muster_auth::{Guard, LevelSet};
use muster_model::Source;
use muster_model::native_change::{NativeChangeDetection, OPERATIONS as WATCHABLE};
use muster_store::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{TAG, find};
use crate::call::{Call, Trace};
use crate::handler::{Blocking, Json};
use crate::operation::Operation;
use crate::problem::{Problem, quote};
use crate::spelling::{ALL, Spelling, V3};

const PATH: &str = "/sources/{sourceId}/native-change-detection-config";
const SPOKEN: Spelling = ALL.without(V3);

const READ: Guard =
    Guard::reading(LevelSet::ORG_ADMIN, &["idn:sources:read"]).also_for_applications();
const UPDATE: Guard =
    Guard::changing(LevelSet::ORG_ADMIN, &["idn:sources:update"]).also_for_applications();
const MANAGE: Guard =
    Guard::changing(LevelSet::ORG_ADMIN, &["idn:sources:manage"]).also_for_applications();

/// Its three operations.
pub(crate) static OPERATIONS: &[Operation] = &[
    Operation::get(PATH, "getNativeChangeDetectionConfig")
        .title(TAG, "Which changes outside of the product are watched")
        .spoken(SPOKEN)
        .guard(READ)
        .runs(&Blocking(get)),
    Operation::put(PATH, "putNativeChangeDetectionConfig")
        .title(TAG, "Set which changes outside of the product are watched")
        .spoken(SPOKEN)
        .guard(UPDATE)
        .runs(&Blocking(put)),
    Operation::delete(PATH, "deleteNativeChangeDetectionConfig")
        .title(TAG, "Watch no changes outside of the product")
        .spoken(SPOKEN)
        .guard(MANAGE)
        .runs(&Blocking(delete)),
];

/// The configuration on the wire.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(rename = "NativeChangeDetectionConfig")]
struct Config {
    /// Whether anything is watched.
    enabled: bool,
    /// `ACCOUNT_CREATED`, `ACCOUNT_UPDATED`, `ACCOUNT_DELETED`.
    operations: Vec<String>,
    /// Whether all attributes that hold entitlements are watched.
    all_entitlements: bool,
    /// Whether all other attributes are watched.
    all_non_entitlement_attributes: bool,
    /// Attributes that hold entitlements and are watched, where not all are.
    selected_entitlements: Vec<String>,
    /// Other attributes that are watched, where not all are.
    selected_non_entitlement_attributes: Vec<String>,
}

impl From<NativeChangeDetection> for Config {
    fn from(stored: NativeChangeDetection) -> Self {
        Self {
            enabled: stored.enabled,
            operations: stored.operations,
            all_entitlements: stored.all_entitlements,
            all_non_entitlement_attributes: stored.all_non_entitlement_attributes,
            selected_entitlements: stored.selected_entitlements,
            selected_non_entitlement_attributes: stored.selected_non_entitlement_attributes,
        }
    }
}

impl Config {
    fn stored(self, source: &Source) -> NativeChangeDetection {
        NativeChangeDetection {
            source_id: source.id.clone(),
            enabled: self.enabled,
            operations: self.operations,
            all_entitlements: self.all_entitlements,
            all_non_entitlement_attributes: self.all_non_entitlement_attributes,
            selected_entitlements: self.selected_entitlements,
            selected_non_entitlement_attributes: self.selected_non_entitlement_attributes,
        }
    }

    /// Refuses what could never come true.
    fn check(&self, source: &Source) -> Result<(), Problem> {
        let unknown = self
            .operations
            .iter()
            .find(|one| !WATCHABLE.contains(&one.as_str()));
        if let Some(unknown) = unknown {
            return Err(Problem::illegal_value(format!(
                "operations: \"{}\" cannot be watched; use {}.",
                quote(unknown),
                WATCHABLE.join(", ")
            )));
        }
        let holds = |name: &str| {
            let schema = source.account_schema()?;
            schema.attribute(name).map(|one| one.is_entitlement)
        };
        for (field, names, entitlement) in [
            ("selectedEntitlements", &self.selected_entitlements, true),
            (
                "selectedNonEntitlementAttributes",
                &self.selected_non_entitlement_attributes,
                false,
            ),
        ] {
            for name in names {
                if holds(name) != Some(entitlement) {
                    let wanted = if entitlement {
                        "an attribute that the account schema marks isEntitlement"
                    } else {
                        "an attribute of the account schema that is not marked isEntitlement"
                    };
                    return Err(Problem::illegal_value(format!(
                        "{field}: \"{}\" is not {wanted}; GET sources/{}/schemas shows them.",
                        quote(name),
                        source.id
                    )));
                }
            }
        }
        Ok(())
    }
}

fn get(call: &Call, (): ()) -> Result<Json<Config>, Problem> {
    call.org().read(|tx| {
        let source = find(call.parameter("sourceId"), tx, call)?;
        Ok(Json(stored(&source, tx)?.into()))
    })
}

fn put(call: &Call, Json(next): Json<Config>) -> Result<Json<Config>, Problem> {
    call.org().write(|tx| {
        let source = find(call.parameter("sourceId"), tx, call)?;
        next.check(&source)?;
        let before = Config::from(stored(&source, tx)?);
        let stored = next.clone().stored(&source);
        tx.typed::<NativeChangeDetection>()
            .put(&stored, call.now())?;
        audit(&source, Some(&before), Some(&next), tx, call)?;
        Ok(Json(next))
    })
}

fn delete(call: &Call, (): ()) -> Result<(), Problem> {
    call.org().write(|tx| {
        let source = find(call.parameter("sourceId"), tx, call)?;
        let before = Config::from(stored(&source, tx)?);
        tx.typed::<NativeChangeDetection>().delete(&source.id)?;
        audit(&source, Some(&before), None, tx, call)
    })
}

fn stored(source: &Source, tx: &mut Tx<'_>) -> Result<NativeChangeDetection, Problem> {
    let stored = tx.typed::<NativeChangeDetection>().get(&source.id)?;
    Ok(stored.unwrap_or_default())
}

fn audit(
    source: &Source,
    before: Option<&Config>,
    after: Option<&Config>,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<(), Problem> {
    let json = |config: Option<&Config>| -> Result<Option<Value>, Problem> {
        config
            .map(serde_json::to_value)
            .transpose()
            .map_err(|error| Problem::hidden(&error))
    };
    let (before, after) = (json(before)?, json(after)?);
    let trace = Trace {
        action: "update",
        kind: "native-change-detection",
        id: &source.id,
        before: before.as_ref(),
        after: after.as_ref(),
    };
    call.audit(tx, trace)
}
