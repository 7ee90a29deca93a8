//! Tests of the crate from outside, in one binary.

mod cases;
mod common;
mod operations;
