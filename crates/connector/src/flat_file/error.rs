//! The three moments at which a delimited file can fail: its options, its header, its rows.

use std::io;

use crate::account::LayoutError;
use crate::limits;

/// A connector attribute that cannot be obeyed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{option}: {message}")]
pub struct OptionsError {
    /// The connector attribute.
    pub option: &'static str,
    /// What is wrong with it.
    pub message: String,
}

/// Why a file cannot be read at all. Nothing was read when it comes up.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// There is no header line.
    #[error("the file has no header line")]
    Missing,
    /// The header lacks the Account ID.
    #[error("the header has no column \"{column}\", which is the Account ID")]
    NoAccountId {
        /// The column looked for.
        column: String,
        /// The columns found, for the person who must mend the file.
        found: Vec<String>,
    },
    /// The header lacks a column that an option speaks of. Without it every account would silently
    /// count as enabled.
    #[error("the header has no column \"{column}\", which the option {option} names")]
    NoStatusColumn {
        /// The option.
        option: &'static str,
        /// The column looked for.
        column: String,
    },
    /// Two columns give one attribute.
    #[error("the header has two columns for \"{column}\"")]
    Duplicate {
        /// The attribute.
        column: String,
    },
    /// The header is no text in the file's encoding.
    #[error("the header holds bytes that are no text in the file's encoding")]
    Undecodable,
    /// The header's quotes are not closed, or text follows them.
    #[error("the header is quoted wrongly")]
    Quoting,
    /// The header is above the limits of a row.
    #[error(
        "the header has more than {} bytes or {} columns",
        limits::ROW_BYTES_MAX,
        limits::COLUMNS_MAX
    )]
    TooLong,
    /// The schema cannot be read by.
    #[error("the schema does not allow reading")]
    Layout(#[from] LayoutError),
    /// The file could not be read.
    #[error("the file could not be read")]
    Io(#[from] io::Error),
}

/// Why reading broke off. What was read until then stands; what was not seen is unknown, so nothing
/// may be deleted.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A quoted cell is still open at the end of the file and may have swallowed rows.
    #[error("a quote in the row that begins on line {line} is never closed")]
    UnclosedQuote {
        /// Where the row begins.
        line: u64,
    },
    /// The file could not be read.
    #[error("the file could not be read at line {line}")]
    Io {
        /// Where reading had come to.
        line: u64,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
}
