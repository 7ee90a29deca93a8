//! Source Created, Source Updated, Source Deleted, in the transaction of the change.

use muster_event::Draft;
use muster_event::source::{self, Happening};
use muster_model::{Reference, Source};
use muster_store::Tx;

use crate::call::Call;
use crate::problem::Problem;

/// Tells what happened to a source. Call it last in a transaction.
pub(crate) fn tell(
    happening: Happening,
    source: &Source,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<(), Problem> {
    let told = source::Source {
        id: &source.id,
        name: &source.name,
        kind: &source.kind,
        connector: &source.connector,
    };
    let now = call.now();
    let draft = Draft {
        trigger: happening.trigger(),
        subject: source.id.clone(),
        identity: vec![
            source.id.clone().into_bytes(),
            call.tracking_id().as_bytes().to_vec(),
        ],
        created: now,
        cause: call.tracking_id().to_owned(),
        value: source::happened(happening, &told, now, &actor(call)?),
    };
    let outbox = call.app().outboxes.of(call.org().name());
    Ok(outbox.append(tx, vec![draft])?)
}

/// Who calls, as events name them.
fn actor(call: &Call) -> Result<Reference, Problem> {
    let caller = call.caller()?;
    let id = match caller.user_context() {
        Some(person) => person.identity_id.to_string(),
        None => caller.subject.id().to_owned(),
    };
    Ok(Reference::identity(id, call.actor()))
}
