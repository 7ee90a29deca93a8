//! The subset of Velocity 1.7 that transforms need, in the strict mode that the vendor runs:
//! references with properties, methods and indexes; `#if`, `#set`, `#foreach`; comments.
//!
//! Stated difference (aggregation-refresh.md §5): an unset name inside a bare `#if($x)` is false, and
//! `$!x` of an unset name is empty; compared or printed it is an error, as with the vendor.

mod ast;
mod eval;
mod expression;
mod methods;
mod object;
mod parser;
mod reads;

pub(crate) use ast::Template;
pub(crate) use object::{Found, Object};
