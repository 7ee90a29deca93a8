//! Source sub-administrators: those whom an operation lets in for nothing but SOURCE_SUBADMIN reach
//! the sources that they own, and what belongs to these. Others reach all.
//!
//! The vendor goes by governance groups too; Muster has none yet.

use muster_auth::{LevelSet, UserLevel};
use muster_model::id::SourceId;
use muster_model::{Reference, Source};
use muster_store::Tx;

use crate::call::Call;
use crate::problem::Problem;

const SUBADMIN: LevelSet = LevelSet::of(&[UserLevel::SourceSubadmin]);

/// The identity whose sources are all that the caller reaches; nothing where that is no bound.
/// A client that calls for itself owns nothing.
fn bound(call: &Call) -> Result<Option<String>, Problem> {
    let caller = call.caller()?;
    if caller.levels.intersection(call.operation().guard.levels()) != SUBADMIN {
        return Ok(None);
    }
    let person = caller.user_context();
    Ok(Some(person.map_or_else(String::new, |person| {
        person.identity_id.to_string()
    })))
}

/// Refuses a source that is not the caller's where only their own are open to them.
pub(crate) fn check(owner: Option<&Reference>, call: &Call) -> Result<(), Problem> {
    match bound(call)? {
        Some(person) if owner.is_none_or(|owner| owner.id != person) => Err(Problem::forbidden(
            "SOURCE_SUBADMIN opens the sources that you own, and this is not one of them; ask its \
             owner, or an administrator for SOURCE_ADMIN.",
        )),
        _ => Ok(()),
    }
}

/// The same for something that belongs to a source, which may be gone.
pub(crate) fn check_source(
    source: Option<SourceId>,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<(), Problem> {
    if bound(call)?.is_none() {
        return Ok(());
    }
    let source = match source {
        Some(id) => tx.typed::<Source>().get(&id.to_string())?,
        None => None,
    };
    check(source.and_then(|source| source.owner).as_ref(), call)
}

/// The ids of the sources that lists are bound to; nothing where they are not bound.
pub(crate) fn listed(tx: &mut Tx<'_>, call: &Call) -> Result<Option<Vec<String>>, Problem> {
    let Some(person) = bound(call)? else {
        return Ok(None);
    };
    let sources = tx.typed::<Source>().list()?;
    let own = sources.into_iter().filter(|source| {
        source
            .owner
            .as_ref()
            .is_some_and(|owner| owner.id == person)
    });
    Ok(Some(own.map(|source| source.id).collect()))
}
