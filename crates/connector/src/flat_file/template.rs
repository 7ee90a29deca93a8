//! The template that people upload: a file of which only the header counts.

use std::io::Read;

use super::error::{HeaderError, ReadError};
use super::header::names_of;
use super::options::Options;
use super::rows::{Found, Rows};

/// The names of the columns in the header of a file, for [`muster_model::Schema::from_header`].
pub fn read_template(read: impl Read, options: &Options) -> Result<Vec<String>, HeaderError> {
    let mut rows = Rows::open(read, options)?;
    read_names(&mut rows)
}

/// Reads the header row.
pub(super) fn read_names<R: Read>(rows: &mut Rows<R>) -> Result<Vec<String>, HeaderError> {
    match rows.advance() {
        Ok(Some(Found::Row)) => names_of(&rows.row()),
        Ok(Some(Found::TooLong { .. })) => Err(HeaderError::TooLong),
        Ok(None) => Err(HeaderError::Missing),
        Err(ReadError::UnclosedQuote { .. }) => Err(HeaderError::Quoting),
        Err(ReadError::Io { cause, .. }) => Err(HeaderError::Io(cause)),
    }
}
