//! Every bound of the crate in one place. Hitting one is an error that names it: at compile time a
//! [`CompileError`](crate::CompileError), while evaluating an
//! [`EvaluationError`](crate::EvaluationError); never a hang and never a stack overflow.

/// Longest filter text accepted, in bytes.
pub const FILTER_BYTES_MAX: usize = 16 * 1024;

/// Deepest nesting accepted in a filter: filters in filters, parentheses and function arguments.
pub const FILTER_NESTING_MAX: usize = 64;

/// Most steps accepted in one path.
pub const PATH_STEPS_MAX: usize = 128;

/// Most members accepted in a list literal, a name union or an index union.
pub const LIST_MEMBERS_MAX: usize = 1_000;

/// Most steps one evaluation may take (nodes visited, predicates tried, list members compared).
pub const EVALUATION_STEPS_MAX: u32 = 2_000_000;

/// Deepest recursion of one evaluation: branching steps, scanned levels and nested predicates.
pub const EVALUATION_DEPTH_MAX: u32 = 400;

/// Deepest JSON accepted in a literal of a filter or in a text that looks like JSON. It is the
/// limit of the reference's own JSON reader.
pub const LITERAL_DEPTH_MAX: usize = 400;

/// Deepest group nesting accepted in a regular expression.
pub const PATTERN_NESTING_MAX: usize = 48;

/// Largest compiled size of one regular expression, in bytes.
pub const PATTERN_BYTES_MAX: usize = 1 << 20;

/// Largest table of states made for one regular expression, in bytes; beyond, the general engine
/// runs it.
pub const PATTERN_TABLE_BYTES_MAX: usize = 256 * 1024;

/// Most digits a decimal exponent may have, as in the reference.
pub const EXPONENT_DIGITS_MAX: usize = 10;

/// Most elements shown per step in an explanation.
pub const EXPLAINED_ELEMENTS_MAX: usize = 16;

/// Longest rendering of one value in an explanation, in characters.
pub const EXPLAINED_VALUE_CHARS_MAX: usize = 80;

/// Most places told that a filter reads.
pub const READ_PATHS_MAX: usize = 32;
