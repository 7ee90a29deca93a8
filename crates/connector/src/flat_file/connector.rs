//! A delimited file as a connector: what the contract asks, said with a way to open the file.

use std::io::{self, Read};

use muster_model::Schema;

use super::error::HeaderError;
use super::options::Options;
use super::reader::Reader;
use crate::contract::{Accounts, Connector, Error};
use crate::feature::Features;

/// A file while it is read. It is asked for large pieces, so one indirection does not count.
type File<'files> = Box<dyn Read + Send + 'files>;

/// A delimited source. The file is opened for each reading, wherever uploads are kept.
pub struct FlatFile<'files> {
    options: Options,
    schema: Schema,
    open: Box<dyn FnMut() -> io::Result<File<'files>> + Send + 'files>,
}

impl<'files> FlatFile<'files> {
    /// A source with these options and this account schema, whose file `open` gives.
    pub fn new<Opened: Read + Send + 'files>(
        options: Options,
        schema: Schema,
        mut open: impl FnMut() -> io::Result<Opened> + Send + 'files,
    ) -> Self {
        Self {
            options,
            schema,
            open: Box::new(move || Ok(Box::new(open()?))),
        }
    }

    fn reader(&mut self) -> Result<Reader<File<'files>>, Error> {
        let file = (self.open)().map_err(HeaderError::Io)?;
        Ok(Reader::open(file, &self.options, &self.schema)?)
    }
}

impl Connector for FlatFile<'_> {
    fn features(&self) -> Features {
        super::FEATURES
    }

    /// A file that opens and has a proper header is all that can be asked of it.
    fn test(&mut self) -> Result<(), Error> {
        self.reader().map(drop)
    }

    fn read_accounts(&mut self) -> Result<Box<dyn Accounts + '_>, Error> {
        Ok(Box::new(self.reader()?))
    }
}
