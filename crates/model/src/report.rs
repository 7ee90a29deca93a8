//! What people see of a run: counts, messages, how it ended. The wire's task result and aggregation
//! status are made of it (aggregation-refresh.md §1.4).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::time::Timestamp;

/// Messages that a run keeps; the rest are counted (aggregation-refresh.md §1.3).
pub const MESSAGES_MAX: usize = 1_000;

/// How bad a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Something was left out.
    Warn,
    /// It did not work.
    Error,
}

/// One message of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// How bad it is.
    pub severity: Severity,
    /// The text, naming line and column where there are some.
    pub text: String,
}

/// A run, as stored in its task's body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Report {
    /// The name of the run, such as `Cloud Account Aggregation`.
    pub name: String,
    /// What the run is about, by name.
    pub about: String,
    /// Whether unchanged accounts were skipped.
    pub optimized: bool,
    /// When a worker began with it.
    pub started: Option<Timestamp>,
    /// When all accounts had been looked at and counted.
    pub collected: Option<Timestamp>,
    /// What collecting found.
    pub scanned: i64,
    /// Accounts equal to what was known.
    pub unchanged: i64,
    /// Accounts different from what was known.
    pub changed: i64,
    /// Accounts nobody knew.
    pub added: i64,
    /// Known accounts that the file lacks.
    pub removed: i64,
    /// Of the changed and added accounts, how many are stored.
    pub processed: i64,
    /// Of the missing accounts, how many are deleted.
    pub deleted: i64,
    /// Why missing accounts were not deleted, if they were not.
    pub deletion_held: Option<String>,
    /// Identities that the run asked to be refreshed.
    pub identities: i64,
    /// Rows of the file that could not be read.
    pub rejected: i64,
    /// What people should read.
    pub messages: Vec<Message>,
    /// Messages beyond those kept.
    pub messages_dropped: i64,
    /// What the caller asked for, where the run's kind and source do not say it: reports keep their
    /// type and arguments here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<Value>,
}

impl Report {
    /// Forgets what a pass over the file counted, for counting anew.
    pub fn reset_counts(&mut self) {
        self.scanned = 0;
        self.unchanged = 0;
        self.changed = 0;
        self.added = 0;
        self.removed = 0;
        self.rejected = 0;
    }

    /// Adds a message, or counts it where there are too many.
    pub fn say(&mut self, severity: Severity, text: impl Into<String>) {
        if self.messages.len() < MESSAGES_MAX {
            self.messages.push(Message {
                severity,
                text: text.into(),
            });
        } else {
            self.messages_dropped += 1;
        }
    }

    /// The texts of all messages of that severity.
    pub fn texts(&self, severity: Severity) -> Vec<String> {
        let of_that = self
            .messages
            .iter()
            .filter(|message| message.severity == severity);
        of_that.map(|message| message.text.clone()).collect()
    }

    /// The word for how the run ended.
    pub fn completion_status(&self) -> &'static str {
        match self.messages.iter().map(|message| message.severity).max() {
            Some(Severity::Error) => "ERROR",
            Some(Severity::Warn) => "WARNING",
            _ if self.messages_dropped > 0 => "WARNING",
            _ => "SUCCESS",
        }
    }
}
