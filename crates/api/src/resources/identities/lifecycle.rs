//! The lifecycle state that a person sets: it holds until the calculated one changes
//! (aggregation-refresh.md §4.3).

use muster_model::{AttributeValue, LifecycleState};
use muster_store::ManualState;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::named;
use crate::call::{Call, Trace};
use crate::handler::Json;
use crate::problem::{Problem, quote};
use crate::resources::tasks::begin::{NewRun, begin, refresh};

/// The attribute that holds the state.
const ATTRIBUTE: &str = "cloudLifecycleState";

/// Which state is wanted.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wanted {
    /// A state of the identity's profile.
    lifecycle_state_id: String,
}

/// The run that carries it out.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Accepted {
    /// Its id, for `task-status/{id}`.
    account_activity_id: String,
}

/// `POST /identities/{identity-id}/set-lifecycle-state`
pub(super) fn set(call: &Call, Json(wanted): Json<Wanted>) -> Result<Json<Accepted>, Problem> {
    call.org().write(|tx| {
        let identity = named(tx, call)?;
        let unknown = || {
            Problem::referenced_not_found(format!(
                "lifecycleStateId: the identity's profile has no lifecycle state \"{}\".",
                quote(&wanted.lifecycle_state_id)
            ))
        };
        let state = tx
            .typed::<LifecycleState>()
            .get(&wanted.lifecycle_state_id)?
            .filter(|state| {
                let profile = identity.profile_id.map(|profile| profile.to_string());
                Some(&state.identity_profile_id) == profile.as_ref()
            })
            .ok_or_else(unknown)?;
        if !state.enabled {
            return Err(Problem::illegal_value(format!(
                "lifecycleStateId: the state {} is not enabled; enable it first.",
                state.name
            )));
        }
        let known = tx.manual_lifecycle().of(&[identity.id])?;
        // What is stored is the calculated state, unless a person has set one before.
        let calculated = match known.get(&identity.id) {
            Some(manual) => manual.calculated.clone(),
            None => identity
                .attributes
                .get(ATTRIBUTE)
                .map(AttributeValue::to_text),
        };
        let manual = ManualState {
            state: state.technical_name.clone(),
            calculated,
            set_at: call.now(),
        };
        tx.manual_lifecycle().set(identity.id, &manual)?;
        let run = NewRun {
            kind: "IDENTITY_REFRESH",
            name: "Set Lifecycle State",
            source: None,
            optimized: false,
        };
        let task = begin(&run, tx, call)?;
        refresh(&task, vec![identity.id], tx, call)?;
        let id = identity.id.to_string();
        let before = json!({ "lifecycleState": identity.lifecycle });
        let after = json!({ "lifecycleState": manual.state });
        let trace = Trace {
            action: "set-lifecycle-state",
            kind: "identity",
            id: &id,
            before: Some(&before),
            after: Some(&after),
        };
        call.audit(tx, trace)?;
        Ok(Json(Accepted {
            account_activity_id: task.id.to_string(),
        }))
    })
}
