//! What personal access tokens and OAuth clients have in common: people see the details, patch what
//! they see, and the audit log keeps every change; none of them ever shows the secret.

use muster_model::Document;
use muster_query::filter::operator::{ISNULL, LE};
use muster_query::{Field, Fields, PatchRules};
use muster_store::Tx;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::call::{Call, Trace};
use crate::extract::json::read_value;
use crate::extract::patch::PatchBody;
use crate::listing::Listing;
use crate::problem::Problem;

/// Both are listed whole, and by when they were used.
pub(super) static LISTING: Listing =
    Listing::unpaged(Fields::new(&[Field::time("lastUsed", ISNULL.and(LE))]));

/// A standing credential.
pub(super) trait Credential: Document {
    /// What people see of it.
    type Details: Serialize + DeserializeOwned;
    /// What it is called in the audit log.
    const CALLED: &'static str;
    /// What a patch may change.
    const PATCHABLE: PatchRules;

    /// What people see of it.
    fn details(&self) -> &Self::Details;

    /// The details as the wire has them.
    fn shown(&self) -> Result<Value, Problem> {
        serde_json::to_value(self.details()).map_err(|error| Problem::hidden(&error))
    }
}

/// Stores a new one; gives it as it is shown.
pub(super) fn create<C: Credential>(
    created: &C,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<Value, Problem> {
    tx.typed::<C>().put(created, call.now())?;
    let after = created.shown()?;
    audit::<C>("create", created.id(), (None, Some(&after)), tx, call)?;
    Ok(after)
}

/// Patches one, as far as `amend` allows it; gives it as it is shown then.
pub(super) fn patch<C: Credential>(
    stored: C,
    patch: PatchBody,
    amend: impl FnOnce(C, C::Details) -> Result<C, Problem>,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<Value, Problem> {
    let before = stored.shown()?;
    let details = read_value(patch.apply(&before, C::PATCHABLE)?)?;
    let amended = amend(stored, details)?;
    let after = amended.shown()?;
    tx.typed::<C>().put(&amended, call.now())?;
    let states = (Some(&before), Some(&after));
    audit::<C>("update", amended.id(), states, tx, call)?;
    Ok(after)
}

/// Removes one.
pub(super) fn delete<C: Credential>(
    stored: &C,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<(), Problem> {
    let before = stored.shown()?;
    tx.typed::<C>().delete(stored.id())?;
    audit::<C>("delete", stored.id(), (Some(&before), None), tx, call)
}

fn audit<C: Credential>(
    action: &str,
    id: &str,
    (before, after): (Option<&Value>, Option<&Value>),
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<(), Problem> {
    let trace = Trace {
        action,
        kind: C::CALLED,
        id,
        before,
        after,
    };
    call.audit(tx, trace)
}
