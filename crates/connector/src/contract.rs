//! What a connector is: it says what it can do, and it gives accounts one after the other.
//!
//! Reading is synchronous and lends: an account is looked at before the next one is asked for, so that
//! a file of any size is read in the memory of one account. Writing to sources comes with the first
//! connector that can.

use std::fmt;

use muster_model::AttributeType;

use crate::account::RawAccount;
use crate::feature::{Feature, Features};
use crate::flat_file::{HeaderError, OptionsError, ReadError};
use crate::limits;

/// A configured connection to one source.
pub trait Connector {
    /// What this source can do. Callers ask before they call; see [`Features::has`].
    fn features(&self) -> Features;

    /// Whether the source can be reached and understood, without reading it.
    fn test(&mut self) -> Result<(), Error>;

    /// Starts reading all accounts. An error here means that nothing was read.
    fn read_accounts(&mut self) -> Result<Box<dyn Accounts + '_>, Error>;
}

/// Accounts being read.
pub trait Accounts {
    /// The next account, or a row that cannot be one; `None` at the end. An error means that the view
    /// is incomplete: nothing may be deleted on its ground (aggregation-refresh.md §1.7).
    fn next_account(&mut self) -> Result<Option<Step<'_>>, ReadError>;
}

/// What reading came to.
#[derive(Debug)]
pub enum Step<'reader> {
    /// An account, whole as far as its rows were adjacent.
    Account(&'reader RawAccount),
    /// A row that is left out.
    Rejected(Rejected<'reader>),
}

/// A row that is left out. The account it belongs to stays as it is and is not deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected<'reader> {
    /// The line on which the row begins, counted from 1.
    pub line: u64,
    /// The account the row belongs to, where that is certain. `None` means that it may be any
    /// account, so that none may be deleted in this run.
    pub native_identity: Option<&'reader str>,
    /// Why it is left out.
    pub reason: Rejection,
}

/// Why a row is left out. Columns are counted from 1, as people count them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Fewer cells than the header has columns.
    #[error("{found} cells instead of {expected}")]
    TooFewCells {
        /// The columns of the header.
        expected: usize,
        /// The cells of the row.
        found: usize,
    },
    /// More cells than the header has columns.
    #[error("{found} cells instead of {expected}; is a cell with a delimiter not in quotes?")]
    TooManyCells {
        /// The columns of the header.
        expected: usize,
        /// The cells of the row.
        found: usize,
    },
    /// The Account ID is blank.
    #[error("the Account ID in column {column} is empty")]
    EmptyId {
        /// The column of the Account ID.
        column: usize,
    },
    /// Bytes that are no text in the file's encoding.
    #[error("column {column} holds bytes that are no text in the file's encoding")]
    Undecodable {
        /// The first such column.
        column: usize,
    },
    /// A NUL character, which no store keeps in text.
    #[error("column {column} holds a NUL character")]
    NulCharacter {
        /// The first such column.
        column: usize,
    },
    /// A quoted cell goes on after its closing quote.
    #[error("text follows the closing quote in column {column}")]
    TextAfterQuote {
        /// The column.
        column: usize,
    },
    /// A cell above the limit.
    #[error("column {column} holds more than {} bytes", limits::CELL_BYTES_MAX)]
    CellTooLong {
        /// The column.
        column: usize,
    },
    /// A row above the limits.
    #[error(
        "the row has more than {} bytes or {} cells",
        limits::ROW_BYTES_MAX,
        limits::COLUMNS_MAX
    )]
    RowTooLong,
    /// The row would make its account larger than the limits.
    #[error(
        "the account has more than {} values or {} bytes",
        limits::VALUES_PER_ACCOUNT_MAX,
        limits::ACCOUNT_BYTES_MAX
    )]
    AccountTooLarge,
}

/// Why a source cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The source cannot do this; the caller should have asked.
    #[error("the source does not support {0}")]
    Unsupported(Feature),
    /// The source is set up wrongly; a person must mend it.
    #[error("the connector attributes are wrong")]
    Options(#[from] OptionsError),
    /// The file cannot be read at all; nothing was read.
    #[error("the file has no usable header")]
    Header(#[from] HeaderError),
    /// Reading broke off.
    #[error("reading broke off")]
    Read(#[from] ReadError),
}

/// A name of a type as people read it in messages.
pub(crate) struct TypeName(pub(crate) AttributeType);

impl fmt::Display for TypeName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.0 {
            AttributeType::String => "text",
            AttributeType::Long | AttributeType::Int => "a whole number",
            AttributeType::Boolean => "true or false",
            AttributeType::Date => "a date",
        })
    }
}
