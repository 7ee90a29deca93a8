//! Whom and what a profile refers to: its owner and its authoritative source must be there.

use muster_model::id::IdentityId;
use muster_model::{IdentityProfile, Reference, ReferenceType, Source};
use muster_store::Tx;

use crate::problem::{Problem, quote};

/// An owner is an identity of this org.
pub(super) fn check_owner(profile: &mut IdentityProfile, tx: &mut Tx<'_>) -> Result<(), Problem> {
    let Some(owner) = &mut profile.owner else {
        return Ok(());
    };
    if owner.kind != ReferenceType::Identity {
        return Err(Problem::illegal_value(
            "owner.type: an owner is an identity; use IDENTITY.",
        ));
    }
    match identity_name(&owner.id, tx)? {
        Some(name) => {
            owner.name = name;
            Ok(())
        }
        None => Err(Problem::referenced_not_found(format!(
            "owner.id: there is no identity \"{}\"; GET identities lists them.",
            quote(&owner.id)
        ))),
    }
}

/// The display name of an identity that is announced.
pub(super) fn identity_name(id: &str, tx: &mut Tx<'_>) -> Result<Option<String>, Problem> {
    let Ok(id) = id.parse::<IdentityId>() else {
        return Ok(None);
    };
    let found = tx.identities().names(&[id])?.into_iter().next().flatten();
    Ok(found
        .filter(|(_, stage)| stage.is_announced())
        .map(|(name, _)| name))
}

/// The authoritative source, which must be there; the reference then has its present name.
pub(super) fn source_of(profile: &mut IdentityProfile, tx: &mut Tx<'_>) -> Result<Source, Problem> {
    let reference = &mut profile.authoritative_source;
    if reference.kind != ReferenceType::Source {
        return Err(Problem::illegal_value(
            "authoritativeSource.type: use SOURCE.",
        ));
    }
    let Some(source) = tx.typed::<Source>().get(&reference.id)? else {
        return Err(Problem::referenced_not_found(format!(
            "authoritativeSource.id: there is no source \"{}\"; GET sources lists them.",
            quote(&reference.id)
        )));
    };
    *reference = Reference::source(&source.id, &source.name);
    Ok(source)
}
