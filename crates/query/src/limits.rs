//! How large a question may be. Hitting a bound is an error that names the bound.

/// Bytes of a `filters` parameter.
pub const FILTER_BYTES_MAX: usize = 32 * 1024;

/// Brackets and `not`s inside one another.
pub const FILTER_DEPTH_MAX: usize = 32;

/// Comparisons in one filter.
pub const FILTER_TERMS_MAX: usize = 250;

/// Values in one `in` or `ca` list. With [`FILTER_TERMS_MAX`] it keeps the rendered condition
/// under SQLite's expression depth of 1000.
pub const LIST_VALUES_MAX: usize = 500;

/// Bytes of a `sorters` parameter.
pub const SORTERS_BYTES_MAX: usize = 4 * 1024;

/// Fields in one `sorters` parameter.
pub const SORTERS_MAX: usize = 20;

/// Rows of a page, and the default: clients that name no limit stop at the first page with fewer
/// rows than this (api-surface.md §0, fact 5).
pub const PAGE_ROWS_MAX: u32 = 250;

/// Where a page may start.
pub const PAGE_OFFSET_MAX: u64 = i64::MAX as u64;

/// Operations in one patch.
pub const PATCH_OPERATIONS_MAX: usize = 500;

/// Levels of a patched document; a `copy` into itself doubles them.
pub const PATCHED_DEPTH_MAX: usize = 120;

/// Bytes of a patched document, about as long as its JSON; a `copy` into itself
/// doubles them.
pub const PATCHED_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Characters of a caller's own text that an error repeats.
pub const ECHO_CHARACTERS_MAX: usize = 80;
