//! An identity as it was at an earlier moment: what was answered then is answered again.

use muster_model::id::IdentityId;
use muster_model::{AttributeValue, Timestamp};
use muster_refresh::history::{AsOf, as_of};
use muster_store::{Identity, Tx};

use super::shown::{Shown, show_past};
use crate::call::Call;
use crate::operation::QueryParameter;
use crate::problem::{Problem, quote};

/// The parameter that names the moment.
pub(super) const AS_OF: QueryParameter = QueryParameter::new(
    "asOf",
    "An instant such as 2026-04-27T16:48:33Z: answers with the identity as it was then.",
);

/// The moment that is asked for.
pub(super) fn moment(call: &Call) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = call.query(AS_OF.name) else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|_| {
        Problem::illegal_value(format!(
            "asOf: \"{}\" is no instant; write it as in 2026-04-27T16:48:33Z.",
            quote(text)
        ))
    })
}

/// The identity as it was; a 404 that says when it began where it was not there yet.
pub(super) fn show_at(
    identity: Identity,
    moment: Timestamp,
    tx: &mut Tx<'_>,
) -> Result<Shown, Problem> {
    let id = identity.id;
    match as_of(tx, identity, moment)? {
        AsOf::Known(past) => {
            let manager = manager_name(&past, moment, tx)?;
            Ok(show_past(*past, manager))
        }
        AsOf::Begins(begin) => Err(Problem::not_found(format!(
            "asOf: what is known of the identity {id} begins with {begin}; ask for that moment or a \
             later one."
        ))),
    }
}

/// What the manager was called then. One who is gone is called what they were when the reference was
/// made.
fn manager_name(
    past: &Identity,
    moment: Timestamp,
    tx: &mut Tx<'_>,
) -> Result<Option<String>, Problem> {
    let Some(manager) = past.manager_id else {
        return Ok(None);
    };
    if let Some(current) = tx.identities().get(manager)?
        && let AsOf::Known(manager) = as_of(tx, current, moment)?
    {
        return Ok(Some(manager.name));
    }
    Ok(referenced_name(past, manager))
}

fn referenced_name(past: &Identity, manager: IdentityId) -> Option<String> {
    match past.attributes.get("manager")? {
        AttributeValue::Reference(reference) if reference.id == manager.to_string() => {
            Some(reference.name.clone())
        }
        _ => None,
    }
}
