//! The Jayway dialect: [`parse`] reads it, [`walk`] and [`scan`] follow paths, [`predicate`]
//! decides filters with one file per family of [`operators`] and of [`functions`]. The quirks are
//! numbered as in the crate's README; grep for `quirk 12` to find where one lives.

pub(crate) mod functions;
pub(crate) mod operators;
pub(crate) mod parse;
pub(crate) mod predicate;
pub(crate) mod print;
pub(crate) mod scan;
pub(crate) mod walk;
