//! Attribute transforms: the small JSON programs by which identity profiles and provisioning policies
//! compute an attribute. All 39 operations of the vendor, parsed once and evaluated often.
//!
//! Pure: data, time and randomness come in through [`Context`]; nothing here reads a clock, a file or
//! a network. What cannot be run here (rules in BeanShell, regular expressions that backtrack) is
//! refused when the transform is saved, with the place, the reason and what to use instead.

mod attributes;
mod context;
mod datum;
mod error;
mod eval;
pub mod given;
mod kinds;
pub mod limits;
mod operand;
mod parse;
mod pattern;
mod random;
mod references;
mod trace;
mod transform;
mod utf16;
mod velocity;

pub use context::{Account, Context, Field, Identity, NameScope};
pub use error::{EvaluationError, Failure, ParseError, Refusal};
pub use kinds::OPERATIONS;
pub use random::SeededRandom;
pub use references::{AccountRead, References, SourceKey};
pub use trace::{AccountValue, Input, Step, Trace};
pub use transform::{Transform, Warning};
