//! Delimited files: rows of text, one or several for each account (aggregation-refresh.md §1.3).
//!
//! The way of a byte: `decode` turns the file into UTF-8, `rows` finds rows and cells, `header` says
//! which cell is which attribute, `reader` makes accounts of the rows. Memory is that of one row and
//! one account, whatever the file; of a few pages of accounts, where a thread reads `ahead`.

mod ahead;
mod connector;
mod decode;
mod error;
mod header;
mod options;
mod quoting;
mod reader;
mod rows;
mod template;

pub use ahead::read_ahead;
pub use connector::FlatFile;
pub use error::{HeaderError, OptionsError, ReadError};
pub use options::{Options, StatusRule};
pub use reader::{Counts, Reader};
pub use template::read_template;

use crate::feature::{Feature, Features};

/// What a delimited file can do: it is read as a whole or not at all, and its header tells its schema.
pub const FEATURES: Features = Features::of(&[Feature::NoRandomAccess, Feature::DiscoverSchema]);
