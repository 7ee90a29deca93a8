//! A page of accounts: compared with what is stored, correlated, and stored with its events and with the
//! request to refresh the people concerned, in one transaction. Somebody may have changed one of the
//! accounts between the look and the write: then the page is looked at anew.

use muster_event::Draft;
use muster_event::account_told::Told;
use muster_model::handover::{REFRESH, Refresh, refresh_lane};
use muster_model::id::{AccountId, IdentityId};
use muster_model::{Reference, Report, Severity, Timestamp};
use muster_store::{Account, Result, Seen, Tx};
use muster_work::Stop;

use crate::correlate::{Owner, correlate};
use crate::error::Failure;
use crate::limits::CONFLICTS_MAX;
use crate::news::{Author, News, Occasion};
use crate::process::{Incoming, Run};
use crate::promote::Promoted;
use crate::reads::Reads;

#[derive(Default)]
struct Prepared {
    accounts: Vec<Account>,
    /// The place of each in the file.
    ordinals: Vec<u32>,
    /// Whether each was stored before this run.
    is_known: Vec<bool>,
    /// What was seen of each.
    seen: Vec<Option<Seen>>,
    identities: Vec<IdentityId>,
    events: Vec<Draft>,
}

impl Run<'_> {
    /// Stores a page.
    pub(crate) fn store_page(
        &self,
        mut page: Vec<Incoming>,
        report: &mut Report,
    ) -> Result<(), Failure> {
        for _ in 0..CONFLICTS_MAX {
            let now = self.clock.now();
            let prepared = self.job.org.read(|tx| self.prepare(tx, page, now))?;
            match self.store(prepared, report, now)? {
                None => return Ok(()),
                Some(outdated) => page = self.again(outdated),
            }
            tracing::debug!("an account changed meanwhile; its page is looked at anew");
        }
        Err(Failure::Stop(Stop::Retry(
            "accounts keep changing; the run waits".into(),
        )))
    }

    /// Stores what was prepared; gives it back where an account is not as it was seen any more.
    fn store(
        &self,
        mut prepared: Prepared,
        report: &mut Report,
        now: Timestamp,
    ) -> Result<Option<Prepared>, Failure> {
        let entitlements = self
            .promoted
            .unknown_of(self.source, &prepared.accounts, now);
        let events = std::mem::take(&mut prepared.events);
        let identities = std::mem::take(&mut prepared.identities);
        let is_stored = self.job.org.write(|tx| {
            self.job.still_mine(tx, now)?;
            if !tx
                .accounts()
                .hold_as(self.source.source_id(), &prepared.known())?
            {
                return Ok(false);
            }
            prepared.count(identities.len(), report);
            tx.accounts().insert(prepared.of(false))?;
            tx.accounts().save(prepared.of(true))?;
            Promoted::store(tx, &entitlements)?;
            tx.tasks().save_report(self.task, report, now)?;
            self.ask_for_refresh(tx, identities, now)?;
            self.outbox.append(tx, events)?;
            Ok::<_, Failure>(true)
        })?;
        if !is_stored {
            return Ok(Some(prepared));
        }
        self.promoted.remember(&entitlements);
        Ok(None)
    }

    /// The page as the file has it.
    fn again(&self, outdated: Prepared) -> Vec<Incoming> {
        let accounts = outdated.accounts.into_iter();
        accounts
            .zip(outdated.ordinals)
            .zip(outdated.is_known)
            .map(|((account, ordinal), is_known)| Incoming {
                ordinal,
                is_known,
                account: Account {
                    id: AccountId(self.new_id(ordinal, b"account", &account.native_identity)),
                    identity_id: None,
                    manually_correlated: false,
                    uncorrelated_reason: None,
                    created: self.accepted,
                    modified: self.accepted,
                    ..account
                },
            })
            .collect()
    }

    /// Compares a page with what is stored, finds owners, and writes down what there is to tell.
    fn prepare(&self, tx: &mut Tx<'_>, page: Vec<Incoming>, now: Timestamp) -> Result<Prepared> {
        let stored = self.stored(tx, &page)?;
        let owners = self.owners(tx, &page, &stored)?;
        let news = News::of(tx, self.source, Author::Source)?;
        let before = if news.is_silent() {
            Vec::new()
        } else {
            stored.clone()
        };
        // Without the short cut everybody met is looked at again, and so they are under new settings.
        let is_quick = self.optimized && !self.is_read_anew;
        let reads = if is_quick && stored.iter().any(Option::is_some) {
            Reads::of(tx, self.source)?
        } else {
            Reads::Everything
        };
        let mut prepared = Prepared::default();
        let mut telling = Vec::new();
        for ((mut incoming, old), owner) in page.into_iter().zip(stored).zip(owners) {
            prepared.seen.push(old.as_ref().map(Seen::from));
            prepared.ordinals.push(incoming.ordinal);
            let new = &mut incoming.account;
            let had = old.as_ref().and_then(|old| old.identity_id);
            if let Some(old) = &old {
                new.id = old.id;
                new.created = old.created;
                new.manually_correlated = old.manually_correlated;
            }
            new.modified = now;
            let mut is_new_person = false;
            match owner {
                Owner::Identity(identity) => new.identity_id = Some(identity),
                Owner::Nobody if self.authoritative => {
                    let bits = self.new_id(incoming.ordinal, b"identity", &new.native_identity);
                    new.identity_id = Some(IdentityId(bits));
                    is_new_person = true;
                }
                Owner::Nobody => {}
                Owner::Ambiguous(reason) => new.uncorrelated_reason = Some(reason),
            }
            if old.as_ref().is_none_or(|old| reads.differ(old, new)) {
                prepared.identities.extend(new.identity_id);
            }
            if !is_new_person && let Some(identity) = new.identity_id {
                telling.push((prepared.accounts.len(), identity, had, old));
            }
            prepared.accounts.push(incoming.account);
            prepared.is_known.push(incoming.is_known);
        }
        let identities: Vec<IdentityId> =
            telling.iter().map(|(_, identity, ..)| *identity).collect();
        let names = tx.identities().names(&identities)?;
        let cause = self.task.to_string();
        let source = self.source.reference();
        let told = Told {
            source: &source,
            schema: self.schema,
            cause: &cause,
            now,
        };
        for ((at, identity, had, old), name) in telling.into_iter().zip(names) {
            // An identity that nobody was told of has no name to tell yet.
            let Some((name, _)) = name else { continue };
            let identity = Reference::identity(identity.to_string(), name);
            let new = &prepared.accounts[at];
            if had != new.identity_id {
                prepared.events.push(told.correlated(&identity, new));
            }
            prepared
                .events
                .extend(old.and_then(|old| told.changed(&identity, &old, new)));
        }
        let moves: Vec<_> = before
            .iter()
            .map(Option::as_ref)
            .zip(prepared.accounts.iter().map(Some))
            .collect();
        let occasion = Occasion {
            cause: &cause,
            now,
            author: Author::Source,
        };
        prepared.events.extend(news.tell(tx, occasion, &moves)?);
        Ok(prepared)
    }

    /// What is stored of each account of a page. Whom the run has met as new is not looked for.
    fn stored(&self, tx: &mut Tx<'_>, page: &[Incoming]) -> Result<Vec<Option<Account>>> {
        let known: Vec<usize> = (0..page.len()).filter(|at| page[*at].is_known).collect();
        let natives: Vec<&str> = known
            .iter()
            .map(|at| page[*at].account.native_identity.as_str())
            .collect();
        let found = tx.accounts().find_each(self.source.source_id(), &natives)?;
        let mut stored = vec![None; page.len()];
        for (at, account) in known.into_iter().zip(found) {
            stored[at] = account;
        }
        Ok(stored)
    }

    /// An account that has an owner keeps it; the others are correlated.
    fn owners(
        &self,
        tx: &mut Tx<'_>,
        page: &[Incoming],
        stored: &[Option<Account>],
    ) -> Result<Vec<Owner>> {
        let owner = |old: &Option<Account>| old.as_ref().and_then(|old| old.identity_id);
        let open: Vec<usize> = (0..page.len())
            .filter(|at| owner(&stored[*at]).is_none())
            .collect();
        let candidates: Vec<_> = open
            .iter()
            .map(|at| {
                (
                    page[*at].account.name.as_str(),
                    &page[*at].account.attributes,
                )
            })
            .collect();
        let mut found = correlate(tx, self.source, &candidates)?.into_iter();
        Ok(stored
            .iter()
            .map(|old| {
                owner(old).map_or_else(|| found.next().unwrap_or(Owner::Nobody), Owner::Identity)
            })
            .collect())
    }

    /// Leaves a row for the next station.
    pub(crate) fn ask_for_refresh(
        &self,
        tx: &mut Tx<'_>,
        identities: Vec<IdentityId>,
        now: Timestamp,
    ) -> Result<()> {
        if identities.is_empty() {
            return Ok(());
        }
        let refresh = Refresh {
            task: self.task,
            identities,
            managers_may_come: true,
        };
        tx.jobs()
            .leave(REFRESH, &refresh_lane(self.task), &refresh, now)?;
        Ok(())
    }
}

impl Prepared {
    /// Those that were stored before this run, or those that were not.
    fn of(&self, is_known: bool) -> impl Iterator<Item = &Account> {
        let accounts = self.accounts.iter().zip(&self.is_known);
        accounts.filter_map(move |(account, known)| (*known == is_known).then_some(account))
    }

    /// Keys of those that were stored before this run, and what was seen of them.
    fn known(&self) -> Vec<(&str, Option<Seen>)> {
        let all = self.accounts.iter().zip(&self.seen).zip(&self.is_known);
        all.filter(|(_, is_known)| **is_known)
            .map(|((account, seen), _)| (account.native_identity.as_str(), *seen))
            .collect()
    }

    /// Counts the page in the run's report, and says whose owner could not be told.
    fn count(&self, identities: usize, report: &mut Report) {
        report.processed += self.accounts.len() as i64;
        report.identities += identities as i64;
        for account in &self.accounts {
            if let Some(reason) = &account.uncorrelated_reason {
                let text = format!(
                    "account \"{}\" is nobody's. {reason}",
                    account.native_identity
                );
                report.say(Severity::Warn, text);
            }
        }
    }
}

#[cfg(test)]
mod tests;
