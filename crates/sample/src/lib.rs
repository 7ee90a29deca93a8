//! Seeded HR extracts: two versions of one company, and the truth about the difference.
//!
//! Every cell is a pure function of (seed, person, field, version), so any row can be made alone. The
//! output is byte for byte that of the Python generator from which this crate was ported; a test
//! holds the two together.

mod company;
mod layout;
mod names;
mod truth;
mod write;

pub use company::{Company, Fate, Version};
pub use layout::Layout;
pub use truth::{Change, PersonChange, Statistics, Truth, truth};
pub use write::{row_count, write_csv};
