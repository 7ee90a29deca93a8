//! The entitlements of a person: those of all their accounts.

use std::collections::HashSet;

use muster_model::Source;
use schemars::JsonSchema;
use serde::Serialize;

use super::shape::ids_of;
use crate::call::Call;
use crate::handler::Rows;
use crate::problem::Problem;
use crate::resources::identities::named;
use crate::resources::sources::own;

/// An entitlement of a person.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "IdentityEntitlement")]
pub(super) struct Held {
    /// Which.
    object_ref: ObjectRef,
    /// Always empty: nothing sets tags yet.
    tags: [String; 0],
}

/// Names an entitlement.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "EntitlementRef")]
struct ObjectRef {
    /// Always `ENTITLEMENT`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Its id.
    id: String,
    /// Its name.
    name: String,
}

/// `GET /entitlements/identities/{id}/entitlements`: by name. One that several accounts have is there
/// once; a sub-administrator sees those of their own sources.
pub(super) fn list(call: &Call, (): ()) -> Result<Rows<Held>, Problem> {
    let page = call.page()?;
    let mut found = call.org().read(|tx| {
        let id = named(tx, call)?.id;
        let own = own::listed(tx, call)?;
        let is_open = |source: &Source| own.as_ref().is_none_or(|own| own.contains(&source.id));
        let mut ids = HashSet::new();
        for account in tx.accounts().of_each(&[id])?.into_iter().flatten() {
            let source = account.source_id.to_string();
            let source = tx.typed::<Source>().get(&source)?;
            if let Some(source) = source.filter(is_open) {
                ids.extend(ids_of(&source, &account.attributes));
            }
        }
        let ids: Vec<_> = ids.into_iter().collect();
        Ok::<_, Problem>(tx.entitlements().get_each(&ids)?)
    })?;
    found.sort_by_cached_key(|one| one.as_ref().map(|one| (one.name.to_lowercase(), one.id)));
    let all: Vec<Held> = found
        .into_iter()
        .flatten()
        .map(|one| Held {
            object_ref: ObjectRef {
                kind: "ENTITLEMENT",
                id: one.id.to_string(),
                name: one.name,
            },
            tags: [],
        })
        .collect();
    let total = page.count.then_some(all.len() as u64);
    let items = all.into_iter().skip(page.offset as usize);
    Ok(Rows {
        items: items.take(page.limit as usize).collect(),
        total,
    })
}
