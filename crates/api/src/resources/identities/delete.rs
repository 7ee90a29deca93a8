//! Deletes an identity that nothing else needs. Its accounts stay, as nobody's.

use axum::http::StatusCode;
use muster_event::Outbox;
use muster_refresh::deletion::{self, Need};
use muster_store::{Identity, Tx};
use serde_json::{Value, json};

use super::named;
use super::shown::show;
use crate::answer::Answer;
use crate::call::{Call, Trace};
use crate::problem::Problem;
use crate::resources::settings::of_org;

/// Answers the deletion: 204, or 400 with all that still needs the identity.
pub(super) fn delete(call: &Call, (): ()) -> Result<Answer, Problem> {
    call.org().write(|tx| {
        let identity = named(tx, call)?;
        let needs = deletion::needs(tx, &identity)?;
        if !needs.is_empty() {
            let refusal = json!({
                "message": "The identity cannot be deleted as long as these need it; give them \
                            another owner or manager first.",
                "associationDetails": needs.into_iter().map(shown).collect::<Vec<_>>(),
            });
            return Ok(Answer::json(StatusCode::BAD_REQUEST, &refusal));
        }
        audit(&identity, tx, call)?;
        let settings = of_org(tx)?;
        let occasion = (call.tracking_id(), call.now());
        let told = deletion::delete(tx, &identity, &settings, occasion)?;
        // Deliveries read the event's row; the cache of fresh events is for the hot stations.
        Outbox::default().append(tx, told)?;
        Ok(Answer::empty(call.operation().success()))
    })
}

/// What still needs an identity, as a refusal names it.
fn shown((association, entities): Need) -> Value {
    let entities: Vec<Value> = entities
        .into_iter()
        .map(|(id, name)| {
            json!({ "identityEntity": { "id": id, "name": name, "type": association } })
        })
        .collect();
    json!({ "associationType": association, "entities": entities })
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
