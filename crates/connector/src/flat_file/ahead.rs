//! Reads a file on a thread of its own, a little ahead of whoever looks at its accounts: finding cells
//! takes about as long as deciding what is new. Accounts go over in pages, whose memory goes back and
//! forth, and are looked at in the order of the file.

use std::io::Read;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};

use super::error::ReadError;
use super::reader::Reader;
use crate::account::RawAccount;
use crate::contract::{Rejected, Rejection, Step};
use crate::limits::{AHEAD_PAGE_BYTES, AHEAD_PAGE_STEPS, AHEAD_PAGES};

/// Some steps on their way from the reader to whoever looks at them.
#[derive(Default)]
struct Page {
    steps: Vec<Owned>,
    /// The accounts of the steps, then those of earlier uses, to be filled again.
    accounts: Vec<RawAccount>,
    bytes: usize,
    /// What comes behind the last step, where something does.
    end: Option<Result<(), ReadError>>,
}

/// A step without its account.
enum Owned {
    Account,
    Rejected {
        line: u64,
        native_identity: Option<String>,
        reason: Rejection,
    },
}

/// Hands each step of a file to `each`, which may stop with an error of its own.
pub fn read_ahead<R: Read + Send, E: From<ReadError>>(
    reader: Reader<R>,
    each: impl FnMut(Step<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let (full, pages) = sync_channel(AHEAD_PAGES);
    let (used, empty) = channel();
    std::thread::scope(|scope| {
        scope.spawn(move || send(reader, &full, &empty));
        // With the last look the pages go, and with them whoever waits to send one.
        look(pages, |page| drop(used.send(page)), each)
    })
}

/// Reads to the end, or until nobody looks any more.
fn send<R: Read>(mut reader: Reader<R>, full: &SyncSender<Page>, empty: &Receiver<Page>) {
    let mut is_at_end = false;
    while !is_at_end {
        let mut page = empty.try_recv().unwrap_or_default();
        page.fill(&mut reader);
        is_at_end = page.end.is_some();
        if full.send(page).is_err() {
            return;
        }
    }
}

fn look<E: From<ReadError>>(
    pages: Receiver<Page>,
    give_back: impl Fn(Page),
    mut each: impl FnMut(Step<'_>) -> Result<(), E>,
) -> Result<(), E> {
    for mut page in pages {
        let mut accounts = page.accounts.iter();
        for step in &page.steps {
            match step {
                Owned::Account => {
                    if let Some(account) = accounts.next() {
                        each(Step::Account(account))?;
                    }
                }
                Owned::Rejected {
                    line,
                    native_identity,
                    reason,
                } => each(Step::Rejected(Rejected {
                    line: *line,
                    native_identity: native_identity.as_deref(),
                    reason: *reason,
                }))?,
            }
        }
        if let Some(end) = page.end.take() {
            return Ok(end?);
        }
        // The memory of very large accounts is not kept.
        if page.bytes <= AHEAD_PAGE_BYTES {
            give_back(page);
        }
    }
    Ok(())
}

impl Page {
    fn fill<R: Read>(&mut self, reader: &mut Reader<R>) {
        self.steps.clear();
        self.bytes = 0;
        let mut accounts = 0;
        while self.steps.len() < AHEAD_PAGE_STEPS && self.bytes < AHEAD_PAGE_BYTES {
            let step = match reader.next_account() {
                Ok(Some(Step::Account(account))) => {
                    self.bytes += account.bytes();
                    Owned::Account
                }
                Ok(Some(Step::Rejected(rejected))) => Owned::Rejected {
                    line: rejected.line,
                    native_identity: rejected.native_identity.map(str::to_owned),
                    reason: rejected.reason,
                },
                ended => {
                    self.end = Some(ended.map(|_| ()));
                    return;
                }
            };
            if matches!(step, Owned::Account) {
                if self.accounts.len() == accounts {
                    self.accounts.push(reader.blank());
                }
                reader.exchange(&mut self.accounts[accounts]);
                accounts += 1;
            }
            self.steps.push(step);
        }
    }
}
