//! Entitlements from accounts: each value that an account has of an attribute so marked is one
//! (aggregation-refresh.md §1.8).

use std::cell::RefCell;
use std::collections::HashSet;

use muster_model::id::EntitlementId;
use muster_model::{AttributeDefinition, AttributeValue, Source, Timestamp};
use muster_store::{Account, Entitlement, Result, Tx};

use crate::limits::PROMOTED_REMEMBERED_MAX;

/// The schema of entitlements whose attribute names none.
const GROUP: &str = "group";

/// The entitlements that a run has stored. A million accounts share a few thousand of them, so most
/// accounts cost a look into this set and nothing else.
#[derive(Default)]
pub(crate) struct Promoted(RefCell<HashSet<EntitlementId>>);

impl Promoted {
    /// The entitlements of these accounts that the run has not stored yet.
    pub(crate) fn unknown_of(
        &self,
        source: &Source,
        accounts: &[Account],
        now: Timestamp,
    ) -> Vec<Entitlement> {
        let marked: Vec<&AttributeDefinition> = source
            .account_schema()
            .into_iter()
            .flat_map(|schema| &schema.attributes)
            .filter(|attribute| attribute.is_entitlement)
            .collect();
        if marked.is_empty() {
            return Vec::new();
        }
        let known = self.0.borrow();
        let mut fresh = HashSet::new();
        let mut unknown = Vec::new();
        for account in accounts {
            for attribute in &marked {
                let values = match account.attributes.get(&attribute.name) {
                    None => continue,
                    Some(AttributeValue::List(values)) => values.clone(),
                    Some(single) => vec![single.to_text()],
                };
                for value in values.iter().filter(|value| !value.trim().is_empty()) {
                    let id = EntitlementId::of(&source.id, &attribute.name, value);
                    if !known.contains(&id) && fresh.insert(id) {
                        unknown.push(entitlement(source, attribute, value, now));
                    }
                }
            }
        }
        unknown
    }

    /// Stores them; call [`Promoted::remember`] once that is committed.
    pub(crate) fn store(tx: &mut Tx<'_>, entitlements: &[Entitlement]) -> Result<()> {
        tx.entitlements().meet(entitlements)
    }

    /// Remembers what is stored now.
    pub(crate) fn remember(&self, entitlements: &[Entitlement]) {
        let mut known = self.0.borrow_mut();
        if known.len() + entitlements.len() > PROMOTED_REMEMBERED_MAX {
            known.clear();
        }
        known.extend(entitlements.iter().map(|one| one.id));
    }
}

/// Stores the entitlements of an account that somebody wrote by hand.
pub fn of_account(
    tx: &mut Tx<'_>,
    source: &Source,
    account: &Account,
    now: Timestamp,
) -> Result<()> {
    let all = Promoted::default().unknown_of(source, std::slice::from_ref(account), now);
    tx.entitlements().meet(&all)
}

/// An entitlement as an account shows it.
fn entitlement(
    source: &Source,
    attribute: &AttributeDefinition,
    value: &str,
    now: Timestamp,
) -> Entitlement {
    Entitlement {
        kind: kind_of(attribute).to_owned(),
        is_met: true,
        ..Entitlement::new(source.source_id(), &attribute.name, value, now)
    }
}

/// The schema that the values of an attribute are objects of.
pub(crate) fn kind_of(attribute: &AttributeDefinition) -> &str {
    attribute
        .schema
        .as_ref()
        .map(|schema| schema.name.as_str())
        .filter(|name| !name.is_empty())
        .unwrap_or(GROUP)
}
