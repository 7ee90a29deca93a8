//! Each declaration against the vendor's public description: paths in every spelling, statuses,
//! user levels, scopes, filters and sorters.

use std::collections::BTreeSet;

use muster_api::operation::Operation;
use muster_api::spelling::{ALL, NATIVE, Spelling, V1, V2, spell};
use muster_auth::LevelSet;
use serde_json::Value;

use crate::support::description::{Description, strings};

/// User levels that differ between spellings of one operation upstream; ours are the newest.
/// Several older descriptions state none, which means "see scopes" (api-surface.md §3).
const LEVELS_DIFFER: &[&str] = &[
    "/beta/access-profiles/bulk-delete",
    "/beta/identities-accounts/{id}/enable",
    "/beta/identities-accounts/{id}/disable",
    "/beta/identities-accounts/enable",
    "/beta/identities-accounts/disable",
    "/beta/entitlements/{id}",
    "/beta/entitlements/bulk-update",
    "/v2024/entitlements/bulk-update",
    "/v2025/entitlements/bulk-update",
];

/// Operations of the vendor that are documented outside its OpenAPI description.
/// The last nine are of its second tier, whose OpenAPI text the tests do not have.
const UNDESCRIBED: &[&str] = &[
    "getToken",
    "authorize",
    "oauthInfo",
    "getNativeChangeDetectionConfig",
    "putNativeChangeDetectionConfig",
    "deleteNativeChangeDetectionConfig",
    "getReport",
    "getReportResult",
    "startReport",
    "cancelReport",
    "getSourceEntitlementRequestConfig",
    "updateSourceEntitlementRequestConfig",
];

fn described() -> impl Iterator<Item = Operation> {
    muster_api::resources::all()
        .into_iter()
        .filter(|operation| operation.spellings != NATIVE && !UNDESCRIBED.contains(&operation.id))
}

fn upstream(operation: &Operation, spelling: Spelling) -> Option<&'static Value> {
    let method = operation.method.name().to_lowercase();
    Description::get().declared(&spell(operation.path, spelling), &method)
}

#[track_caller]
fn assert_nothing(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_operation_is_known_upstream_in_exactly_the_spellings_declared() {
    let mut wrong = Vec::new();
    for operation in described() {
        for spelling in ALL.and(V2).each() {
            let declared = operation.spellings.contains(spelling);
            let known = upstream(&operation, spelling).is_some();
            // `v1` and `v2` of one path are different operations.
            let is_other = spelling == V1 && operation.spellings == V2
                || spelling == V2 && operation.spellings.contains(V1);
            if declared != known && !is_other {
                wrong.push(format!(
                    "{operation:?}: {} is {} upstream",
                    spell(operation.path, spelling),
                    if known { "known" } else { "unknown" }
                ));
            }
        }
    }
    assert_nothing(&wrong);
}

#[test]
fn every_operation_has_the_name_and_status_of_its_upstream_twin() {
    let mut wrong = Vec::new();
    for operation in described() {
        for spelling in operation.spellings.each() {
            let Some(upstream) = upstream(&operation, spelling) else {
                continue;
            };
            let id = upstream["operationId"].as_str().unwrap_or_default();
            let plain = id
                .strip_suffix("V1")
                .or_else(|| id.strip_suffix("V2"))
                .unwrap_or(id);
            if (spelling == V1 || spelling == V2) && plain != operation.id {
                wrong.push(format!("{operation:?} is called {plain} upstream"));
            }
            if upstream["responses"]
                .get(operation.status.to_string())
                .is_none()
            {
                wrong.push(format!(
                    "{operation:?}: {} does not answer {} upstream, but {:?}",
                    spell(operation.path, spelling),
                    operation.status,
                    upstream["responses"]
                        .as_object()
                        .map(|all| all.keys().collect::<Vec<_>>())
                ));
            }
        }
    }
    assert_nothing(&wrong);
}

#[test]
fn every_operation_demands_the_levels_and_scopes_of_its_upstream_twin() {
    let mut wrong = Vec::new();
    for operation in described() {
        let guard = &operation.guard;
        if guard.is_public() {
            continue;
        }
        let levels: BTreeSet<String> = if guard.levels() == LevelSet::ANY {
            BTreeSet::from(["Any".to_owned()])
        } else {
            guard
                .levels()
                .iter()
                .map(|level| level.wire_name().to_owned())
                .collect()
        };
        let scopes: BTreeSet<String> = guard
            .scopes()
            .iter()
            .map(|&scope| scope.to_owned())
            .collect();
        for spelling in operation.spellings.each() {
            let Some(upstream) = upstream(&operation, spelling) else {
                continue;
            };
            let path = spell(operation.path, spelling);
            let stated = strings(&upstream["x-sailpoint-userLevels"]);
            let may_differ = LEVELS_DIFFER.contains(&path.as_str());
            if !stated.is_empty() && stated != levels && !may_differ {
                wrong.push(format!(
                    "{path}: levels are {levels:?}, upstream {stated:?}"
                ));
            }
            if spelling != operation.spellings.newest() {
                continue;
            }
            let of = |kind: &str| {
                upstream["security"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .find_map(|each| each.get(kind))
            };
            let demanded = of("userAuth").map(strings).unwrap_or_default();
            if demanded != scopes {
                wrong.push(format!(
                    "{path}: scopes are {scopes:?}, upstream {demanded:?}"
                ));
            }
            if guard.is_open_to_applications() != of("applicationAuth").is_some() {
                wrong.push(format!(
                    "{path}: clients may call for themselves upstream: {}",
                    of("applicationAuth").is_some()
                ));
            }
        }
    }
    assert_nothing(&wrong);
}

#[test]
fn every_list_takes_at_least_the_filters_and_sorters_of_its_upstream_twin() {
    let mut wrong = Vec::new();
    for operation in described() {
        let newest = spell(operation.path, operation.spellings.newest());
        let Some(known) = Description::get().operation(operation.method.name(), &newest) else {
            continue;
        };
        let upstream = &known["newest"];
        let filters = upstream["filters"].as_object();
        for (field, operators) in filters.into_iter().flatten() {
            let declared = operation.listing.and_then(|listing| {
                listing
                    .fields
                    .filterable()
                    .find(|known| known.name == field)
            });
            let words: BTreeSet<String> = declared
                .map(|field| {
                    field
                        .operators
                        .words()
                        .split([',', ' '])
                        .map(str::to_owned)
                        .collect()
                })
                .unwrap_or_default();
            if !strings(operators).is_subset(&words) {
                wrong.push(format!(
                    "{newest}: {field} takes {operators} upstream, here {words:?}"
                ));
            }
        }
        let sorters: BTreeSet<String> = operation
            .listing
            .into_iter()
            .flat_map(|listing| listing.fields.sortable().map(|field| field.name.to_owned()))
            .collect();
        let missing: Vec<String> = strings(&upstream["sorters"])
            .difference(&sorters)
            .cloned()
            .collect();
        if !missing.is_empty() {
            wrong.push(format!("{newest}: cannot be sorted by {missing:?}"));
        }
        if !upstream["paging"].is_null() && operation.listing.is_none() {
            wrong.push(format!("{newest}: is paged upstream"));
        }
        let asked: BTreeSet<String> = operation
            .query
            .iter()
            .map(|parameter| parameter.name.to_owned())
            .collect();
        let missing: Vec<String> = strings(&upstream["otherQuery"])
            .difference(&asked)
            .cloned()
            .collect();
        if !missing.is_empty() {
            wrong.push(format!("{newest}: does not ask for {missing:?}"));
        }
        if upstream["experimental"].as_bool() == Some(true) && !operation.experimental {
            wrong.push(format!("{newest}: is experimental upstream"));
        }
    }
    assert_nothing(&wrong);
}

#[test]
fn no_operation_id_is_declared_twice() {
    let mut seen = BTreeSet::new();
    for operation in muster_api::resources::all() {
        assert!(
            seen.insert(operation.id),
            "{operation:?} has the id of another one"
        );
    }
}

#[test]
fn how_much_of_the_first_tier_is_served_is_told() {
    let declared: BTreeSet<String> = described()
        .map(|operation| {
            let path = spell(operation.path, operation.spellings.newest());
            format!(
                "{} {}",
                operation.method.name(),
                crate::support::description::erase_names(&path)
            )
        })
        .collect();
    let mut missing: Vec<String> = Vec::new();
    let mut all = 0;
    for operation in Description::get().tier_1() {
        all += 1;
        let path = operation["newest"]["path"].as_str().unwrap_or_default();
        let path = crate::support::description::erase_names(path);
        let name = format!(
            "{} {path}",
            operation["method"].as_str().unwrap_or_default()
        );
        if !declared.contains(&name) {
            missing.push(name);
        }
    }
    println!(
        "{} of {all} operations of the first tier; missing:",
        all - missing.len()
    );
    println!("{}", missing.join("\n"));
}
