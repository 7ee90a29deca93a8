//! Events that speak of stored accounts: their attributes changed, they found or lost their identity.
//! [`account`] has the bodies.

use muster_model::{AttributeMap, Reference, Schema, Timestamp};
use muster_store::Account;

use crate::account;
use crate::identity::AttributeChange;
use crate::{Draft, Value};

/// What all account events of a run share.
pub struct Told<'a> {
    /// The source.
    pub source: &'a Reference,
    /// Its schema: changes are told in its order.
    pub schema: &'a Schema,
    /// The run.
    pub cause: &'a str,
    /// When the change is stored.
    pub now: Timestamp,
}

impl Told<'_> {
    /// Account Attributes Changed, if anything did.
    pub fn changed(&self, identity: &Reference, old: &Account, new: &Account) -> Option<Draft> {
        let changes = differences(self.schema, &old.attributes, &new.attributes);
        if changes.is_empty() {
            return None;
        }
        let id = new.id.to_string();
        let body = account::attributes_changed(identity, self.source, &shown(&id, new), &changes);
        Some(self.draft(crate::ACCOUNT_ATTRIBUTES_CHANGED, identity, new, body))
    }

    /// Account Correlated.
    pub fn correlated(&self, identity: &Reference, new: &Account) -> Draft {
        let id = new.id.to_string();
        let entitlements = entitlement_count(self.schema, &new.attributes);
        let body = account::correlated(
            identity,
            self.source,
            &shown(&id, new),
            &new.attributes,
            entitlements,
        );
        self.draft(crate::ACCOUNT_CORRELATED, identity, new, body)
    }

    /// Account Uncorrelated.
    pub fn uncorrelated(&self, identity: &Reference, account: &Account) -> Draft {
        let id = account.id.to_string();
        let entitlements = entitlement_count(self.schema, &account.attributes);
        let body = account::uncorrelated(identity, self.source, &shown(&id, account), entitlements);
        self.draft(crate::ACCOUNT_UNCORRELATED, identity, account, body)
    }

    fn draft(
        &self,
        trigger: &'static str,
        identity: &Reference,
        account: &Account,
        value: Value,
    ) -> Draft {
        Draft {
            trigger,
            subject: identity.id.clone(),
            // An account changes to one content once in a run.
            identity: vec![
                self.cause.as_bytes().to_vec(),
                account.id.to_string().into_bytes(),
                account.digest.to_vec(),
            ],
            created: self.now,
            cause: self.cause.to_owned(),
            value,
        }
    }
}

fn shown<'a>(id: &'a str, account: &'a Account) -> account::Account<'a> {
    account::Account {
        id,
        name: &account.name,
        native_identity: &account.native_identity,
    }
}

fn differences(schema: &Schema, old: &AttributeMap, new: &AttributeMap) -> Vec<AttributeChange> {
    let names = schema.attributes.iter().map(|one| one.name.as_str());
    names
        .filter_map(|name| AttributeChange::between(name, old.get(name), new.get(name)))
        .collect()
}

/// How many entitlements an account has.
fn entitlement_count(schema: &Schema, attributes: &AttributeMap) -> i64 {
    let entitlements = schema
        .attributes
        .iter()
        .filter(|attribute| attribute.is_entitlement);
    let count = |value: &muster_model::AttributeValue| match value {
        muster_model::AttributeValue::List(items) => items.len() as i64,
        _ => 1,
    };
    entitlements
        .filter_map(|attribute| attributes.get(&attribute.name))
        .map(count)
        .sum()
}
