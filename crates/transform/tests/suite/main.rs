//! Tests of the crate from outside, in one binary.

mod bounds;
mod cases;
mod common;
mod dates;
mod operations;
mod refusals;
mod surroundings;
mod templates;
mod traces;
