//! The second pass over a file: what is new or changed goes into pages, which `page` stores.

use std::collections::HashSet;
use std::io::Read;

use muster_connector::Step;
use muster_connector::account::{Digester, RawAccount};
use muster_connector::flat_file::Reader;
use muster_event::Outbox;
use muster_model::id::{AccountId, TaskId, derive, sequenced};
use muster_model::{Clock, Report, Schema, Severity, Source, Timestamp};
use muster_store::{Account, Origin};
use muster_work::Running;

use crate::collect::Collected;
use crate::error::Failure;
use crate::known::{Known, Meeting};
use crate::limits::PAGE_ACCOUNTS;
use crate::promote::Promoted;

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
    /// Whether the source's settings are others than in the last complete run: what they mean for
    /// people has to be looked at, whatever an account says.
    pub(crate) is_read_anew: bool,
    /// The entitlements that the run has stored.
    pub(crate) promoted: Promoted,
}

/// An account on its way into the store.
pub(crate) struct Incoming {
    /// Its number in the file, counting accounts.
    pub(crate) ordinal: u32,
    /// Whether it was stored before this run.
    pub(crate) is_known: bool,
    pub(crate) account: Account,
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
    pub(crate) fn new_id(&self, ordinal: u32, what: &[u8], native: &str) -> u128 {
        let bits = derive(&[
            what,
            &self.source.source_id().0.to_be_bytes(),
            native.as_bytes(),
        ]);
        sequenced(self.accepted, ordinal, bits)
    }
}
