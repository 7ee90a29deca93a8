//! The second pass: store what is new or changed, a page a transaction, and ask for the refresh of
//! the identities concerned.

use std::collections::HashSet;
use std::io::Read;

use muster_connector::Step;
use muster_connector::account::{Digester, RawAccount};
use muster_connector::flat_file::Reader;
use muster_event::{Draft, Outbox};
use muster_model::handover::{REFRESH, Refresh, refresh_lane};
use muster_model::id::{AccountId, IdentityId, TaskId, derive, sequenced};
use muster_model::{Clock, Reference, Schema, Source, Timestamp};
use muster_store::{Account, Org, Origin, Result, Tx};
use muster_work::Running;

use crate::account_events::Told;
use crate::collect::Collected;
use crate::correlate::{Owner, correlate};
use crate::error::Failure;
use crate::known::{Known, Meeting};
use crate::limits::PAGE_ACCOUNTS;
use crate::news::{Author, News, Occasion};
use crate::promote::Promoted;
use crate::reads::Reads;
use muster_model::{Report, Severity};

/// What processing needs to know of its run.
pub(crate) struct Run<'a> {
    pub(crate) job: &'a Running<'a>,
    pub(crate) outbox: &'a Outbox,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) task: TaskId,
    /// When the run was accepted: gives new objects ids that a repeated run gives again.
    pub(crate) accepted: Timestamp,
    pub(crate) source: &'a Source,
    pub(crate) schema: &'a Schema,
    /// Whether accounts of this source make identities.
    pub(crate) authoritative: bool,
    /// Whether unchanged accounts are passed over.
    pub(crate) optimized: bool,
    /// The entitlements that the run has stored.
    pub(crate) promoted: Promoted,
}

/// An account on its way into the store.
pub(crate) struct Incoming {
    /// Its number in the file, counting accounts.
    ordinal: u32,
    /// Whether it was stored before this run.
    is_known: bool,
    account: Account,
}

/// Accounts on their way, a page at a time.
struct Pages<'a> {
    run: &'a Run<'a>,
    known: &'a Known,
    digester: Digester,
    page: Vec<Incoming>,
}

impl Pages<'_> {
    /// Takes an account, if it has to be stored.
    fn take(
        &mut self,
        ordinal: u32,
        account: &RawAccount,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let digest = self.digester.digest(account);
        let verdict = self.known.verdict(account.native_identity(), digest);
        if account.is_incomplete() || (self.run.optimized && verdict == Meeting::Unchanged) {
            return Ok(());
        }
        let mut incoming = self.run.incoming(ordinal, account, digest, report);
        incoming.is_known = verdict != Meeting::New;
        if self.page.capacity() == 0 {
            self.page.reserve(PAGE_ACCOUNTS);
        }
        self.page.push(incoming);
        if self.page.len() == PAGE_ACCOUNTS {
            self.run
                .store_page(std::mem::take(&mut self.page), report)?;
        }
        Ok(())
    }

    /// Stores the last page.
    fn end(self, report: &mut Report) -> Result<(), Failure> {
        if self.page.is_empty() {
            Ok(())
        } else {
            self.run.store_page(self.page, report)
        }
    }
}

impl Run<'_> {
    /// Stores page by page what is new or changed: from memory where that is little, else from the
    /// file, which `open` gives from its beginning.
    pub(crate) fn process<R: Read>(
        &self,
        collected: &Collected,
        open: &mut dyn FnMut() -> Result<Reader<R>, Failure>,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let mut pages = Pages {
            run: self,
            known: &collected.known,
            digester: Digester::new(self.source.reading_version as u64),
            page: Vec::new(),
        };
        match collected.few.all() {
            Some(few) if self.optimized => {
                for (ordinal, account) in few {
                    pages.take(*ordinal, account, report)?;
                }
            }
            _ => {
                let mut reader = open()?;
                let (mut ordinal, mut met) = (0, HashSet::new());
                while let Some(step) = reader.next_account()? {
                    let Step::Account(account) = step else {
                        continue;
                    };
                    ordinal += 1;
                    let native = account.native_identity();
                    let account = match collected.scattered.get(native) {
                        // Its first place in the file stands for all of them.
                        Some(merged) if met.insert(native.to_owned()) => merged,
                        Some(_) => continue,
                        None => account,
                    };
                    pages.take(ordinal, account, report)?;
                }
            }
        }
        pages.end(report)
    }

    /// An account as the file has it, which may be stored already.
    pub(crate) fn incoming(
        &self,
        ordinal: u32,
        raw: &RawAccount,
        digest: [u8; 16],
        report: &mut Report,
    ) -> Incoming {
        let (attributes, warnings) = raw.to_attributes();
        for warning in warnings {
            let text = format!(
                "line {}, column \"{}\": {}",
                warning.line, warning.column, warning.problem
            );
            report.say(Severity::Warn, text);
        }
        let native_identity = raw.native_identity().to_owned();
        let account = Account {
            id: AccountId(self.new_id(ordinal, b"account", &native_identity)),
            source_id: self.source.source_id(),
            digest,
            identity_id: None,
            name: raw.display_name().to_owned(),
            disabled: raw.disabled(),
            locked: raw.locked(),
            manually_correlated: false,
            uncorrelated_reason: None,
            created: self.accepted,
            modified: self.accepted,
            attributes,
            native_identity,
            origin: Some(Origin {
                line: raw.first_line() as i64,
                task: self.task,
            }),
        };
        Incoming {
            ordinal,
            is_known: true,
            account,
        }
    }

    /// The same run gives the same ids when it is repeated after a crash.
    fn new_id(&self, ordinal: u32, what: &[u8], native: &str) -> u128 {
        let bits = derive(&[
            what,
            &self.source.source_id().0.to_be_bytes(),
            native.as_bytes(),
        ]);
        sequenced(self.accepted, ordinal, bits)
    }

    pub(crate) fn store_page(
        &self,
        page: Vec<Incoming>,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let org: &Org = self.job.org;
        let now = self.clock.now();
        let prepared = org.read(|tx| self.prepare(tx, page, now))?;
        report.processed += prepared.accounts.len() as i64;
        report.identities += prepared.identities.len() as i64;
        for account in &prepared.accounts {
            if let Some(reason) = &account.uncorrelated_reason {
                let text = format!(
                    "account \"{}\" is nobody's. {reason}",
                    account.native_identity
                );
                report.say(Severity::Warn, text);
            }
        }
        let entitlements = self
            .promoted
            .unknown_of(self.source, &prepared.accounts, now);
        org.write(|tx| {
            self.job.still_mine(tx, now)?;
            let of = |wanted: bool| {
                let accounts = prepared.accounts.iter().zip(&prepared.is_known);
                accounts
                    .filter_map(move |(account, is_known)| (*is_known == wanted).then_some(account))
            };
            tx.accounts().insert(of(false))?;
            tx.accounts().save(of(true))?;
            Promoted::store(tx, &entitlements)?;
            tx.tasks().save_report(self.task, report, now)?;
            self.ask_for_refresh(tx, prepared.identities, now)?;
            self.outbox.append(tx, prepared.events)?;
            Ok::<_, Failure>(())
        })?;
        self.promoted.remember(&entitlements);
        Ok(())
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
        // Without the short cut everybody met is looked at again.
        let reads = if self.optimized && stored.iter().any(Option::is_some) {
            Reads::of(tx, self.source)?
        } else {
            Reads::Everything
        };
        let mut prepared = Prepared::default();
        let mut telling = Vec::new();
        for ((mut incoming, old), owner) in page.into_iter().zip(stored).zip(owners) {
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

#[derive(Default)]
struct Prepared {
    accounts: Vec<Account>,
    /// Whether each was stored before this run.
    is_known: Vec<bool>,
    identities: Vec<IdentityId>,
    events: Vec<Draft>,
}
