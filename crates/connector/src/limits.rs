//! Every bound of this crate. Files come from outside and may be of any shape; memory may not.

/// Most columns of a file, and most cells of a row.
pub const COLUMNS_MAX: usize = 1_000;

/// Most bytes of one cell, after unquoting.
pub const CELL_BYTES_MAX: usize = 256 * 1024;

/// Most bytes of one row as it stands in the file. A longer one is read past, not kept.
pub const ROW_BYTES_MAX: usize = 1024 * 1024;

/// Bytes read at once.
pub const READ_BYTES: usize = 256 * 1024;

/// Pages of accounts that wait where a file is read ahead.
pub const AHEAD_PAGES: usize = 2;

/// Accounts and rejected rows of one such page.
pub const AHEAD_PAGE_STEPS: usize = 256;

/// Bytes of such a page: one account may take it beyond.
pub const AHEAD_PAGE_BYTES: usize = 512 * 1024;

/// Most values of all multi-valued attributes of one account.
pub const VALUES_PER_ACCOUNT_MAX: usize = 50_000;

/// Most bytes of one account, all of its rows taken together.
pub const ACCOUNT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Most warnings kept for one account; further ones are counted.
pub const WARNINGS_PER_ACCOUNT_MAX: usize = 100;

/// Up to this many values an account is searched by walking; above it by a set of hashes.
pub const VALUES_WALKED_MAX: usize = 32;

/// Most lines that the option `linesToSkip` may ask for.
pub const LINES_TO_SKIP_MAX: u64 = 1_000_000;

/// Most names or values in one list of the options.
pub const OPTION_LIST_MAX: usize = 1_000;
