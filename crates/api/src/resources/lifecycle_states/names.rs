//! Names and places of the lifecycle states of one profile.

use muster_model::LifecycleState;
use muster_store::Tx;

use super::PRIORITY_STEP;
use crate::problem::{Problem, quote};

/// The longest name or technical name.
const NAME_CHARS_MAX: usize = 128;

/// Refuses names that are missing, too long, or have other than letters, digits and spaces.
pub(super) fn check_names(state: &LifecycleState) -> Result<(), Problem> {
    for (field, name) in [
        ("name", &state.name),
        ("technicalName", &state.technical_name),
    ] {
        if name.trim().is_empty() {
            return Err(Problem::required(format!(
                "{field} is empty; give the lifecycle state one."
            )));
        }
        if name.chars().count() > NAME_CHARS_MAX {
            return Err(Problem::length(format!(
                "{field} has more than {NAME_CHARS_MAX} characters; shorten it."
            )));
        }
    }
    if state
        .name
        .chars()
        .all(|each| each.is_alphanumeric() || each == ' ')
    {
        return Ok(());
    }
    Err(Problem::illegal_value(format!(
        "name: \"{}\" may have letters, digits and spaces only.",
        quote(&state.name)
    )))
}

/// The other states of the same profile.
pub(super) fn siblings(
    state: &LifecycleState,
    tx: &mut Tx<'_>,
) -> Result<Vec<LifecycleState>, Problem> {
    let mut all = tx.typed::<LifecycleState>().list()?;
    all.retain(|other| {
        other.identity_profile_id == state.identity_profile_id && other.id != state.id
    });
    Ok(all)
}

/// Refuses a name that another state of the profile has.
pub(super) fn refuse_twin(
    state: &LifecycleState,
    siblings: &[LifecycleState],
) -> Result<(), Problem> {
    for other in siblings {
        let field = if other.technical_name == state.technical_name {
            "technicalName"
        } else if other.name.to_lowercase() == state.name.to_lowercase() {
            "name"
        } else {
            continue;
        };
        return Err(Problem::reference_conflict(format!(
            "{field}: the profile already has the lifecycle state \"{}\" (id {}); choose another.",
            quote(&other.name),
            other.id
        )));
    }
    Ok(())
}

/// The place after all others, with room between.
pub(super) fn next_priority(siblings: &[LifecycleState]) -> i64 {
    let last = siblings.iter().filter_map(|state| state.priority).max();
    last.unwrap_or(0).max(0).saturating_add(PRIORITY_STEP)
}
