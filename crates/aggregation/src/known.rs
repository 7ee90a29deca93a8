//! What a run knows of a source's accounts: for each its digest, and whether the file has it.
//!
//! A million accounts take about 50 MB: the key is 64 bits of a hash. A collision (one in forty
//! million at a million accounts) could only make a run see an account as changed, or leave a
//! missing one for the next run; stored rows are found by the whole native identity.

use hashbrown::HashTable;
use muster_connector::account::{Digest, key_hash};
use muster_model::id::SourceId;
use muster_store::{Error, Org, Part, Result};
use parking_lot::Mutex;

use crate::limits::{LOADED_AT_ONCE_MIN, LOADED_PER_TURN};

/// The accounts of a source as they were before the run, and as the file has them.
pub(crate) struct Known {
    accounts: HashTable<Entry>,
    before: u64,
}

#[derive(Clone, Copy)]
struct Entry {
    key: u64,
    digest: Digest,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Known from before, not met in the file.
    Unseen,
    /// Known from before and met.
    Seen,
    /// Not known before.
    New,
    /// A row of it could not be read: it is neither changed nor missing.
    Kept,
}

/// What the file says about an account that was met for the first time in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meeting {
    /// Nobody knew it.
    New,
    /// It is different now.
    Changed,
    /// It is as it was.
    Unchanged,
    /// The file had it before, further up.
    Again,
}

impl Known {
    /// Reads what is known of a source.
    pub(crate) fn load(org: &Org, source: SourceId) -> Result<Self> {
        let (count, middle) = org.read(|tx| {
            let count = tx.accounts().count(source)?;
            let middle = if count < LOADED_AT_ONCE_MIN {
                None
            } else {
                tx.accounts().key_after(source, count / 2)?
            };
            Ok::<_, Error>((count, middle))
        })?;
        let known = Mutex::new(Self {
            accounts: HashTable::with_capacity(count.max(0) as usize),
            before: 0,
        });
        match middle.as_deref() {
            None => load_part(org, source, Part::Whole, &known)?,
            // Half of the time goes into reading pages, so two halves are read at once.
            Some(middle) => std::thread::scope(|scope| {
                let rest = scope.spawn(|| load_part(org, source, Part::From(middle), &known));
                load_part(org, source, Part::Below(middle), &known)?;
                rest.join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })?,
        }
        let mut known = known.into_inner();
        known.before = known.accounts.len() as u64;
        Ok(known)
    }

    /// How many accounts there were before the run.
    pub(crate) fn before(&self) -> u64 {
        self.before
    }

    /// Notes that the file has an account with that digest.
    pub(crate) fn meet(&mut self, native: &str, digest: Digest) -> Meeting {
        let key = short_key(native);
        let Some(entry) = self.accounts.find_mut(key, |entry| entry.key == key) else {
            let entry = Entry {
                key,
                digest,
                state: State::New,
            };
            self.accounts.insert_unique(key, entry, |entry| entry.key);
            return Meeting::New;
        };
        match entry.state {
            State::Unseen | State::Kept => {
                entry.state = State::Seen;
                if entry.digest == digest {
                    Meeting::Unchanged
                } else {
                    Meeting::Changed
                }
            }
            State::Seen | State::New => Meeting::Again,
        }
    }

    /// What is to be done with an account that was met in the first pass.
    pub(crate) fn verdict(&self, native: &str, digest: Digest) -> Meeting {
        let key = short_key(native);
        match self.accounts.find(key, |entry| entry.key == key) {
            Some(entry) if entry.state == State::New => Meeting::New,
            Some(entry) if entry.digest == digest => Meeting::Unchanged,
            _ => Meeting::Changed,
        }
    }

    /// Notes that a row of an account could not be read, so that it must not be deleted.
    pub(crate) fn keep(&mut self, native: &str) {
        let key = short_key(native);
        if let Some(entry) = self.accounts.find_mut(key, |entry| entry.key == key)
            && entry.state == State::Unseen
        {
            entry.state = State::Kept;
        }
    }

    /// How many known accounts the file lacks.
    pub(crate) fn missing(&self) -> u64 {
        self.accounts
            .iter()
            .filter(|entry| entry.state == State::Unseen)
            .count() as u64
    }

    /// Whether the file lacks this known account.
    pub(crate) fn is_missing(&self, native: &str) -> bool {
        let key = short_key(native);
        let entry = self.accounts.find(key, |entry| entry.key == key);
        entry.is_some_and(|entry| entry.state == State::Unseen)
    }
}

fn load_part(org: &Org, source: SourceId, part: Part<'_>, known: &Mutex<Known>) -> Result<()> {
    let mut some = Vec::with_capacity(LOADED_PER_TURN);
    let put = |some: &mut Vec<Entry>| {
        let mut known = known.lock();
        for entry in some.drain(..) {
            known
                .accounts
                .insert_unique(entry.key, entry, |entry| entry.key);
        }
    };
    org.read(|tx| {
        tx.accounts().each_known(source, part, |native, digest| {
            some.push(Entry {
                key: short_key(native),
                digest,
                state: State::Unseen,
            });
            if some.len() == LOADED_PER_TURN {
                put(&mut some);
            }
            Ok(())
        })
    })?;
    put(&mut some);
    Ok(())
}

fn short_key(native: &str) -> u64 {
    key_hash(native) as u64
}
