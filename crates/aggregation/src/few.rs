//! The new and changed accounts of a file, as long as they are few: then the second pass takes them
//! from here and need not read the file again.

use muster_connector::account::RawAccount;

use crate::known::Meeting;
use crate::limits::FEW_BYTES_MAX;

/// Accounts with their numbers in the file.
#[derive(Default)]
pub(crate) struct Few {
    accounts: Vec<(u32, RawAccount)>,
    bytes: usize,
    too_many: bool,
}

impl Few {
    /// Keeps an account that has to be stored.
    pub(crate) fn see(&mut self, ordinal: u32, meeting: Meeting, account: &RawAccount) {
        if self.too_many || !matches!(meeting, Meeting::New | Meeting::Changed) {
            return;
        }
        self.bytes += account.bytes();
        if self.bytes > FEW_BYTES_MAX {
            self.forget();
        } else {
            self.accounts.push((ordinal, account.clone()));
        }
    }

    /// Leaves all of them to the file.
    pub(crate) fn forget(&mut self) {
        self.too_many = true;
        self.accounts = Vec::new();
    }

    /// All that have to be stored, in the order of the file; nothing where the file must be asked.
    pub(crate) fn all(&self) -> Option<&[(u32, RawAccount)]> {
        (!self.too_many).then_some(&self.accounts)
    }
}
