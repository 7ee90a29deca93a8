//! Collection parameters and JSON Patch: what a caller may ask of a list and change in a document.
//!
//! No input, no output: texts and JSON values in, decisions and SQL conditions out. Status codes
//! and HTTP belong to the API, statements and tables to the store.

pub mod error;
pub mod fields;
pub mod filter;
pub mod limits;
mod moment;
pub mod page;
pub mod patch;
pub mod sort;
mod text;

pub use error::Error;
pub use fields::{Field, Fields, Kind};
pub use filter::operator::{Operator, Operators};
pub use filter::{CheckedFilter, Condition, Filter, Literal};
pub use page::{Page, PageRules, RawPage};
pub use patch::{Patch, PatchRules};
pub use sort::Sort;
pub use text::{fold, list_column};
