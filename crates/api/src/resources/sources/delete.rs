//! Deleting a source: it is gone at once, and a job removes its accounts and refreshes their people.

use muster_event::source::Happening;
use muster_model::handover::{REMOVE_ACCOUNTS, WholeSource};
use muster_model::{Hold, NativeChangeDetection, Source};
use muster_store::Tx;

use super::stored::profile_of;
use super::{SOURCES, events, find};
use crate::call::{Call, Trace};
use crate::handler::Json;
use crate::limits::SOURCE_LEASE_MILLIS;
use crate::problem::Problem;
use crate::resources::tasks::begin::{NewRun, add_job, begin};
use crate::resources::tasks::reference::{TaskReference, reference};

/// What a deletion answers.
pub(super) type Deleted = Json<TaskReference>;

/// `DELETE /sources/{id}`
pub(super) fn delete(call: &Call, (): ()) -> Result<Deleted, Problem> {
    call.org().write(|tx| {
        let source = find(call.id(), tx, call)?;
        if let Some(profile) = profile_of(&source.id, tx)? {
            return Err(Problem::reference_conflict(format!(
                "The identity profile \"{}\" (id {}) makes identities of this source's accounts; \
                 delete the profile or give it another source first.",
                profile.name, profile.id
            )));
        }
        let task = begin(
            &NewRun {
                kind: "ACCOUNT_DELETION",
                name: "Source Deletion",
                source: Some(&source),
                optimized: false,
            },
            tx,
            call,
        )?;
        // The lease of aggregations: none can start any more, and one that runs is not disturbed.
        let now = call.now();
        let until = now.plus_millis(SOURCE_LEASE_MILLIS);
        let lease = format!("aggregation:{}", source.id);
        if !tx.leases().take(&lease, &task.id.to_string(), now, until)? {
            return Err(Problem::reference_conflict(
                "An aggregation of this source is running; delete the source when it has ended.",
            ));
        }
        let before = SOURCES.find(tx, call)?;
        let before = SOURCES.present(&before, tx, call)?;
        tx.typed::<Source>().delete(&source.id)?;
        forget_around(&source.id, tx)?;
        let order = WholeSource {
            task: task.id,
            source: source.source_id(),
        };
        add_job(REMOVE_ACCOUNTS, &order, tx, call)?;
        call.audit(
            tx,
            Trace {
                action: "delete",
                kind: "source",
                id: &source.id,
                before: Some(&before),
                after: None,
            },
        )?;
        events::tell(Happening::Deleted, &source, tx, call)?;
        Ok(Json(reference(&task)))
    })
}

/// What is known of a source besides its accounts and entitlements goes with it.
fn forget_around(source: &str, tx: &mut Tx<'_>) -> Result<(), Problem> {
    tx.typed::<NativeChangeDetection>().delete(source)?;
    super::attribute_sync::forget(source, tx)?;
    super::schedules::forget(source, tx)?;
    super::request_config::forget(source, tx)?;
    for hold in tx.typed::<Hold>().list()? {
        if hold.source_id == source {
            muster_aggregation::hold::forget(tx, &hold)?;
        }
    }
    Ok(muster_aggregation::kept::forget(tx, source)?)
}
