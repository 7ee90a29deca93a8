//! Deletes an identity that nothing else needs. Its accounts stay, as nobody's.

use axum::http::StatusCode;
use muster_event::identity::deleted;
use muster_event::{Draft, IDENTITY_DELETED};
use muster_model::settings::EventIdentityName;
use muster_model::{Document, IdentityProfile, OrgSettings, Reference, Source};
use muster_store::{Identity, Tx};
use serde_json::{Value, json};

use super::named;
use super::shown::show;
use crate::answer::Answer;
use crate::call::{Call, Trace};
use crate::problem::Problem;
use crate::resources::settings::of_org;

/// Entities that a refusal names of each kind.
const NAMED_MAX: u32 = 25;

/// Answers the deletion: 204, or 400 with all that still needs the identity.
pub(super) fn delete(call: &Call, (): ()) -> Result<Answer, Problem> {
    call.org().write(|tx| {
        let identity = named(tx, call)?;
        let associations = associations(&identity, tx)?;
        if !associations.is_empty() {
            let refusal = json!({
                "message": "The identity cannot be deleted as long as these need it; give them \
                            another owner or manager first.",
                "associationDetails": associations,
            });
            return Ok(Answer::json(StatusCode::BAD_REQUEST, &refusal));
        }
        let now = call.now();
        tx.accounts().release(identity.id, now)?;
        tx.identity_keys().forget(identity.id)?;
        tx.identities().delete(identity.id)?;
        audit(&identity, tx, call)?;
        let settings = of_org(tx)?;
        let told = Draft {
            trigger: IDENTITY_DELETED,
            subject: identity.id.to_string(),
            identity: vec![identity.id.0.to_be_bytes().to_vec()],
            created: now,
            cause: call.tracking_id().to_owned(),
            value: deleted(&as_told(&identity, &settings), &identity.attributes),
        };
        let outbox = call.app().outboxes.of(call.org().name());
        outbox.append(tx, vec![told])?;
        Ok(Answer::empty(call.operation().success()))
    })
}

/// What still needs the identity, in the vendor's words.
fn associations(identity: &Identity, tx: &mut Tx<'_>) -> Result<Vec<Value>, Problem> {
    let id = identity.id.to_string();
    let owns = |owner: &Option<Reference>| owner.as_ref().is_some_and(|owner| owner.id == id);
    let mut found = Vec::new();
    let sources = tx.typed::<Source>().list()?;
    add(
        &mut found,
        "SOURCE_OWNER",
        sources
            .iter()
            .filter(|source| owns(&source.owner))
            .map(|source| (source.id.clone(), source.name.clone())),
    );
    let profiles = tx.typed::<IdentityProfile>().list()?;
    add(
        &mut found,
        "IDENTITY_PROFILE_OWNER",
        profiles
            .iter()
            .filter(|profile| owns(&profile.owner))
            .map(|profile| (profile.id().to_owned(), profile.name().to_owned())),
    );
    let reports = tx.identities().reports_of(identity.id, NAMED_MAX)?;
    add(
        &mut found,
        "IDENTITY_MANAGER",
        reports.into_iter().map(|(id, name)| (id.to_string(), name)),
    );
    Ok(found)
}

fn add(
    found: &mut Vec<Value>,
    association: &str,
    entities: impl Iterator<Item = (String, String)>,
) {
    let entities: Vec<Value> = entities
        .take(NAMED_MAX as usize)
        .map(|(id, name)| {
            json!({ "identityEntity": { "id": id, "name": name, "type": association } })
        })
        .collect();
    if !entities.is_empty() {
        found.push(json!({ "associationType": association, "entities": entities }));
    }
}

fn audit(identity: &Identity, tx: &mut Tx<'_>, call: &Call) -> Result<(), Problem> {
    let shown = show(vec![identity.clone()], tx)?;
    let before = serde_json::to_value(shown.first()).map_err(|error| Problem::hidden(&error))?;
    let id = identity.id.to_string();
    let trace = Trace {
        action: "delete",
        kind: "identity",
        id: &id,
        before: Some(&before),
        after: None,
    };
    call.audit(tx, trace)
}

/// The identity as its events name it (decisions.md 5).
fn as_told(identity: &Identity, settings: &OrgSettings) -> Reference {
    let name = match settings.event_identity_name {
        EventIdentityName::DisplayName if !identity.name.is_empty() => &identity.name,
        _ => &identity.alias,
    };
    Reference::identity(identity.id.to_string(), name)
}
