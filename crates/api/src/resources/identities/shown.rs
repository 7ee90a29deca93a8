//! An identity as the wire shows it.

use std::collections::{HashMap, HashSet};

use muster_model::id::IdentityId;
use muster_model::{AttributeMap, AttributeValue, Reference, Timestamp};
use muster_store::{Identity, Result, Stage, Tx};
use schemars::JsonSchema;
use serde::Serialize;

use crate::resource::Object;

/// An identity.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Identity")]
pub(super) struct Shown {
    /// Its id.
    id: String,
    /// Its display name.
    name: String,
    /// When it was made.
    #[schemars(with = "String")]
    created: Timestamp,
    /// When it last changed.
    #[schemars(with = "String")]
    modified: Timestamp,
    /// Its user name.
    alias: String,
    /// Its mail address.
    email_address: Option<String>,
    /// `ERROR` where something is wrong with an attribute, else `OK`.
    processing_state: &'static str,
    /// `ACTIVE`, or `DEACTIVATED` once its authoritative account is gone.
    identity_status: &'static str,
    /// Its manager.
    #[schemars(with = "Option<ManagerReference>")]
    manager_ref: Option<Reference>,
    /// Whether anybody reports to it; not told of earlier moments.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_manager: Option<bool>,
    /// When a refresh last found it different.
    #[schemars(with = "String")]
    last_refresh: Timestamp,
    /// Its attributes by technical name.
    #[schemars(with = "Object")]
    attributes: AttributeMap,
    /// Its lifecycle state, where it is in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    lifecycle_state: Option<StateOf>,
}

/// An identity's manager.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only describes")]
struct ManagerReference {
    /// Always `IDENTITY`.
    #[serde(rename = "type")]
    kind: String,
    /// The manager's id.
    id: String,
    /// The manager's display name at the time.
    name: String,
}

/// The lifecycle state of an identity.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct StateOf {
    /// The technical name of the state.
    state_name: String,
    /// Whether a person set it; not told of earlier moments.
    #[serde(skip_serializing_if = "Option::is_none")]
    manually_updated: Option<bool>,
}

/// Identities with what is looked up for them: names of managers, and who is one.
pub(super) fn show(identities: Vec<Identity>, tx: &mut Tx<'_>) -> Result<Vec<Shown>> {
    let ids: Vec<IdentityId> = identities.iter().map(|identity| identity.id).collect();
    let managers_among = tx.identities().managers_among(&ids)?;
    let manual = tx.manual_lifecycle().of(&ids)?;
    let managers: HashSet<IdentityId> = identities
        .iter()
        .filter_map(|identity| identity.manager_id)
        .collect();
    let managers: Vec<IdentityId> = managers.into_iter().collect();
    let names = tx.identities().names(&managers)?;
    let names: HashMap<IdentityId, String> = managers
        .into_iter()
        .zip(names)
        .filter_map(|(id, found)| Some((id, found?.0)))
        .collect();
    Ok(identities
        .into_iter()
        .map(|identity| {
            let is_manager = managers_among.contains(&identity.id);
            let by_hand = manual.contains_key(&identity.id);
            let mut shown = Shown::of(identity, &names);
            shown.is_manager = Some(is_manager);
            if let Some(state) = &mut shown.lifecycle_state {
                state.manually_updated = Some(by_hand);
            }
            shown
        })
        .collect())
}

/// An identity as it was, with what its row and that of its manager say. Who reported to it then, and
/// what was set by hand, is not kept.
pub(super) fn show_past(identity: Identity, manager: Option<String>) -> Shown {
    let names = Option::zip(identity.manager_id, manager);
    Shown::of(identity, &names.into_iter().collect())
}

impl Shown {
    fn of(identity: Identity, names: &HashMap<IdentityId, String>) -> Self {
        let manager_ref = identity.manager_id.and_then(|manager| {
            let name = names.get(&manager)?;
            Some(Reference::identity(manager.to_string(), name))
        });
        let email = identity.attributes.get("email");
        let has_errors = identity.has_errors();
        Self {
            id: identity.id.to_string(),
            email_address: email.map(AttributeValue::to_text),
            name: identity.name,
            created: identity.created,
            modified: identity.modified,
            alias: identity.alias,
            processing_state: if has_errors { "ERROR" } else { "OK" },
            identity_status: if identity.stage == Stage::Active {
                "ACTIVE"
            } else {
                "DEACTIVATED"
            },
            manager_ref,
            is_manager: None,
            last_refresh: identity.modified,
            attributes: identity.attributes,
            lifecycle_state: identity.lifecycle.map(|state_name| StateOf {
                state_name,
                manually_updated: None,
            }),
        }
    }
}
