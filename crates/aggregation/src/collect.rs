//! The first pass: look at every account of the file and count. Nothing is written.

use std::collections::HashMap;
use std::io::Read;

use muster_connector::account::{Digester, RawAccount, Warning};
use muster_connector::flat_file::{Reader, read_ahead};
use muster_connector::{Rejected, Step};

use crate::error::Failure;
use crate::few::Few;
use crate::known::{Known, Meeting};
use crate::limits::SCATTERED_ACCOUNTS_MAX;
use muster_model::{Report, Severity};

/// Accounts whose rows stand in several places of the file, merged.
pub(crate) type Scattered = HashMap<String, RawAccount>;

/// What the first pass leaves for the second.
pub(crate) struct Collected {
    /// Which accounts are new, changed, missing.
    pub(crate) known: Known,
    /// Accounts that the second pass must not take from the file as they stand there.
    pub(crate) scattered: Scattered,
    /// What has to be stored, where that is little.
    pub(crate) few: Few,
    /// Whether a row could not be read and may have been anyone's, so that nobody may be deleted.
    pub(crate) someone_unreadable: bool,
}

/// Goes over the whole file. `open` gives it from its beginning, as often as asked.
pub(crate) fn collect<R: Read + Send>(
    mut known: Known,
    version: u64,
    open: &mut dyn FnMut() -> Result<Reader<R>, Failure>,
    report: &mut Report,
) -> Result<Collected, Failure> {
    let reader = open()?;
    let mut digester = Digester::new(version);
    let mut someone_unreadable = false;
    let mut again: HashMap<String, Meeting> = HashMap::new();
    let (mut few, mut ordinal) = (Few::default(), 0);
    for column in reader.missing_columns() {
        report.say(
            Severity::Warn,
            format!("the file has no column \"{column}\""),
        );
    }
    read_ahead(reader, |step| {
        match step {
            Step::Account(account) => {
                ordinal += 1;
                let native = account.native_identity();
                if account.is_incomplete() {
                    known.keep(native);
                    return Ok(());
                }
                say_warnings(report, account.warnings(), account.warnings_dropped());
                let meeting = known.meet(native, digester.digest(account));
                if meeting == Meeting::Again {
                    again.insert(native.to_owned(), meeting);
                    if again.len() > SCATTERED_ACCOUNTS_MAX {
                        return Err(Failure::Input(format!(
                            "more than {SCATTERED_ACCOUNTS_MAX} accounts have rows in several places \
                             of the file; sort it by the Account ID"
                        )));
                    }
                } else {
                    count(report, meeting, 1);
                    few.see(ordinal, meeting, account);
                }
            }
            Step::Rejected(rejected) => {
                someone_unreadable |= reject(&mut known, report, &rejected);
            }
        }
        Ok::<_, Failure>(())
    })?;
    let scattered = if again.is_empty() {
        Scattered::new()
    } else {
        few.forget();
        gather(&again, &known, version, open, report)?
    };
    report.scanned = report.unchanged + report.changed + report.added;
    report.removed = known.missing() as i64;
    Ok(Collected {
        known,
        scattered,
        few,
        someone_unreadable,
    })
}

/// Goes over the file once more for accounts whose rows are apart, and counts them as what they are
/// when merged: the first pass could only judge their first rows.
fn gather<R: Read>(
    again: &HashMap<String, Meeting>,
    known: &Known,
    version: u64,
    open: &mut dyn FnMut() -> Result<Reader<R>, Failure>,
    report: &mut Report,
) -> Result<Scattered, Failure> {
    let mut digester = Digester::new(version);
    let mut scattered = Scattered::with_capacity(again.len());
    let mut reader = open()?;
    while let Some(step) = reader.next_account()? {
        let Step::Account(account) = step else {
            continue;
        };
        let native = account.native_identity();
        if !again.contains_key(native) {
            continue;
        }
        if let Some(merged) = scattered.get_mut(native) {
            if let Err(rejection) = merged.merge(account) {
                report.say(Severity::Warn, format!("account \"{native}\": {rejection}"));
            }
        } else {
            count(report, known.verdict(native, digester.digest(account)), -1);
            scattered.insert(native.to_owned(), account.clone());
        }
    }
    for (native, merged) in &scattered {
        say_warnings(report, merged.warnings(), merged.warnings_dropped());
        count(report, known.verdict(native, digester.digest(merged)), 1);
    }
    Ok(scattered)
}

fn count(report: &mut Report, meeting: Meeting, by: i64) {
    match meeting {
        Meeting::New => report.added += by,
        Meeting::Changed => report.changed += by,
        Meeting::Unchanged => report.unchanged += by,
        Meeting::Again => {}
    }
}

/// Notes a row that cannot be read; true when it may have been anyone's.
fn reject(known: &mut Known, report: &mut Report, rejected: &Rejected<'_>) -> bool {
    report.rejected += 1;
    report.say(
        Severity::Warn,
        format!(
            "line {}: {}; the row was left out",
            rejected.line, rejected.reason
        ),
    );
    match rejected.native_identity {
        Some(native) => {
            known.keep(native);
            false
        }
        None => true,
    }
}

fn say_warnings(report: &mut Report, warnings: &[Warning], dropped: u64) {
    for warning in warnings {
        let text = format!(
            "line {}, column \"{}\": {}",
            warning.line, warning.column, warning.problem
        );
        report.say(Severity::Warn, text);
    }
    report.messages_dropped += dropped as i64;
}
