//! RFC 9535, strictly: [`parse`] reads its grammar, [`evaluate`] decides its selectors and filters
//! over the shared core, [`functions`] are the five that the RFC registers. Nothing of the Jayway
//! dialect's leniency holds here.

mod evaluate;
mod expression;
mod functions;
pub(crate) mod parse;
mod print;

pub(crate) use evaluate::{children, descendants};
pub(crate) use expression::{Comparable, Logical, Selector};
pub(crate) use functions::Call as Function;
pub(crate) use print::{write_logical, write_query, write_step};
