//! An account on the wire, with what it shows of its source and identity.

use std::collections::HashMap;

use muster_model::{IdentityProfile, LifecycleState, Source};
use muster_store::{ListedAccount, ListedSource, ListedState, Surroundings, Tx};
use serde_json::{Map, Value, json};

use crate::problem::Problem;

/// `file`: so far every source is one.
const CONNECTION: &str = "file";

/// How much of an account is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// Without what belongs to identity and source.
    Slim,
    /// Everything.
    Full,
}

/// What is known beside the accounts.
pub(super) struct Around {
    /// As the store needs it.
    pub(super) listed: Surroundings,
    sources: HashMap<String, Source>,
}

impl Around {
    /// As of this transaction.
    pub(super) fn load(tx: &mut Tx<'_>) -> Result<Self, Problem> {
        let profiles = tx.typed::<IdentityProfile>().list()?;
        let states = tx.typed::<LifecycleState>().list()?;
        let sources = tx.typed::<Source>().list()?;
        let listed = Surroundings {
            sources: sources
                .iter()
                .map(|source| ListedSource {
                    id: source.source_id(),
                    name: source.name.clone(),
                    authoritative: profiles
                        .iter()
                        .any(|profile| profile.authoritative_source.id == source.id),
                    connection_type: CONNECTION,
                    entitlements: entitlements(source),
                })
                .collect(),
            states: states.iter().filter_map(state).collect(),
        };
        let sources = sources
            .into_iter()
            .map(|source| (source.id.clone(), source))
            .collect();
        Ok(Self { listed, sources })
    }

    /// The source of an account.
    pub(super) fn source(&self, listed: &ListedAccount) -> Option<&Source> {
        self.sources.get(&listed.account.source_id.to_string())
    }

    /// The wire's form. Members without a value are left out (api-surface.md §0.6).
    pub(super) fn show(&self, listed: &ListedAccount, detail: Detail) -> Value {
        let account = &listed.account;
        let source = self.source(listed);
        let known = self
            .listed
            .sources
            .iter()
            .find(|source| source.id == account.source_id);
        let mut wire = json!({
            "id": account.id,
            "name": account.name,
            "created": account.created,
            "modified": account.modified,
            "sourceId": account.source_id,
            "sourceName": source.map(|source| &source.name),
            "attributes": account.attributes,
            "authoritative": known.is_some_and(|source| source.authoritative),
            "disabled": account.disabled,
            "locked": account.locked,
            "nativeIdentity": account.native_identity,
            "systemAccount": false,
            "uncorrelated": account.identity_id.is_none(),
            "manuallyCorrelated": account.manually_correlated,
            "hasEntitlements": listed.has_entitlements,
            "origin": "AGGREGATED",
        });
        let Value::Object(members) = &mut wire else {
            return wire;
        };
        if let Some(identity) = account.identity_id {
            members.insert("identityId".to_owned(), json!(identity));
        }
        if detail == Detail::Full {
            complete(members, listed, source);
        }
        wire
    }
}

fn complete(members: &mut Map<String, Value>, listed: &ListedAccount, source: Option<&Source>) {
    members.insert("isMachine".to_owned(), Value::Bool(false));
    if let (Some(id), Some(name)) = (listed.account.identity_id, &listed.identity_name) {
        members.insert(
            "identity".to_owned(),
            json!({ "id": id, "type": "IDENTITY", "name": name }),
        );
    }
    let texts = [
        ("cloudLifecycleState", listed.lifecycle.clone()),
        ("identityState", listed.identity_state.clone()),
        ("connectionType", source.map(|_| CONNECTION.to_owned())),
        ("features", source.map(|source| source.features.join(", "))),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            members.insert(name.to_owned(), Value::from(text));
        }
    }
    if let Some(owner) = source.and_then(|source| source.owner.as_ref()) {
        members.insert("sourceOwner".to_owned(), json!(owner));
    }
}

/// The account attributes whose values are entitlements.
pub(super) fn entitlements(source: &Source) -> Vec<String> {
    let attributes = source
        .account_schema()
        .into_iter()
        .flat_map(|schema| &schema.attributes);
    attributes
        .filter(|attribute| attribute.is_entitlement)
        .map(|attribute| attribute.name.clone())
        .collect()
}

fn state(state: &LifecycleState) -> Option<ListedState> {
    Some(ListedState {
        profile: state.identity_profile_id.parse().ok()?,
        technical_name: state.technical_name.clone(),
        identity_state: state.other.get("identityState")?.as_str()?.to_owned(),
    })
}
