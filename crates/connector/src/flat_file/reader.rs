//! From rows to accounts: rows with one id that stand together become one account.
//!
//! Rows of one id that stand apart come as several accounts; the aggregation, which knows all ids,
//! merges those in a second pass (aggregation-refresh.md §1.3: adjacency is not asked of the file).

use std::io::Read;
use std::sync::Arc;

use muster_model::{AttributeName, Schema};

use super::error::{HeaderError, ReadError};
use super::header::Columns;
use super::options::Options;
use super::rows::{Found, Row, Rows};
use super::template::read_names;
use crate::account::{Layout, Problem, RawAccount, Warning};
use crate::contract::{Accounts, Rejected, Rejection, Step};
use crate::limits;

/// Reads the accounts of a delimited file.
pub struct Reader<R> {
    rows: Rows<R>,
    columns: Columns,
    account: RawAccount,
    state: State,
    /// The id of the last row that was rejected; empty when it had none or none was.
    rejected_identity: String,
    counts: Counts,
}

/// Rows seen so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows below the header, rejected ones included; comments and empty lines are not rows.
    pub rows: u64,
    /// Rows that were rejected.
    pub rejected: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// No account is being filled.
    Idle,
    /// The account has a row and may get more.
    Filling,
    /// The current row begins the next account; the one before was handed out.
    RowWaits,
}

enum Outcome {
    Account,
    Rejected(u64, Rejection),
    End,
}

impl<R: Read> Reader<R> {
    /// Reads the header. An error means that the file cannot be read at all.
    pub fn open(read: R, options: &Options, schema: &Schema) -> Result<Self, HeaderError> {
        let layout = Layout::of(schema, &options.merge_columns)?;
        let mut rows = Rows::open(read, options)?;
        let names = read_names(&mut rows)?;
        let columns = Columns::find(&names, &layout, schema, options)?;
        Ok(Self {
            rows,
            columns,
            account: RawAccount::new(Arc::clone(&layout)),
            state: State::Idle,
            rejected_identity: String::new(),
            counts: Counts::default(),
        })
    }

    /// Attributes of the schema for which the file has no column: all accounts lack them.
    pub fn missing_columns(&self) -> &[AttributeName] {
        &self.columns.missing
    }

    /// Rows seen so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The line that is read next, counted from 1; for showing how far reading has come.
    pub fn line(&self) -> u64 {
        self.rows.line()
    }

    /// The next account or rejected row; `None` at the end of the file.
    pub fn next_account(&mut self) -> Result<Option<Step<'_>>, ReadError> {
        Ok(match self.advance()? {
            Outcome::End => None,
            Outcome::Account => Some(Step::Account(&self.account)),
            Outcome::Rejected(line, reason) => {
                self.counts.rejected += 1;
                let identity = self.rejected_identity.as_str();
                Some(Step::Rejected(Rejected {
                    line,
                    native_identity: Some(identity).filter(|identity| !identity.is_empty()),
                    reason,
                }))
            }
        })
    }

    /// An account to be filled, of the layout that this file has.
    pub(super) fn blank(&self) -> RawAccount {
        RawAccount::new(Arc::clone(self.account.layout()))
    }

    /// Takes the account that was just handed out, and gives one of the same layout to be filled next.
    pub(super) fn exchange(&mut self, account: &mut RawAccount) {
        debug_assert!(
            self.state != State::Filling,
            "the account may get more rows"
        );
        std::mem::swap(&mut self.account, account);
    }

    fn advance(&mut self) -> Result<Outcome, ReadError> {
        if self.state == State::RowWaits
            && let Err((line, rejection)) = self.begin()
        {
            return Ok(Outcome::Rejected(line, rejection));
        }
        loop {
            let Some(found) = self.rows.advance()? else {
                let was_filling = self.state == State::Filling;
                self.state = State::Idle;
                return Ok(if was_filling {
                    Outcome::Account
                } else {
                    Outcome::End
                });
            };
            self.counts.rows += 1;
            if let Found::TooLong { line } = found {
                self.rejected_identity.clear();
                return Ok(Outcome::Rejected(line, Rejection::RowTooLong));
            }
            let row = self.rows.row();
            if let Err(rejection) = check(&row, &self.columns) {
                let line = row.line;
                self.note_rejected(rejection);
                return Ok(Outcome::Rejected(line, rejection));
            }
            let continues = self.state == State::Filling
                && self.account.has_identity(self.columns.identity_of(&row));
            let result = if continues {
                self.add()
            } else if self.state == State::Filling {
                self.state = State::RowWaits;
                return Ok(Outcome::Account);
            } else {
                self.begin()
            };
            if let Err((line, rejection)) = result {
                return Ok(Outcome::Rejected(line, rejection));
            }
        }
    }

    /// Starts an account with the current row.
    fn begin(&mut self) -> Result<(), (u64, Rejection)> {
        let row = self.rows.row();
        let status = self.columns.status_of(&row);
        self.account.begin(row.line, row.text, status);
        for column in &self.columns.singles {
            self.account
                .set_single(column.attribute, row.cells[column.column]);
        }
        if !self.rejected_identity.is_empty()
            && self.account.has_identity(self.rejected_identity.as_bytes())
        {
            self.account.mark_incomplete();
        }
        self.state = State::Filling;
        self.add_values()
    }

    /// Adds the current row to the account of the rows before it.
    fn add(&mut self) -> Result<(), (u64, Rejection)> {
        let row = self.rows.row();
        for column in &self.columns.singles {
            let cell = row.cells[column.column].of(row.text);
            if !self.account.agrees(column.attribute, cell) {
                self.account.warn_disagreement(row.line, column.attribute);
            }
        }
        let (status, first) = (self.columns.status_of(&row), self.account.status());
        for (differs, column) in [
            (status.disabled != first.disabled, &self.columns.disabled),
            (status.locked != first.locked, &self.columns.locked),
        ] {
            if let Some(column) = column.as_ref().filter(|_| differs) {
                self.account.warn(Warning {
                    line: row.line,
                    column: column.name.clone(),
                    problem: Problem::StatusDisagrees,
                });
            }
        }
        self.add_values()
    }

    fn add_values(&mut self) -> Result<(), (u64, Rejection)> {
        let row = self.rows.row();
        for column in &self.columns.multis {
            let cell = row.cells[column.column].of(row.text);
            if let Err(rejection) = self.account.add_value(column.attribute, cell) {
                self.account.mark_incomplete();
                self.rejected_identity.clear();
                self.rejected_identity
                    .push_str(self.account.native_identity());
                return Err((row.line, rejection));
            }
        }
        Ok(())
    }

    /// Remembers whose row was rejected, and marks that account when it is the one being filled.
    fn note_rejected(&mut self, rejection: Rejection) {
        let row = self.rows.row();
        self.rejected_identity.clear();
        self.rejected_identity
            .push_str(certain_identity(&row, &self.columns, rejection));
        if self.state == State::Filling
            && !self.rejected_identity.is_empty()
            && self.account.has_identity(self.rejected_identity.as_bytes())
        {
            self.account.mark_incomplete();
        }
    }
}

impl<R: Read> Accounts for Reader<R> {
    fn next_account(&mut self) -> Result<Option<Step<'_>>, ReadError> {
        Reader::next_account(self)
    }
}

/// Whether a row can be taken.
fn check(row: &Row<'_>, columns: &Columns) -> Result<(), Rejection> {
    if let Some(column) = row.text_after_quote {
        return Err(Rejection::TextAfterQuote { column: column + 1 });
    }
    let (expected, found) = (columns.count, row.cells.len());
    if found < expected {
        return Err(Rejection::TooFewCells { expected, found });
    }
    if found > expected {
        return Err(Rejection::TooManyCells { expected, found });
    }
    if std::str::from_utf8(row.raw).is_err() {
        let column = column_where(row, |cell| std::str::from_utf8(cell).is_err());
        return Err(Rejection::Undecodable { column });
    }
    if memchr::memchr(0, row.raw).is_some() {
        let column = column_where(row, |cell| cell.contains(&0));
        return Err(Rejection::NulCharacter { column });
    }
    if row.raw.len() > limits::CELL_BYTES_MAX {
        let column = column_where(row, |cell| cell.len() > limits::CELL_BYTES_MAX);
        if column > 0 {
            return Err(Rejection::CellTooLong { column });
        }
    }
    if columns.identity_of(row).trim_ascii().is_empty() {
        let column = columns.identity + 1;
        return Err(Rejection::EmptyId { column });
    }
    Ok(())
}

/// The first column for which something holds, counted from 1; 0 when there is none.
fn column_where(row: &Row<'_>, holds: impl Fn(&[u8]) -> bool) -> usize {
    row.cells
        .iter()
        .position(|cell| holds(cell.of(row.text)))
        .map_or(0, |at| at + 1)
}

/// The id of a rejected row where it is beyond doubt, else nothing. With a wrong number of cells only
/// the first one is known to stand in its place; a row with unsound quotes may hold other rows.
fn certain_identity<'row>(row: &Row<'row>, columns: &Columns, rejection: Rejection) -> &'row str {
    let is_certain = match rejection {
        Rejection::TooFewCells { .. } | Rejection::TooManyCells { .. } => columns.identity == 0,
        Rejection::TextAfterQuote { .. } | Rejection::RowTooLong => false,
        _ => true,
    };
    let cell = row.cells.get(columns.identity).filter(|_| is_certain);
    let identity = cell.and_then(|cell| std::str::from_utf8(cell.of(row.text)).ok());
    identity
        .filter(|identity| !identity.trim().is_empty() && !identity.contains('\0'))
        .filter(|identity| identity.len() <= limits::CELL_BYTES_MAX)
        .unwrap_or_default()
}
