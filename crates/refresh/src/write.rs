//! Writes what a batch has decided: identities, their keys, who waits for whom, and the events, in
//! the caller's transaction.

use muster_event::identity::distinction;
use muster_event::{Draft, Outbox};
use muster_model::Timestamp;
use muster_model::handover::{REFRESH, Refresh, refresh_lane};
use muster_model::id::{IdentityId, TaskId};
use muster_query::fold;
use muster_store::{Identity, Refreshed, Replaced, Result, Tx};

use crate::batch::{Decided, Verdict};
use crate::configuration::Configuration;
use crate::person::Fate;

/// Writes one batch.
pub(crate) struct Writer<'a> {
    pub(crate) configuration: &'a Configuration,
    pub(crate) outbox: &'a Outbox,
    pub(crate) task: TaskId,
    pub(crate) managers_may_come: bool,
    pub(crate) now: Timestamp,
}

#[derive(Default)]
struct Rows<'c, 's> {
    new: Vec<Identity>,
    changed: Vec<Replaced<'s>>,
    /// Attribute, value, identity.
    added_keys: Vec<(&'c str, String, IdentityId)>,
    events: Vec<Draft>,
    counts: Refreshed,
}

impl<'s> Rows<'_, 's> {
    fn put(&mut self, stored: Option<&'s Identity>, after: Identity) {
        match stored {
            Some(before) => self.changed.push(Replaced { before, after }),
            None => self.new.push(after),
        }
    }
}

impl<'a> Writer<'a> {
    /// Writes everything, the events last: other writers of events wait from then on.
    pub(crate) fn write(&self, tx: &mut Tx<'_>, decided: Decided) -> Result<()> {
        let Decided {
            loaded,
            fates,
            released,
        } = decided;
        for id in released {
            tx.manual_lifecycle().release(id)?;
        }
        let mut rows = Rows::default();
        rows.counts.identities = loaded.ids.len() as i64;
        for (at, verdict) in fates.into_iter().enumerate() {
            let (id, stored) = (loaded.ids[at], loaded.stored[at].as_ref());
            match verdict {
                Verdict::Nothing => {}
                Verdict::Forgotten => {
                    if let Some(stored) = stored {
                        tx.identity_keys().forget(stored)?;
                    }
                    tx.identities().delete(id)?;
                }
                Verdict::Withdrawn(identity) => {
                    tx.identity_keys().manager_found(id)?;
                    rows.put(stored, *identity);
                }
                Verdict::Decided(fate, missing) => {
                    self.note_manager(tx, id, loaded.awaiting[at], missing.as_ref())?;
                    self.sort_out(tx, fate, stored, &mut rows)?;
                }
            }
        }
        tx.identities().insert(&rows.new)?;
        tx.identities().update(&rows.changed)?;
        self.call_those_who_wait(tx, &rows.added_keys, &loaded.ids)?;
        if rows.changed.is_empty() {
            tx.identity_keys().add_late(rows.added_keys)?;
        } else {
            tx.identity_keys().add(&rows.added_keys)?;
        }
        tx.tasks().count_refreshed(self.task, rows.counts)?;
        self.outbox.append(tx, rows.events)
    }

    fn sort_out<'s>(
        &self,
        tx: &mut Tx<'_>,
        fate: Fate,
        stored: Option<&'s Identity>,
        rows: &mut Rows<'a, 's>,
    ) -> Result<()> {
        let (identity, told) = match fate {
            Fate::Same | Fate::Waits(None) => return Ok(()),
            Fate::Waits(Some(identity)) => (identity, None),
            Fate::Stored(identity, told) => (identity, told),
        };
        self.keys(tx, stored, &identity, rows)?;
        if let Some(told) = told {
            if told.trigger == muster_event::IDENTITY_CREATED {
                rows.counts.created += 1;
            } else {
                rows.counts.changed += 1;
            }
            rows.events.push(Draft {
                trigger: told.trigger,
                subject: identity.id.to_string(),
                identity: distinction(identity.id, identity.revision),
                created: self.now,
                cause: self.task.to_string(),
                value: told.body,
            });
        }
        rows.put(stored, *identity);
        Ok(())
    }

    /// Brings the values by which the identity is found up to date. A faulty one is not found.
    fn keys(
        &self,
        tx: &mut Tx<'_>,
        stored: Option<&Identity>,
        next: &Identity,
        rows: &mut Rows<'a, '_>,
    ) -> Result<()> {
        for attribute in &self.configuration.key_attributes {
            let old = stored.and_then(|stored| stored.key(attribute));
            let new = next.key(attribute);
            if old.as_deref().map(fold) == new.as_deref().map(fold) {
                continue;
            }
            if let Some(old) = old {
                tx.identity_keys().remove(attribute, &old, next.id)?;
            }
            if let Some(new) = new {
                rows.added_keys.push((attribute, new, next.id));
            }
        }
        Ok(())
    }

    fn note_manager(
        &self,
        tx: &mut Tx<'_>,
        id: IdentityId,
        is_awaiting: bool,
        missing: Option<&crate::manager::Wanted>,
    ) -> Result<()> {
        if is_awaiting {
            tx.identity_keys().manager_found(id)?;
        }
        let Some(wanted) = missing else { return Ok(()) };
        let task = self.managers_may_come.then_some(self.task);
        tx.identity_keys()
            .await_manager(&wanted.attribute, &wanted.value, id, task)
    }

    /// People who have waited since earlier runs for one of those who are found now.
    fn call_those_who_wait(
        &self,
        tx: &mut Tx<'_>,
        added: &[(&str, String, IdentityId)],
        batch: &[IdentityId],
    ) -> Result<()> {
        if added.is_empty() || !tx.identity_keys().anyone_awaits()? {
            return Ok(());
        }
        let mut called = Vec::new();
        for attribute in &self.configuration.key_attributes {
            let values: Vec<&str> = added
                .iter()
                .filter(|(name, ..)| name == attribute)
                .map(|(_, value, _)| value.as_str())
                .collect();
            called.extend(tx.identity_keys().awaiting(attribute, &values)?);
        }
        called.retain(|id| !batch.contains(id));
        if called.is_empty() {
            return Ok(());
        }
        let refresh = Refresh {
            task: self.task,
            identities: called,
            managers_may_come: true,
        };
        tx.jobs()
            .leave(REFRESH, &refresh_lane(self.task), &refresh, self.now)?;
        Ok(())
    }
}
